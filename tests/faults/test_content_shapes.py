"""What gi does not know of an answer, and what has another shape than it should."""

from typing import Any

import pytest

from tests.calling import event, output
from tests.conftest import FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    ID,
    PLAIN,
    START,
    STOP,
    Json,
    Row,
    ended,
    post,
    said,
)
from tests.faults.test_content import APART, SECOND, STEPS, answer, step, text, worded
from tests.faults.timed import URL, Timed, document, play
from tests.scripted import sse


def between(id: str, what: str, *events: bytes, **more: Any) -> Row:
    """The plain answer with something between its two texts."""
    return answer(id, what, *PLAIN[:3], *events, *PLAIN[3:], **more)


def odd_delta(value: Any) -> bytes:
    return event("step.delta", index=0, delta=value)


ODD = {"type": "odd", "text": "no", "n": [1]}
ODD_STEP = {"type": "odd", "content": [text("no")], "n": 1}
HOLDING = {"type": "model_output", "content": [ODD, {"n": 1, **text("two")}]}

UNKNOWN = [
    (between("F54", "an unknown event", event("odd", n=1)), [STEPS[0]], "event 'odd'"),
    (
        between("F54", "an unknown event", event("interaction.odd", interaction_id=ID)),
        [STEPS[0]],
        "event 'interaction.odd'",
    ),
    (
        between("F54", "an unknown delta", odd_delta(ODD)),
        [{**STEPS[0], "gi_deltas": [ODD]}],
        "delta 'odd'",
    ),
    (
        answer(
            "F54",
            "an unknown step",
            *(*PLAIN[:5], step(1, ODD_STEP, text("no")), *PLAIN[5:]),
        ),
        [STEPS[0], {**ODD_STEP, "content": [text("nono")]}],
        "step 'odd'",
    ),
    (
        answer(
            "F54",
            "an unknown content",
            *(*PLAIN[:3], STOP, step(1, HOLDING), *PLAIN[5:]),
        ),
        [output("one "), HOLDING],
        "content 'odd'",
    ),
]


def about(row: Row, steps: list[Json], what: str) -> Any:
    return pytest.param(
        row, steps, what, marks=held(row.id, row.what), id=f"{row.id} {what}"
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("row", "steps", "what"), [about(*each) for each in UNKNOWN])
def test_unknown(row: Row, steps: list[Json], what: str, format: str) -> None:
    """It is no text, --ndjson and --sse have it, --json keeps it, and -v tells once."""
    play(row, format)
    assert document(row)["steps"] == steps
    clock, frames = FakeClock(), row.sse.split(b"\n\n")[:-1]
    twice = b"".join((f + b"\n\n") * (1 + (b"odd" in f)) for f in frames)
    argv = ("create", "hi", "-v", "--base-url", URL, "--format", format)
    service = Timed((post(sse(twice)),), clock)
    done = run_main(*argv, clock=clock, service=service)
    told = [line for line in done.err.splitlines() if "not know" in line]
    assert told == [f"gi: gi does not know the {what}; --ndjson and --sse pass it on"]


def kept(*deltas: Json) -> list[Json]:
    return [{**STEPS[0], "gi_deltas": [*deltas]}]


NAMELESS = b'data: {"index":0,"delta":{"type":"text","text":"two"}}\n\n'
STARTING = b'data: {"index":0,"step":{"type":"model_output"}}\n\n'
CALLED = NAMELESS.replace(b"data: {", b'data: {"event_type":"step.delta",')
CALLED_START = STARTING.replace(b"data: {", b'data: {"event_type":"step.start",')
UNNAMED = [each.partition(b"\n")[2] for each in PLAIN]
SHAPED = [
    (answer("F55", "no event: line", *UNNAMED), STEPS),
    (
        answer(
            "F55",
            "an event: line that contradicts",
            *(b"event: interaction.completed\n" + each for each in UNNAMED[:5]),
            b"event: error\n" + UNNAMED[5],
            DONE,
        ),
        STEPS,
    ),
    (
        answer(
            "F55",
            "no event_type",
            *(*PLAIN[:3], b"event: step.delta\n" + NAMELESS, *PLAIN[4:]),
            lines=b"".join((*PLAIN[:3], CALLED, *PLAIN[4:])),
        ),
        STEPS,
    ),
    (
        answer(
            "F55",
            "no event: line and no event_type",
            *(CREATED, STARTING, said("one "), NAMELESS, *PLAIN[4:]),
            lines=b"".join((CREATED, CALLED_START, said("one "), CALLED, *PLAIN[4:])),
        ),
        STEPS,
    ),
    (between("F56", "an empty delta", odd_delta({})), STEPS),
    (between("F56", "a null delta", odd_delta(None)), STEPS),
    (
        between("F56", "a null text", odd_delta({"type": "text", "text": None})),
        kept({"type": "text", "text": None}),
    ),
    (
        between("F56", "a number as text", odd_delta({"type": "text", "text": 7})),
        kept({"type": "text", "text": 7}),
    ),
    (between("F56", "no text", odd_delta({"type": "text"})), STEPS),
    (
        between(
            "F56",
            "content instead of text",
            odd_delta({"type": "text", "content": text("no")}),
        ),
        kept({"type": "text", "content": text("no")}),
    ),
    (
        answer(
            "F56",
            "content instead of text",
            *(CREATED, START, said("one "), STOP),
            step(1, {"type": "thought"}, {"content": {"text": "Hm."}}),
            *(SECOND, ended(), DONE),
        ),
        [output("one "), {"type": "thought", "summary": [{"text": "Hm."}]}, APART[2]],
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("row", "steps"), [worded(*each) for each in SHAPED])
def test_shapes(row: Row, steps: list[Json], format: str) -> None:
    play(row, format)
    assert document(row)["steps"] == steps
