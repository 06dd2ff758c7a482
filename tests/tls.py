"""Scripted servers behind TLS, and proxies in front of them."""

from __future__ import annotations

import ssl
import subprocess
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.scripted import ScriptedServer, _read_request

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.scripted import Action


OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def certified(path: Path, *names: str) -> Path:
    """A self-signed certificate of these names, and its key, in one file."""
    curve = "ec_paramgen_curve:prime256v1"
    make = ("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", curve)
    known = f"subjectAltName={','.join(names)}"
    what = ("-subj", "/CN=gi test", "-addext", known, "-days", "2")
    where = ("-keyout", path, "-out", path)
    subprocess.run([*make, *what, *where], check=True, capture_output=True)
    return path


def expire(path: Path) -> None:
    """Let the certificate have expired yesterday."""
    own = ("-in", path, "-signkey", path)
    again = ("openssl", "x509", *own, "-days", "-1")
    done = subprocess.run(again, check=True, capture_output=True)
    _, begin, key = path.read_bytes().partition(b"-----BEGIN PRIVATE KEY-----")
    path.write_bytes(done.stdout + begin + key.partition(b"-----BEGIN CERT")[0])


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class TlsServer(ScriptedServer):
    """Notes the name that each client asks for."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self.names: list[str | None] = []
        context = serving(certificate)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        self._listener = context.wrap_socket(
            self._listener, server_side=True, do_handshake_on_connect=False
        )
        self.url = self.url.replace("http:", "https:")


class TlsProxy(ScriptedServer):
    """Opens a tunnel to every host, and is that host itself: its requests name the
    host before the path, and `opened` are the CONNECT requests as they came."""

    def __init__(self, certificate: Path, *before: Action) -> None:
        super().__init__()
        self._context, self._before = serving(certificate), before
        self.opened: list[str] = []

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            asked = _read_request(connection)
            if asked.method != "CONNECT":
                reply = self._answer(asked)
            else:
                lines = [f"{name}: {value}" for name, value in asked.headers]
                with self._lock:
                    self.opened.append("\n".join((asked.target, *lines)))
                for action in (*self._before, OPENED):
                    self._perform(action, connection)
                connection = self._context.wrap_socket(connection, server_side=True)
                inner = _read_request(connection)
                host = inner.header("host")
                inner = replace(inner, target=f"{host}{inner.target}")
                reply = self._answer(inner)
            for action in reply.actions:
                self._perform(action, connection)
            connection.close()


class NotTls(ScriptedServer):
    """It takes what comes for a bad request."""

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
