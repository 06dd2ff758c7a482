"""What breaks in the field, replayed: the rows of catalogue.toml."""
