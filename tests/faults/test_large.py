"""Lines and answers that are large, and streams of very many events.

What they take of time and memory is measured: `python -m tests.bench large`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path

import httpx
import orjson
import pytest

from gi_cli.sinks import FORMATS
from gi_cli.wire import codec
from tests.calling import event
from tests.conftest import Done, FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import CREATED, DONE, ID, PLAIN, START, STOP, STORED, ended, said
from tests.processes import environment

MIB = 1 << 20
EVENTS = 30_000
HEADS = {"POST": "text/event-stream", "GET": "application/json"}


class Endless(httpx.BaseTransport):
    """An answer that is made as it is read; `sent` are its bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self.sent = chunks, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        head = {"content-type": HEADS[request.method]}
        return httpx.Response(200, headers=head, stream=Made(self))

    def made(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.sent += len(chunk)
            yield chunk


class Made(httpx.SyncByteStream):
    def __init__(self, answer: Endless) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.made()


def run(service: Endless, format: str, code: int = 0, *, get: bool = False) -> Done:
    argv = ("get", ID) if get else ("create", "hi", "--no-store")
    wanted = (*argv, "--format", format)
    return run_main(*wanted, code=code, clock=FakeClock(), service=lambda _: service)


def shown(stream: bytes, done: Done, format: str) -> str:
    """The text that a run has shown of a whole stream, whose other output is right."""
    assert done.err == ""
    if format == "sse":
        assert done.out == stream
        return ""
    if format == "text":
        return done.out.decode()
    if format == "json":
        (step,) = json.loads(done.out)["steps"]
        return "".join(content["text"] for content in step["content"]) + "\n"
    *lines, last = done.out.splitlines()
    assert orjson.loads(last)["exit_code"] == 0
    data = [line[6:] for line in stream.splitlines() if line.startswith(b"data: ")]
    assert lines == data[:-1]  # all but [DONE]
    deltas = (orjson.loads(line).get("delta", {}) for line in lines)
    return "".join(delta.get("text", "") for delta in deltas) + "\n"


def reads(stream: bytes) -> Iterator[bytes]:
    return (stream[at : at + (1 << 16)] for at in range(0, len(stream), 1 << 16))


def around(*parts: bytes) -> bytes:
    return b"".join((CREATED, START, *parts, STOP, ended(), DONE))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("stream", "text"),
    [
        pytest.param(
            around(said("one "), b"\n" * 1000, said("two")),
            "one two\n",
            marks=held("F14A", "1,000 blank lines"),
            id="blank lines",
        ),
        pytest.param(
            around(*(said(f"{n};") for n in range(EVENTS))),
            "".join(f"{n};" for n in range(EVENTS)) + "\n",
            marks=held("F14A", "a million events"),
            id="events",
        ),
        pytest.param(
            around(*(said("a", event_id=f"evt_{n}") for n in range(EVENTS))),
            "a" * EVENTS + "\n",
            marks=held("F14A", "a million events"),
            id="events with ids",
        ),
        pytest.param(
            around(*(b": ping\n\ndata:\n\n" for _ in range(EVENTS)), said("a")),
            "a\n",
            marks=held("F14A", "a million events"),
            id="comments and empty data",
        ),
        pytest.param(
            around(said("All work. " * (20 * MIB // 10))),
            "All work. " * (20 * MIB // 10) + "\n",
            marks=held("F14A", "a line of 20 MiB"),
            id="text of 20 MiB",
        ),
    ],
)
def test_large_streams(stream: bytes, text: str, format: str) -> None:
    told = shown(stream, run(Endless(reads(stream)), format), format)
    assert told == ("" if format == "sse" else text)


@pytest.mark.parametrize("format", FORMATS)
@held("F14A", "a line of 20 MiB")
def test_arguments_of_20_mib(format: str) -> None:
    call = {"type": "function_call", "id": "call_1", "name": "f"}
    text = json.dumps({"a": "b" * (20 * MIB)})
    delta = {"type": "arguments_delta", "arguments": text}
    parts = (
        event("step.start", index=0, step=call),
        event("step.delta", index=0, delta=delta),
    )
    stream = b"".join((CREATED, *parts, STOP, ended("requires_action"), DONE))
    done = run(Endless(reads(stream)), format, 7)
    if format == "sse":
        assert done.out == stream
    elif format == "text":
        assert (done.out, text in done.err) == (b"", True)
    else:
        last = done.out if format == "json" else done.out.splitlines()[-1]
        told = orjson.loads(last)
        (left,) = told["gi"]["calls"] if format == "json" else told["calls"]
        assert left["arguments"] == {"a": "b" * (20 * MIB)}


@pytest.mark.parametrize("format", FORMATS)
@held("F14A", "a line of 200 MiB")
def test_no_more_of_a_line_is_held_than_memory_has_room_for(format: str) -> None:
    before = b"".join(PLAIN[:3])
    head = b'data: {"event_type":"step.delta","index":0,"delta":{"text":"'
    service = Endless((before, head, *repeat(b"a" * MIB, 200), b'"}}\n\n'))
    done = run(service, format, 8)
    most = "128 MiB, the most that gi takes"
    said = f"gi: error: an event of the stream is larger than {most}\n"
    assert done.err == f"{said}gi: id: {ID}\n"
    assert service.sent < 130 * MIB
    if format == "sse":
        assert done.out == before + head + b"a" * MIB * 128
    elif format == "text":
        assert done.out == b"one "
    elif format == "json":
        assert orjson.loads(done.out)["gi"]["exit_code"] == 8
    else:
        last = orjson.loads(done.out.splitlines()[-1])
        assert (last["exit_code"], len(done.out) < 2000) == (8, True)


@held("F147", "comments")
def test_comments_are_no_part_of_an_event() -> None:
    """However many come between two: nobody holds them."""
    comment = b":" + b" " * (MIB - 3) + b"\n\n"
    service = Endless((*PLAIN[:3], *repeat(comment, 130), *PLAIN[3:]))
    assert run(service, "text") == Done(0, b"one two\n", "")


@pytest.mark.parametrize("format", FORMATS)
@held("F39", "a GET of 50 MB")
def test_an_answer_of_50_mb(format: str) -> None:
    text = "All work. " * 5_000_000
    step = {"type": "model_output", "content": [{"type": "text", "text": text}]}
    kept = orjson.dumps({**STORED, "steps": [step]})
    done = run(Endless(reads(kept)), format, get=True)
    assert done.err == ""
    if format == "text":
        assert done.out == f"{text}\n".encode()
    elif format == "json":
        assert orjson.loads(done.out)["steps"] == [step]
    elif format == "sse":
        assert done.out == b"event: gi.recovered\ndata: %b\n\n" % kept
    else:
        events = [orjson.loads(line) for line in done.out.splitlines()]
        assert [e["delta"]["text"] for e in events if "delta" in e] == [text]


@held("F39", "a GET of 50 MB")
def test_an_answer_that_does_not_end() -> None:
    service = Endless((b'{"id":"', *repeat(b"a" * MIB, 999)))
    done = run(service, "text", 8, get=True)
    most = "256 MiB, the most that gi takes"
    said = f"gi: error: the answer is larger than {most}\ngi: id: v1_1\n"
    assert done == Done(8, b"", said)
    assert service.sent < 258 * MIB


@pytest.mark.parametrize("before", [0, 4000, MIB - 20, MIB - 9, 2 * MIB, 3 * MIB])
def test_a_large_value_keeps_its_integers(before: int) -> None:
    number = 10**18 + 7
    for value in (number, -number, number * 10**9):
        whole = {"a": "9 " * (before // 2), "n": value, "b": "1" * 18}
        text = json.dumps(whole)
        assert codec.has_big_integer(text)
        assert codec.loads(text) == whole
    assert not codec.has_big_integer(json.dumps({**whole, "n": 10**18 - 1}))


def test_the_measurement(tmp_path: Path) -> None:
    small = ("--only", "of 20 MiB", "--scale", "0.001")
    done = subprocess.run(
        (sys.executable, "-m", "tests.bench", "large", *small),
        cwd=Path(__file__).parents[2],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    heads, *rows = [re.split("  +", line) for line in done.stdout.splitlines()]
    assert heads == ["case", "format", "exit", "CPU", "wall", "peak", "output"]
    names = ("text", "image", "arguments")
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (f"{name} of 20 MiB", format, "7" if name == "arguments" else "0")
        for name in names
        for format in ("text", "ndjson", "sse", "json")
    ]
    assert {tuple(figure.split()[1] for figure in row[3:]) for row in rows} == {
        ("s", "s", "MiB", "MiB")
    }
