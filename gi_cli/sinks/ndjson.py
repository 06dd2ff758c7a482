"""One line per event: the server's own JSON, byte for byte where that is one line."""

from typing import Any

from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Piece
from gi_cli.wire.events import DONE, UNPARSED, Event

RESULT = "gi.function_result"


class NdjsonSink(Sink):
    """The last line is always `gi.result`."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:  # noqa: ARG002
        """Add the event's line."""
        if event.type != DONE:
            self._ready.append(line(event))

    def result(self, record: dict[str, Any]) -> None:
        """Add the result's line."""
        told = {k: v for k, v in record.items() if k != "type"}
        self._ready.append(codec.dumps({"event_type": RESULT, **told}) + b"\n")

    def take(self) -> bytes:
        """Give the lines so far."""
        lines = b"".join(self._ready)
        self._ready.clear()
        return lines

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the result."""
        return self.take() + codec.dumps(result) + b"\n"


def line(event: Event) -> bytes:
    """One event as one line.

    Data that was split over several `data:` lines is joined: JSON needs no line break
    between its tokens. A missing event_type is put first.
    """
    if event.type == UNPARSED:
        return codec.dumps({"event_type": UNPARSED, "data": event.raw}) + b"\n"
    if not event.portable:
        return codec.dumps({"event_type": event.type, **event.data}) + b"\n"
    raw = event.raw.replace("\n", "")
    if not event.stated and ("event_type" in event.data or not event.data):
        return codec.dumps({**event.data, "event_type": event.type}) + b"\n"
    if not event.stated:
        kind = codec.dumps({"event_type": event.type})[:-1].decode()
        raw = f"{kind},{raw.lstrip()[1:]}"
    return codec.encode(raw) + b"\n"
