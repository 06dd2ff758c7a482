"""A row whose answer is a stream: what is sent, and the whole outcome in each format.

The stream of most rows is PLAIN, "one two" in five deltas at most. `replay` runs a row
in process; the server fails on a request that the row does not name.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

from gi_cli.waits import Clock
from tests.calling import event
from tests.conftest import Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.scripted import Reply, ScriptedServer, json_reply, sse

Json: TypeAlias = dict[str, Any]
Exchange: TypeAlias = tuple[str, str, Reply]

FORMATS = ("text", "ndjson", "sse")
TARGET, ID = "/v1beta/interactions", "v1_1"
HEAD: Json = {"id": ID, "status": "in_progress"}
DONE = b"event: done\ndata: [DONE]\n\n"


def said(text: str, index: int = 0, **more: Any) -> bytes:
    """One delta of text."""
    delta = {"type": "text", "text": text}
    return event("step.delta", index=index, delta=delta, **more)


def ended(status: str = "completed", **more: Any) -> bytes:
    """The event that ends the interaction."""
    return event("interaction.completed", interaction={**HEAD, "status": status} | more)


CREATED = event("interaction.created", interaction=HEAD)
START = event("step.start", index=0, step={"type": "model_output"})
STOP = event("step.stop", index=0)
PLAIN = (CREATED, START, said("one "), said("two"), STOP, ended(), DONE)
SPOKEN, WHOLE = PLAIN[:5], b"".join(PLAIN)
TEXT = b"one two\n"
STORED: Json = {  # as GET tells it
    "id": ID,
    "status": "completed",
    "steps": [
        {"type": "model_output", "content": [{"type": "text", "text": "one two"}]}
    ],
}


def post(reply: Reply) -> Exchange:
    return "POST", TARGET, reply


def get(reply: Reply) -> Exchange:
    return "GET", f"{TARGET}/{ID}", reply


def resume(reply: Reply, cursor: str = "") -> Exchange:
    after = f"&last_event_id={cursor}" if cursor else ""
    return "GET", f"{TARGET}/{ID}?stream=true{after}", reply


FOUND = get(json_reply(STORED))
ANSWER = sse(*PLAIN)


@dataclass(frozen=True)
class Row:
    """`sse` is all that --sse prints, `lines` what --ndjson prints of events, `made`
    the lines that gi makes itself between them and gi.result; `result` and `error` are
    what gi.result and its error have other than `told` says, `err` is all of stderr."""

    id: str
    what: str
    script: Sequence[Exchange]
    code: int
    text: bytes
    sse: bytes
    err: str = ""
    lines: bytes | None = None  # as --sse prints them, if nothing else is said
    made: Sequence[Json] = ()
    result: Json = field(default_factory=dict)
    error: Json = field(default_factory=dict)
    argv: Sequence[str] = ("create", "hi")
    environ: Json = field(default_factory=dict)


def params(rows: Iterable[Row]) -> list[Any]:
    """The rows as a table of pytest's."""
    return [
        pytest.param(row, marks=held(row.id, row.what), id=f"{row.id} {row.what}")
        for row in rows
    ]


def replay(
    row: Row, format: str, gi: Gi, server: ScriptedServer, clock: Clock | None = None
) -> Done:
    """Run it and compare all that a user can see."""
    for exchange in row.script:
        server.expect(*exchange)
    argv = (*row.argv, "--base-url", server.url, "--format", format)
    done = gi(*argv, code=row.code, clock=clock or FakeClock())
    compare(row, format, done, server.url)
    return done


def compare(row: Row, format: str, done: Done, url: str) -> None:
    """All that a user can see of it."""
    err = done.err.replace(url, "URL")
    assert err == row.err
    if format == "text":
        assert done.out == row.text
    elif format == "sse":
        assert done.out == row.sse
    else:
        *lines, last = done.out.splitlines()
        events = data(row.sse if row.lines is None else row.lines)
        assert lines[: len(events)] == events
        assert [json.loads(line) for line in lines[len(events) :]] == [*row.made]
        result = told(row.code, err) | row.result
        if row.error:
            result["error"] |= row.error
        assert json.loads(last) == result


def data(stream: bytes) -> list[bytes]:
    """The data of each event of one line, but [DONE] and what gi puts in."""
    frames = stream.split(b"\n\n")
    found = [f.partition(b"data: ")[2] for f in frames if b"gi.recovered" not in f]
    return [line for line in found if line and line != b"[DONE]"]


KINDS = {
    1: ("failed", False),
    2: ("usage", False),
    3: ("key", False),
    4: ("quota", True),
    5: ("network", True),
    6: ("running", False),
    7: ("action", False),
    8: ("incomplete", False),
    9: ("write", False),
}


def told(code: int, err: str) -> Json:
    """The gi.result of a run that ended so, with what it has said on stderr."""
    ids = [ID] if code == 0 or f"gi: id: {ID}\n" in err else []
    return {
        "event_type": "gi.result",
        "v": 1,
        "exit_code": code,
        "status": None if code else "completed",
        "interaction_id": ids[0] if ids else None,
        "interaction_ids": ids,
        "usage": None,
        "files": [],
        "error": _error(code, err.splitlines()) if code else None,
        "offline": False,
    }


def _error(code: int, lines: list[str]) -> Json:
    kind, retryable = KINDS[code]
    (message,) = [line for line in lines if line.startswith("gi: error: ")]
    hints = [line for line in lines if line.startswith("gi: hint: ")]
    return {
        "error_type": kind,
        "error_reason": None,
        "message": message.removeprefix("gi: error: "),
        "hints": [hint.removeprefix("gi: hint: ") for hint in hints],
        "status_code": None,
        "retryable": retryable,
    }


def assert_plain(format: str, out: bytes) -> None:
    """All that PLAIN says came in this format, and nothing else."""
    if format == "ndjson":
        *lines, last = out.splitlines()
        assert lines == data(WHOLE)
        assert json.loads(last) == told(0, "")
    else:
        assert out == (TEXT if format == "text" else WHOLE)


def recovered(document: Json) -> bytes:
    """What --sse prints of an answer to GET."""
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return f"event: gi.recovered\ndata: {compact}\n\n".encode()


def synthetic(kind: str, **fields: Any) -> Json:
    """An event that --ndjson makes of an answer to GET."""
    return {"event_type": kind, "gi_synthetic": True, **fields}


STARTED = synthetic("step.start", index=0, step={"type": "model_output"})
STOPPED = synthetic("step.stop", index=0)
OVER = synthetic("interaction.completed", interaction=HEAD | {"status": "completed"})
TWO = synthetic(
    "step.delta", index=0, delta={"type": "text", "text": "two"}, gi_part=True
)
