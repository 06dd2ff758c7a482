"""Text is UTF-8, and bytes are bytes, whatever locale and variables say."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    ID,
    START,
    STOP,
    Row,
    data,
    ended,
    params,
    post,
    replay,
    said,
    told,
)
from tests.processes import run
from tests.reaching import reaching
from tests.scripted import ScriptedServer, json_reply, raw, sse
from tests.test_streams import stream

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Gi

WORDS = "🦊 né\u2028\N{COMBINING ACUTE ACCENT}"
SPOKEN = (CREATED, START, said(WORDS), STOP, ended(), DONE)
C, CP1252 = held("F190", "LC_ALL=C"), held("F191", "PYTHONIOENCODING=cp1252")
ASCII = held("F191", "PYTHONIOENCODING=ascii")
PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # no help from Python itself
LOCALES: dict[str, tuple[Any, dict[str, str]]] = {
    "C": (C, {"LC_ALL": "C"}),
    "C without UTF-8 mode": (C, {"LC_ALL": "C", **PLAIN}),
    "POSIX": (C, {"LC_ALL": "POSIX", "LANG": "C"}),
    "nothing": ((), {"LC_ALL": ""}),
    "one that is not there": ((), {"LC_ALL": "en_US.ISO-8859-1"}),
    "cp1252": (CP1252, {"PYTHONIOENCODING": "cp1252"}),
    "cp1252, strictly": (CP1252, {"PYTHONIOENCODING": "cp1252:strict", "LC_ALL": "C"}),
    "ascii": (ASCII, {"PYTHONIOENCODING": "ascii"}),
    "ascii, in C": (
        ASCII,
        {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C", **PLAIN},
    ),
    "latin-1": ((), {"PYTHONIOENCODING": "latin-1:strict", "LC_ALL": "C"}),
}
HARDEST = ("C without UTF-8 mode", "cp1252, strictly", "ascii, in C")


def given(name: str, *more: str) -> Any:
    mark, env = LOCALES[name]
    return pytest.param(env, *more, id=" ".join((name, *more)), marks=mark)


EACH_LOCALE = pytest.mark.parametrize("locale", [given(name) for name in LOCALES])


@pytest.mark.parametrize(
    ("locale", "format"),
    [
        *(given(name, "text") for name in LOCALES),
        *(given(name, format) for name in HARDEST for format in FORMATS[1:]),
    ],
)
def test_answers_are_utf8(
    format: str, locale: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    """Words and stdin as well; stdout is a pipe here, and a file there."""
    env = reaching(server, tmp_path, **locale)
    server.expect(*post(sse(*SPOKEN)))
    done = run(
        "create", "🦊 ñ", "-", "--format", format, env=env, stdin="ñ 🦊".encode()
    )
    assert done.err == b""
    if format == "text":
        assert done.out == f"{WORDS}\n".encode()
    elif format == "sse":
        assert done.out == b"".join(SPOKEN)
    else:
        *lines, last = done.out.splitlines(keepends=True)
        assert b"".join(lines) == b"".join(
            line + b"\n" for line in data(b"".join(SPOKEN))
        )
        assert json.loads(last) == told(0, "")
    (request,) = server.requests
    assert request.json == {
        "model": "gemini-3-flash-preview",
        "input": [{"type": "text", "text": text} for text in ("🦊 ñ", "ñ 🦊")],
        "stream": True,
    }


@EACH_LOCALE
def test_errors_and_files_are_utf8(
    locale: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    env = reaching(server, tmp_path, **locale)
    named = tmp_path / "ñ 🦊"
    named.mkdir()
    (named / "ein.txt").write_text(WORDS, encoding="utf-8")
    server.expect(*post(sse(*SPOKEN)))
    argv = ("create", "x", "-i", "ñ 🦊/ein.txt", "-o", "ñ 🦊/aus", "--ndjson")
    more = ("--save-events", "ñ 🦊/roh", "--id-file", "ñ 🦊/né")
    done = run(*argv, *more, env=env, cwd=tmp_path)
    assert (done.out, done.err) == (b"", b"")
    kept = {path.name: path.read_bytes() for path in named.iterdir()}
    assert kept.pop("aus").startswith(data(b"".join(SPOKEN))[0])
    assert kept == {
        "ein.txt": WORDS.encode(),
        "roh": b"".join(SPOKEN),
        "né": f"{ID}\n".encode(),
    }
    assert server.requests[0].json["input"][1]["text"] == WORDS
    error = {"error": {"code": "née", "message": WORDS}}
    server.expect(*post(json_reply(error, 400)))
    shown = WORDS.replace("\u2028", " ").encode()  # one line
    refused = run("create", "x", env=env, code=1)
    assert (refused.out, refused.err) == (
        b"",
        b"gi: error: the API refused the request: 400 n\xc3\xa9e: %b\n" % shown,
    )
    missing = run("create", "x", "-i", "né 🦊", env=env, cwd=tmp_path, code=2)
    line = "gi: error: -i: né 🦊: No such file or directory\n"
    assert missing.err.decode() == line


@pytest.mark.parametrize("locale", [given(name) for name in HARDEST])
def test_help_is_utf8(
    locale: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    plain = run("create", "--help", env=reaching(server, tmp_path))
    done = run("create", "--help", env=reaching(server, tmp_path, **locale))
    assert done == plain
    assert done.out.decode()


@C
@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", **PLAIN}], ids=["UTF-8", "C"])
@pytest.mark.parametrize(
    "argv",
    [("create", "a\udcff"), ("create", "hi", "-m", "\udcff"), ("\udcff",)],
    ids=["prompt", "model", "command"],
)
def test_an_argument_that_is_not_utf8(
    argv: tuple[str, ...],
    locale: dict[str, str],
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    assert sys.getfilesystemencoding() == "utf-8"  # \udcff is the byte 0xff
    result = run(*argv, env=reaching(server, tmp_path, **locale), code=2)
    assert result.out == b""
    word = next(word for word in argv if "\udcff" in word)
    assert result.err.decode() == f"gi: error: an argument is not UTF-8: {word!r}\n"
    assert server.requests == []


def spoken(*texts: str, end: bytes = b"\n") -> tuple[bytes, ...]:
    parts = (CREATED, START, *map(said, texts), STOP, ended(), DONE)
    return tuple(part.replace(b"\n", end) for part in parts)


def row(text: str, *parts: bytes, lines: bytes) -> Row:
    script = [post(sse(*parts))]
    what = "newlines in bytes"
    return Row("F192", what, script, 0, text.encode(), b"".join(parts), lines=lines)


ENDS = "a\r\nb\rc\n\r\n\r", "\n\x1a\r\n"
BYTES = [
    row("".join(ENDS), *spoken(*ENDS, end=end), lines=b"".join(spoken(*ENDS)))
    for end in (b"\n", b"\r\n", b"\r")
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(BYTES))
def test_newlines_pass_as_they_are(
    row: Row, format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    """On stdout, and in files: no byte is put in, left out or taken for an end."""
    shown = replay(row, format, gi, server)
    server.expect(*row.script[0])
    out, events = tmp_path / "out", tmp_path / "events"
    argv = ("create", "hi", "--base-url", server.url, "--format", format)
    assert gi(*argv, "-o", str(out), "--save-events", str(events)).out == b""
    assert (out.read_bytes(), events.read_bytes()) == (shown.out, row.sse)


@held("F192", "newlines in bytes")
@pytest.mark.parametrize("format", FORMATS)
def test_a_saved_stream_is_rendered_as_it_is(
    format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    saved.write_bytes(stream("crlf"))
    shown = gi("render", str(saved), "--format", format)
    assert shown == gi("render", "--format", format, stdin=stream("crlf"))
    server.expect(*post(raw(b"HTTP/1.1 200 X\r\n\r\n", stream("crlf"))))
    argv = ("create", "hi", "--base-url", server.url, "--format", format)
    assert gi(*argv) == shown
    if format == "sse":
        assert shown.out == stream("crlf")
