"""The Interactions wire, pure: events, deltas, assembling, status, error bodies."""
