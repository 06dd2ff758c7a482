"""The Files API: uploads in chunks, and what is told of a file afterwards."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from gi_cli.emulator import prompt, uploads, web
from gi_cli.emulator.refusal import invalid, no_file, no_route, not_active, taken
from gi_cli.emulator.resource import File, resource
from gi_cli.emulator.storage import Place, Storage

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_UPLOAD_PATHS = ("/upload/v1beta/files", "/upload/v1/files")
_PAGE = 10
_LARGEST_PAGE = 100
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def is_chunk(environ: WSGIEnvironment) -> bool:
    """Tell whether the request goes to an upload's own URL, which is its key too."""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"] in _UPLOAD_PATHS
        and "upload_id" in web.query(environ)
    )


class Files:
    """The files in a storage, and the uploads of this process."""

    def __init__(
        self,
        kept: Storage,
        now: Callable[[], float],
        new_id: Callable[[], str] | None = None,
    ) -> None:
        self._kept, self._now = kept, now
        self._new_id = new_id or _random_id
        self._uploads = uploads.Uploads()

    def start(self, environ: WSGIEnvironment) -> web.Answer:
        """Answer the request that starts an upload with the URL for its chunks."""
        asked = uploads.read(environ)
        if asked.id and self._known(asked.id):
            raise taken(asked.id)
        upload_id = self._uploads.start(asked, self._now())
        query = f"upload_id={upload_id}&upload_protocol=resumable"
        return web.nothing(
            ("X-Goog-Upload-URL", f"{web.origin(environ)}{_UPLOAD_PATHS[0]}?{query}"),
            ("X-Goog-Upload-Status", "active"),
        )

    def receive(self, environ: WSGIEnvironment) -> web.Answer:
        """Answer a request to an upload's URL."""
        upload = self._uploads.find(web.query(environ)["upload_id"])
        command = web.header(environ, "X-Goog-Upload-Command")
        words = [word.strip() for word in command.split(",")]
        if words not in (["query"], ["upload"], ["upload", "finalize"]):
            raise invalid(
                "Invalid value for header 'X-Goog-Upload-Command': "
                "must be 'upload', 'upload, finalize' or 'query'."
            )
        if "upload" in words:
            at, size = uploads.offset(environ), web.length(environ)
            upload.take(at, size, web.pieces(environ))
        if "finalize" in words:
            upload.finish(self._keep)
        received = ("X-Goog-Upload-Size-Received", str(upload.received))
        if not upload.file:
            return web.nothing(("X-Goog-Upload-Status", "active"), received)
        file = {"file": self._resource(upload.file, environ)}
        return web.json(file, ("X-Goog-Upload-Status", "final"), received)

    def answer(self, environ: WSGIEnvironment, route: list[str]) -> web.Answer:
        """Answer a request to /files, or to what is under it."""
        method = environ["REQUEST_METHOD"]
        match method, route:
            case "GET", []:
                return self._list(environ)
            case "GET", [file_id]:
                return web.json(self._resource(self._find(file_id), environ))
            case "DELETE", [file_id]:
                self._kept.remove_file(self._find(file_id).id)
                return web.json({})
        raise no_route(method, environ["PATH_INFO"])

    def check(self, body: dict[str, Any], origin: str) -> None:
        """Refuse a request for an interaction that uses a file it cannot use."""
        own = re.compile(re.escape(origin) + r"/v1(?:beta)?/files/([^/?#]+)")
        for content in prompt.contents(body):
            if found := own.fullmatch(content.get("uri", "")):
                file = self._find(found[1])
                if self._now() < file.ready:
                    raise not_active(file.id)

    def _list(self, environ: WSGIEnvironment) -> web.Answer:
        query = web.query(environ)
        most = _page_size(query.get("pageSize", str(_PAGE)))
        before = _place(query["pageToken"]) if "pageToken" in query else (math.inf, "")
        now = self._now()
        found = self._kept.files(before, most + 1)
        files = [file for file in found if now < file.expires]
        page: dict[str, Any] = {}
        if files:
            page["files"] = [self._resource(file, environ) for file in files[:most]]
        if len(files) > most:
            page["nextPageToken"] = _token(files[most - 1])
        return web.json(page)

    def _keep(self, asked: uploads.Asked, sha256: str) -> File:
        file = File(
            id=asked.id or self._new_id(),
            display_name=asked.display_name,
            mime_type=asked.mime_type,
            size=asked.size,
            sha256=sha256,
            created=self._now(),
        )
        self._kept.put_file(file)
        return file

    def _resource(self, file: File, environ: WSGIEnvironment) -> dict[str, Any]:
        return resource(file, self._now(), web.origin(environ))

    def _find(self, file_id: str) -> File:
        if file := self._known(file_id):
            return file
        raise no_file(file_id)

    def _known(self, file_id: str) -> File | None:
        file = self._kept.file(file_id)
        return file if file and self._now() < file.expires else None


def _page_size(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 3:
        size = int(text)
        if 1 <= size <= _LARGEST_PAGE:
            return size
    raise invalid(
        "Invalid value for parameter 'pageSize': "
        f"must be a number from 1 to {_LARGEST_PAGE}."
    )


def _token(last: File) -> str:
    return orjson.dumps([last.created, last.id]).hex()


def _place(token: str) -> Place:
    try:
        match orjson.loads(bytes.fromhex(token)):
            case [float(created), str(file_id)]:
                return created, file_id
    except ValueError:
        pass
    raise invalid("Invalid value for parameter 'pageToken'.")


def _random_id() -> str:
    import secrets  # slow to import, not needed before the first id

    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
