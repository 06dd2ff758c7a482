"""The executable's stdin is read where it is named, and words are UTF-8."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import Running, Terminal, run
from tests.scripted import ScriptedServer, sse
from tests.test_process import TARGET, answer, reaching

if TYPE_CHECKING:
    from pathlib import Path

bash = partial(run, "-c", program="bash")
UNREAD = (
    "gi: stdin has data that was not read; "
    "pass - as the first or last word to send it\n"
)


def body(given: Any) -> dict[str, Any]:
    return {"model": "gemini-3-flash-preview", "input": given, "stream": True}


def texts(*each: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in each]


def asked(server: ScriptedServer) -> list[Any]:
    return [request.json for request in server.requests]


def expect(server: ScriptedServer, *replies: str) -> None:
    for each in replies:
        server.expect("POST", TARGET, sse(*answer(each)))


def test_a_prompt_does_not_wait_for_stdin(
    server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "hello")
    reader, writer = os.pipe()
    with Running("create", "hi", env=reaching(server, tmp_path), stdin=reader) as child:
        result = child.finish()
    os.close(reader)
    os.close(writer)
    assert (result.code, result.out, result.err) == (0, b"hello\n", b"")
    assert asked(server) == [body("hi")]


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


@pytest.mark.parametrize("redirection", ["</dev/null", "<empty", "<&-", "</dev/zero"])
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


EMPTY = 'the prompt is empty\ngi: hint: gi create "Why is the sky blue?"'


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        ((), None, EMPTY),
        (("-",), None, EMPTY),
        (("-",), b" \n\t\n", EMPTY),
        (("",), None, EMPTY),
        (
            ("-", "-"),
            b"data",
            "stdin is named twice: as the first and as the last word",
        ),
        (("-", "-s", "@-"), b"data", "stdin is named twice: for --system and -"),
        (("-",), b"ab\xff", "stdin is not UTF-8 text (at byte 2)"),
        (("-",), b"ab\xe2\x82", "stdin is not UTF-8 text (at byte 2)"),
        (("-",), b"\xff\xfea\0", "stdin is not UTF-8 text (at byte 0)"),
        (("-",), b"\xef\xbb\xbfab\xff", "stdin is not UTF-8 text (at byte 5)"),
        (("-",), b"abc\0d", "stdin is not text: it has a NUL at byte 3"),
        (("-",), "é\0".encode(), "stdin is not text: it has a NUL at byte 2"),
    ],
    ids=str,
)
def test_what_cannot_be_sent(
    words: tuple[str, ...],
    stdin: bytes | None,
    said: str,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    argv = ("create", *words)
    result = run(*argv, env=reaching(server, tmp_path), stdin=stdin, code=2)
    assert (result.out, result.err.decode()) == (b"", f"gi: error: {said}\n")
    assert server.requests == []


@pytest.mark.parametrize("redirection", ["<&-", "0>out"])
def test_a_stdin_that_cannot_be_read(
    redirection: str, server: ScriptedServer, tmp_path: Path
) -> None:
    line, env = f"gi create - {redirection}", reaching(server, tmp_path)
    result = bash(line, env=env, cwd=tmp_path, code=2)
    assert result.out == b""
    assert result.err.startswith(b"gi: error: ")
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


def test_a_byte_order_mark_is_dropped(server: ScriptedServer, tmp_path: Path) -> None:
    expect(server, "hello")
    data = "\ufeffhé \ufeff".encode()
    run("create", "-", env=reaching(server, tmp_path), stdin=data)
    assert asked(server) == [body("hé \ufeff")]


def test_ten_megabytes(server: ScriptedServer, tmp_path: Path) -> None:
    expect(server, "hello")
    text = "0123456789é\n" * 800_000
    result = run("create", "-", env=reaching(server, tmp_path), stdin=text.encode())
    assert (result.out, result.err) == (b"hello\n", b"")
    (sent,) = asked(server)
    assert sent.pop("input") == text, "not the same"
    assert sent == {"model": "gemini-3-flash-preview", "stream": True}


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict", "LANG": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "en_US.ISO-8859-1"},
    ],
    ids=["C", "ascii", "latin-1", "no-utf8-mode", "unknown"],
)
def test_utf8_whatever_the_locale(
    locale: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    expect(server, "🦊 né", "🦊 né")
    env = reaching(server, tmp_path, **locale)
    answered = "🦊 né\n".encode()
    piped = run("create", "-", env=env, stdin="🦊 ñ".encode())
    assert (piped.out, piped.err) == (answered, b"")
    typed = run("create", "🦊 ñ", env=env)
    assert (typed.out, typed.err) == (answered, b"")
    assert asked(server) == [body("🦊 ñ"), body("🦊 ñ")]


@pytest.mark.parametrize(
    "argv",
    [("create", "a\udcff"), ("create", "hi", "-m", "\udcff"), ("\udcff",)],
    ids=["prompt", "model", "command"],
)
def test_an_argument_that_is_not_utf8(
    argv: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    assert sys.getfilesystemencoding() == "utf-8"  # \udcff is the byte 0xff
    result = run(*argv, env=reaching(server, tmp_path), code=2)
    assert result.out == b""
    assert result.err.startswith(b"gi: error: an argument is not UTF-8: ")
    assert result.err.count(b"\n") == 1
    assert server.requests == []
