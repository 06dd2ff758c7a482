"""An emulator to ask in this process and over a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.server import Server
from gi_cli.transport.offline import Offline
from tests.emulated import Clock

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PATIENCE = 0.15  # seconds until a socket counts as silent
CUT, SILENT, END = "RemoteProtocolError", "ReadTimeout", "end"


@contextmanager
def serving(app: "WSGIApplication") -> Iterator[str]:
    with Server(app) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def asking(
    over: str, fault: str = "", clock: Clock | None = None
) -> Iterator[httpx.Client]:
    """A client of an emulator over `socket` or `wsgi`, with ids from v1_1 on."""
    clock, ids = clock or Clock(), (f"v1_{n}" for n in range(1, 1000))
    app = Emulator(
        now=clock.now, new_id=lambda: next(ids), sleep=clock.sleep, fault=fault
    )
    if over == "wsgi":
        transport = Offline(app, clock.sleep)
        with httpx.Client(transport=transport, base_url="http://gi.invalid") as api:
            yield api
        return
    with (
        serving(app) as url,
        httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as api,
    ):
        yield api


def told(
    api: httpx.Client, method: str, path: str, fault: str = "", body: object = None
) -> tuple[list[dict[str, Any]], str]:
    """The events of a stream, and how it ended."""
    received, ended, headers = b"", END, {"x-gi-fault": fault}
    try:
        with api.stream(method, path, headers=headers, json=body) as response:
            assert response.status_code == 200, response.read()
            for chunk in response.iter_raw():
                received += chunk
    except httpx.TransportError as error:
        ended = type(error).__name__
    *frames, rest = received.split(b"\n\n")
    assert rest == b""
    return [_event(frame) for frame in frames], ended


def _event(frame: bytes) -> dict[str, Any]:
    if frame == b": ping":
        return {"event_type": "ping"}
    name, data = frame.split(b"\n")
    if data == b"data: [DONE]":
        return {"event_type": "done"}
    event: dict[str, Any] = orjson.loads(data.removeprefix(b"data: "))
    assert name == b"event: %b" % str(event["event_type"]).encode()
    return event


def types(events: list[dict[str, Any]]) -> list[object]:
    return [event["event_type"] for event in events]
