"""What `python -m tests.bench fuzz` has found: a row each, in every format."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.bench.ways import FORMATS
from tests.calling import event
from tests.conftest import FakeClock, run_main
from tests.faults.rows import PLAIN, START, STORED, TEXT, Json, data, recovered, said

HALF = "v1_\ud83d"


class Service(httpx.BaseTransport):
    """One stream, and what GET says then, one after another."""

    def __init__(self, stream: bytes, gets: tuple[Json, ...]) -> None:
        self.stream, self.gets = stream, iter(gets)
        self.paths: list[str] = []
        self.cursors: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            if query := request.url.query.decode():  # no stream of it
                self.cursors += re.findall("last_event_id=(.*)", query)
                return httpx.Response(400)
            self.paths.append(request.url.raw_path.decode().rpartition("/")[2])
            return httpx.Response(200, json=next(self.gets))
        body = httpx.ByteStream(self.stream)
        kind = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=kind, stream=body)


class Found(NamedTuple):
    """A stream, what GET says then, and how it ends; `asked` are ids in URLs, `resumed`
    what a stream is to follow."""

    stream: bytes
    gets: tuple[Json, ...] = ()
    code: int = 0
    text: bytes = TEXT
    asked: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()


def cut(id: str) -> bytes:
    """A stream that breaks off behind an id."""
    head = {"id": id, "status": "in_progress"}
    return event("interaction.created", interaction=head) + START + said("one ")


def marked(cursor: str) -> bytes:
    """The same behind an event id, which a resumed stream is asked for with."""
    delta = {"type": "text", "text": "one "}
    return cut("v1_1")[: -len(said("one "))] + event(
        "step.delta", index=0, delta=delta, event_id=cursor
    )


def answer(start: Json, delta: Json) -> bytes:
    """A whole answer, of a step that begins so and goes on with a delta."""
    step = {"type": "model_output", **start}
    begun = event("step.start", index=0, step=step)
    odd = event("step.delta", index=0, delta=delta)
    texts = () if "content" in start else PLAIN[2:4]
    return b"".join((PLAIN[0], begun, odd, *texts, *PLAIN[4:]))


NULL = {"type": "text", "text": "one two", "annotations": None}
NOTES = {"annotations": [{"type": "url_citation", "url": "https://a.b"}]}
RUNNING = {"id": "", "status": "in_progress"}
FOUND = {
    "GET has another id": Found(cut("v1_1"), (RUNNING, STORED), asked=("v1_1", "v1_1")),
    "half a character in the id": Found(cut(HALF), (STORED,), asked=("v1_%EF%BF%BD",)),
    "half a character in an event id": Found(
        marked("\udc00"),
        (RUNNING, STORED),
        asked=("v1_1", "v1_1"),
        resumed=("%EF%BF%BD",),
    ),
    "an event id that no URL holds": Found(
        marked("x" * 70_000), (RUNNING, STORED), asked=("v1_1", "v1_1")
    ),
    "a step that begins with a field of gi's own": Found(
        answer({"gi_deltas": "x"}, {"type": "smell"})
    ),
    "annotations that were null": Found(
        answer({"content": [NULL]}, {"type": "text_annotation_delta", **NOTES})
    ),
    "an id that a path takes for a step": Found(cut(".."), code=5, text=b"one "),
    "an id that no URL holds": Found(cut("x" * 70_000), code=5, text=b"one "),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", FOUND)
def test_a_finding(name: str, format: str) -> None:
    row = FOUND[name]
    service = Service(row.stream, row.gets)
    argv = ("create", "hi", "--format", format)
    clock = FakeClock()
    done = run_main(*argv, code=row.code, clock=clock, service=lambda _: service)
    assert (*service.paths,) == row.asked
    assert (*service.cursors,) == row.resumed
    if format == "text":
        assert done.out == row.text
    elif format == "sse":
        told = map(recovered, row.gets[-1:])
        assert done.out == b"".join((row.stream, *told))
    elif format == "ndjson":
        *lines, last = done.out.splitlines()
        sent = data(row.stream)
        assert lines[: len(sent)] == sent
        assert json.loads(last)["exit_code"] == row.code
    else:
        whole = json.loads(done.out)
        assert whole["gi"]["exit_code"] == row.code
        (step,) = whole["steps"]
        (content,) = step["content"]
        assert content["text"] == row.text.decode().removesuffix("\n")


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_character_in_a_saved_type(format: str, tmp_path: Path) -> None:
    """`gi render --sse` makes the event: lines that NDJSON has not."""
    odd = b'{"event_type": "odd\\ud83d\\n"}'
    lines = [frame.split(b"data: ")[1].rstrip() for frame in PLAIN[:-1]]
    path = tmp_path / "saved"
    path.write_bytes(b"\n".join([odd, *lines, b""]))
    done = run_main("render", str(path), "--format", format)
    assert done.err == ""
    if format == "text":
        assert done.out == TEXT
    elif format == "sse":
        named = "event: odd\N{REPLACEMENT CHARACTER}\n".encode()
        assert done.out == b"%bdata: %b\n\n%b" % (named, odd, b"".join(PLAIN))
    elif format == "ndjson":
        assert done.out.splitlines()[:-1] == [odd, *lines]
    else:
        assert json.loads(done.out)["gi"]["exit_code"] == 0


def test_what_is_not_known_is_no_word_or_one_of_very_many() -> None:
    odd: list[Any] = [["x"], {"a": 1}, None, 5, "b" * 5000]
    steps = [event("step.start", index=9, step={"type": kind}) for kind in odd]
    many = [event(f"odd.{number}") for number in range(300)]
    service = Service(b"".join((PLAIN[0], *steps, *many, *PLAIN[1:])), ())
    argv = ("create", "hi", "-v", "--no-store")
    done = run_main(*argv, clock=FakeClock(), service=lambda _: service)
    said = re.findall("gi: gi does not know (.*); --ndjson", done.err)
    shown = ("['x']", "{'a': 1}", "None", "5", "'" + "b" * 99 + "...")
    assert said[:5] == [f"the step {kind}" for kind in shown]
    assert said[5:] == [f"the event 'odd.{number}'" for number in range(95)]
    assert done.out == TEXT
