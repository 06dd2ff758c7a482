"""The executable on terminals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.rows import TARGET
from tests.faults.words import NAMED
from tests.processes import ALL, Terminal
from tests.reaching import answer, reaching
from tests.scripted import ScriptedServer, json_reply, sse

NASTY = "a\x1b[31mred\x1b]0;x\x07\tb\r\x7f\x9b1m\u202ec\u2066d\u200fé"
NEUTRAL = (
    r"a\x1b[31mred\x1b]0;x\x07" "\t" r"b\x0d\x7f\x9b1m\u202ec\u2066d\u200f" "é"
).encode()


def told_on(
    server: ScriptedServer, home: Path, *argv: str, tty: tuple[str, ...]
) -> tuple[bytes, bytes]:
    env = reaching(server, home)
    with Terminal("create", "hi", *argv, env=env, tty=tty) as child:
        result = child.finish()
    assert result.code == 0
    return result.out, result.err


def test_text_is_neutralised_on_a_terminal(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(NASTY, "\nz")))
    told = told_on(server, tmp_path, tty=("stdout",))
    assert told == (NEUTRAL + b"\r\nz\r\n", b"")


def test_text_passes_a_pipe_and_a_file_verbatim(
    server: ScriptedServer, tmp_path: Path
) -> None:
    for _ in range(2):
        server.expect("POST", TARGET, sse(*answer(NASTY)))
    whole = f"{NASTY}\n".encode()
    id_line = NAMED.replace("\n", "\r\n").encode()
    told = told_on(server, tmp_path, tty=("stdin", "stderr"))
    assert told == (whole, id_line)
    out = tmp_path / "out.txt"
    assert told_on(server, tmp_path, "-o", str(out), tty=ALL) == (id_line, b"")
    assert out.read_bytes() == whole


@pytest.mark.parametrize("tty", [(), ("stderr",), ALL], ids=["pipe", "stderr", "all"])
def test_stderr_is_always_neutralised(
    tty: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    error = {"error": {"code": "invalid_request", "message": NASTY.replace("\r", "")}}
    server.expect("POST", TARGET, json_reply(error, 400))
    env = reaching(server, tmp_path)
    with Terminal("create", "hi", env=env, tty=tty) as child:
        result = child.finish()
    said = NEUTRAL.replace(rb"\x0d", b"").replace(b"\t", b" ")
    line = b"gi: error: the API refused the request: 400 invalid_request: " + said
    assert result.code == 1
    told = result.out if "stdout" in tty else result.err
    assert told == line + (b"\r\n" if tty else b"\n")


@pytest.mark.parametrize(
    ("argv", "err"), [((), f"{NAMED[:-1]}\r\n".encode()), (("-q",), b"")], ids=str
)
def test_the_id_ends_a_terminals_stderr_unless_quiet(
    argv: tuple[str, ...], err: bytes, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    assert told_on(server, tmp_path, *argv, tty=("stderr",)) == (b"hello\n", err)
