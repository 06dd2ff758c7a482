"""A connection that cannot be made at first: nothing landed, so it is tried again."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from gi_cli.waits import Waits
from tests.conftest import Done, FakeClock, Gi, run_main
from tests.faults.catalogue import held
from tests.faults.retrying import ASKED, EITHER, assert_backoff, named
from tests.faults.rows import TEXT
from tests.scripted import ScriptedServer
from tests.tls import TlsServer, certified


class Opening(FakeClock):
    """Something happens during the first wait."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.happens = happens

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if len(self.slept) == 1:
            self.happens()


REFUSES = held("F40", "connection refused, then well")


@REFUSES
@EITHER
def test_refused_connection(command: str, gi: Gi) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        clock = FakeClock()
        argv = (*ASKED[command].argv, "--base-url", url, "--retries", "2")
        done = gi(*argv, code=5, clock=clock)
    said = f"gi: error: {url}: [Errno 111] Connection refused\n"
    assert done == Done(5, b"", said + named(command))
    assert_backoff(clock.slept, 2)


@REFUSES
@EITHER
def test_refused_connection_then_answer(
    command: str, gi: Gi, server: ScriptedServer
) -> None:
    """The service comes up during the first wait."""
    argv, method, target, well = ASKED[command]
    server.expect(method, target, well)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = listener.getsockname()
        threads = [threading.Thread(target=relay, args=(listener, server))]

        def opens() -> None:
            listener.listen()
            threads[0].start()

        clock = Opening(opens)
        url = f"http://127.0.0.1:{address[1]}"
        done = gi(*argv, "--base-url", url, clock=clock)
        threads[0].join(10)
    assert done == Done(0, TEXT, "")
    assert_backoff(clock.slept, 1)


def relay(listener: socket.socket, server: ScriptedServer) -> None:
    """Pass one exchange on, of which the request comes in one piece."""
    client, _ = listener.accept()
    port = int(server.url.rpartition(":")[2])
    with client, socket.create_connection(("127.0.0.1", port)) as service:
        request = client.recv(65536)
        while b'"stream":true}' not in request and not request.startswith(b"GET"):
            request += client.recv(65536)
        service.sendall(request)
        while answer := service.recv(65536):
            client.sendall(answer)


NAMELESS = held("F40", "no such host, then well")
UNKNOWN = "[Errno -2] Name or service not known"


class Unresolved(httpx.BaseTransport):
    """The network, where a name is not known at first."""

    def __init__(self, times: int) -> None:
        self.times, self.network = times, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.times:
            self.times -= 1
            raise httpx.ConnectError(UNKNOWN, request=request)
        return self.network.handle_request(request)


@NAMELESS
@EITHER
def test_unknown_host_then_answer(command: str, server: ScriptedServer) -> None:
    argv, method, target, well = ASKED[command]
    server.expect(method, target, well)
    clock, flaky = FakeClock(), Unresolved(2)

    def service(_: Waits) -> httpx.BaseTransport:
        return flaky

    words = (*argv, "--base-url", server.url)
    done = run_main(*words, clock=clock, service=service)
    assert done == Done(0, TEXT, "")
    assert_backoff(clock.slept, 2)


@NAMELESS
@EITHER
def test_unknown_host(command: str, gi: Gi) -> None:
    """The resolver itself says so; RFC 6761 keeps the name free."""
    url, clock = "https://no-such-host.invalid", FakeClock()
    argv = (*ASKED[command].argv, "--base-url", url, "--retries", "1")
    done = gi(*argv, code=5, clock=clock)
    assert done.err.startswith(f"gi: error: {url}: [Errno -")  # -2 or, offline, -3
    assert (done.out, done.err.partition("\n")[2]) == (b"", named(command))
    assert_backoff(clock.slept, 1)


class Grudging(TlsServer):
    """Its first handshakes fail."""

    def __init__(self, certificate: Path, failures: list[bytes]) -> None:
        super().__init__(certificate)
        self.failures = failures

    def _serve(self, connection: socket.socket) -> None:
        if not self.failures:
            super()._serve(connection)
            return
        os.write(connection.fileno(), self.failures.pop(0))
        connection.close()


@held("F40", "TLS fails, then well")
@EITHER
def test_tls_fails_then_answer(command: str, gi: Gi, tmp_path: Path) -> None:
    path = certified(tmp_path / "a.pem", "IP:127.0.0.1")
    argv, method, target, well = ASKED[command]
    clock = FakeClock()
    alert = bytes((21, 3, 3, 0, 2, 2, 80))  # internal error
    with Grudging(path, [b"", b"HTTP/1.1 400 No\r\n\r\n", alert]) as server:
        server.expect(method, target, well)
        words = (*argv, "--base-url", server.url, "--ca-file", str(path))
        done = gi(*words, clock=clock)
        assert len(server.requests) == 1
    assert done == Done(0, TEXT, "")
    assert_backoff(clock.slept, 3)
