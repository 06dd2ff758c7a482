"""The executable's descriptors: gone, full, closed, slow to be read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Self

import pytest

from gi_cli.sinks import FORMATS
from tests.faults.catalogue import held
from tests.faults.rows import CREATED, ID, TARGET
from tests.faults.words import NAMED
from tests.processes import GI, Running
from tests.reaching import WAIT, answer, bash, last_line, lines, reaching, shown
from tests.scripted import ScriptedServer, sse
from tests.stopping import every_signal, is_full, stopped, until

if TYPE_CHECKING:
    from pathlib import Path

PARAGRAPHS = [f"{n} {'x' * 5000}\n" for n in range(800)]  # 4 MB
CLOSED = "gi: error: stdout: it is closed\ngi: hint: write to a file with -o\n"
FULL = "gi: error: stdout: No space left on device"


class Onto(Running):
    """Its stdout is a descriptor of the test's own."""

    def __init__(self, *argv: str, stdout: int, **rest: Any) -> None:
        super().__init__(*argv, **rest)
        self._stdout = stdout

    def __enter__(self) -> Self:
        self._spawn({"stdout": self._stdout})
        return self


@held("F170", "the reader leaves after a line")
@pytest.mark.parametrize(
    ("format", "first"),
    [
        ("text", PARAGRAPHS[0].encode()),
        ("ndjson", shown("ndjson", (CREATED,), "")),
        ("sse", CREATED.splitlines()[0] + b"\n"),
        ("json", b"{\n"),
    ],
    ids=["text", "ndjson", "sse", "json"],
)
def test_head_ends_it_quietly(
    format: str, first: bytes, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(*PARAGRAPHS)))
    line = f'gi create hi --format {format} | head -1; echo "${{PIPESTATUS[0]}}"'
    result = bash(line, env=reaching(server, tmp_path))
    assert (result.out, result.err) == (first + b"141\n", b"")


