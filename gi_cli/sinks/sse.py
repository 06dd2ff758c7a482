"""The event stream exactly as it was received."""

from typing import Any

from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec


class SseSink(Sink):
    """Adds nothing but a blank line before a further response, if the last byte did
    not end an event, and `gi.recovered` for an answer that came in one piece."""

    def __init__(self) -> None:
        self._end = b"\n\n"  # the last bytes written
        self._ready = b""

    def received(self, chunk: bytes) -> bytes:
        """The bytes as they are."""
        self._end = (self._end + chunk)[-4:]
        return chunk

    def whole(self, interaction: dict[str, Any]) -> None:
        """Show it as one event."""
        framed = b"event: gi.recovered\ndata: %b\n\n" % codec.dumps(interaction)
        self.next_response()
        self._ready += self.received(framed)

    def next_response(self) -> None:
        """A further response follows: end the last event of the one before."""
        if not self._end.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")):
            missing = b"\n" if self._end.endswith((b"\n", b"\r")) else b"\n\n"
            self._ready += self.received(missing)

    def take(self) -> bytes:
        """What was added between responses."""
        ready, self._ready = self._ready, b""
        return ready
