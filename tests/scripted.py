"""A scripted HTTP/1.1 server on loopback sockets, exact to the byte.

`with ScriptedServer() as server:` answers the expected requests in order; leaving
the block fails when a request was not expected or an expected one never came. What is
`always` answered may come at any time, or never.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import responses
from typing import TYPE_CHECKING, Any, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BOUND = 30.0
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Wait:  # for the test, which sets the event
    event: threading.Event


@dataclass(frozen=True)
class Reset:
    """Close the connection with a RST instead."""


Action: TypeAlias = bytes | Pause | Wait | Reset


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((v for k, v in self.headers if k == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What happens on the socket, in order; then it is closed."""

    actions: tuple[Action, ...]


def raw(*actions: Action) -> Reply:
    return Reply(actions)


def sse(
    *parts: Action,
    status: int = 200,
    headers: Mapping[str, str] = NO_HEADERS,
    chunked: bool = False,
) -> Reply:
    """Stream every part in a send (or HTTP chunk) of its own."""
    named = {"content-type": "text/event-stream"}
    if not chunked:
        return Reply((_head(status, named, headers), *parts))
    named["transfer-encoding"] = "chunked"
    body = tuple(_chunk(part) for part in parts if part != b"")
    end = () if parts and isinstance(parts[-1], Reset) else (b"0\r\n\r\n",)
    return Reply((_head(status, named, headers), *body, *end))


def json_reply(
    value: Any, status: int = 200, headers: Mapping[str, str] = NO_HEADERS
) -> Reply:
    body = json.dumps(value, ensure_ascii=False).encode()
    return body_reply(body, "application/json; charset=UTF-8", status, headers)


def body_reply(
    body: bytes,
    content_type: str = "text/plain",
    status: int = 200,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Reply:
    named = {"content-type": content_type, "content-length": str(len(body))}
    return Reply((_head(status, named, headers), body))


def _head(status: int, named: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    every = {**named, "connection": "close"}
    every |= {name.lower(): value for name, value in headers.items()}
    fields = "".join(f"{name}: {value}\r\n" for name, value in every.items())
    reason = responses.get(status, "Scripted")
    return f"HTTP/1.1 {status} {reason}\r\n{fields}\r\n".encode("latin-1")


def _chunk(part: Action) -> Action:
    return b"%x\r\n%b\r\n" % (len(part), part) if isinstance(part, bytes) else part


class _Reader:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def _more(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise ConnectionAbortedError("the client left in the middle of a request")
        self._held += data

    def until(self, mark: bytes) -> bytes:
        while mark not in self._held:
            self._more()
        found, _, self._held = self._held.partition(mark)
        return found

    def exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more()
        found, self._held = self._held[:size], self._held[size:]
        return found

    def chunks(self) -> bytes:
        body = b""
        while size := int(self.until(b"\r\n").partition(b";")[0], 16):
            body += self.exactly(size)
            self.until(b"\r\n")
        self.until(b"\r\n")  # no trailers
        return body


def _read_request(connection: socket.socket) -> Request:
    reader = _Reader(connection)
    first, *lines = reader.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    request = Request(method, target, headers, b"")
    if request.header("expect") is not None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if request.header("transfer-encoding") == "chunked":
        body = reader.chunks()
    else:
        body = reader.exactly(int(request.header("content-length") or 0))
    return Request(method, target, headers, body)


class ScriptedServer:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._script: list[tuple[str, str, Reply]] = []
        self._standing: dict[tuple[str, str], Reply] = {}
        self._problems: list[str] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def expect(self, method: str, target: str, reply: Reply) -> None:
        with self._lock:
            self._script.append((method, target, reply))

    def always(self, method: str, target: str, reply: Reply) -> None:
        """Answer so as often as it is asked, but for what is expected by then."""
        with self._lock:
            self._standing[method, target] = reply

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stopping.set()
        self._threads[0].join(BOUND)
        with self._lock:  # what has arrived can still be read after the shutdown
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(BOUND)
        left = [f"never requested: {m} {t}" for m, t, _ in self._script]
        if kind is None and (problems := self._problems + left):
            raise AssertionError("\n".join(problems))

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listener:
            while True:  # after the stop, until nobody is left in the queue
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    if self._stopping.is_set():
                        return
                    continue
                connection.settimeout(BOUND)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._connections.add(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client may leave when it likes
            for action in self._answer(_read_request(connection)).actions:
                self._perform(action, connection)
        with self._lock:
            self._connections.discard(connection)

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            asked = (request.method, request.target)
            if self._script and self._script[0][:2] == asked:
                return self._script.pop(0)[2]
            if asked in self._standing:
                return self._standing[asked]
            due = self._script[0][:2] if self._script else None
            problem = f"unexpected request: {asked}, expected: {due}"
            self._problems.append(problem)
        return body_reply(problem.encode(), status=599)

    def _perform(self, action: Action, connection: socket.socket) -> None:
        match action:
            case bytes():
                connection.sendall(action)
            case Pause(seconds):
                self._stopping.wait(seconds)
            case Wait(event):
                end = time.monotonic() + BOUND
                while not (event.wait(0.01) or self._stopping.is_set()):
                    assert time.monotonic() < end, "the test never set the event"
            case Reset():
                abort = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)
                connection.close()
