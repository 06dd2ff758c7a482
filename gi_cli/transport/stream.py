"""A response body as raw bytes and as events, from one read."""

from collections import deque
from collections.abc import Callable, Iterator

import httpx
from httpx_sse import EventSource

from gi_cli.errors import Incomplete
from gi_cli.waits import Waits
from gi_cli.wire.events import UNPARSED, Event, decode
from gi_cli.wire.texts import Texts

KEPT = 1 << 16  # bytes of the end in which an error that is no event is looked for
LARGE = 1 << 20  # bytes of a line: a picture
LARGEST = 1 << 27  # bytes of an event, of which several copies are in memory
ENDS = (b"\n\n", b"\n\r\n", b"\r\r")  # of an event, or of comments
FIELDS = (b"data", b"event", b"id", b"retry", b":")


class Tap(httpx.SyncByteStream):
    """Shows each chunk to `seen`, and calls `drained` before the next is awaited.

    By then every event of the chunk was handled, so one write serves them all.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        waits: Waits,
        seen: Callable[[bytes], None],
        drained: Callable[[], None],
    ) -> None:
        self.chunks, self.waits = chunks, waits
        self.seen, self.drained = seen, drained
        self.ended = False
        self.cut: httpx.RequestError | None = None
        self.held = 0  # bytes since about the last end of an event
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._line = 0  # bytes since about the last end of a line
        self._forgot = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            while chunk := self._next():
                self._keep(chunk)
                self.seen(chunk)
                yield from self._parts(chunk)
                self.drained()
        except httpx.RequestError as error:
            self.cut = error
        self.ended = True
        yield b"\n\n"  # a last block without its blank line comes out, after `ended`
        self.drained()

    def _parts(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk, cut behind the end of a large line: the decoder holds the line
        until its next chunk, and would hold it beside the event that it is part of."""
        end = chunk.find(b"\n") + 1 if self._line > LARGE else 0
        self._line = (0 if b"\n" in chunk else self._line) + len(chunk)
        if end:
            yield chunk[:end]
        if end < len(chunk):
            yield chunk[end:] if end else chunk

    def _next(self) -> bytes:
        if self.held > LARGEST:
            most = f"{LARGEST >> 20} MiB, the most that gi takes"
            raise Incomplete(f"an event of the stream is larger than {most}")
        with self.waits.for_server():
            chunk = next(self.chunks, b"")
        self.held = len(chunk) + (0 if _ends_an_event(chunk) else self.held)
        return chunk

    def _keep(self, chunk: bytes) -> None:
        self._kept.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._kept[0]) >= KEPT:
            self._size -= len(self._kept.popleft())
            self._forgot = True

    def residue(self) -> str:
        """The lines near the end that no SSE decoder takes: JSON, a proxy's page."""
        lines = b"".join(self._kept).replace(b"\r", b"\n").split(b"\n")
        if self._forgot:
            del lines[0]
        found = [line for line in lines if line and not line.startswith(FIELDS)]
        return b"\n".join(found).decode("utf-8", "replace")


def _ends_an_event(chunk: bytes) -> bool:
    """Look for one byte first: that is fast where there is none, as in pictures."""
    has_line = b"\n" in chunk or b"\r" in chunk
    return has_line and any(end in chunk for end in ENDS)


def decoded(tap: Tap, texts: Texts | None = None) -> Iterator[Event]:
    """The events; heartbeats (no data) and a half event at a cut are left out."""
    texts = texts or Texts()
    framed = httpx.Response(
        200, headers={"content-type": "text/event-stream"}, stream=tap
    )
    for sse in EventSource(framed).iter_sse():
        tap.held = 0
        raw = sse.data
        if not raw:
            continue
        tap.waits.progress()
        if not tap.ended and texts.take(raw):
            continue
        yield from texts.joined()
        event = decode(sse.event, raw)
        if not (tap.ended and event.type == UNPARSED):
            yield event
