"""An in-process stand-in for the Interactions API: its wire format, no model."""
