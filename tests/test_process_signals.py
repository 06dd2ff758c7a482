"""The executable under signals and time limits, whatever it waits for."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tests.following import kept
from tests.processes import GI, Running
from tests.scripted import Pause, Reply, ScriptedServer, Wait, json_reply, raw, sse
from tests.test_process import (
    CREATED,
    NAMED,
    START,
    TARGET,
    WAIT,
    answer,
    delta,
    last_line,
    reaching,
    refusal,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.processes import Result

CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
BEGUN = (CREATED, START, delta("one "))
LATE = answer("one ", "two")[3:]
PING = b": ping\n\n"
# Every HTTP chunk is handled before the next: who has the last has done the others.
SEEN = sse(*BEGUN, PING, Wait(threading.Event()), chunked=True)
FORMATS = ["text", "ndjson", "sse"]

every_signal = pytest.mark.parametrize("signum", CODES, ids=lambda s: s.name)


class Gate(threading.Event):
    """Tells when the server has come to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)


class Stderr(Running):
    """Reading watches stderr."""

    def __enter__(self) -> Self:
        self._watched = "stderr"
        return super().__enter__()


def until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "out of time"
        time.sleep(0.01)


def stopped(child: Running, signum: int) -> Result:
    """Send the signal: it ends within 1 s, twice that on a busy machine."""
    child.signal(signum)
    result = child.finish()
    assert (result.code, child.took < 2) == (128 + signum, True), child.took
    return result


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a listener whose queue is full: a connection is never made."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with closing(socket.create_connection(listener.getsockname())):
            yield listener.getsockname()[1]


def has_data(pipe: int) -> bool:
    return bool(select.select((pipe,), (), (), 0)[0])


def is_connecting(port: int) -> bool:
    sent = f"0100007F:{port:04X} 02 "  # SYN_SENT
    return sent in Path("/proc/net/tcp").read_text(encoding="ascii")


@every_signal
@pytest.mark.parametrize("format", FORMATS)
def test_while_connecting(
    signum: int, format: str, deaf: int, server: ScriptedServer, tmp_path: Path
) -> None:
    argv = ("create", "hi", "--format", format)
    env = {**reaching(server, tmp_path), "GI_BASE_URL": f"http://127.0.0.1:{deaf}"}
    with Running(*argv, env=env) as child:
        until(lambda: is_connecting(deaf))
        result = stopped(child, signum)
    assert result.err == b""
    codes = [json.loads(line)["exit_code"] for line in result.out.splitlines()]
    assert codes == ([128 + signum] if format == "ndjson" else [])


@every_signal
def test_while_waiting_for_headers(
    signum: int, server: ScriptedServer, tmp_path: Path
) -> None:
    gate = Gate()
    server.expect("POST", TARGET, raw(Wait(gate)))
    with Running("create", "hi", env=reaching(server, tmp_path)) as child:
        assert gate.reached.wait(10)
        result = stopped(child, signum)
    assert (result.out, result.err) == (b"", b"")


@every_signal
@pytest.mark.parametrize("format", FORMATS)
def test_while_streaming(
    signum: int, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*BEGUN, Wait(threading.Event()), chunked=True))
    begun = shown(format, BEGUN, "one ")
    argv = ("create", "hi", "--format", format)
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        assert child.read_until(begun) == begun
        result = stopped(child, signum)
    assert result.err.decode() == NAMED
    if format == "ndjson":
        assert result.out.startswith(begun)
        end = json.loads(result.out[len(begun) :])
        assert (end["exit_code"], end["interaction_id"]) == (128 + signum, "v1_abc")
    else:
        assert result.out == begun


