"""Whether a value is what a JSON Schema wants, as far as the emulator knows schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gi_cli.emulator.structured.keywords import Root, Schema
from gi_cli.emulator.structured.numbers import is_multiple


class Validator:
    """Compares values with a schema and those in it.

    With `strict`, exactly one schema of `oneOf` must fit, as the standard says.
    Otherwise `oneOf` is `anyOf`, as Gemini takes it.
    """

    def __init__(self, root: Root, *, strict: bool) -> None:
        self._root, self._strict = root, strict

    def fits(self, value: Any, schema: Schema) -> bool:
        """Tell whether the value is valid; formats and patterns are not looked at."""
        self._root.spend()
        if isinstance(schema, bool):
            return schema
        return (
            _is_plainly_valid(value, schema)
            and self._fits_combined(value, schema)
            and self._fits_inside(value, schema)
        )

    def _fits_combined(self, value: Any, schema: dict[str, Any]) -> bool:
        all_of = list(schema.get("allOf", []))
        if "$ref" in schema:
            all_of.append(self._root.resolve(schema["$ref"]))
        if not all(self.fits(value, inner) for inner in all_of):
            return False
        if not any(self.fits(value, inner) for inner in schema.get("anyOf", [True])):
            return False
        fitting = (self.fits(value, inner) for inner in schema.get("oneOf", [True]))
        return sum(fitting) == 1 if self._strict else any(fitting)

    def _fits_inside(self, value: Any, schema: dict[str, Any]) -> bool:
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            return all(
                self.fits(value[name], properties[name])
                for name in properties.keys() & value.keys()
            )
        if isinstance(value, list):
            first = schema.get("prefixItems", [])
            rest = [schema.get("items", True)] * (len(value) - len(first))
            return all(map(self.fits, value, [*first, *rest]))
        return True


def _is_plainly_valid(value: Any, schema: dict[str, Any]) -> bool:
    wanted = schema.get("type", [])
    types = [wanted] if isinstance(wanted, str) else wanted
    if types and not any(_TYPES[kind](value) for kind in types):
        return False
    if not any(_is_same(value, one) for one in schema.get("enum", [value])):
        return False
    if not _is_same(value, schema.get("const", value)):
        return False
    return all(
        allows(value, schema[name])
        for applies, limits in _LIMITS
        if applies(value)
        for name, allows in limits.items()
        if name in schema
    )


def _is_same(first: Any, second: Any) -> bool:
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": _is_object,
    "array": _is_list,
    "string": _is_text,
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_Limits = dict[str, Callable[[Any, Any], bool]]
_LIMITS: tuple[tuple[Callable[[Any], bool], _Limits], ...] = (
    (
        _is_number,
        {
            "minimum": lambda value, limit: value >= limit,
            "maximum": lambda value, limit: value <= limit,
            "exclusiveMinimum": lambda value, limit: value > limit,
            "exclusiveMaximum": lambda value, limit: value < limit,
            "multipleOf": is_multiple,
        },
    ),
    (
        _is_text,
        {
            "minLength": lambda value, limit: len(value) >= limit,
            "maxLength": lambda value, limit: len(value) <= limit,
        },
    ),
    (
        _is_list,
        {
            "minItems": lambda value, limit: len(value) >= limit,
            "maxItems": lambda value, limit: len(value) <= limit,
        },
    ),
    (
        _is_object,
        {"required": lambda value, names: all(name in value for name in names)},
    ),
)
