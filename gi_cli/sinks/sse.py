"""The event stream exactly as it was received."""

from typing import Any

from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec


class SseSink(Sink):
    """Adds nothing but a blank line before a further response, if the last byte did
    not end an event, and `gi.recovered` for an answer that came in one piece."""

    def __init__(self) -> None:
        self._end = b"\n\n"  # the last bytes
        self._ready: list[bytes] = []

    def received(self, chunk: bytes) -> None:
        """Take the bytes as they are."""
        self._end = (self._end + chunk)[-4:]
        self._ready.append(chunk)

    def whole(self, interaction: dict[str, Any]) -> None:
        """Show it as one event."""
        self.next_response()
        self.received(b"event: gi.recovered\ndata: %b\n\n" % codec.dumps(interaction))

    def next_response(self) -> None:
        """End the last event of the response before."""
        if not self._end.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")):
            self.received(b"\n" if self._end.endswith((b"\n", b"\r")) else b"\n\n")

    def take(self) -> bytes:
        """Give the bytes so far."""
        ready = b"".join(self._ready)
        self._ready.clear()
        return ready