def test_json_holds_what_came(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("POST", TARGET, SEEN)
    saved = tmp_path / "saved.sse"
    argv = ("create", "hi", "--json", "--save-events", str(saved))
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        until(lambda: saved.exists() and saved.read_bytes().endswith(PING))
        result = stopped(child, signal.SIGTERM)
    assert result.err.decode() == NAMED
    document = json.loads(result.out)
    assert document["gi"]["exit_code"] == 143
    (step,) = document["steps"]
    assert step["content"] == [{"type": "text", "text": "one "}]


@every_signal
def test_while_sleeping_before_a_retry(
    signum: int, server: ScriptedServer, tmp_path: Path
) -> None:
    busy = refusal(429, "too_many_requests", **{"retry-after": "30"})
    server.expect("POST", TARGET, busy)
    with Stderr("create", "hi", "-v", env=reaching(server, tmp_path)) as child:
        child.read_until(b"trying again in 30.0 s\n")
        result = stopped(child, signum)
        assert child.read_some() == b""
    assert result.out == b""


@every_signal
def test_while_reading_stdin(
    signum: int, server: ScriptedServer, tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    with Running("create", "-", env=reaching(server, tmp_path), stdin=reader) as child:
        os.write(writer, b"x")
        until(lambda: not has_data(reader))
        result = stopped(child, signum)
    os.close(reader)
    os.close(writer)
    assert (result.out, result.err) == (b"", b"")


@every_signal
def test_a_signal_that_was_ignored_stays_ignored(
    signum: signal.Signals, server: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    server.expect("POST", TARGET, sse(*BEGUN, Wait(gate), *LATE))
    line = f'trap "" {signum.name[3:]}; exec gi create hi'
    env = reaching(server, tmp_path)
    with Running("-c", line, env=env, program="/bin/sh") as child:
        child.read_until(b"one ")
        child.signal(signum)
        gate.set()
        result = child.finish()
    assert (result.code, result.out, result.err) == (0, b"one two\n", b"")


def test_nohup(server: ScriptedServer, tmp_path: Path) -> None:
    gate = threading.Event()
    server.expect("POST", TARGET, sse(*BEGUN, Wait(gate), *LATE))
    env = reaching(server, tmp_path)
    with Running(GI, "create", "hi", env=env, program="nohup") as child:
        child.read_until(b"one ")
        child.signal(signal.SIGHUP)
        gate.set()
        result = child.finish()
    assert (result.code, result.out, result.err) == (0, b"one two\n", b"")


@every_signal
def test_a_file_keeps_the_partial_text(
    signum: int, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, SEEN)
    out, saved = tmp_path / "out.txt", tmp_path / "saved.sse"
    out.write_text("old")
    argv = ("create", "hi", "-o", str(out), "--save-events", str(saved))
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        until(lambda: saved.exists() and saved.read_bytes().endswith(PING))
        assert out.read_text() == "old"
        result = stopped(child, signum)
    assert (result.out, result.err.decode()) == (b"", NAMED)
    assert out.read_text() == "one "
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "saved.sse"]


def test_the_deadline_while_waiting_for_headers(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, raw(Wait(threading.Event())))
    argv = ("create", "hi", "--timeout", "1")
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        result = child.finish()
    assert (result.code, result.out, 1 < child.took < 3) == (6, b"", True)
    assert result.err.startswith(b"gi: error: the deadline was reached after 1 s (")
    assert b"the interaction may have been created" in result.err


LIMITS: dict[str, tuple[tuple[str, ...], Reply, int, str]] = {
    "deadline": (
        ("--timeout", "1"),
        sse(*BEGUN, Wait(threading.Event())),
        6,
        "the deadline was reached after 1 s (--timeout)",
    ),
    "deadline-with-events": (
        ("--timeout", "1"),
        sse(*BEGUN, *[part for _ in range(50) for part in (delta(""), Pause(0.1))]),
        6,
        "the deadline was reached after 1 s (--timeout)",
    ),
    "idle": (
        ("--idle-timeout", "1"),
        sse(*BEGUN, *[part for _ in range(50) for part in (PING, Pause(0.2))]),
        0,  # what the service has by then is shown
        "",
    ),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_while_streaming(
    name: str, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    argv, reply, code, why = LIMITS[name]
    server.expect("POST", TARGET, reply)
    if not code:
        whole = kept(b"".join((*BEGUN, delta("two"))), status="completed")
        server.expect("GET", f"{TARGET}/{whole['id']}", json_reply(whole))
    argv = ("create", "hi", "--format", format, *argv)
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        result = child.finish()
    assert (result.code, 1 < child.took < 3) == (code, True), child.took
    told = f"gi: error: {why}\n{WAIT}{NAMED}" if code else ""
    assert result.err.decode() == told
    assert result.out.startswith(shown(format, BEGUN, "one "))
    if format == "ndjson":
        assert last_line(result.out)["exit_code"] == code


@pytest.mark.parametrize("argv", [("--timeout", "1"), ("--connect-timeout", "1")])
def test_a_limit_while_connecting(
    argv: tuple[str, ...], deaf: int, server: ScriptedServer, tmp_path: Path
) -> None:
    url, code = f"http://127.0.0.1:{deaf}", 6 if "--timeout" in argv else 5
    argv = ("create", "hi", "--retries", "0", "--base-url", url, *argv)
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        result = child.finish()
    assert (result.code, 1 < child.took < 3) == (code, True), child.took
    why = {
        5: f"{url}: the connection was not made in time (--connect-timeout)",
        6: "the deadline was reached after 1 s (--timeout)",
    }
    assert (result.out, result.err.decode()) == (b"", f"gi: error: {why[code]}\n")
