"""A WSGI app on a socket: threads, and how they end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from gi_cli.emulator.handler import Handler

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

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
        super().__init__((host, port), Handler)

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
