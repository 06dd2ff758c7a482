"""From what was typed to the request body, pure."""
