"""Answers with media, in every way in which they come."""

import json
import wave
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

from tests.calling import TARGET, event, stream
from tests.conftest import Done, Gi
from tests.images import ID, JPEG, PNG, Json, image, step, text
from tests.scripted import Reply, ScriptedServer, json_reply, sse

SAVED = ("--media-dir", "pics")
OFFLINE: dict[str, str] = {}  # no key, no proxy, nothing
STORY = (text("One."), image(PNG), text("Two.\n"), image(JPEG, "image/jpeg"))
FIRST, SECOND = "pics/gi-abcdefgh-1.png", "pics/gi-abcdefgh-2.jpg"
FILES = {"pics": "folder", FIRST: PNG, SECOND: JPEG}
TOLD = f"One.\n![image]({FIRST})\nTwo.\n![image]({SECOND})\n".encode()


class Way(NamedTuple):
    """A command, and what it is answered."""

    command: tuple[str, ...]
    reply: Reply

    @property
    def request(self) -> tuple[str, str]:
        if self.command[0] == "get":
            return "GET", f"{TARGET}/{ID}"
        return "POST", TARGET


def medium(kind: str, mime_type: str | None, data: bytes, **more: Any) -> Json:
    """A content with data; None leaves the type out."""
    named = {"mime_type": mime_type} if mime_type is not None else {}
    return {"type": kind, "data": b64encode(data).decode(), **named, **more}


def streamed(*parts: bytes, id: str = ID) -> bytes:
    return stream(*parts, id=id, status="completed")


def one(*contents: Json, id: str = ID) -> bytes:
    """An answer of one step in deltas."""
    return streamed(step(*contents), id=id)


def output(*contents: Json) -> Json:
    return {"type": "model_output", "content": list(contents)}


def started(*contents: Json) -> bytes:
    """A step that holds everything from its start."""
    start = event("step.start", index=0, step=output(*contents))
    return start + event("step.stop", index=0)


def interaction(*steps: Json, id: str = ID, **fields: Any) -> Json:
    return {"id": id, "status": "completed", "steps": list(steps), **fields}


def before(*contents: Json) -> list[Json]:
    """An earlier turn, which GET repeats, and the question of the last one."""
    asked = {"type": "user_input", "content": [text("hi")]}
    return [asked, output(*contents), asked]


def completed(whole: Json) -> bytes:
    return event("interaction.completed", interaction=whole)


def old(*contents: Json) -> bytes:
    """The events before the steps schema."""
    parts = [event("interaction.start", interaction={"id": ID})]
    for index, each in enumerate(contents):
        named = {"type": each["type"]}
        parts.append(event("content.start", index=index, content=named))
        parts.append(event("content.delta", index=index, delta=each))
        parts.append(event("content.stop", index=index))
    end = {"id": ID, "status": "completed"}
    return b"".join([*parts, event("interaction.complete", interaction=end)])


def ways(*contents: Json) -> dict[str, Way]:
    """An answer of one step in every shape."""
    create, get = ("create", "hi"), ("get", ID)
    whole = interaction(output(*contents))
    timeline = [*before(image(b"\x89PNG of before")), output(*contents)]
    outputs = {"id": ID, "status": "completed", "outputs": list(contents)}
    return {
        "deltas": Way(create, sse(streamed(step(*contents)))),
        "step.start": Way(create, sse(streamed(started(*contents)))),
        "interaction.completed": Way(create, sse(completed(whole))),
        "no stream": Way((*create, "--no-stream"), json_reply(whole)),
        "JSON in place of a stream": Way(create, json_reply(whole)),
        "GET": Way(get, json_reply(interaction(*timeline))),
        "GET of outputs": Way(get, json_reply(outputs)),
        "outputs": Way((*create, "--no-stream"), json_reply(outputs)),
        "content events": Way(create, sse(old(*contents))),
        "outputs at the end": Way(
            create,
            sse(event("interaction.complete", interaction=outputs)),
        ),
    }


def run(
    gi: Gi,
    server: ScriptedServer,
    reply: Reply | bytes,
    *argv: str,
    command: tuple[str, ...] = ("create", "hi"),
    code: int = 0,
) -> Done:
    """A command against one answer; bytes are a stream."""
    way = Way(command, sse(reply) if isinstance(reply, bytes) else reply)
    server.expect(*way.request, way.reply)
    return gi(*command, "--base-url", server.url, *argv, code=code)


def in_place(content: Json, path: str, data: bytes) -> Json:
    """A content as NDJSON and JSON have it once its data are in a file."""
    rest = {k: v for k, v in content.items() if k != "data"}
    return {**rest, "path": path, "bytes": len(data), "sha256": hashed(data)}


def hashed(data: bytes) -> str:
    return sha256(data).hexdigest()


def filed(path: str, data: bytes, mime_type: str, **more: Any) -> Json:
    """A file as `gi.result` has it."""
    found = {"path": path, "bytes": len(data), "sha256": hashed(data)}
    return {**found, "mime_type": mime_type, **more}


def lines(out: bytes) -> list[Json]:
    return [json.loads(line) for line in out.splitlines()]


def deltas(out: bytes) -> list[Json]:
    """What the deltas of NDJSON bring."""
    return [each["delta"] for each in lines(out) if "delta" in each]


def result(out: bytes) -> Json:
    """The `gi.result` of NDJSON, or `gi` of JSON."""
    if out.startswith(b"{\n"):
        found: Mapping[str, Any] = json.loads(out)["gi"]
    else:
        found = lines(out)[-1]
    return dict(found)


def error(server: ScriptedServer, message: str, id: str = ID) -> str:
    """All of stderr of a run that could not save everything."""
    hint = f"gi get --base-url {server.url} {id} --media-dir DIR"
    return f"gi: error: {message}\ngi: hint: {hint}\ngi: id: {id}\n"


def wav(pcm: bytes, rate: int = 24_000, channels: int = 1) -> bytes:
    """A file as the standard library writes it."""
    file = BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((channels, 2, rate, 0, "NONE", ""))
        made.writeframesraw(pcm)
    return file.getvalue()


def chunk(data: bytes, mime_type: str | None = "audio/l16", **more: int) -> Json:
    return medium("audio", mime_type, data, **more)


PCM = [b"\1", b"\2\3", b"", b"\4\5\6\7", b"\0\0\0\0\0"]  # most need padding
PARTS = [chunk(each) for each in PCM]
WHOLE = wav(b"".join(PCM))
A, B = chunk(b"\1\0"), chunk(b"\2\0")
MP3 = b"ID3\4"
