"""A 2xx response: a stream of events, or JSON."""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from gi_cli.errors import Incomplete, Unreachable
from gi_cli.transport.refusal import reason_of
from gi_cli.transport.stream import FIELDS, Tap, decoded
from gi_cli.waits import Waits
from gi_cli.wire import codec, failure
from gi_cli.wire.events import Event
from gi_cli.wire.failure import Failure
from gi_cli.wire.texts import Texts

OTHERS = (b"{", b"[", b"<")  # how JSON and a page begin
LARGEST = 1 << 28  # bytes of JSON, of which several copies are in memory
PEEKED = 16  # bytes that tell a stream from anything else
OWN = {"status", "steps", "state"}  # of what may tell of an error as well


def _broken(error: httpx.RequestError) -> Iterator[bytes]:
    """Chunks that end as the connection did."""
    yield from ()
    raise error


class Answer:
    """A 2xx response: `events` for a stream, `value` for JSON."""

    def __init__(self, response: httpx.Response, waits: Waits) -> None:
        self._response, self._waits = response, waits
        self._chunks = response.iter_bytes()
        self._tap: Tap | None = None
        self._held: int | None = None  # a second descriptor of the connection

    def hold(self) -> None:
        """Keep the connection until `close`, even if reading it is given up: the
        service takes its end for the end of work in the foreground."""
        stream = self._response.extensions.get("network_stream")
        socket = stream.get_extra_info("socket") if stream else None
        if socket is not None:
            self._held = os.dup(socket.fileno())

    def header(self, name: str) -> str:
        """A header of the response, "" if it has none of that name."""
        return str(self._response.headers.get(name, ""))

    def is_stream(self) -> bool:
        """Judge by the content type, or where that tells no stream by the first bytes:
        some gateways relabel."""
        stated = self._response.headers.get("content-type", "")
        kind = stated.partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return True
        start = self._peeked().removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith(FIELDS) or not (kind or start.startswith(OTHERS))

    def is_empty(self) -> bool:
        """Tell whether there is no body."""
        return not self._peeked()

    def _peeked(self) -> bytes:
        """The beginning of the body, which is then read as if nobody had looked."""
        pieces: list[bytes] = []
        rest = self._chunks
        try:
            while sum(map(len, pieces)) < PEEKED:
                with self._waits.for_server():
                    pieces.append(next(self._chunks))
        except StopIteration:
            pass
        except httpx.RequestError as error:
            rest = _broken(error)
        self._chunks = itertools.chain(pieces, rest)
        return b"".join(pieces)

    def events(
        self,
        seen: Callable[[bytes], None],
        drained: Callable[[], None],
        texts: Texts | None = None,
    ) -> Iterator[Event]:
        """The stream's events; `seen` gets the raw chunks, `drained` is called when
        all events of a chunk were handled, or are left in `texts`."""
        self._tap = Tap(self._chunks, self._waits, seen, drained)
        return decoded(self._tap, texts)

    def broken(self) -> tuple[str | None, Failure | None]:
        """How the stream broke, and the error that came in place of an event."""
        if self._tap is None:
            return None, None
        cut = reason_of(self._tap.cut) if self._tap.cut else None
        residue = self._tap.residue()
        found = failure.find(residue)
        if found is None and residue.lstrip().startswith("<"):
            found = failure.of_body(residue.encode(), 200)
        return cut, found

    def value(
        self, seen: Callable[[bytes], None], *, of: str = "interaction"
    ) -> dict[str, Any]:
        """The JSON of an answer that is no stream, which is `of` some kind; raises the
        error that it tells."""
        body = self._read()
        seen(body)
        try:
            value = codec.loads(body)
        except ValueError:
            value = None
        if isinstance(value, dict) and (not value.get("error") or OWN & {*value}):
            return value
        told = failure.find(body.decode("utf-8", "replace"))
        if told is None:
            told = failure.of_body(body, self._response.status_code)
        raise failure.error_of(told, f"the answer is no {of}")

    def _read(self) -> bytes:
        """Read the whole body; raises Unreachable for a broken one, and Incomplete for
        one that memory may not hold."""
        parts, size = [], 0
        for chunk in self.chunks(each_counts=False):
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST:
                most = f"{LARGEST >> 20} MiB, the most that gi takes"
                raise Incomplete(f"the answer is larger than {most}")
        return b"".join(parts)

    def chunks(self, *, each_counts: bool = True) -> Iterator[bytes]:
        """The body as it comes; raises Unreachable where it breaks off.

        Where it is passed on as such, each chunk starts the idle limit anew.
        """
        try:
            while True:
                with self._waits.for_server():
                    chunk = next(self._chunks, None)
                if chunk is None:
                    return
                yield chunk
                if each_counts:
                    self._waits.progress()
        except httpx.RequestError as error:
            raise Unreachable(f"the answer broke off: {reason_of(error)}") from error

    def __enter__(self) -> "Answer":
        """Be closed where the block ends."""
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go; never blocks."""
        self._response.close()
        if self._held is not None:
            os.close(self._held)
            self._held = None
