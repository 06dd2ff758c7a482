"""A JSON Schema as a whole: the shape of its keywords, and where references lead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

Schema = dict[str, Any] | bool
TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
CHOICES = ("anyOf", "oneOf")
_MOST_WORK = 100_000  # steps, a second or so
_REF = re.compile(r"#/(\$defs|definitions)/([^/]+)")


class SchemaError(ValueError):
    """A schema that is none, or that no value is found for; the message says why."""


class Root:
    """A schema with its definitions, and the work that may still be done for it."""

    def __init__(self, schema: Schema) -> None:
        _check(schema)
        self._schema = schema
        self.work = 0

    def resolve(self, ref: str) -> Schema:
        """Return what a reference leads to."""
        if ref == "#":
            return self._schema
        if (found := _REF.fullmatch(ref)) and isinstance(self._schema, dict):
            name = unquote(found[2]).replace("~1", "/").replace("~0", "~")
            definitions: dict[str, Schema] = self._schema.get(found[1], {})
            if name in definitions:
                return definitions[name]
        raise SchemaError(f"the schema has no '{ref}'")

    def spend(self, work: int = 1) -> None:
        """Count work, and refuse to do too much of it."""
        self.work += work
        if self.work > _MOST_WORK:
            raise too_complex()


def too_complex() -> SchemaError:
    """Say that the schema asks for too much."""
    return SchemaError("the schema is too complex")


def _check(schema: object) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise SchemaError("a schema must be an object or a boolean")
    for name, value in schema.items():
        if name in _SHAPES and not _SHAPES[name](value):
            raise SchemaError(f"the schema has an invalid '{name}'")
    for inner in _inner(schema):
        _check(inner)


def _inner(schema: dict[str, Any]) -> Iterator[object]:
    for name in ("properties", "$defs", "definitions"):
        yield from schema.get(name, {}).values()
    for name in ("prefixItems", "allOf", *CHOICES):
        yield from schema.get(name, [])
    if "items" in schema:
        yield schema["items"]


def _is_type(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(kind in TYPES for kind in value)
    return value in TYPES


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "enum": _is_list,
    "examples": lambda value: isinstance(value, list),
    "required": lambda value: (
        isinstance(value, list) and all(isinstance(name, str) for name in value)
    ),
    **dict.fromkeys(
        ("properties", "$defs", "definitions"), lambda value: isinstance(value, dict)
    ),
    **dict.fromkeys(("prefixItems", "allOf", *CHOICES), _is_list),
    **dict.fromkeys(("$ref", "format"), lambda value: isinstance(value, str)),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength"), _is_count),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number
    ),
    "multipleOf": lambda value: _is_number(value) and value > 0,
}
