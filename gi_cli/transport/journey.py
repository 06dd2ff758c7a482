"""How far a request has come, as httpx tells it step by step."""

from collections.abc import Mapping
from typing import Any

HEADERS = "http11.send_request_headers.started"
ANSWERED = "http11.receive_response_headers.complete"


class Journey:
    """What one request has done; `left` says that it may have landed.

    Before a proxy is asked to open a connection to the service, nothing of the request
    itself has left. It answers within the time that a connection may take.
    """

    def __init__(self, limits: Mapping[str, float | None]) -> None:
        self.left = self.tunnelling = False
        self.limits = dict(limits)  # httpx looks there at each step
        self._read = limits.get("read")

    def __call__(self, step: str, details: Mapping[str, Any]) -> None:
        """Note a step."""
        if step == HEADERS:
            asked = getattr(details.get("request"), "method", b"")
            self.tunnelling = asked == b"CONNECT"
            self.left = not self.tunnelling
            if self.tunnelling:
                self.limits["read"] = self.limits.get("connect")
        elif step == ANSWERED and self.tunnelling:
            self.limits["read"] = self._read
