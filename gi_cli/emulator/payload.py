"""The body of a request, as HTTP says where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message
    from io import BufferedIOBase

_PIECE = 64 * 1024
_LINE = 4096  # bytes of a chunk's first line


class MalformedError(Exception):
    """The body is not what its headers say; nobody knows where the next request is."""


class Payload:
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
        self._left = _size(self._source.readline(_LINE).partition(b";")[0], 16)
        if not self._left:
            self._chunked = False
            while self._source.readline(_LINE).strip():
                pass  # trailers
        return self._left > 0

    def _take(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise MalformedError("The request body is shorter than its headers say.")
        return data


def _size(text: str | bytes, base: int) -> int:
    """Read a size; there is no telling where a body without one ends."""
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if size < 0:
        raise MalformedError("The size of the request body is not a number.")
    return size
