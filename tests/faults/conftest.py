"""Counts the rows of the catalogue that a run has held, and says so at its end."""

from collections.abc import Iterator

import pytest

from tests.faults.catalogue import LEFT_OUT, ROWS, Id

pytest.register_assert_rewrite("tests.faults.rows", "tests.faults.answering")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "held(fault, row): holds a row of the catalogue")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("held"):
            item.user_properties.append(("held", mark.args))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = set(_rows(terminalreporter, "passed"))
    broken = {
        row for how in ("failed", "error") for row in _rows(terminalreporter, how)
    }
    held = passed - broken
    if not held | broken:
        return
    faults = len({fault for fault, _ in held})
    terminalreporter.section("fault catalogue")
    terminalreporter.line(f"rows held: {len(held)} of {len(ROWS)}, of {faults} faults")
    rest = ROWS - held - broken - LEFT_OUT.keys()
    told = dict.fromkeys(broken, "broken") | dict.fromkeys(rest, "not run")
    for (fault, row), why in sorted((LEFT_OUT | _few(told)).items()):
        terminalreporter.line(f"{fault} {row}: {why}")


def _rows(reporter: pytest.TerminalReporter, how: str) -> Iterator[Id]:
    for report in reporter.stats.get(how, ()):
        for name, value in getattr(report, "user_properties", ()):
            if name == "held":
                yield value


def _few(told: dict[Id, str]) -> dict[Id, str]:
    """Of a run of one module, most rows are not run: they are not worth a line."""
    return {row: why for row, why in told.items() if why == "broken" or len(told) < 50}
