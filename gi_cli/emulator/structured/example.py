"""A value that satisfies a JSON Schema, the same for the same schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gi_cli.emulator.structured.keywords import (
    TYPES,
    Root,
    Schema,
    SchemaError,
    too_complex,
)
from gi_cli.emulator.structured.merging import Flat, Path, alternatives
from gi_cli.emulator.structured.numbers import numbers
from gi_cli.emulator.structured.validity import Validator

TEXT = "emulated"
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "emulated@example.com",
    "uri": "https://example.com/emulated",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}
_ENOUGH = 1000  # values, after which nothing is made that may be left out
_NONE = object()

# What tells the type of a schema that does not name it.
_TELLING = {
    "object": ("properties", "required"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "format", "pattern"),
    "number": (
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        "multipleOf",
    ),
}


def anything() -> dict[str, Any]:
    """Return the value where everything is allowed."""
    return {TEXT: True}


def example(schema: Schema) -> Any:
    """Return a value that satisfies the schema; raises SchemaError if none is found.

    Optional properties are there, and arrays have an item, unless they would never end.
    """
    try:
        value = next(_Maker(schema).values(schema, ()), _NONE)
    except RecursionError:
        raise too_complex() from None
    if value is _NONE:
        raise SchemaError("no value was found that satisfies the schema")
    return value


class _Maker:
    def __init__(self, schema: Schema) -> None:
        self._root = Root(schema)
        self._strict = Validator(self._root, strict=True)
        self._lenient = Validator(self._root, strict=False)
        self._made = 0

    def values(self, schema: Schema, path: Path) -> Iterator[Any]:
        """Yield values that satisfy the schema, the best one first."""
        self._made += 1
        second_best = []
        for flat, longer in alternatives(schema, path, self._root):
            for value in self._tries(flat, longer):
                if self._strict.fits(value, schema):
                    yield value
                elif self._lenient.fits(value, schema):
                    second_best.append(value)
        yield from second_best

    def _tries(self, flat: Flat, path: Path) -> Iterator[Any]:
        if "const" in flat:
            yield flat["const"]
            return
        if "default" in flat:
            yield flat["default"]
        yield from flat.get("examples", [])
        if "enum" in flat:
            yield from flat["enum"]
            return
        for kind in _types(flat):
            yield from self._of_type(kind, flat, path)

    def _of_type(self, kind: str, flat: Flat, path: Path) -> Iterator[Any]:
        match kind:
            case "object":
                yield from self._objects(flat, path)
            case "array":
                yield from self._arrays(flat, path)
            case "string":
                yield from self._texts(flat)
            case "number" | "integer":
                yield from numbers(flat, whole=kind == "integer")
            case "boolean":
                yield from (True, False)
            case "null":
                yield None
            case _:
                yield anything()

    def _objects(self, flat: Flat, path: Path) -> Iterator[dict[str, Any]]:
        required = flat.get("required", [])
        properties = flat.get("properties", {})
        made = {}
        for name in dict.fromkeys([*properties, *required]):
            if name not in required and self._made > _ENOUGH:
                continue
            value = next(self.values(properties.get(name, True), path), _NONE)
            if value is not _NONE:
                made[name] = value
        yield made

    def _arrays(self, flat: Flat, path: Path) -> Iterator[list[Any]]:
        first = flat.get("prefixItems", [])
        least, most = flat.get("minItems", 0), flat.get("maxItems", len(first) + 1)
        made = []
        for schema in first[:most]:
            value = next(self.values(schema, path), _NONE)
            if value is _NONE:
                break
            made.append(value)
        wanted = least if first or "items" not in flat else max(least, min(1, most))
        if len(made) < wanted and (least or self._made <= _ENOUGH):
            value = next(self.values(flat.get("items", True), path), _NONE)
            if value is not _NONE:
                self._root.spend(wanted)
                made += [value] * (wanted - len(made))
        yield made

    def _texts(self, flat: Flat) -> Iterator[str]:
        if known := _FORMATS.get(flat.get("format", "")):
            yield known
        least = flat.get("minLength", 0)
        self._root.spend(least)
        most = max(least, min(len(TEXT), flat.get("maxLength", len(TEXT))))
        repeated = f"{TEXT} " * (least // len(TEXT) + 1)
        yield repeated[:most]


def _types(flat: Flat) -> list[str]:
    types = flat.get("type", [])
    if isinstance(types, str):
        return [types]
    telling = (kind for kind in TYPES if flat.keys() & set(_TELLING.get(kind, ())))
    return types or [next(telling, "")]
