"""What is read of a WSGI request, and what goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from gi_cli.emulator.refusal import invalid

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_PIECE = 64 * 1024
_LARGEST = 100 * 1024**2


class Answer(NamedTuple):
    """What goes back to the client."""

    headers: list[tuple[str, str]]
    chunks: Iterable[bytes]
    status: int = 200


def json(value: Any, *headers: tuple[str, str], status: int = 200) -> Answer:
    """Answer with a value as JSON."""
    body = orjson.dumps(value)
    described = [
        ("Content-Type", "application/json; charset=UTF-8"),
        ("Content-Length", str(len(body))),
    ]
    return Answer([*described, *headers], [body], status)


def data(content: bytes, mime_type: str) -> Answer:
    """Answer with the bytes of a file."""
    described = [("Content-Type", mime_type), ("Content-Length", str(len(content)))]
    return Answer(described, [content])


def nothing(*headers: tuple[str, str]) -> Answer:
    """Answer with headers only."""
    return Answer([("Content-Length", "0"), *headers], [])


def body(environ: WSGIEnvironment) -> dict[str, Any]:
    """Read the JSON object that came."""
    too_large = length(environ) > _LARGEST
    data = b"" if too_large else _whole(environ)
    if too_large or len(data) > _LARGEST:
        raise invalid(f"Request payload size exceeds the limit: {_LARGEST} bytes.")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as exc:
        raise invalid("The request body is not valid JSON.") from exc
    if not isinstance(value, dict):
        raise invalid("The request body must be a JSON object.")
    return value


def peek(environ: WSGIEnvironment) -> bytes:
    """Read the body, and leave it to be read again."""
    found = _whole(environ)
    environ["wsgi.input"] = BytesIO(found)
    return found


def _whole(environ: WSGIEnvironment) -> bytes:
    """Read the body, but not much more of it than is accepted."""
    size, most = length(environ), _LARGEST + 1
    data: bytes = environ["wsgi.input"].read(most if size < 0 else min(size, most))
    return data


def pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """Read the body in pieces that are never large."""
    left = length(environ)
    while left:
        wanted = _PIECE if left < 0 else min(_PIECE, left)
        piece = environ["wsgi.input"].read(wanted)
        if not piece:
            return
        yield piece
        left -= len(piece)


def length(environ: WSGIEnvironment) -> int:
    """Return the size of the body, -1 if it ends with its input."""
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    return int(environ.get("CONTENT_LENGTH") or (-1 if chunked else 0))


def header(environ: WSGIEnvironment, name: str) -> str:
    """Return a header, "" if it did not come."""
    return str(environ.get("HTTP_" + name.upper().replace("-", "_"), ""))


def has_key(environ: WSGIEnvironment) -> bool:
    """Tell whether the client says who it is, in one of the ways that the API takes."""
    bearer = header(environ, "Authorization").startswith("Bearer ")
    return bearer or bool(
        header(environ, "X-Goog-API-Key") or query(environ).get("key")
    )


def query(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the parameters that have a value."""
    return dict(parse_qsl(environ.get("QUERY_STRING", "")))


def origin(environ: WSGIEnvironment) -> str:
    """Return the scheme and host that the client has used."""
    host = environ.get("HTTP_HOST")
    if not host:
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"
