"""The paths of pictures, one per line; what the model wrote is for people."""

from typing import Any

from gi_cli.console import visible
from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Piece, Text
from gi_cli.wire.events import COMPLETED, STEP_STOP, Event
from gi_cli.wire.medium import Medium


class PathsSink(Sink):
    """`end` comes behind each path: a line break, or NUL for names of any kind; ""
    shows none, as stdout has a picture."""

    def __init__(self, end: str, *, tty: bool) -> None:
        self._end, self._tty = end, tty
        self._ready: list[str] = []
        self._said = ""  # text that nobody was shown yet

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Add the paths of what is saved."""
        for piece in pieces:
            if isinstance(piece, Text):
                self._said += piece.text
            elif isinstance(piece, Medium) and not piece.more:
                self.finished(piece)
        if event.type in (STEP_STOP, COMPLETED) and not self._said.endswith("\n"):
            self._said += "\n" if self._said else ""

    def finished(self, medium: Medium) -> None:
        """Add its path."""
        if medium.file and not medium.thought and self._end:
            path = medium.file.path
            shown = visible(path) if self._tty else path
            self._ready.append(f"{shown}{self._end}")

    def aside(self) -> str:
        """Give the text's whole lines."""
        whole, line, self._said = self._said.rpartition("\n")
        return codec.join_surrogates(whole + line)

    def left_out(self) -> str:
        """The text that was not shown."""
        return codec.join_surrogates(self._said)

    def take(self) -> bytes:
        """Give the paths so far."""
        ready = "".join(self._ready)
        self._ready.clear()
        return ready.encode("utf-8", "surrogateescape")

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the last paths."""
        return self.take()
