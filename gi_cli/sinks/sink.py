"""What every sink is: it turns events into bytes, and writes none of them."""

from collections.abc import Sequence
from typing import Any

from gi_cli.errors import GiError
from gi_cli.wire.assemble import Piece
from gi_cli.wire.events import Event
from gi_cli.wire.medium import Medium


class Sink:
    """Collects bytes until they are taken; `keeps_steps` asks for whole steps."""

    keeps_steps = False
    shifts: Sequence[int] = ()  # bytes put in before each text of the last event

    def received(self, chunk: bytes) -> None:
        """Take raw bytes of a stream; their events follow."""

    def next_response(self) -> None:
        """A further response of the same run begins."""

    def whole(self, interaction: dict[str, Any]) -> None:
        """Take an answer that came in one piece; its events follow."""

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Take one event, and what it newly brought."""

    def finished(self, medium: Medium) -> None:
        """A medium that came in chunks is complete."""

    def result(self, record: dict[str, Any]) -> None:
        """Take the result of a function call that is sent back."""

    def take(self) -> bytes:
        """Give what is ready to be written, once."""
        return b""

    def aside(self) -> str:
        """Give what people may read meanwhile, once; whole lines."""
        return ""

    def complaint(self) -> GiError | None:
        """Say what the output lacks although the interaction is complete."""
        return None

    def left_out(self) -> str:
        """What was paid for but is no payload: it is shown to people."""
        return ""

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the end: `result` is gi.result, `document` the assembled interaction,
        empty when nothing came."""
        return self.take()
