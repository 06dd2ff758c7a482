"""Every status, wherever it is told, and the code that it stands for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.calling import event
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    HEAD,
    ID,
    SPOKEN,
    START,
    STOP,
    STORED,
    TEXT,
    Json,
    Row,
    ended,
    get,
    params,
    post,
    recovered,
    resume,
    said,
    synthetic,
)
from tests.faults.timed import compare_document, play
from tests.faults.words import ENDS, NAMED
from tests.following import refusal
from tests.scripted import json_reply, sse

ODD = "gi: gi does not know the status 'odd', and waits\n"
RUNNING = ("queued", "in_progress")
SURE = ("failed", "cancelled", "incomplete", "budget_exceeded")  # nothing follows


def outcome(status: str) -> Json:
    """What a run comes to that has all of the text."""
    code, why = ENDS[status]
    err = f"gi: error: {why}\n{NAMED}" if code else ""
    text = TEXT if code == 0 else TEXT.rstrip()
    return {"code": code, "err": err, "text": text, "result": {"status": status}}


def over(status: str) -> Json:
    """The end that is made of what GET tells."""
    whole = {"id": ID, "status": status}
    return synthetic("interaction.completed", interaction=whole)


def whole(status: str) -> Json:
    return {**STORED, "status": status}


def streamed(id: str, what: str, *parts: bytes, **more: Any) -> Row:
    """A stream whose end tells all."""
    given: Json = {"script": (post(sse(*parts)),), "sse": b"".join(parts)}
    return Row(id, what, **given | more)


def asked(
    id: str,
    what: str,
    *parts: bytes,
    status: str,
    first: Sequence[Any] = (),
    **more: Any,
) -> Row:
    """A stream after which GET tells the end, maybe not at once."""
    refused = resume(refusal(400))
    running = [x for each in first for x in (get(json_reply(each)), refused)]
    found = whole(status)
    given: Json = {
        "script": (
            post(sse(*parts)),
            *running[:2],
            *running[2::2],
            get(json_reply(found)),
        ),
        "sse": b"".join(parts) + recovered(found),
        "lines": b"".join(parts),
        "made": (over(status),),
        **outcome(status),
    }
    return Row(id, what, **given | more)


def update(status: Any) -> bytes:
    return event("interaction.status_update", interaction_id=ID, status=status)


def in_end(id: str, what: str, status: str, told: str) -> Row:
    """The status in the end event; `told` is how it is written."""
    parts = (*SPOKEN, ended(told), DONE)
    if status in ENDS:
        return streamed(id, what, *parts, **outcome(status))
    first, odd = [HEAD | {"status": told}], ODD if status == "odd" else ""
    return asked(id, what, *parts, status="completed", first=first, err=odd)


def in_update(id: str, what: str, status: str, told: str) -> Row:
    """The status in a status_update, and no end."""
    parts = (*SPOKEN, update(told))
    if status in SURE:
        return streamed(id, what, *parts, **outcome(status))
    if status in ENDS:
        return asked(id, what, *parts, status=status, first=[])
    first, odd = [HEAD | {"status": told}], ODD if status == "odd" else ""
    return asked(id, what, *parts, status="completed", first=first, err=odd)


def in_get(id: str, what: str, status: str, told: str) -> Row:
    """The status as GET tells it, of a stream that was cut."""
    if status in ENDS:
        found = whole(told)
        more = {"script": (post(sse(*SPOKEN)), get(json_reply(found)))}
        end = {"sse": b"".join(SPOKEN) + recovered(found), "made": (over(told),)}
        return asked(id, what, *SPOKEN, status=status, **more, **end)
    first, odd = [HEAD | {"status": told}], ODD if status == "odd" else ""
    return asked(id, what, *SPOKEN, status="completed", first=first, err=odd)


def every() -> Iterator[Row]:
    for status in (*ENDS, *RUNNING):
        if status != "requires_continuation":
            yield in_end("F60", f"{status} in the end event", status, status)
        yield in_update("F60", "every status in a status_update", status, status)
        yield in_get("F60", "every status in a GET", status, status)
    ways: tuple[Callable[..., Row], ...] = (in_end, in_update, in_get)
    for way in ways:
        yield way("F61", "an unknown status", "odd", "odd")
        few = ("completed", "failed", "in_progress")
        for status in (*ENDS, *RUNNING, "odd") if way is in_end else few:
            yield way("F62", "an upper-case status", status, status.upper())


# Of what tells it twice, the last word counts; without any, GET is asked


NONE = event("interaction.completed", interaction={"id": ID})
NULL = event("interaction.completed", interaction={"id": ID, "status": None})
UNTOLD = f"gi: error: the end of the answer tells no status\n{NAMED}"
LEFT: Json = {"code": 8, "err": UNTOLD, "text": TEXT.rstrip()}
KEPT = {k: v for k, v in STORED.items() if k != "status"}
HALF = synthetic("interaction.completed", interaction={"id": ID})
SETTLED = [
    streamed(
        "F60",
        "a status_update, and another end",
        *(*SPOKEN, update("failed"), ended(), DONE),
        **outcome("completed"),
    ),
    streamed(
        "F60",
        "a status_update, and another end",
        *(*SPOKEN, update("completed"), ended("incomplete"), DONE),
        **outcome("incomplete"),
    ),
    asked(
        "F60",
        "an end, and another status from GET",
        *(*SPOKEN, ended("in_progress"), DONE),
        status="failed",
    ),
    asked(
        "F60",
        "an end, and another status from GET",
        *(*SPOKEN, ended(), update("in_progress"), DONE),
        status="cancelled",
    ),
    *(
        asked("F62", what, *SPOKEN, end, DONE, status=status)
        for what, end in (("no status", NONE), ("a null status", NULL))
        for status in ENDS
    ),
    *(
        asked("F62", what, *SPOKEN, each, status="completed")
        for what, each in (
            ("a null status", update(None)),
            ("no status", event("interaction.status_update", interaction_id=ID)),
        )
    ),
    asked("F62", "a null status", *SPOKEN, status="completed", first=[KEPT]),
    asked(
        "F62",
        "no status",
        *(*SPOKEN, NONE, DONE),
        status="completed",
        script=(post(sse(*SPOKEN, NONE, DONE)), get(json_reply(KEPT))),
        sse=b"".join((*SPOKEN, NONE, DONE)) + recovered(KEPT),
        made=(HALF,),
        **LEFT | {"result": {"status": None}},
    ),
    streamed(
        "F62",
        "no status",
        *(*SPOKEN, NONE, DONE),
        argv=("create", "hi", "--no-store"),
        **LEFT,
    ),
    streamed(
        "F62",
        "no status",
        argv=("get", ID),
        **LEFT
        | {
            "script": (get(json_reply(KEPT)),),
            "sse": recovered(KEPT),
            "made": (
                synthetic("step.start", index=0, step={"type": "model_output"}),
                synthetic("step.delta", index=0, delta=KEPT["steps"][0]["content"][0]),
                synthetic("step.stop", index=0),
                HALF,
            ),
        },
    ),
]


# Why it ended badly, and how long it waited


def bad(id: str, what: str, status: str, why: str, **end: Any) -> Row:
    parts = (CREATED, START, said("one "), STOP, ended(status, **end), DONE)
    told = outcome(status)
    err = told["err"].replace(f"ended {status}\n", f"ended {status}{why}\n")
    return streamed(id, what, *parts, **told | {"err": err, "text": b"one "})


CODED = {"code": "internal", "message": "Oops."}
QUEUED = HEAD | {"status": "queued"}
ENDED = [
    bad("F67", "incomplete after a part of the text", "incomplete", ""),
    bad(
        "F67",
        "incomplete after a part of the text",
        "incomplete",
        ": limit: No more.",
        errors=[{"code": "limit", "message": "No more."}],
    ),
    bad(
        "F68",
        "failed with errors",
        "failed",
        ": internal: Oops.; No.",
        errors=[CODED, None, {"message": "No."}],
    ),
    bad("F68", "failed with errors", "failed", ": internal: Oops.", errors=CODED),
    bad("F68", "failed with errors", "failed", ": Oops.", errors="Oops."),
    bad("F68", "failed with error", "failed", ": internal: Oops.", error=CODED),
    bad("F68", "failed with error", "failed", ": Oops.", error="Oops."),
    bad("F68", "failed with nothing", "failed", ""),
    bad("F68", "failed with nothing", "failed", "", errors=[], error=None),
    asked(
        "F69",
        "queued, then in_progress",
        *SPOKEN,
        status="completed",
        first=[QUEUED, QUEUED, QUEUED, HEAD],
    ),
]
ROWS = [*every(), *SETTLED, *ENDED]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_status(row: Row, format: str) -> None:
    play(row, format)


@pytest.mark.parametrize("row", params(ROWS))
def test_the_document(row: Row) -> None:
    compare_document(row)
