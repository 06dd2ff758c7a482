"""Schemas without references and choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gi_cli.emulator.structured.keywords import CHOICES, Root, Schema
from gi_cli.emulator.structured.numbers import common_multiple

Path = tuple[str, ...]  # the references that have been followed, the last one last
Flat = dict[str, Any]
_WITHIN_ITSELF = 2  # times that a reference may be on a path
_LONGEST_PATH = 40


def alternatives(schema: Schema, path: Path, root: Root) -> Iterator[tuple[Flat, Path]]:
    """Yield what the schema comes to with each choice there is, the first one first.

    There is nothing left of a schema that is within itself too often.
    """
    root.spend()
    if isinstance(schema, bool):
        if schema:
            yield {}, path
        return
    if (ref := schema.get("$ref")) and not _may_follow(ref, path):
        return
    own = {name: schema[name] for name in schema if name not in _COMBINED}
    parts = [(part,) for part in schema.get("allOf", [])]
    parts += [schema[name] for name in CHOICES if name in schema]
    if ref:
        path = (*path, ref)
        parts.insert(0, (root.resolve(ref),))
    yield from _chosen(own, parts, path, root)


def _may_follow(ref: str, path: Path) -> bool:
    return path.count(ref) < _WITHIN_ITSELF and len(path) < _LONGEST_PATH


def _chosen(
    base: Flat, parts: list[Any], path: Path, root: Root
) -> Iterator[tuple[Flat, Path]]:
    """Yield `base` with one schema of each part."""
    if not parts:
        yield base, path
        return
    for schema in parts[0]:
        for flat, longer in alternatives(schema, path, root):
            yield from _chosen(_merged(base, flat), parts[1:], longer, root)


def _merged(first: Flat, second: Flat) -> Flat:
    """Return what demands both; where it cannot, it demands what the first does."""
    both = first.keys() & second.keys() & _BOTH.keys()
    return (
        second | first | {name: _BOTH[name](first[name], second[name]) for name in both}
    )


def _types(first: str | list[str], second: str | list[str]) -> list[str]:
    firsts, seconds = (
        [kinds] if isinstance(kinds, str) else kinds for kinds in (first, second)
    )
    whole = ["integer"] * ("number" in firsts and "integer" in seconds)
    if "number" in seconds:
        seconds = [*seconds, "integer"]
    return [*whole, *(kind for kind in firsts if kind in seconds)]


def _properties(first: Flat, second: Flat) -> Flat:
    both = {
        name: {"allOf": [first[name], second[name]]}
        for name in first.keys() & second.keys()
    }
    return first | second | both


_BOTH: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "properties": _properties,
    "items": lambda first, second: {"allOf": [first, second]},
    "multipleOf": common_multiple,
    **dict.fromkeys(
        ("enum", "examples", "required"), lambda first, second: [*first, *second]
    ),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minItems", "minLength"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxItems", "maxLength"), min),
}
_COMBINED = ("$ref", "allOf", *CHOICES)
