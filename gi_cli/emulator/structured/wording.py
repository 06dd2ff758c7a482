"""Words of the user's in a value that was made for a schema."""

from __future__ import annotations

from typing import Any

from gi_cli.emulator.structured.example import TEXT
from gi_cli.emulator.structured.keywords import Root
from gi_cli.emulator.structured.validity import Validator


def worded(
    made: dict[str, Any], schema: dict[str, Any], words: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Put words in place of the texts that mean nothing, one after the other.

    Only properties of the object itself get one, and only one that the schema allows.
    Returns the words that are left, too.
    """
    validator = Validator(Root(schema), strict=True)
    properties = schema.get("properties", {})
    value, left = dict(made), list(words)
    for name in [name for name in made if name in properties and made[name] == TEXT]:
        if left and validator.fits(left[0], properties[name]):
            value[name] = left.pop(0)
    return (value, left) if validator.fits(value, schema) else (made, words)
