"""With a schema only the last text counts, and it has to be JSON."""

from typing import Any

from gi_cli.errors import GiError, Incomplete
from gi_cli.sinks.text import TextSink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Piece, Text, Tool
from gi_cli.wire.events import Event


class LastText:
    """The text behind the last tool step, in whatever format the run is shown."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._separated = False

    def take(self, pieces: tuple[Piece, ...]) -> None:
        """Add what came."""
        for piece in pieces:
            if isinstance(piece, Text):
                if self._separated:
                    self._parts.clear()
                    self._separated = False
                self._parts.append(piece.text)
            elif isinstance(piece, Tool):
                self._separated = True

    def complaint(self) -> GiError | None:
        """A text that is no JSON."""
        try:
            codec.require_json(codec.join_surrogates("".join(self._parts)))
        except ValueError as error:
            return Incomplete(f"the answer is not JSON, as the schema asks: {error}")
        return None


class LastSink(TextSink):
    """Holds the text until no tool step can come any more, and gives the last one."""

    _over = False

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Drop the text before a tool step when there is one after it."""
        for piece in pieces:
            if self._separated and isinstance(piece, Text):
                self._ready.clear()
                self._half, self._ends_line, self._separated = "", True, False
            super().event(event, (piece,))

    def take(self) -> bytes:
        """Give nothing before the end."""
        return super().take() if self._over else b""

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:
        """Give the last text."""
        self._over = True
        return super().close(result, document)
