"""Uploads under way: their bytes are counted and hashed as they come, not kept."""

from __future__ import annotations

import re
import threading
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from gi_cli.emulator import web
from gi_cli.emulator.refusal import invalid, not_found
from gi_cli.emulator.resource import LIFETIME, File

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_LARGEST = 2 * 1024**3
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?: *;.*)?", re.ASCII)
_NAME = re.compile(r"files/([a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)")
_SIZE = re.compile(r"[0-9]{1,15}")


class Asked(NamedTuple):
    """What the start of an upload says about the file."""

    size: int
    mime_type: str
    display_name: str
    id: str  # "" if any will do


class Upload:
    """One upload; safe under concurrent requests, one of which loses."""

    def __init__(self, asked: Asked) -> None:
        import hashlib  # slow to import, and few upload

        self.asked = asked
        self.received = 0
        self.file: File | None = None
        self._digest = hashlib.sha256()
        self._lock = threading.Lock()

    def take(self, offset: int, size: int, pieces: Iterable[bytes]) -> None:
        """Take `size` bytes from `offset` on; a size of -1 is not known yet.

        What has come of them counts, even if the client goes away in the middle.
        """
        self._append(offset, b"", size)
        for piece in pieces:
            self._append(offset, piece, len(piece))
            offset += len(piece)

    def finish(self, keep: Callable[[Asked, str], File]) -> None:
        """Let `keep` make the file of what was asked for and the hash of the bytes."""
        with self._lock:
            if self.received < self.asked.size:
                raise invalid(
                    f"The upload has {self.received} bytes of {self.asked.size}."
                )
            sha256 = b2a_base64(self._digest.digest(), newline=False).decode()
            self.file = self.file or keep(self.asked, sha256)

    def _append(self, offset: int, piece: bytes, size: int) -> None:
        with self._lock:
            if self.file:
                raise invalid("The upload is final.")
            if offset != self.received:
                raise invalid(
                    f"The upload goes on at offset {self.received}, not at {offset}."
                )
            if offset + size > self.asked.size:
                raise invalid(f"The upload has more bytes than {self.asked.size}.")
            self._digest.update(piece)
            self.received += len(piece)


class Uploads:
    """All uploads of this process, by their id."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[float, Upload]] = {}
        self._lock = threading.Lock()

    def start(self, asked: Asked, now: float) -> str:
        """Return the id of a new upload; forget those that nobody goes on with."""
        import secrets  # slow to import, and few upload

        upload_id = secrets.token_urlsafe(24)
        with self._lock:
            for old, (started, _) in list(self._started.items()):
                if started + LIFETIME <= now:
                    del self._started[old]
            self._started[upload_id] = now, Upload(asked)
        return upload_id

    def find(self, upload_id: str) -> Upload:
        """Return the upload, under way or final."""
        with self._lock:
            if upload_id in self._started:
                return self._started[upload_id][1]
        raise not_found(f"Upload '{upload_id}' not found.")


def read(environ: WSGIEnvironment) -> Asked:
    """Read the request that starts an upload."""
    for name, wanted in (("Protocol", "resumable"), ("Command", "start")):
        if web.header(environ, f"X-Goog-Upload-{name}") != wanted:
            raise _bad_header(name, f"must be '{wanted}'")
    size = _size(environ, "Header-Content-Length")
    if size > _LARGEST:
        raise _bad_header("Header-Content-Length", "a file has 2 GB at most")
    mime_type = web.header(environ, "X-Goog-Upload-Header-Content-Type")
    if not _TYPE.fullmatch(mime_type):
        raise _bad_header("Header-Content-Type", "must be a MIME type")
    return _described(web.body(environ).get("file", {}), size, mime_type)


def offset(environ: WSGIEnvironment) -> int:
    """Read where the bytes of a request belong."""
    return _size(environ, "Offset")


def _described(file: object, size: int, mime_type: str) -> Asked:
    if not isinstance(file, dict):
        raise invalid("'file' must be an object.")
    asked_type = _text(file, "mimeType", "mime_type") or mime_type
    if not _TYPE.fullmatch(asked_type):
        raise invalid("'file.mimeType' must be a MIME type.")
    name = _text(file, "name")
    matched = _NAME.fullmatch(name)
    if name and not matched:
        raise invalid(
            "'file.name' must be 'files/' and up to 40 lower-case letters, digits "
            "and dashes, with no dash at an end."
        )
    display_name = _text(file, "displayName", "display_name")
    return Asked(size, asked_type, display_name, matched[1] if matched else "")


def _text(file: dict[str, Any], *names: str) -> str:
    for name in names:
        if not isinstance(value := file.get(name, ""), str):
            raise invalid(f"'file.{name}' must be a string.")
        if value:
            return value
    return ""


def _size(environ: WSGIEnvironment, name: str) -> int:
    value = web.header(environ, f"X-Goog-Upload-{name}")
    if not _SIZE.fullmatch(value):
        raise _bad_header(name, "must be a number of bytes")
    return int(value)


def _bad_header(name: str, why: str) -> Exception:
    return invalid(f"Invalid value for header 'X-Goog-Upload-{name}': {why}.")
