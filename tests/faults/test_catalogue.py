"""Every row of the catalogue has a test, or a reason why it has none."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.catalogue import LEFT_OUT, ROWS, Id


def marks(module: ModuleType) -> Iterator[pytest.Mark]:
    """Those of its tests, and of the rows in their tables."""
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        for mark in getattr(test, "pytestmark", []):
            yield mark
            if mark.name == "parametrize":
                for value in mark.args[1]:
                    yield from getattr(value, "marks", ())


def marked() -> set[Id]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    modules = [import_module(f"tests.faults.{name}") for name in names]
    every = [mark for module in modules for mark in marks(module)]
    return {mark.args for mark in every if mark.name == "held"}


def test_each_row_is_held_or_left_out() -> None:
    assert ROWS - marked() == LEFT_OUT.keys()
