"""Streams that break, and what is told where GET has the answer and where not."""

import json

from tests.faults.rows import (
    FOUND,
    ID,
    PLAIN,
    STORED,
    TEXT,
    Json,
    Row,
    post,
    recovered,
    synthetic,
)
from tests.scripted import (
    Reply,
)

ENDED = "gi: error: the stream ended before the interaction was completed"
MAYBE = "; the interaction may have been created"
NAMED = f"gi: id: {ID}\n"
PROXY = "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY\n"
RESET = "[Errno 104] Connection reset by peer"
WHOLE = b"".join(PLAIN)
ONE, ALL = b"".join(PLAIN[:3]), b"".join(PLAIN[:5])  # the text that it has
FINAL = synthetic(
    "interaction.completed", interaction={"id": ID, "status": "completed"}
)
START = synthetic("step.start", index=0, step={"type": "model_output"})
STOP = synthetic("step.stop", index=0)
UNAVAILABLE = {"error": {"code": 503, "message": "Gone.", "status": "UNAVAILABLE"}}
PRETTY = json.dumps([UNAVAILABLE], indent=2).encode() + b"\n"
PROHIBITED = {"code": "prohibited_content", "message": "No."}
LINE = json.dumps({"error": PROHIBITED}).encode() + b"\n"


def text(value: str, **more: object) -> Json:
    delta = {"type": "text", "text": value}
    return synthetic("step.delta", index=0, delta=delta, **more)


NOTHING_YET = (START, text("one two"), STOP, FINAL)  # what is made of GET's answer
ONE_SAID = (text("two", gi_part=True), STOP, FINAL)
ALL_SAID = (FINAL,)


def found(
    id: str,
    what: str,
    sent: bytes,
    reply: Reply,
    made: tuple[Json, ...],
    *,
    more: bytes = b"\n",
    lines: bytes | None = None,
    argv: tuple[str, ...] = ("create", "hi"),
) -> Row:
    """The stream breaks, GET has the answer; `more` ends what was no whole event."""
    more = b"" if sent.endswith(b"\n\n") else more
    shown = sent + more + recovered(STORED)
    script = (post(reply), FOUND)
    return Row(id, what, script, 0, TEXT, shown, lines=lines, made=made, argv=argv)


def lost(
    id: str,
    what: str,
    reply: Reply,
    err: str,
    *,
    code: int = 5,
    error: Json | None = None,
    sent: bytes = b"",
    had: bytes = b"",
    lines: bytes | None = None,
) -> Row:
    """The stream breaks, and nobody has the answer."""
    result = {"status": "in_progress" if sent else None}
    known = {"retryable": False} | (error or {})
    script = (post(reply),)
    return Row(id, what, script, code, had, sent, err, lines, (), result, known)
