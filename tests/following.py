"""A service that keeps an interaction, as the scripted server plays it."""

from typing import Any

from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import Event, decode
from tests.scripted import Reply, ScriptedServer, json_reply

TARGET = "/v1beta/interactions"
Json = dict[str, Any]


def refusal(
    status: int, code: str = "invalid_request", message: str = "No.", **headers: str
) -> Reply:
    return json_reply({"error": {"code": code, "message": message}}, status, headers)


GONE = refusal(404, "not_found")


def runs_on(server: ScriptedServer, id: str, **fields: Any) -> None:
    """It is still running whenever it is asked for, and its stream is refused."""
    kept = {"id": id, "status": "in_progress", **fields}
    server.always("GET", f"{TARGET}/{id}", json_reply(kept))
    server.always("GET", f"{TARGET}/{id}?stream=true", refusal(400))


def events(stream: bytes) -> list[Event]:
    """The events of a stream that has one line of data each."""
    frames = [frame.splitlines() for frame in stream.split(b"\n\n") if frame]
    return [decode(_field(f, b"event"), _field(f, b"data")) for f in frames]


def _field(frame: list[bytes], name: bytes) -> str:
    found = [line for line in frame if line.startswith(name + b": ")]
    return b"".join(line.partition(b": ")[2] for line in found).decode()


def kept(stream: bytes, **fields: Any) -> Json:
    """The interaction that a stream tells."""
    state = Assembler(keep=True)
    for event in events(stream):
        state.feed(event)
    return state.document() | fields
