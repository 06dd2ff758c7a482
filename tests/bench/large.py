"""Streams of one large line, and of very many small events, through the executable.

    python -m tests.bench large

For each case and format: the exit code, the seconds (CPU and wall), the peak of memory
in MiB, and how much came out.
"""

import argparse
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import orjson

from gi_cli.transport import answer, stream
from tests.bench.place import MIB, Place, Spent, placed
from tests.bench.streams import around, event
from tests.processes import GI

FORMATS = ("text", "ndjson", "sse", "json")
STREAMED = FORMATS[:3]  # whose memory does not grow with the events
BLOCK = 3 << 18
HEADS = ("case", "format", "exit", "CPU", "wall", "peak", "output")
EVENTS = 1_000_000


class Case(NamedTuple):
    """A stream that is made of a size, and the formats that it is read in. What is
    larger than `limit` ends with 8."""

    name: str
    make: Callable[[int], Iterator[bytes]]
    size: int
    formats: Sequence[str] = FORMATS
    code: int = 0
    command: tuple[str, ...] = ("create", "hi")
    limit: int = stream.LARGEST


def _large(fields: dict[str, str], size: int, block: bytes) -> Iterator[bytes]:
    """An answer of one delta, whose `HERE` is as long as that."""
    before, after = event("step.delta", index=0, delta=fields).split(b"HERE")
    return around(chain((before,), blocks(block, size), (after,)))


def blocks(block: bytes, size: int) -> Iterator[bytes]:
    """So many bytes, which are never in memory at once: the peak of a child begins
    with this process's."""
    return (block[: size - at] for at in range(0, size, len(block)))


def text(size: int) -> Iterator[bytes]:
    return _large({"type": "text", "text": "HERE"}, size, b"All work. \\n" * (1 << 16))


def image(size: int) -> Iterator[bytes]:
    block = b64encode(b"\xff\xd8\xff" + bytes(range(256)) * (BLOCK >> 8))[: BLOCK - 4]
    fields = {"type": "image", "mime_type": "image/jpeg", "data": "HERE"}
    return _large(fields, size // 4 * 4, block)


def arguments(size: int) -> Iterator[bytes]:
    """A call, whose arguments are one string."""
    call = {"type": "function_call", "id": "call_1", "name": "f"}
    fields = {"type": "arguments_delta", "arguments": '{"a": "HERE"}'}
    for one in _large(fields, size, b"All work. " * (1 << 16)):
        start = b'"step.start"' in one
        yield event("step.start", index=0, step=call) if start else one


def stored(size: int) -> Iterator[bytes]:
    """What GET tells of an interaction with one long text."""
    step = {"type": "model_output", "content": [{"type": "text", "text": "HERE"}]}
    whole = orjson.dumps({"id": "v1_1", "status": "completed", "steps": [step]})
    before, after = whole.split(b"HERE")
    yield before
    yield from blocks(b"All work. " * (1 << 16), size)
    yield after


def tiny(count: int) -> Iterator[bytes]:
    one = event("step.delta", index=0, delta={"type": "text", "text": "a"})
    return around(one for _ in range(count))


def named(count: int) -> Iterator[bytes]:
    """Each has an event id of its own."""
    delta = {"type": "text", "text": "a"}
    return around(
        event("step.delta", index=0, delta=delta, event_id=f"evt_{n}")
        for n in range(count)
    )


def between(block: bytes) -> Callable[[int], Iterator[bytes]]:
    """A short answer, and so often something else in the middle of it."""

    def made(count: int) -> Iterator[bytes]:
        delta = event("step.delta", index=0, delta={"type": "text", "text": "a"})
        return around((delta, *(block for _ in range(count))))

    return made


UNKNOWN = b'event: x\ndata: {"event_type":"x","a":1}\n\n'
GET = ("get", "v1_1")
CASES = (
    Case("text of 20 MiB", text, 20 * MIB),
    Case("image of 20 MiB", image, 20 * MIB),
    Case("arguments of 20 MiB", arguments, 20 * MIB, code=7),
    Case("text of 120 MiB", text, 120 * MIB),
    Case("image of 120 MiB", image, 120 * MIB),
    Case("text of 200 MiB", text, 200 * MIB),
    Case("image of 200 MiB", image, 200 * MIB),
    Case("a GET of 50 MB", stored, 50_000_000, command=GET, limit=answer.LARGEST),
    Case("a GET of 300 MB", stored, 300_000_000, command=GET, limit=answer.LARGEST),
    Case("tiny deltas", tiny, EVENTS, STREAMED),
    Case("deltas with ids", named, EVENTS, STREAMED),
    Case("unknown events", between(UNKNOWN), EVENTS, STREAMED),
    Case("comments", between(b": ping\n\n"), EVENTS, STREAMED),
    Case("empty data", between(b"data:\n\n"), EVENTS, STREAMED),
    Case("blank lines", between(b"\n"), EVENTS, STREAMED),
)


def measure(case: Case, place: Place, scale: float) -> Iterator[tuple[str, ...]]:
    """The rows of a case; one that ends with another code is marked."""
    path, size = place.folder / "stream", max(round(case.size * scale), 8)
    expected = 8 if size > case.limit else case.code
    with path.open("wb") as file:
        file.writelines(case.make(size))
    for format in case.formats:
        base = place.base(path.name)
        argv = (*case.command, "--format", format, "--base-url", base)
        code, spent = place.run_any(GI, *argv)
        yield (case.name, format, _code(code, expected), *_shown(spent), _size(place))
    path.unlink()


def _code(code: int, expected: int) -> str:
    return f"{code}" if code == expected else f"{code} NOT {expected}"


def _shown(spent: Spent) -> tuple[str, ...]:
    seconds = (f"{figure / 1000:.2f} s" for figure in (spent.cpu, spent.wall))
    return (*seconds, f"{spent.peak:.0f} MiB")


def _size(place: Place) -> str:
    return f"{place.out.stat().st_size / MIB:.1f} MiB"


def main(argv: Sequence[str]) -> int:
    """Measure the cases and print the table."""
    parser = argparse.ArgumentParser("python -m tests.bench large")
    parser.add_argument("--only", metavar="TEXT", default="", help="part of the case")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes")
    given = parser.parse_args(argv)
    widths = (20, 6, 9, 7, 7, 8, 9)
    wrong = False
    with placed(given.scale) as place:
        chosen = [case for case in CASES if given.only in case.name]
        rows = (row for case in chosen for row in measure(case, place, given.scale))
        for row in chain((HEADS,), rows):
            wrong |= "NOT" in row[2]
            line = "  ".join(map(str.ljust, row, widths)).rstrip()
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return int(wrong)
