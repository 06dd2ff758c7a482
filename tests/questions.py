"""Questions on a real terminal: what tests/asking.py is to ask, and what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import gi_cli
from tests.processes import ALL, Terminal, environment

if TYPE_CHECKING:
    from collections.abc import Collection

    from gi_cli.terminal import Answer

ASKING = str(Path(__file__).with_name("asking.py"))
SOURCE = str(Path(gi_cli.__file__).parents[1])  # not whatever else is installed
CALL = ("get_weather", '{"city":"Paris"}')
ONE = (*CALL, 1, 1)
SHOWN = 'gi: the model calls get_weather\n  {"city":"Paris"}\n'
HOW = "gi: type its result; or Enter, lines and a lone .; or @FILE; s skips, q quits\n"
QUESTION = f"{SHOWN}{HOW}> "
SETTINGS: dict[str, Any] = {
    "timeout": None,
    "no_input": False,
    "pause": 0,  # seconds before the first question
    "before": "",  # on stdout
    "live": "",
}


class Came(NamedTuple):
    """What was found, and the answers; `idle` unless it was busy without an end."""

    found: str
    answers: list[str]
    idle: str


class Plan:
    """A plan in a folder of its own."""

    def __init__(self, folder: Path, *questions: Any, **settings: Any) -> None:
        self.path = folder / "plan.json"
        plan = {**SETTINGS, **settings, "questions": questions}
        self.path.write_text(json.dumps(plan))
        self.report = self.path.with_suffix(".out")
        self.env = environment(folder, PYTHONPATH=SOURCE, PS1="$ ")
        self.argv = (sys.executable, ASKING, str(self.path))

    def on_terminal(self, tty: Collection[str] = ALL, **extra: str) -> Terminal:
        program, *argv = self.argv
        env = {**self.env, **extra}
        folder = self.path.parent
        return Terminal(*argv, program=program, env=env, tty=tty, cwd=folder)

    def lines(self) -> list[str]:
        return self.report.read_text().splitlines() if self.report.exists() else []

    def came(self) -> Came:
        found, *answers, idle = self.lines()
        return Came(found, answers, idle)


def came(*answers: Answer) -> Came:
    """What is expected where somebody was found at once."""
    return Came("(True, True)", [str(each) for each in answers], "idle")


def screen(text: str) -> bytes:
    """Text as it comes through a terminal."""
    return text.replace("\n", "\r\n").encode()
