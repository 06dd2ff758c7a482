"""A WSGI app behind HTTP/1.1, with connections that may break."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from gi_cli.emulator.breaking import Dropped, Stalled
from gi_cli.emulator.payload import MalformedError, Payload

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from gi_cli.emulator.server import Server

_UNPREFIXED = ("CONTENT_TYPE", "CONTENT_LENGTH")
_NAMES = {404: "NOT_FOUND", 500: "INTERNAL"}
_OF_CLIENT = {501: 404, 505: 400}  # an unknown method is no route, as Google routes
_READ = 64 * 1024
_LINGER = 0.3  # seconds


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Server
    default_request_version = "HTTP/1.0"  # with 0.9 there would be no status
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # no event waits for the receipt of another

    def handle(self) -> None:
        """Answer until one side has had enough."""
        self._malformed = False
        with suppress(ConnectionError):  # the client went away
            super().handle()
            if self._malformed:
                self._linger()

    def log_message(self, format: str, *args: object) -> None:
        """Leave it to the app."""

    def send_error(
        self,
        code: int,
        message: str | None = None,
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Refuse what is no request, as Google's front end would."""
        self._malformed = self.close_connection = True
        code = _OF_CLIENT.get(code, code)
        told = {"code": int(code), "message": message or HTTPStatus(code).phrase}
        error = {"error": {**told, "status": _NAMES.get(code, "INVALID_ARGUMENT")}}
        body = orjson.dumps(error)
        self.send_response(code)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _linger(self) -> None:
        """Read what still comes, or the answer would be lost with it."""
        with suppress(OSError):  # nothing comes in time, or the client has gone
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            while self.connection.recv(_READ):
                pass

    def _respond(self) -> None:
        self._started = False
        with self.server.answering():
            try:
                self._answer(Payload(self.rfile, self.headers))
            except MalformedError as error:
                self._fail(400, str(error))
            except ConnectionError:
                raise
            except Exception:
                self._fail(500, "Internal error encountered.")
                raise
        self.close_connection |= self.server.stopping

    def _answer(self, body: Payload) -> None:
        try:
            self._send(self.server.app(self._environ(body), self._start))
        except Dropped:
            self.close_connection = True
        except Stalled:
            self.close_connection = True
            body.drain()
            self.rfile.read(1)  # until the client has had enough
        body.drain()  # the rest would reset the connection, or be a request

    def _fail(self, code: int, message: str) -> None:
        """Say that it failed, if nothing was said yet."""
        self.close_connection = True
        if not self._started:
            self.send_error(code, message)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815

    def _start(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None, /
    ) -> Callable[[bytes], object]:
        self._started = True
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

    def _environ(self, body: Payload) -> WSGIEnvironment:
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
