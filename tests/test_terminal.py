"""What a person sees on the terminal, and what gi makes of what is typed there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gi_cli.terminal import Answer, Choice, Typed
from tests.processes import ALL
from tests.questions import CALL, HOW, ONE, QUESTION, SHOWN, Plan, came, screen

if TYPE_CHECKING:
    from pathlib import Path

CUT = "gi: the terminal cuts a line at 4,095 bytes: put it in a file, answer @FILE\n> "
LONG = b"x" * 5000
UTF8 = "gi: that is not UTF-8: type it again\n> "
RESULTS: dict[str, tuple[tuple[bytes, ...], Answer]] = {
    "one line": ((b"21 C\n",), Typed("21 C")),
    "as it was typed": ((b' {"a": "\xc3\xa9"} \n',), Typed(' {"a": "é"} ')),
    "several lines": ((b"\n21 C\n\n sun\n.\n",), Typed("21 C\n\n sun")),
    "no result": ((b"\n.\n",), Typed("")),
    "s and q as text": ((b"\ns\nq\n@x\n..\n.\n",), Typed("s\nq\n@x\n..")),
    "a literal s": ((b"\ns\n.\n",), Typed("s")),
    "skip": ((b"s\n",), Choice.SKIP),
    "quit": ((b"q\n",), Choice.QUIT),
    "quit, with a space": ((b"q \n",), Choice.QUIT),
    "Q is a text": ((b"Q\n",), Typed("Q")),
    "an @": ((b"@@home\n",), Typed("@home")),
    "a file": ((b"@notes.txt\n",), Typed("from a file\n")),
    "a pipe without a writer": (
        (
            b"@pipe\n",
            b"gi: the result: pipe is an empty pipe that nobody writes to\r\n> ",
            b"s\n",
        ),
        Choice.SKIP,
    ),
    "no such file": (
        (
            b"@none\n",
            b"gi: the result: none: No such file or directory\r\n> ",
            b"@notes.txt\n",
        ),
        Typed("from a file\n"),
    ),
    "no file name": (
        (b"@\n", b"gi: the result: '' is no file name\r\n> ", b"q\n"),
        Choice.QUIT,
    ),
    "a file that is no text": (
        (b"@raw\n", b"gi: raw is not UTF-8 text (at byte 0)\r\n> ", b"ok\n"),
        Typed("ok"),
    ),
    "the end": ((b"\x04",), Choice.QUIT),
    "the end among several lines": ((b"\n21 C\n\x04",), Choice.QUIT),
    "the end behind some text": ((b"21 C\x04\x04",), Choice.QUIT),
    "a line in pieces": ((b"21\x04 C\x04elsius\n",), Typed("21 Celsius")),
    "edited": ((b"22\x7f1\n",), Typed("21")),
    "invalid UTF-8": ((b"\xff\n", screen(UTF8), b"\xc3\xa9\n"), Typed("é")),
    "invalid UTF-8 among several lines": (
        (b"\n21\n\xff\n.\n", screen(UTF8), b"21\n"),
        Typed("21"),
    ),
    "almost too long": ((LONG[:4094] + b"\n",), Typed("x" * 4094)),
    "as long as what was cut": (
        (LONG[:4095] + b"\n", screen(CUT), b"s\n"),
        Choice.SKIP,
    ),
    "cut": ((LONG + b"\n", screen(CUT), b"21 C\n"), Typed("21 C")),
    "cut, and more": (
        (LONG + b"\n" + b"rest\n" * 3000, screen(CUT), b"21 C\n"),
        Typed("21 C"),
    ),
    "cut among several lines": (
        (b"\n", b"\r\n", b"a\n" + LONG + b"\nb\n.\n", screen(CUT), b"c\n"),
        Typed("c"),
    ),
}


RUN = (*CALL, "./weather.sh")
ASKED = b"gi: run ./weather.sh? [y/N/q] "


def talk(
    plan: Plan, *steps: bytes, tty: tuple[str, ...] = ALL, prompt: bytes = b"> "
) -> bytes:
    """Send and expect in turn once the question is there; give the whole screen."""
    with plan.on_terminal(tty) as child:
        child.read_until(prompt)
        for number, step in enumerate(steps):
            if number % 2:
                child.read_until(step)
            else:
                child.send(step)
        result = child.finish()
        assert result.code == 0, result
        return child.screen


@pytest.mark.parametrize("name", RESULTS)
def test_a_result(name: str, tmp_path: Path) -> None:
    steps, answer = RESULTS[name]
    (tmp_path / "notes.txt").write_text("from a file\n")
    (tmp_path / "raw").write_bytes(b"\xff")
    os.mkfifo(tmp_path / "pipe")
    plan = Plan(tmp_path, ONE)
    talk(plan, *steps)
    assert plan.came() == came(answer)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (b"\n", Choice.SKIP),
        (b"s\n", Choice.SKIP),
        (b"N\n", Choice.SKIP),
        (b"no\n", Choice.SKIP),
        (b"y\n", Choice.YES),
        (b" YES \n", Choice.YES),
        (b"q\n", Choice.QUIT),
        (b"\x04", Choice.QUIT),
        (b"y\x04\x04", Choice.QUIT),
    ],
)
def test_a_consent(typed: bytes, answer: Answer, tmp_path: Path) -> None:
    plan = Plan(tmp_path, RUN)
    talk(plan, typed, prompt=ASKED)
    assert plan.came() == came(answer)


def test_a_consent_is_asked_for_until_it_is_clear(tmp_path: Path) -> None:
    plan = Plan(tmp_path, RUN)
    unclear = b"gi: answer y (run it), n (skip it) or q (quit)\r\n"
    steps = (b"yep\n", unclear + ASKED, b"\xff\n", screen(UTF8[:-2]) + ASKED, b"y\n")
    assert talk(plan, *steps, prompt=ASKED) == (
        screen(SHOWN) + ASKED + b"yep\r\n" + unclear + ASKED
        + b"\xff\r\n" + screen(UTF8[:-2]) + ASKED + b"y\r\n"
    )  # fmt: skip
    assert plan.came() == came(Choice.YES)


@pytest.mark.parametrize("tty", [ALL, ("stdin", "stderr"), ("stderr",)], ids=str)
def test_the_screen(tty: tuple[str, ...], tmp_path: Path) -> None:
    """Only on a terminal does a question follow what stdout has written, and is no live
    line shown in the middle of it."""
    plan = Plan(tmp_path, (*CALL, 1, 2), before="Paris: ", live="waiting")
    question = QUESTION.replace("weather\n", "weather (1 of 2)\n", 1)
    live = "\r\x1b[Kwaiting\r\x1b[K"
    shown = ("Paris: \n" if "stdout" in tty else live) + question
    steps = (b"\n", b"\r\n", b"21 C\nsun\n.\n")
    expected = screen(f"{shown}\n21 C\nsun\n.\n")
    assert talk(plan, *steps, tty=tty) == expected
    assert plan.came() == came(Typed("21 C\nsun"))


def test_the_end_leaves_the_cursor_where_a_line_begins(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE)
    assert talk(plan, b"\x04") == screen(f"{QUESTION}\n")


MEMBERS = [f'"k{n}": [{n}, {{}}],' for n in range(100)]
CALLS: dict[str, tuple[str, str, str]] = {
    "nothing": ("f", "", "f\n"),
    "no arguments": ("f", "{}", "f\n  {}\n"),
    "escapes": (
        "f\x1b]52;c;eA==\x07\n\tgi: \x9b2J\u202e",
        '{"a":"\x1b[2J\x07\r\x9b\u2066\t"}',
        "f\\x1b]52;c;eA==\\x07\\n\\tgi: \\x9b2J\\u202e\n"
        '  {"a":"\\x1b[2J\\x07\\x0d\\x9b\\u2066\\t"}\n',
    ),
    "half a character": ("f\ud83d", '"\ud83d"', 'f\ufffd\n  "\ufffd"\n'),
    "a long name": (
        "f" * 1234,
        "[1]",
        f"{'f' * 200}... (1,034 characters left out)\n  [1]\n",
    ),
    "no more than a space is changed": (
        "f",
        '{"a" :1e999,"a":{"b":[1,{}]} ,\n\t"n":123456789012345678901, '
        '"c": "x:{,  [\\"}"}\n',
        "f\n  {\n"
        '    "a" : 1e999,\n'
        '    "a": {"b": [1, {}]} ,\n'
        '    "n": 123456789012345678901,\n'
        '    "c": "x:{,  [\\"}"\n'
        "  }\n",
    ),
    "a list": (
        "f",
        f'["{"x" * 70}",[1,2]]',
        f'f\n  [\n    "{"x" * 70}",\n    [1, 2]\n  ]\n',
    ),
    "no JSON": (
        "f",
        "]} no\ngi: type\n\n\x1b[2J " + "x" * 70,
        "f\n  ]\n  } no gi: type \\x1b[\n    2J " + "x" * 70 + "\n",
    ),
    "lines in a string": (
        "f",
        '{"a": "1\ngi: 2", "b": "' + "x" * 70,
        'f\n  {\n    "a": "1\\ngi: 2",\n    "b": "' + "x" * 70 + "\n",
    ),
    "many": (
        "f",
        "{" + "".join(MEMBERS) + "}",
        "f\n  {\n"
        + "".join(f"    {each}\n" for each in MEMBERS[:29])
        + f"  ... ({len(''.join(MEMBERS[29:])) + 1:,} characters left out)\n",
    ),
    "large": (
        "f",
        '{"a":"' + "x" * 5_000_000 + '"}',
        f'f\n  {{\n    "a": "{"x" * 1994}\n  ... (4,998,008 characters left out)\n',
    ),
    "deep": (
        "f",
        "[" * 100_000,
        f"f\n  [\n    {'[' * 1999}\n  ... (98,000 characters left out)\n",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_as_it_is_shown(name: str, tmp_path: Path) -> None:
    function, arguments, shown = CALLS[name]
    call = (function, arguments)
    plan = Plan(tmp_path, (*call, 1, 1), (*call, "w\x1b.sh"))
    first = f"gi: the model calls {shown}{HOW}> s\n"
    second = f"gi: the model calls {shown}gi: run w\\x1b.sh? [y/N/q] "
    said = talk(plan, b"s\n", screen(second), b"y\n")
    assert said == screen(f"{first}{second}y\n")
    assert plan.came() == came(Choice.SKIP, Choice.YES)


def test_what_was_typed_ahead_answers_the_next_question(tmp_path: Path) -> None:
    plan = Plan(tmp_path, *[(*CALL, n, 4) for n in range(1, 5)])
    talk(plan, b"21 C\n\nrain\n.\n@@x\nq\n")
    answers = Typed("21 C"), Typed("rain"), Typed("@x"), Choice.QUIT
    assert plan.came() == came(*answers)


def test_what_came_before_the_end_is_forgotten(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE, ONE)
    talk(plan, b"21 C\x04\x04", b"> ", b"s\n")
    assert plan.came() == came(Choice.QUIT, Choice.SKIP)


def test_what_was_typed_ahead_is_no_consent(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE, RUN)
    talk(plan, b"21 C\ny\ny\nhalf", ASKED, b"n\n")
    assert plan.came() == came(Typed("21 C"), Choice.SKIP)
