"""Answers in JSON: a value that satisfies the schema of the request."""