@held("F170", "the reader leaves before the first byte")
@pytest.mark.parametrize("format", FORMATS)
def test_a_reader_that_left_before_the_first_byte(
    format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    """Nothing is paid for that nobody would read."""
    reader, writer = os.pipe()
    os.close(reader)
    argv = ("create", "hi", "--format", format)
    with Onto(*argv, env=reaching(server, tmp_path), stdout=writer) as child:
        result = child.finish()
    assert (result.code, result.err) == (141, b"")


@pytest.mark.parametrize(
    ("command", "left"),
    [("gi --version", b"141\n"), ("gi --help", b"141\n"), ("gi nonsense", b"2\n")],
)
def test_no_reader_for_what_needs_no_request(
    command: str, left: bytes, tmp_path: Path, server: ScriptedServer
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    line = f'{command}; echo "$?" >&2'
    env = reaching(server, tmp_path)
    with Onto("-c", line, env=env, stdout=writer, program="bash") as child:
        result = child.finish()
    assert result.err.splitlines(keepends=True)[-1] == left
    assert b"Traceback" not in result.err


@held("F171", "stdout is closed")
@pytest.mark.parametrize("format", FORMATS)
def test_a_closed_stdout_is_told_before_the_request(
    format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    line = f"gi create hi --format {format} >&-"
    result = bash(line, env=reaching(server, tmp_path), code=9)
    assert result.err.decode() == CLOSED
    assert server.requests == []


@held("F171", "stdout is closed")
@held("F171", "stdout is full")
@pytest.mark.parametrize("what", ["--version", "--help", "create --help"])
@pytest.mark.parametrize("where", [">&-", ">/dev/full"])
def test_version_and_help_that_nobody_gets(
    what: str, where: str, server: ScriptedServer, tmp_path: Path
) -> None:
    result = bash(f"gi {what} {where}", env=reaching(server, tmp_path), code=9)
    assert result.err.startswith(b"gi: error: stdout: ")
    assert b"Traceback" not in result.err


@held("F171", "stdout is full")
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_stdout(format: str, server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    line = f"gi create hi --format {format} >/dev/full"
    result = bash(line, env=reaching(server, tmp_path), code=9)
    first, *_, last = result.err.decode().splitlines(keepends=True)
    assert (first, last) == (f"{FULL}\n", NAMED)


@pytest.mark.parametrize(
    "redirections",
    [">&-", "<&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", "| true"],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_needs_no_descriptor(
    format: str, redirections: str, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    line = f"set -o pipefail; gi create hi -o out --format {format} {redirections}"
    result = bash(line, env=reaching(server, tmp_path), cwd=tmp_path)
    assert (result.out, result.err) == (b"", b"")
    written = (tmp_path / "out").read_bytes()
    assert written.startswith(shown(format, answer("hello"), "hello\n"))
    if format == "ndjson":
        assert last_line(written)["exit_code"] == 0


@held("F171", "stderr is closed")
@pytest.mark.parametrize("redirections", ["2>&-", "<&-", "<&- 2>&-"])
def test_stdout_needs_no_other_descriptor(
    redirections: str, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    line = f"gi create hi {redirections}"
    result = bash(line, env=reaching(server, tmp_path))
    assert (result.out, result.err) == (b"hello\n", b"")


@held("F171", "stderr is closed")
def test_an_error_with_no_stderr_keeps_its_code(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer("hel", status="failed")))
    env = reaching(server, tmp_path)
    assert bash("gi create hi 2>&-", env=env, code=1).out == b"hel"
    assert bash("gi create --zzz 2>&- >&- <&-", env=env, code=2).out == b""
    assert bash("gi create --zzz 2>/dev/full", env=env, code=2).out == b""
    assert bash("gi create hi 2>&- >&-", env=env, code=9).out == b""


@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize("format", ["text", "ndjson", "sse"])
def test_every_byte_reaches_a_slow_reader(
    format: str, blocking: bool, server: ScriptedServer, tmp_path: Path
) -> None:
    events = answer(*PARAGRAPHS)
    server.expect("POST", TARGET, sse(*events))
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)  # for the child as well: it is the same pipe
    watch = os.dup(writer)
    argv = ("create", "hi", "--format", format)
    with Onto(*argv, env=reaching(server, tmp_path), stdout=writer) as child:
        until(lambda: is_full(watch))
        got = os.read(reader, 100_000)
        until(lambda: is_full(watch))
        os.close(watch)
        with open(reader, "rb") as rest:
            got += rest.read()
        result = child.finish()
    assert (result.code, result.err) == (0, b"")
    whole = shown(format, events, "".join(PARAGRAPHS))
    end = got[len(whole) :]
    assert got.startswith(whole), "not the whole"  # a diff of megabytes takes minutes
    if format == "ndjson":
        assert last_line(end)["exit_code"] == 0
    else:
        assert end == b""


@every_signal
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("format", ["text", "ndjson", "sse"])
def test_while_nobody_reads(
    signum: int, blocking: bool, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    events = answer(*PARAGRAPHS)
    server.expect("POST", TARGET, sse(*events))
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    watch = os.dup(writer)
    argv = ("create", "hi", "--format", format)
    with Onto(*argv, env=reaching(server, tmp_path), stdout=writer) as child:
        until(lambda: is_full(watch))
        os.close(watch)
        result = stopped(child, signum)
    with open(reader, "rb") as rest:
        got = rest.read()
    assert result.err.decode() == NAMED
    assert got
    if format == "ndjson":
        for line in got.splitlines(keepends=True)[:-1]:
            json.loads(line)
    else:
        assert shown(format, events, "".join(PARAGRAPHS)).startswith(got)


@every_signal
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
def test_a_reader_that_comes_back_gets_whole_lines(
    signum: int, blocking: bool, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(*PARAGRAPHS)))
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    watch = os.dup(writer)
    env = reaching(server, tmp_path)
    with Onto("create", "hi", "--ndjson", env=env, stdout=writer) as child:
        until(lambda: is_full(watch))
        os.close(watch)
        child.signal(signum)
        with open(reader, "rb") as rest:
            got = rest.read()
        result = child.finish()
    assert (result.code, child.took < 2) == (128 + signum, True)
    *events, last = got.splitlines(keepends=True)
    end = json.loads(last)
    assert (end["exit_code"], end["interaction_id"]) == (128 + signum, ID)
    assert len(events) > 2
    assert lines(*answer(*PARAGRAPHS)).startswith(b"".join(events)), "not its lines"


@every_signal
def test_while_the_last_write_waits_for_a_reader(
    signum: int, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(*PARAGRAPHS)))
    reader, writer = os.pipe()
    watch = os.dup(writer)
    env = reaching(server, tmp_path)
    with Onto("create", "hi", "--json", env=env, stdout=writer) as child:
        until(lambda: is_full(watch))
        os.close(watch)
        result = stopped(child, signum)
    os.close(reader)
    assert result.err.decode() == NAMED


@pytest.mark.parametrize("format", FORMATS)
def test_the_deadline_while_nobody_reads(
    format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(*PARAGRAPHS)))
    reader, writer = os.pipe()
    argv = ("create", "hi", "--timeout", "1", "--format", format)
    with Onto(*argv, env=reaching(server, tmp_path), stdout=writer) as child:
        result = child.finish()
    os.close(reader)
    why = "gi: error: the deadline was reached after 1 s (--timeout)\n"
    assert (result.code, result.err.decode()) == (6, why + WAIT + NAMED)
    assert 1 < child.took < 3


def test_a_fifo_gets_each_event_at_once(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    env = reaching(server, tmp_path)
    line = "cat fifo & gi create hi -o fifo >&-; echo $?; wait"
    result = bash(line, env=env, cwd=tmp_path)
    assert sorted(result.out.splitlines()) == [b"0", b"hello"]
    assert result.err == b""
    assert fifo.is_fifo()


def test_gi_is_the_one_under_test(tmp_path: Path, server: ScriptedServer) -> None:
    found = bash("command -v gi", env=reaching(server, tmp_path)).out
    assert found.decode() == f"{GI}\n"
