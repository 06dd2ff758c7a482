"""What JSON must look like to be taken: a check for each kind of value.

A check is called with a value and the path of it, and refuses what does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gi_cli.emulator.refusal import invalid

Check = Callable[[Any, str], None]
_NAMES: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    dict: "an object",
    list: "an array",
}


class Kind:
    """A value of one of these types, and what is wanted of its type besides."""

    def __init__(self, checks: Mapping[type, Check | None]) -> None:
        self.checks = checks

    def __call__(self, value: Any, where: str) -> None:
        """Refuse a value of another type; an integer is a number too."""
        kind: type = type(value)
        if kind is int and int not in self.checks:
            kind = float
        if kind not in self.checks:
            names = " or ".join(_NAMES[wanted] for wanted in self.checks)
            raise bad(where, f"must be {names}")
        if inner := self.checks[kind]:
            inner(value, where)


class Fields:
    """An object with these fields, and others if there is a check for them."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        required: tuple[str, ...] = (),
        others: Check | None = None,
    ) -> None:
        self.checks, self.required, self.others = checks, required, others

    def __call__(self, value: Any, where: str) -> None:
        """Refuse another type, a field that is missing, and one that is unknown."""
        OBJECT(value, where)
        for name in self.required:
            if name not in value:
                raise invalid(f"'{_within(where, name)}' is required.")
        for name, inner in value.items():
            check = self.checks.get(name, self.others)
            if not check:
                raise invalid(f"Unknown parameter '{_within(where, name)}'.")
            check(inner, _within(where, name))


class Typed:
    """An object whose field `type` says what it is."""

    def __init__(self, variants: Mapping[str, Check]) -> None:
        self.variants = variants

    def __call__(self, value: Any, where: str) -> None:
        """Refuse what has no type, and what its type does not allow."""
        OBJECT(value, where)
        if "type" not in value:
            raise invalid(f"'{where}.type' is required.")
        one_of(*self.variants)(value["type"], f"{where}.type")
        self.variants[value["type"]](value, where)


def one_of(*values: str) -> Check:
    """Want one of these texts."""

    def check(value: Any, where: str) -> None:
        if value not in values:
            raise bad(where, f"must be one of {', '.join(values)}")

    return check


def listed(item: Check) -> Kind:
    """Want an array, and this of each of its items."""

    def check(values: Iterable[Any], where: str) -> None:
        for at, value in enumerate(values):
            item(value, f"{where}[{at}]")

    return Kind({list: check})


def mapped(item: Check) -> Fields:
    """Want an object with any names, and this of each value."""
    return Fields({}, others=item)


def anything(_: Any, __: str) -> None:
    """Want nothing."""


def bad(where: str, why: str) -> Exception:
    """Refuse the value of a field."""
    return invalid(f"Invalid value for parameter '{where}': {why}.")


def _within(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


TEXT = Kind({str: None})
FLAG = Kind({bool: None})
COUNT = Kind({int: None})
NUMBER = Kind({float: None})
OBJECT = Kind({dict: None})
TEXTS = listed(TEXT)
