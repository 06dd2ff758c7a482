"""The event streams that are measured, and what has to come out of them.

They are made and compared a piece at a time: the peak memory of a child begins with
its parent's.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import orjson

BLOCK = 3 << 18  # bytes at a time; base64 makes 4 of 3
NOISE = b"\xff\xd8\xff" + Random(1).randbytes(BLOCK - 3)  # noqa: S311  # as a JPEG
DONE = b"event: done\ndata: [DONE]\n\n"
AROUND = 5  # events that are no delta


class Output(NamedTuple):
    """What has to come out first."""

    size: int
    digest: str

    def rest(self, path: Path) -> bytes:
        """What follows it in the file; raises AssertionError if it is not there."""
        found, left = sha256(), self.size
        with path.open("rb") as file:
            while part := file.read(min(left, BLOCK)):
                found.update(part)
                left -= len(part)
            assert found.hexdigest() == self.digest, f"{path.name}: other bytes"
            return file.read()


class Text(NamedTuple):
    """A stream of text: its outputs by format."""

    name: str
    events: int
    outputs: dict[str, Output]


class Images(NamedTuple):
    """A stream of images, which are all the same."""

    name: str
    images: int
    image: Output


class Tally:
    """An output that is not kept."""

    def __init__(self) -> None:
        self._size, self._found = 0, sha256()

    def add(self, data: bytes) -> None:
        self._size += len(data)
        self._found.update(data)

    def output(self) -> Output:
        return Output(self._size, self._found.hexdigest())


def write_text(path: Path, deltas: int) -> Text:
    """Write a stream of so many deltas of 109 bytes."""
    made = {format: Tally() for format in ("text", "ndjson", "sse")}
    with path.open("wb") as file:
        for one in around(event("step.delta", **_text(n)) for n in range(deltas)):
            file.write(one)
            made["sse"].add(one)
            if one != DONE:
                made["ndjson"].add(one.split(b"\n")[1].removeprefix(b"data: ") + b"\n")
    for n in range(deltas):
        made["text"].add(_text(n)["delta"]["text"].encode())
    outputs = {format: tally.output() for format, tally in made.items()}
    return Text(path.name, deltas + AROUND, outputs)


def _text(n: int) -> dict[str, Any]:
    text = f"{n:011}{' ' if (n + 1) % 5 else chr(10)}"
    return {"index": 0, "delta": {"text": text, "type": "text"}}


def write_images(path: Path, count: int, size: int) -> Images:
    """Write a stream of so many images of `size` bytes."""
    made = Tally()
    for part in _image(size):
        made.add(part)
    with path.open("wb") as file:
        file.writelines(around(_shown(count, size)))
    return Images(path.name, count, made.output())


def _image(size: int) -> Iterator[bytes]:
    for start in range(0, size, BLOCK):
        yield NOISE[: size - start]


def _shown(count: int, size: int) -> Iterator[bytes]:
    """The deltas; the data of each in several pieces."""
    fields = {"type": "image", "mime_type": "image/jpeg", "data": "HERE"}
    before, after = event("step.delta", index=0, delta=fields).split(b"HERE")
    for _ in range(count):
        yield before
        yield from map(b64encode, _image(size))
        yield after


def around(deltas: Iterable[bytes]) -> Iterator[bytes]:
    """An answer of one step."""
    about = {"id": "v1_bench_0123456789", "object": "interaction", "model": "m"}
    yield event("interaction.created", interaction={**about, "status": "in_progress"})
    yield event("step.start", index=0, step={"type": "model_output"})
    yield from deltas
    yield event("step.stop", index=0)
    ended = {**about, "status": "completed", "usage": {"total_tokens": 3}}
    yield event("interaction.completed", interaction=ended)
    yield DONE


def event(kind: str, **fields: Any) -> bytes:
    data = orjson.dumps({**fields, "event_type": kind})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)
