"""What a signal or a limit leaves: partial text, and signals that do not count."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.faults.rows import CREATED, START, TARGET, said
from tests.faults.words import NAMED
from tests.following import kept
from tests.processes import GI, Running
from tests.reaching import WAIT, answer, last_line, reaching, shown
from tests.scripted import Pause, Reply, ScriptedServer, Wait, json_reply, raw, sse
from tests.stopping import deaf, every_signal, stopped, until

if TYPE_CHECKING:
    from pathlib import Path

BEGUN = (CREATED, START, said("one "))
LATE = answer("one ", "two")[3:]
PING = b": ping\n\n"
# Every HTTP chunk is handled before the next: who has the last has done the others.
SEEN = sse(*BEGUN, PING, Wait(threading.Event()), chunked=True)
FORMATS = ["text", "ndjson", "sse"]


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


def test_sse_holds_what_came(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("POST", TARGET, SEEN)
    argv = ("create", "hi", "--sse")
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        child.read_until(PING)
        result = stopped(child, signal.SIGTERM)
    assert (result.out, result.err.decode()) == (b"".join((*BEGUN, PING)), NAMED)


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
        sse(*BEGUN, *[part for _ in range(50) for part in (said(""), Pause(0.1))]),
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
        whole = kept(b"".join((*BEGUN, said("two"))), status="completed")
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
    argv: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    code = 6 if "--timeout" in argv else 5
    env = reaching(server, tmp_path)
    with deaf() as port:
        url = f"http://127.0.0.1:{port}"
        words = ("create", "hi", "--retries", "0", "--base-url", url, *argv)
        with Running(*words, env=env) as child:
            result = child.finish()
    assert (result.code, 1 < child.took < 3) == (code, True), child.took
    why = {
        5: f"{url}: the connection was not made in time (--connect-timeout)",
        6: "the deadline was reached after 1 s (--timeout)",
    }
    assert (result.out, result.err.decode()) == (b"", f"gi: error: {why[code]}\n")
