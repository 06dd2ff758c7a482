"""`gi request`: the answer, byte for byte and as it comes."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.conftest import KEY, Done, Gi
from tests.processes import GI, Running, environment, run
from tests.scripted import (
    Pause,
    Reply,
    ScriptedServer,
    Wait,
    body_reply,
    json_reply,
    raw,
    sse,
)

TARGET = "/v1beta/agents"
BASH = "/bin/bash"
STATUS = "exit ${PIPESTATUS[0]}"  # of gi
BINARY = bytes(range(256)) * 3000
ANSWERS: dict[str, tuple[Reply, bytes]] = {
    "JSON": (
        body_reply(b'{ "a": 1.50,\n"b":[ ] }', "application/json"),
        b'{ "a": 1.50,\n"b":[ ] }',
    ),
    "an error in a success": (
        json_reply({"error": {"code": 1}}),
        b'{"error": {"code": 1}}',
    ),
    "binary": (body_reply(BINARY, "application/octet-stream"), BINARY),
    "chunks": (sse(b"a", BINARY, b"\0", chunked=True), b"a" + BINARY + b"\0"),
    "a stream": (
        sse(b"event: a\ndata: 1\r\n\r\n", b": x\n\ndata"),
        b"event: a\ndata: 1\r\n\r\n: x\n\ndata",
    ),
    "not UTF-8": (body_reply(b"\xff\x00\x1b[0m", "text/plain"), b"\xff\x00\x1b[0m"),
    "nothing": (body_reply(b""), b""),
    "204": (body_reply(b"", status=204), b""),
    "201": (json_reply({}, status=201), b"{}"),
    "squeezed in spite of us": (
        body_reply(b"\x1f\x8bnot gzip", "application/gzip"),
        b"\x1f\x8bnot gzip",
    ),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, method: str, gi: Gi, server: ScriptedServer) -> None:
    reply, out = ANSWERS[name]
    server.expect(method, TARGET, reply)
    done = gi("request", method, "agents", "--base-url", server.url)
    assert done == Done(0, out, "")


@pytest.mark.parametrize("name", ["JSON", "binary", "a stream"])
def test_answer_to_a_file(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    reply, out = ANSWERS[name]
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    server.expect("GET", TARGET, reply)
    done = gi("request", "GET", "agents", "-o", str(path), "--base-url", server.url)
    assert done == Done(0, b"", "")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (out, 0o640)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_no_clobber(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    path = tmp_path / "out"
    argv = ("request", "GET", "agents", "--no-clobber", "-o", str(path))
    server.expect("GET", TARGET, json_reply({}))
    assert gi(*argv, "--base-url", server.url) == Done(0, b"", "")
    said = f"gi: error: -o: {path} exists, and --no-clobber was given\n"
    assert gi(*argv, "--base-url", server.url, code=2) == Done(2, b"", said)
    assert path.read_bytes() == b"{}"


BAD_PLACES = [
    (".", "-o: . is a directory"),
    ("none/x", "-o: none/x: No such file or directory"),
]


@pytest.mark.parametrize(("path", "why"), BAD_PLACES)
def test_bad_place(
    path: str,
    why: str,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = gi("request", "GET", "agents", "-o", path, "--base-url", server.url, code=2)
    assert done == Done(2, b"", f"gi: error: {why}\n")


@pytest.mark.parametrize("to_file", [False, True])
def test_cut(to_file: bool, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"
    server.expect("GET", TARGET, raw(head, b"12345"))
    argv = ["request", "GET", "agents", "--base-url", server.url]
    path = tmp_path / "out"
    path.write_bytes(b"before")
    done = gi(*argv, *(["-o", str(path)] if to_file else []), code=5)
    assert done.err.startswith("gi: error: the answer broke off: peer closed")
    assert (done.out, path.read_bytes()) == (b"" if to_file else b"12345", b"before")
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_events_come_as_they_are_sent(server: ScriptedServer, tmp_path: Path) -> None:
    seen = threading.Event()
    first, second = b"event: a\ndata: 1\n\n", b"event: b\ndata: 2\n\n"
    server.expect("GET", f"{TARGET}?stream=true", sse(first, Wait(seen), second))
    argv = ("request", "GET", "agents?stream=true", "--base-url", server.url)
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with Running(*argv, env=env) as gi:
        assert gi.read_until(first) == first
        seen.set()
        done = gi.finish()
    assert (done.code, done.out, done.err) == (0, first + second, b"")


def test_a_gone_reader(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("GET", TARGET, sse(b"x" * 70_000, Pause(20), chunked=True))
    script = f"{GI} request GET agents --base-url {server.url} | head -c 1"
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    done = run("-c", f"{script}; {STATUS}", env=env, program=BASH, code=141, timeout=9)
    assert (done.out, done.err) == (b"x", b"")


def test_a_gone_reader_of_a_silent_server(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("GET", TARGET, sse(b"data: 1\n\n", Pause(20), chunked=True))
    script = f"{GI} request GET agents --base-url {server.url} | head -c 1"
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    done = run("-c", f"{script}; {STATUS}", env=env, program=BASH, code=141, timeout=9)
    assert (done.out, done.err) == (b"d", b"")


def test_a_signal(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("GET", TARGET, sse(b"data: 1\n\n", Pause(20)))
    argv = ("request", "GET", "agents", "--base-url", server.url)
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with Running(*argv, env=env) as gi:
        gi.read_until(b"1\n")
        gi.signal(signal.SIGINT)
        done = gi.finish()
    assert (done.code, done.err, gi.took < 1) == (130, b"", True)


UNREAD = "gi: stdin has data that was not read; --body @- sends it\n"
STDINS = [
    ("POST", [], UNREAD),
    ("DELETE", [], UNREAD),
    ("POST", ["-q"], ""),
    ("POST", ["-F", "a=1"], ""),
    ("POST", ["--body", "@-"], ""),
    ("GET", [], ""),
]


@pytest.mark.parametrize(("method", "argv", "said"), STDINS)
def test_stdin_that_nobody_named(
    method: str, argv: list[str], said: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect(method, TARGET, json_reply({}))
    base = ("request", method, "agents", "--base-url", server.url)
    assert gi(*base, *argv, stdin=b'{"b":2}') == Done(0, b"{}", said)


def test_offline(gi: Gi, tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    done = gi("request", "GET", "files", "--offline", environ=environ)
    assert done == Done(0, b"{}", "gi: offline: emulated answer\n")


def test_a_full_disk(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("GET", TARGET, body_reply(BINARY))
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    script = f"exec {GI} request GET agents --base-url {server.url} >/dev/full"
    done = run("-c", script, env=env, program=BASH, code=9)
    why = os.strerror(28).encode()
    assert done.err == b"gi: error: stdout: " + why + b"\n"
