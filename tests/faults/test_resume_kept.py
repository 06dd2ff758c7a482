"""What the service keeps of a stream need not be all that it told."""

from typing import Any

import pytest

from tests.calling import event
from tests.faults.catalogue import held
from tests.faults.rows import (
    FORMATS,
    ID,
    OVER,
    PLAIN,
    STORED,
    TEXT,
    Row,
    get,
    params,
    post,
    recovered,
    said,
    synthetic,
)
from tests.faults.timed import document, play
from tests.faults.words import NAMED
from tests.scripted import json_reply, sse


def thought(delta: dict[str, Any]) -> tuple[bytes, ...]:
    """A thought before the answer."""
    return (
        event("step.start", index=0, step={"type": "thought"}),
        event("step.delta", index=0, delta=delta),
        event("step.stop", index=0),
    )


SUMMARY = {"type": "thought_summary", "content": {"type": "text", "text": "Well."}}
START = event("step.start", index=1, step={"type": "model_output"})
PART = (START, said("one ", 1))
REST = {"index": 1, "delta": {"type": "text", "text": "two"}, "gi_part": True}
WHOLE = {"index": 1, "delta": {"type": "text", "text": "one two"}}
STOPPED = synthetic("step.stop", index=1)


def cut(what: str, *begun: bytes, made: Any) -> Row:
    """The service keeps the answer, and not the thought."""
    return Row(
        "F50",
        what,
        (post(sse(PLAIN[0], *begun)), get(json_reply(STORED))),
        code=0,
        text=TEXT,
        sse=b"".join((PLAIN[0], *begun)) + recovered(STORED),
        lines=b"".join((PLAIN[0], *begun)),
        made=made,
    )


BEGUN = synthetic("step.start", index=1, step={"type": "model_output"})
ALONE = (BEGUN, synthetic("step.delta", **WHOLE), STOPPED, OVER)
SEARCHED = {
    **STORED,
    "steps": [
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["x"]}},
        *STORED["steps"],
    ],
}
ROWS = [
    cut("cut behind a thought that is not kept", *thought(SUMMARY), made=ALONE),
    cut(
        "cut behind a thought that is not kept",
        *thought({"text": "Well."}),  # as Deep Research has them
        made=ALONE,
    ),
    cut(
        "cut in the text behind a thought that is not kept",
        *(*thought(SUMMARY), *PART),
        made=(synthetic("step.delta", **REST), STOPPED, OVER),
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_a_thought_that_is_not_kept(row: Row, format: str) -> None:
    assert len(play(row, format).bodies) == 1


@pytest.mark.parametrize("format", FORMATS)
@held("F50", "cut in the text, and a search was not told")
def test_a_step_that_was_not_told(format: str) -> None:
    """It does not come between a text and its rest."""
    rest = {"index": 0, "delta": {"type": "text", "text": "two"}, "gi_part": True}
    search = SEARCHED["steps"][0]
    row = Row(
        "F50",
        "cut in the text, and a search was not told",
        (post(sse(*PLAIN[:3])), get(json_reply(SEARCHED))),
        code=0,
        text=TEXT,
        sse=b"".join(PLAIN[:3]) + recovered(SEARCHED),
        lines=b"".join(PLAIN[:3]),
        made=(
            synthetic("step.delta", **rest),
            synthetic("step.stop", index=0),
            synthetic("step.start", index=1, step=search),
            STOPPED,
            OVER,
        ),
    )
    assert len(play(row, format).bodies) == 1


@pytest.mark.parametrize("row", params(ROWS))
def test_the_document(row: Row) -> None:
    *_, step = document(row)["steps"]
    assert step["content"] == [{"type": "text", "text": "one two"}]


ERROR = "the interaction ended failed: 13: Lost."
OTHER = {
    "id": ID,
    "status": "failed",
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "uno"}]}],
    "errors": [{"code": 13, "message": "Lost."}],
}
FAILED = Row(
    "F50",
    "cut in the text, and it failed with another",
    (post(sse(*PLAIN[:3])), get(json_reply(OTHER))),
    code=1,
    text=b"one ",
    sse=b"".join(PLAIN[:3]),
    err=f"gi: error: {ERROR}\n{NAMED}",
    result={"status": "failed"},
)


@pytest.mark.parametrize("format", FORMATS)
@held("F50", FAILED.what)
def test_that_it_failed_says_more_than_another_text(format: str) -> None:
    assert len(play(FAILED, format).bodies) == 1
