"""The test tools themselves: a harness that cannot fail proves nothing."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.processes import ALL, GI, Running, Terminal, environment, run
from tests.scripted import (
    Pause,
    Request,
    Reset,
    ScriptedServer,
    Wait,
    body_reply,
    json_reply,
    raw,
    sse,
)

if TYPE_CHECKING:
    from pathlib import Path

python = partial(run, "-c", program=sys.executable)
running = partial(Running, "-c", program=sys.executable)
terminal = partial(Terminal, "-c", program=sys.executable)


@pytest.fixture(name="env")
def clean_environment(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def connect(server: ScriptedServer) -> socket.socket:
    port = int(server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_the_requests_are_kept_and_answered_in_order() -> None:
    with ScriptedServer() as server:
        server.expect("POST", "/v1/a?b=c", json_reply({"n": "é"}, headers={"X-A": "1"}))
        server.expect("GET", "/v1/a", body_reply(b"no", "text/html", 404))
        first = httpx.post(f"{server.url}/v1/a?b=c", json={"x": 1}, headers={"K": "v"})
        second = httpx.get(f"{server.url}/v1/a")
        posted, got = server.requests
    assert (first.status_code, first.json()) == (200, {"n": "é"})
    assert first.headers["x-a"] == "1"
    assert (second.status_code, second.reason_phrase) == (404, "Not Found")
    assert (second.text, second.headers["content-type"]) == ("no", "text/html")
    assert (posted.method, posted.target, posted.json) == (
        "POST",
        "/v1/a?b=c",
        {"x": 1},
    )
    assert (posted.header("K"), posted.header("absent")) == ("v", None)
    assert (got.method, got.body) == ("GET", b"")


def test_a_chunked_request_body_is_put_together() -> None:
    with ScriptedServer() as server:
        server.expect("POST", "/", raw(b"HTTP/1.1 204 Fine\r\n\r\n"))
        answer = httpx.post(server.url, content=iter((b"ab", b"c" * 70000)))
        (request,) = server.requests
    assert answer.status_code == 204
    assert request.header("transfer-encoding") == "chunked"
    assert request.body == b"ab" + b"c" * 70000


def test_a_client_that_expects_100_continue_gets_it() -> None:
    with ScriptedServer() as server, connect(server) as client:
        server.expect("PUT", "/", raw(b"HTTP/1.1 204 Fine\r\n\r\n"))
        client.sendall(
            b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert read_all(client) == b"HTTP/1.1 204 Fine\r\n\r\n"
    assert [request.body for request in server.requests] == [b"ok"]


@pytest.mark.parametrize("chunked", [False, True])
def test_every_part_arrives_before_the_next_is_sent(chunked: bool) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.expect("GET", "/", sse(b"one", Wait(gate), b"two", chunked=chunked))
        with httpx.stream("GET", server.url) as response:
            parts = response.iter_raw()
            assert next(parts) == b"one"
            assert not gate.is_set()
            gate.set()
            assert list(parts) == [b"two"]
    assert response.headers["content-type"] == "text/event-stream"


def test_the_bytes_of_a_chunked_reply() -> None:
    with ScriptedServer() as server, connect(server) as client:
        server.expect("GET", "/", sse(b"x" * 10, b"", b"y", status=429, chunked=True))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert read_all(client) == (
            b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            b"a\r\n" + b"x" * 10 + b"\r\n1\r\ny\r\n0\r\n\r\n"
        )


@pytest.mark.parametrize("chunked", [False, True])
def test_a_reset_is_a_reset_after_what_was_sent(chunked: bool) -> None:
    with ScriptedServer() as server, connect(server) as client:
        server.expect("GET", "/", sse(b"some", Pause(0.05), Reset(), chunked=chunked))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        got = b""
        with pytest.raises(ConnectionResetError):
            while data := client.recv(1000):
                got += data
        assert got.endswith(b"4\r\nsome\r\n" if chunked else b"\r\n\r\nsome")


def test_an_unexpected_request_fails_and_is_told_what_was_expected() -> None:
    server = ScriptedServer()
    with pytest.raises(AssertionError) as failure, server:
        server.expect("GET", "/a", json_reply({}))
        assert httpx.get(f"{server.url}/b").status_code == 599
        assert httpx.get(f"{server.url}/a").status_code == 200
        assert httpx.get(f"{server.url}/a").status_code == 599
    assert str(failure.value).splitlines() == [
        "unexpected request: ('GET', '/b'), expected: ('GET', '/a')",
        "unexpected request: ('GET', '/a'), expected: None",
    ]


def test_an_exchange_that_never_came_fails() -> None:
    server = ScriptedServer()
    with pytest.raises(AssertionError, match=r"^never requested: GET /a$"), server:
        server.expect("GET", "/a", json_reply({}))


def test_another_failure_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), ScriptedServer() as server:
        server.expect("GET", "/a", json_reply({}))
        raise ZeroDivisionError


def test_a_request_left_behind_by_its_client_still_counts() -> None:
    with ScriptedServer() as server:
        server.expect("GET", "/", json_reply({}))
        with connect(server) as client:
            client.sendall(b"GET / HTTP/1.1\r\nA: b\r\n\r\n")
    assert server.requests == [Request("GET", "/", (("a", "b"),), b"")]


def test_leaving_ends_waits_and_sends_at_once_and_leaves_no_thread() -> None:
    before = threading.active_count()
    started = time.monotonic()
    with ScriptedServer() as server, connect(server) as one, connect(server) as two:
        server.expect("GET", "/1", sse(b"x", Wait(threading.Event()), Pause(30)))
        server.expect("GET", "/2", sse(b"x" * 50_000_000))
        for client, target in (one, b"/1"), (two, b"/2"):
            client.sendall(b"GET %b HTTP/1.1\r\n\r\n" % target)
            assert client.recv(1) == b"H"
    assert time.monotonic() - started < 2
    assert threading.active_count() == before


def test_a_client_that_leaves_early_is_no_failure() -> None:
    with ScriptedServer() as server:
        server.expect("GET", "/", sse(b"x", Pause(0.1), *[b"y" * 100_000] * 50))
        with httpx.stream("GET", server.url) as response:
            assert next(response.iter_raw()) == b"x"
        connect(server).close()


def test_gi_stands_beside_python() -> None:
    assert PurePath(GI) == PurePath(sys.executable).parent / "gi"


def test_the_environment_is_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "not for the child")
    env = environment(tmp_path, HTTP_PROXY="", A="b")
    seen = eval(python("import os; print(dict(os.environ))", env=env).out)  # noqa: S307
    assert seen == env
    assert seen["HOME"] == str(tmp_path)
    own = ["A", "HOME", "HTTP_PROXY", "LC_ALL", "PATH", "XDG_STATE_HOME"]
    assert sorted(seen) == own


COPY = "import sys; sys.stdout.write(sys.stdin.read()); sys.exit('bad' * 2)"


def test_run_feeds_and_insists_on_the_exit_code(env: dict[str, str]) -> None:
    result = python(COPY, env=env, stdin=b"fed", code=1)
    assert (result.code, result.out, result.err) == (1, b"fed", b"badbad\n")
    assert python(COPY, env=env, code=1).out == b""
    with pytest.raises(AssertionError, match=r"exit code 1\n.*\nfed\n.*\nbadbad"):
        python(COPY, env=env, stdin=b"fed")


def test_run_has_no_terminal(env: dict[str, str], tmp_path: Path) -> None:
    code = "import os; print(os.getcwd()); open('/dev/tty')"
    result = python(code, env=env, cwd=tmp_path, code=1)
    assert result.out == f"{tmp_path}\n".encode()
    assert b"OSError" in result.err


SLOW = """
import os, signal, sys, time
def stop(*_):
    time.sleep(0.1)
    os.write(1, b"stopped\\n")
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
sys.stdout.buffer.write(b"one\\ntw"); sys.stdout.flush()
sys.stderr.write("x" * 300_000)
print(sys.stdin.read(), flush=True)
time.sleep(60)
"""


def test_running_is_read_as_it_writes_and_timed_when_signalled(
    env: dict[str, str],
) -> None:
    with running(SLOW, env=env, stdin=b"o") as child:
        assert child.read_until(b"e") == b"one"
        assert child.read_until(b"w") == b"\ntw"
        assert child.read_some() in (b"o", b"o\n")
        child.signal(signal.SIGINT)
        result = child.finish()
    assert (result.code, result.out) == (130, b"one\ntwo\nstopped\n")
    assert len(result.err) == 300_000
    assert 0.1 <= child.took < 2


def test_running_says_what_it_saw_when_nothing_more_comes(env: dict[str, str]) -> None:
    with running(SLOW, env=env) as child:
        child.read_until(b"one")
        with pytest.raises(AssertionError, match=r"out of time, having seen .*tw"):
            child.read_until(b"three", timeout=0.3)
        with pytest.raises(AssertionError, match="out of time"):
            child.finish(timeout=0.1)
    with running("print('end')", env=env) as child:
        with pytest.raises(AssertionError, match="ended before b'more'"):
            child.read_until(b"more")
        assert child.read_some() == b"end\n"
        assert child.read_some() == b""


def test_leaving_running_kills_the_whole_group(env: dict[str, str]) -> None:
    code = "import os, time; pid = os.fork(); print('up', flush=True); time.sleep(60)"
    started = time.monotonic()
    with running(code, env=env) as child:
        child.read_until(b"up\nup\n")
        reader = os.dup(child._fds["stdout"])
    while os.read(reader, 100):  # the end comes when no writer is left
        pass
    os.close(reader)
    assert time.monotonic() - started < 10


ASK = """
import os, sys
print([os.isatty(fd) for fd in range(3)], os.get_terminal_size(tty := os.open("/dev/tty", 2)))
print("problem", file=sys.stderr)
os.write(tty, b"sure? ")
answer = os.read(tty, 100)
print(answer, os.tcgetpgrp(tty) == os.getpgrp(), flush=True)
"""  # noqa: E501
SIZE = "os.terminal_size(columns=80, lines=24)"


def test_terminal_with_everything_on_it(env: dict[str, str]) -> None:
    with terminal(ASK, env=env) as child:
        assert child.read_until(b"? ").endswith(b"problem\r\nsure? ")
        child.send(b"yes\n")
        result = child.finish()
    assert (result.code, result.err) == (0, b"")
    assert result.out == child.screen
    assert result.out.decode().splitlines() == [
        f"[True, True, True] {SIZE}",
        "problem",
        "sure? yes",
        "b'yes\\n' True",
    ]


@pytest.mark.parametrize(
    ("tty", "screen"),
    [
        ((), b"sure? yes\r\n"),
        (("stdin",), b"sure? yes\r\n"),
        (("stderr",), b"problem\r\nsure? yes\r\n"),
        (("stdin", "stderr"), b"problem\r\nsure? yes\r\n"),
    ],
    ids=str,
)
def test_terminal_beside_pipes(
    env: dict[str, str], tty: tuple[str, ...], screen: bytes
) -> None:
    with terminal(ASK, env=env, tty=tty, stdin=b"data") as child:
        child.read_until(b"? ")
        child.send(b"yes\n")
        result = child.finish()
    facts = [name in tty for name in ALL]
    assert result.out.decode() == f"{facts} {SIZE}\nb'yes\\n' True\n"
    assert child.screen == screen
    assert result.err == (screen if "stderr" in tty else b"problem\n")


def test_control_c_on_the_terminal_interrupts(env: dict[str, str]) -> None:
    code = "import time; print('up', flush=True); time.sleep(60)"
    with terminal(code, env=env) as child:
        child.read_until(b"up")
        child.send(b"\x03")
        assert child.finish().code == -signal.SIGINT
