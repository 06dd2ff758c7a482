"""The model's text as it streams."""

from collections.abc import Callable
from typing import Any

from gi_cli.console import visible
from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Piece, Text, Tool
from gi_cli.wire.events import Event
from gi_cli.wire.medium import Medium

Named = Callable[[Medium], str]  # what stands in text for a medium


class TextSink(Sink):
    """Puts one line break between texts that a tool step separates, one at the end.

    On a terminal control characters are made visible; a pipe gets them as they are.
    """

    def __init__(self, named: Named, *, tty: bool) -> None:
        self._named, self._tty = named, tty
        self._ready: list[str] = []
        self._half = ""  # of a surrogate pair that is split across deltas
        self._ends_line = True  # nothing yet, or the last character is a line break
        self._separated = False
        self._put_in = 0  # bytes that are no text of the model's

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:  # noqa: ARG002
        """Add the text and media that came."""
        self.shifts = shifts = []
        for piece in pieces:
            if isinstance(piece, Text):  # first: there may be very many
                if self._separated:
                    self._line()
                shifts.append(self._put_in)
                self._add(piece.text)
            elif isinstance(piece, Tool):
                self._separated = True
            elif isinstance(piece, Medium) and not (piece.more or piece.open):
                self.finished(piece)

    def finished(self, medium: Medium) -> None:
        """Name it on a line of its own; one of a thought is no part of the text."""
        if not medium.thought:
            self._line()
            self._put(f"{self._named(medium)}\n")

    def _line(self) -> None:
        """Begin a new line if the text has not."""
        self._separated = False
        if not self._ends_line:
            self._put("\n")

    def _put(self, text: str) -> None:
        self._put_in += len(codec.encode(text))
        self._add(text)

    def _add(self, text: str) -> None:
        text = self._half + text
        self._half = ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if text:
            self._ready.append(text)
            self._ends_line = text.endswith("\n")

    def take(self) -> bytes:
        """Give the text so far, as UTF-8."""
        return self._encoded(self._taken())

    def _taken(self) -> str:
        text = codec.join_surrogates("".join(self._ready))
        self._ready.clear()
        return text

    def _encoded(self, text: str) -> bytes:
        return codec.encode(visible(text) if self._tty else text)

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the last line break, if all went well."""
        if self._half:  # whose other half never came
            self._ready.append(self._half)
            self._half, self._ends_line = "", False
        if result["exit_code"] == 0:
            self._line()
        return self.take()
