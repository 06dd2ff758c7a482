"""The emulator in this process, without a socket."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.breaking import Dropped, Stalled
from gi_cli.emulator.storage import Lenient, Stored
from gi_cli.transport.journey import HEADERS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

UNANSWERED = "Server disconnected without sending a response."
CUT = "peer closed connection without sending complete message body"
NAP = 3600.0  # seconds, again and again where there is no read timeout


def emulator(
    state: Path | None = None, warn: Callable[[str], None] = lambda _: None
) -> httpx.BaseTransport:
    """A transport that asks the emulator, which keeps interactions in `state`.

    Without `state` they live as long as the transport. They do so too if the file
    cannot be used: then `warn` is told why, once.
    """
    storage = Lenient(Stored(state, warn), warn) if state else None
    return Offline(Emulator(storage=storage))


class Offline(httpx.BaseTransport):
    """Asks an emulator; what breaks a connection comes out as it does of a socket."""

    def __init__(
        self, app: "WSGIApplication", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inner = httpx.WSGITransport(_begun(app))
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as soon as there are headers."""
        if trace := request.extensions.get("trace"):
            trace(HEADERS, {})
        with self._network(request, UNANSWERED):
            response = self._inner.handle_request(request)
        body = _Body(response, lambda: self._network(request, CUT))
        return httpx.Response(
            response.status_code, headers=response.headers, stream=body
        )

    @contextmanager
    def _network(self, request: httpx.Request, cut: str) -> Iterator[None]:
        """Raise what httpx raises where a network breaks like this."""
        try:
            yield
        except Dropped as error:
            raise httpx.RemoteProtocolError(cut, request=request) from error
        except Stalled as error:
            self._wait(request.extensions["timeout"]["read"])
            raise httpx.ReadTimeout("timed out", request=request) from error

    def _wait(self, seconds: float | None) -> None:
        while seconds is None:
            self._sleep(NAP)
        self._sleep(seconds)


class _Body(httpx.SyncByteStream):
    def __init__(
        self,
        response: httpx.Response,
        network: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._response, self._network = response, network

    def __iter__(self) -> Iterator[bytes]:
        """Leave out the first chunk, which is `_begun`'s."""
        chunks = self._response.iter_raw()
        next(chunks)
        with self._network():
            yield from chunks

    def close(self) -> None:
        self._response.close()


def _begun(app: "WSGIApplication") -> "WSGIApplication":
    """Begin the body with a chunk: httpx has no headers before there is one."""

    def begun(environ: "WSGIEnvironment", start: "StartResponse") -> Iterator[bytes]:
        chunks = app(environ, start)
        yield b"."
        yield from chunks

    return begun
