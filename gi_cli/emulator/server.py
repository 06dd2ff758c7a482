"""A WSGI app behind HTTP/1.1 on a socket, with connections that may break."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gi_cli.emulator.breaking import Dropped, Stalled

if TYPE_CHECKING:
    from email.message import Message
    from wsgiref.types import WSGIApplication, WSGIEnvironment

_PIECE = 64 * 1024
_UNPREFIXED = ("CONTENT_TYPE", "CONTENT_LENGTH")
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Server(ThreadingHTTPServer):
    """Serves each connection in a thread of its own, on a free port unless given."""

    request_queue_size = 512
    daemon_threads = True
    allow_reuse_port = False  # a port that is taken is an error

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.app = app
        self.stopping = False
        self._answering = 0
        self._connections: set[Any] = set()
        self._changed = threading.Condition()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The base URL; all interfaces are reached here through the loopback one."""
        host = _HERE.get(self.server_name, self.server_name)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without the look-up of a name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name = str(self.server_address[0])
        self.server_port = self.server_address[1]

    def stop(self, grace: float) -> None:
        """Accept nothing more, let answers end for so many seconds, and cut the rest;
        `serve_forever` has to run."""
        self.stopping = True
        self.shutdown()
        self.server_close()
        with self._changed:
            self._changed.wait_for(lambda: not self._answering, grace)
            left = [*self._connections]
        for connection in left:
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
        with self._changed:
            self._changed.wait_for(lambda: not self._connections, grace)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request that is being answered."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._answering += change
            self._changed.notify_all()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # no event waits for the receipt of another

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client went away
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _respond(self) -> None:
        body = _Body(self.rfile, self.headers)
        with self.server.answering():
            try:
                self._send(self.server.app(self._environ(body), self._start))
            except Dropped:
                self.close_connection = True
            except Stalled:
                self.close_connection = True
                body.drain()
                self.rfile.read(1)  # until the client has had enough
            finally:
                body.drain()  # the rest would reset the connection, or be a request
        self.close_connection |= self.server.stopping

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815

    def _start(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None, /
    ) -> Callable[[bytes], object]:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        sized = any(name.lower() == "content-length" for name, _ in headers)
        self._chunked = not sized and self.request_version == "HTTP/1.1"
        self.close_connection |= not sized and not self._chunked
        if self._chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return self.wfile.write

    def _send(self, chunks: Iterable[bytes]) -> None:
        try:
            for chunk in filter(None, chunks):  # an empty one would be the last
                sized = b"%x\r\n%b\r\n" % (len(chunk), chunk)
                self.wfile.write(sized if self._chunked else chunk)
        finally:
            if close := getattr(chunks, "close", None):
                close()  # the client may have left
        if self._chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _environ(self, body: _Body) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_name,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": body,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name in self.headers:
            key = name.upper().replace("-", "_")
            key = key if key in _UNPREFIXED else f"HTTP_{key}"
            environ[key] = ",".join(self.headers.get_all(name, []))
        return environ


class _Body:
    """The body of a request, which ends where its length or its last chunk says."""

    def __init__(self, source: BufferedIOBase, headers: Message) -> None:
        self._source = source
        self._chunked = "Transfer-Encoding" in headers
        length = headers["Content-Length"] or b"0"
        self._left = 0 if self._chunked else _size(length, 10)

    def read(self, size: int = -1) -> bytes:
        """Return as many bytes as there are, or as are asked for."""
        pieces = []
        while size and (self._left or self._begin_chunk()):
            wanted = self._left if size < 0 else min(size, self._left)
            pieces.append(self._take(wanted))
            self._left -= wanted
            size -= wanted if size > 0 else 0
            if self._chunked and not self._left:
                self._source.readline()
        return b"".join(pieces)

    def drain(self) -> None:
        """Read what nobody wants."""
        while self.read(_PIECE):
            pass

    def _begin_chunk(self) -> bool:
        if not self._chunked:
            return False
        self._left = _size(self._source.readline().partition(b";")[0], 16)
        if not self._left:
            self._chunked = False
            while self._source.readline().strip():
                pass  # trailers
        return self._left > 0

    def _take(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise ConnectionAbortedError
        return data


def _size(text: str | bytes, base: int) -> int:
    """Read a size; there is no telling where a body without one ends."""
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if size < 0:
        raise ConnectionAbortedError
    return size
