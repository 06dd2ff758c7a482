"""Measurements: `python tests/bench [NAME]`."""
