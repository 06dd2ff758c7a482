"""The catalogue, and the mark of the tests that hold its rows.

    @held("F46", "Ctrl-C during back-off")
    def test_while_sleeping_before_a_retry(...): ...

or, in a table, `pytest.param(..., marks=held(...))`. A test may hold several rows, and
a row may need several tests: it is held if all of them pass. `held` refuses a row that
is not in catalogue.toml; test_catalogue.py fails if a row has no test and no reason in
LEFT_OUT.
"""

import tomllib
from pathlib import Path
from typing import TypeAlias

import pytest

Id: TypeAlias = tuple[str, str]  # a fault and its row

ROWS: frozenset[Id] = frozenset(
    (fault, row)
    for section in tomllib.loads(
        Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    ).values()
    for fault, rows in section.items()
    for row in rows
)
LEFT_OUT: dict[Id, str] = {}


def held(fault: str, row: str) -> pytest.MarkDecorator:
    """Mark what holds a row."""
    assert (fault, row) in ROWS, f"not in catalogue.toml: {fault}, {row!r}"
    return pytest.mark.held(fault, row)
