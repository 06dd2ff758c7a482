"""The executable's stdin is read where it is named, and words are UTF-8."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.catalogue import held
from tests.faults.rows import TARGET, told
from tests.processes import Running, Terminal, run
from tests.reaching import answer, asked, bash, body, reaching, shown
from tests.scripted import ScriptedServer, sse

if TYPE_CHECKING:
    from pathlib import Path

UNREAD = (
    "gi: stdin has data that was not read; "
    "pass - as the first or last word to send it\n"
)


def texts(*each: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in each]


def expect(server: ScriptedServer, *replies: str) -> None:
    for each in replies:
        server.expect("POST", TARGET, sse(*answer(each)))


OPEN = held("F70", "a pipe that nobody closes, and a prompt")
PROMPTS: dict[str, tuple[tuple[str, ...], Any]] = {
    "a prompt": (("hi",), "hi"),
    "a prompt in a file": (("-i", "hi.txt"), "hi"),
    "a prompt in the body": (("--body", '{"input":"hi"}'), "hi"),
    "a file beside it": (("hi", "-s", "@hi.txt"), "hi"),
}


@OPEN
@pytest.mark.parametrize(
    ("name", "format"),
    [*((n, "text") for n in PROMPTS), ("a prompt", "ndjson"), ("a prompt", "sse")],
)
def test_a_prompt_does_not_wait_for_stdin(
    name: str, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    argv, given = PROMPTS[name]
    (tmp_path / "hi.txt").write_text("hi")
    expect(server, "hello")
    argv = ("create", *argv, "--format", format)
    reader, writer = os.pipe()
    env = reaching(server, tmp_path)
    with Running(*argv, env=env, stdin=reader, cwd=tmp_path) as child:
        result = child.finish()
    os.close(reader)
    os.close(writer)
    assert (result.code, result.err) == (0, b"")
    events = shown(format, answer("hello"), "hello\n")
    assert result.out[: len(events)] == events
    rest = result.out[len(events) :]
    if format == "ndjson":
        assert json.loads(rest) == told(0, "")
    else:
        assert rest == b""
    extra = {"system_instruction": "hi"} if "-s" in argv else {}
    assert asked(server) == [body(given) | extra]


@held("F73", "inside while read")
def test_a_loop_keeps_its_lines(server: ScriptedServer, tmp_path: Path) -> None:
    expect(server, "A", "B")
    loop = "printf 'a\\nb\\n' | while read -r line; do gi create \"$line\"; done"
    result = bash(loop, env=reaching(server, tmp_path))
    assert (result.out, result.err.decode()) == (b"A\nB\n", UNREAD)
    assert asked(server) == [body("a"), body("b")]


@pytest.mark.parametrize("given", ["pipe", "file", "rest of a file"])
@pytest.mark.parametrize("quiet", [False, True])
def test_waiting_data_is_told_and_not_sent(
    given: str, quiet: bool, server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "hello")
    stdin: bytes | int = b"data"
    if given != "pipe":
        path = tmp_path / "data"
        path.write_bytes(b"data")
        stdin = os.open(path, os.O_RDONLY)
        os.lseek(stdin, 2 if given == "rest of a file" else 0, os.SEEK_SET)
    argv = ("create", "hi", *(["-q"] if quiet else []))
    with Running(*argv, env=reaching(server, tmp_path), stdin=stdin) as child:
        result = child.finish()
    assert (result.code, result.out) == (0, b"hello\n")
    assert result.err.decode() == ("" if quiet else UNREAD)
    assert asked(server) == [body("hi")]
    if isinstance(stdin, int):
        assert os.lseek(stdin, 0, os.SEEK_CUR) == (2 if given != "file" else 0)
        os.close(stdin)


@pytest.mark.parametrize(
    "redirection",
    [
        "</dev/null",
        "<empty",
        "</dev/zero",
        pytest.param("<&-", marks=held("F71", "stdin is closed")),
        pytest.param("<&- 2>&1", marks=held("F71", "stdin is closed")),
    ],
)
def test_a_stdin_with_nothing_to_tell(
    redirection: str, server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "hello")
    (tmp_path / "empty").touch()
    line = f"gi create hi {redirection}"
    result = bash(line, env=reaching(server, tmp_path), cwd=tmp_path)
    assert (result.out, result.err) == (b"hello\n", b"")
    assert asked(server) == [body("hi")]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("-",), "data\n"),
        ((), "data\n"),
        (("review", "-"), texts("review", "data\n")),
        (("please", "review", "-"), texts("please review", "data\n")),
        (("-", "please"), texts("data\n", "please")),
        (("-", "in", "one", "line"), texts("data\n", "in one line")),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_stdin_is_sent_at_its_place(
    kind: str,
    words: tuple[str, ...],
    given: Any,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    expect(server, "hello")
    stdin: bytes | int = b"data\n"
    if kind == "file":
        path = tmp_path / "data"
        path.write_bytes(b"data\n")
        stdin = os.open(path, os.O_RDONLY)
    result = run("create", *words, env=reaching(server, tmp_path), stdin=stdin)
    assert (result.out, result.err) == (b"hello\n", b"")
    assert asked(server) == [body(given)]


def test_a_dash_in_the_middle_is_a_word(server: ScriptedServer, tmp_path: Path) -> None:
    expect(server, "hello")
    argv = ("create", "a", "-", "b")
    assert run(*argv, env=reaching(server, tmp_path)).err == b""
    assert asked(server) == [body("a - b")]


def test_words_are_text_whatever_they_begin_with(
    server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "hello")
    argv = ("create", "--", "@file", "-x", "@@")
    run(*argv, env=reaching(server, tmp_path))
    assert asked(server) == [body("@file -x @@")]


EMPTY = 'the prompt is empty\ngi: hint: gi create "Why is the sky blue?"\n'
NOTHING = "stdin is empty: nothing stands where - is\n"
UNREADABLE = "stdin cannot be read: Bad file descriptor\n"
CLOSES, NULL = held("F71", "stdin is closed"), held("F72", "/dev/null and no prompt")
NONE = 'there is no prompt\ngi: hint: gi create "Why is the sky blue?"\n'
CLOSED = "stdin cannot be read: it is closed\n"


CANNOT: list[tuple[str, str, Any]] = [
    ("gi create <&-", NONE, CLOSES),
    ("gi create - <&-", CLOSED, CLOSES),
    ("gi create x -s @- <&-", CLOSED, CLOSES),
    ("gi create -i - <&-", CLOSED, CLOSES),
    ("gi create - 0>out", UNREADABLE, ()),
    ("gi render <&-", "there is no FILE\n", CLOSES),
    ("gi create </dev/null", EMPTY, NULL),
    ("gi create - </dev/null", EMPTY, NULL),
    ("gi research </dev/null", EMPTY, NULL),
    ("gi image - </dev/null", EMPTY, NULL),
    ("gi create x - </dev/null", NOTHING, NULL),
    ("gi create -i - </dev/null", "-i: stdin is empty\n", NULL),
]


@pytest.mark.parametrize("format", ["text", "ndjson"])
@pytest.mark.parametrize(
    ("line", "said"),
    [pytest.param(line, said, id=line, marks=mark) for line, said, mark in CANNOT],
)
def test_a_stdin_that_cannot_be_read(
    line: str, said: str, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    env = reaching(server, tmp_path)
    gi, command, rest = line.split(" ", 2)
    line = f"{gi} {command} --format {format} {rest}"
    result = bash(line, env=env, cwd=tmp_path, code=2)
    err = f"gi: error: {said}"
    assert result.err.decode() == err
    if format == "ndjson":
        assert json.loads(result.out) == told(2, err)
    else:
        assert result.out == b""
    assert server.requests == []


def test_no_prompt_on_a_terminal_does_not_wait(
    server: ScriptedServer, tmp_path: Path
) -> None:
    env = reaching(server, tmp_path)
    with Terminal("create", env=env, tty=("stdin",)) as child:
        result = child.finish()
    assert (result.code, result.out, child.took < 2) == (2, b"", True)
    first, hint = result.err.decode().splitlines()
    assert first == "gi: error: there is no prompt"
    assert hint.startswith("gi: hint: gi create ")


def test_typed_at_a_terminal_where_it_is_named(
    server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "hello")
    env = reaching(server, tmp_path)
    with Terminal("create", "-", env=env, tty=("stdin",)) as child:
        child.send(b"typed\n\x04")
        result = child.finish()
    assert (result.code, result.out, result.err) == (0, b"hello\n", b"")
    assert asked(server) == [body("typed\n")]


@held("F74", "10 MB on stdin")
def test_ten_megabytes(server: ScriptedServer, tmp_path: Path) -> None:
    expect(server, "hello")
    text = "0123456789é\n" * 800_000
    result = run("create", "-", env=reaching(server, tmp_path), stdin=text.encode())
    assert (result.out, result.err) == (b"hello\n", b"")
    (sent,) = asked(server)
    assert sent.pop("input") == text, "not the same"
    assert sent == {"model": "gemini-3-flash-preview", "stream": True}
