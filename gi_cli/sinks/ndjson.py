"""One line per event: the server's own JSON, byte for byte where that is one line."""

from typing import Any

from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Piece
from gi_cli.wire.events import DONE, UNPARSED, Event
from gi_cli.wire.medium import Medium, in_place_of_data, replaced, size_of

RESULT = "gi.function_result"


class NdjsonSink(Sink):
    """The last line is always `gi.result`."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []
        self._held: tuple[Event, Medium] | None = None  # a chunk, maybe the last one

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Add the event's line; where its media are saved, without their data."""
        self._give_up()
        media = [p for p in pieces if isinstance(p, Medium) and (p.file or p.open)]
        if media and media[-1].open:
            self._held = event, media[-1]
        elif event.type != DONE:
            self._ready.append(saved_line(event, media) if media else line(event))

    def finished(self, medium: Medium) -> None:
        """Add the line of its last chunk, which tells of the whole file."""
        if self._held and medium.file:
            event, last = self._held
            self._held = None
            self._ready.append(saved_line(event, [last._replace(file=medium.file)]))

    def _give_up(self) -> None:
        """Add the line of a chunk that was not the last."""
        if self._held:
            event, chunk = self._held
            self._held = None
            self._ready.append(saved_line(event, [chunk]))

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
        self._give_up()
        return self.take() + codec.dumps(result) + b"\n"


def saved_line(event: Event, media: list[Medium]) -> bytes:
    """An event's line with files in the place of data.

    A medium that comes in chunks has one file: the line of its last chunk names it, the
    others only have the size of theirs.
    """
    found: dict[int, tuple[Any, dict[str, Any]]] = {
        id(each.content): (each.content, _without_data(each)) for each in media
    }
    value = replaced(event.data, found)
    return codec.dumps({"event_type": event.type, **value}) + b"\n"


def _without_data(medium: Medium) -> dict[str, Any]:
    if medium.file:
        return in_place_of_data(medium.content, medium.file)
    rest = {k: v for k, v in medium.content.items() if k != "data"}
    return {**rest, "bytes": size_of(str(medium.content.get("data", "")))}


def line(event: Event) -> bytes:
    """One event as one line.

    Data that was split over several `data:` lines is joined: JSON needs no line break
    between its tokens. A missing event_type is put first.
    """
    if event.type == UNPARSED:
        return codec.dumps({"event_type": UNPARSED, "data": event.raw}) + b"\n"
    if not event.portable:
        return codec.dumps({"event_type": event.type, **event.data}) + b"\n"
    raw = event.raw if event.joined else event.raw.replace("\n", "")
    if not event.stated and ("event_type" in event.data or not event.data):
        return codec.dumps({**event.data, "event_type": event.type}) + b"\n"
    if not event.stated:
        kind = codec.dumps({"event_type": event.type})[:-1].decode()
        raw = f"{kind},{raw.lstrip()[1:]}"
    return codec.encode(raw) + b"\n"
