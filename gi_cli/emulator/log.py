"""One line of JSON for each request that was answered, without its secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from gi_cli.emulator.answers import timestamp

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SECRET = ("key", "access_token", "upload_id")  # of a query


class Logged:
    """An app, each answer of which is told when it ends.

    `complete` is false if the connection was cut, by a fault or by the client; `bytes`
    are those of the body that were sent until then.
    """

    def __init__(self, app: WSGIApplication, write: Callable[[bytes], None]) -> None:
        self._app, self._write = app, write

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterator[bytes]:
        """Answer, and tell of it."""
        line = _request(environ)
        began = time.monotonic()

        def start(status: str, *rest: Any) -> Any:
            line["status"] = int(status[:3])
            return start_response(status, *rest)

        try:
            for chunk in self._app(environ, start):
                yield chunk
                line["bytes"] += len(chunk)
            line["complete"] = True
        finally:
            line["seconds"] = round(time.monotonic() - began, 6)
            self._write(orjson.dumps(line) + b"\n")


def _request(environ: WSGIEnvironment) -> dict[str, Any]:
    now = time.time()
    path = quote(environ["PATH_INFO"], encoding="latin-1")
    pairs = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
    query = urlencode([pair for pair in pairs if pair[0] not in _SECRET])
    return {
        "time": f"{timestamp(now)[:-1]}.{int(now * 1000) % 1000:03}Z",
        "method": environ["REQUEST_METHOD"],
        "path": f"{path}?{query}" if query else path,
        "status": None,
        "bytes": 0,
        "seconds": 0.0,
        "complete": False,
    }
