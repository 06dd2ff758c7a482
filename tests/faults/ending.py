"""Streams that break, and what is told where GET has the answer and where not."""

import json

from tests.faults.rows import (
    FOUND,
    OVER,
    PLAIN,
    STARTED,
    STOPPED,
    STORED,
    TEXT,
    TWO,
    Json,
    Row,
    post,
    recovered,
    synthetic,
)
from tests.scripted import (
    Reply,
)

MAYBE = "; the interaction may have been created"
ONE, ALL = b"".join(PLAIN[:3]), b"".join(PLAIN[:5])  # the text that it has
UNAVAILABLE = {"error": {"code": 503, "message": "Gone.", "status": "UNAVAILABLE"}}
PRETTY = json.dumps([UNAVAILABLE], indent=2).encode() + b"\n"
PROHIBITED = {"code": "prohibited_content", "message": "No."}
LINE = json.dumps({"error": PROHIBITED}).encode() + b"\n"


ONE_TWO = synthetic("step.delta", index=0, delta={"type": "text", "text": "one two"})
NOTHING_YET = (STARTED, ONE_TWO, STOPPED, OVER)  # what is made of GET's answer
ONE_SAID = (TWO, STOPPED, OVER)
ALL_SAID = (OVER,)


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
