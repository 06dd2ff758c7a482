"""What an answer holds: steps that the end tells otherwise, old names, unknown kinds,
and deltas of odd shapes. The deltas count, and nothing that came is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calling import event, output
from tests.conftest import FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    FOUND,
    HEAD,
    ID,
    OVER,
    PLAIN,
    SPOKEN,
    START,
    STOP,
    STOPPED,
    STORED,
    TEXT,
    Json,
    Row,
    ended,
    get,
    params,
    post,
    recovered,
    said,
    synthetic,
)
from tests.faults.timed import URL, Timed, document, play
from tests.faults.words import DIFFERENT, NAMED
from tests.scripted import json_reply, sse

STEPS = [output("one two")]
EMPTY = f"gi: error: the interaction completed, but its output is empty\n{NAMED}"


def answer(id: str, what: str, *parts: bytes, **more: Any) -> Row:
    """An answer in one stream."""
    given: Json = {"code": 0, "text": TEXT, "sse": b"".join(parts)}
    given |= {"script": (post(sse(*parts)),)} | more
    return Row(id, what, **given)


def empty(*parts: bytes) -> Row:
    known = {"code": 8, "text": b"", "err": EMPTY, "result": {"status": "completed"}}
    stream = (CREATED, *parts, ended(), DONE)
    return answer("F53", "completed without output", *stream, **known)


def step(index: int, value: Json, *deltas: Json) -> bytes:
    """A step with its deltas."""
    told = [event("step.delta", index=index, delta=delta) for delta in deltas]
    start = event("step.start", index=index, step=value)
    return b"".join((start, *told, event("step.stop", index=index)))


def text(value: str) -> Json:
    return {"type": "text", "text": value}


# What the end and the stored state tell


def end_of(what: str, *steps: Json) -> Row:
    end = ended(steps=[*steps])
    return answer("F50", f"completed with {what}", *SPOKEN, end, DONE)


ASKED = {"type": "user_input", "content": [text("hi")]}
ENDS = [
    end_of("empty steps"),
    end_of("partial steps", output("one ")),
    end_of("partial steps", output("two")),
    end_of("other steps than the deltas", output("three")),
    end_of("other steps than the deltas", ASKED, *STEPS, output("three")),
    answer("F50", "completed with steps only", CREATED, ended(steps=STEPS), DONE),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ENDS))
def test_steps_in_the_end(row: Row, format: str) -> None:
    play(row, format)
    assert document(row)["steps"] == STEPS


CUT = b"".join(PLAIN[:4])


def stored(what: str, *texts: str, **more: Any) -> Row:
    """A stream that is cut behind its text, and what GET tells then."""
    whole = {**STORED, "steps": [output(each) for each in texts]}
    given: Json = {"code": 0, "text": TEXT, "sse": CUT + recovered(whole)}
    given |= {"script": (post(sse(CUT)), get(json_reply(whole))), "lines": CUT}
    return Row("F50", f"GET tells {what}", **given | {"made": (STOPPED, OVER)} | more)


REFUSED: Json = {
    "code": 8,
    "text": b"one two",
    "sse": CUT,
    "err": DIFFERENT,
    "made": (),
    "result": {"status": "completed"},
}
TOLD = [
    stored("the same text", "one two"),
    stored(
        "the same text, but for white space",
        "one two",
        script=(post(sse(CUT, said(" \n"))), FOUND),
        text=b"one two \n",
        sse=CUT + said(" \n") + recovered(STORED),
        lines=CUT + said(" \n"),
    ),
    stored("another text", "three", **REFUSED),
    stored("less text", "one ", **REFUSED),
    stored("no text", **REFUSED),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(TOLD))
def test_the_stored_text(row: Row, format: str) -> None:
    play(row, format)


@pytest.mark.parametrize("name", [*FORMATS, "json"])
@held("F50", "GET tells another text")
def test_another_text_replaces_a_file(name: str, tmp_path: Path) -> None:
    """What nobody has read yet is written anew, and that is told."""
    path, whole = tmp_path / "out", {**STORED, "steps": [output("three")]}
    script = (post(sse(CUT)), get(json_reply(whole)))
    argv = ("create", "hi", "--base-url", URL, "--format", name, "-o", str(path))
    clock = FakeClock()
    done = run_main(*argv, clock=clock, service=Timed(script, clock))
    said = "gi: the stream was not what the service has stored, which counts\n"
    assert (done.out, done.err) == (b"", said)
    found = path.read_bytes()
    if name == "text":
        assert found == b"three\n"
    elif name == "json":
        assert json.loads(found)["steps"] == whole["steps"]
    elif name == "sse":
        assert found == recovered(whole)
    else:
        start, delta, *rest = map(json.loads, found.splitlines())
        kind = {"type": "model_output"}
        assert start == synthetic("step.start", index=0, step=kind)
        assert delta == synthetic("step.delta", index=0, delta=text("three"))
        assert rest[:-1] == [STOPPED, OVER]


# Texts, old names, and nothing at all


THOUGHT = step(
    1, {"type": "thought"}, {"type": "thought_summary", "content": text("Hm.")}
)
SECOND = step(2, {"type": "model_output"}, text("two"))
APART = [
    output("one "),
    {"type": "thought", "summary": [text("Hm.")]},
    output("two"),
]
OLD = [
    event("interaction.start", interaction=HEAD),
    event("content.start", index=0, content={"type": "text"}),
    event("content.delta", index=0, delta=text("one ")),
    event("content.delta", index=0, delta=text("two")),
    event("content.stop", index=0),
    event("interaction.complete", interaction={**HEAD, "status": "completed"}),
]
OUTPUTS = [text("one two")]
WITH_OUTPUTS = {**HEAD, "status": "completed", "outputs": OUTPUTS}
KEPT = {"id": ID, "status": "completed", "outputs": OUTPUTS}
SEEN: Json = {  # by GET only
    "argv": ("get", ID),
    "script": (get(json_reply(KEPT)),),
    "sse": recovered(KEPT),
    "made": (
        synthetic("step.start", index=0, step={"type": "model_output"}),
        synthetic("step.delta", index=0, delta=OUTPUTS[0]),
        STOPPED,
        OVER,
    ),
}
WORDED = [
    (
        answer(
            "F51",
            "two outputs with a thought between",
            *(CREATED, START, said("one "), STOP, THOUGHT, SECOND, ended(), DONE),
        ),
        APART,
    ),
    (answer("F52", "interaction.start", OLD[0], *PLAIN[1:]), STEPS),
    (answer("F52", "content.delta", CREATED, *OLD[1:5], ended(), DONE), STEPS),
    (answer("F52", "interaction.complete", *PLAIN[:5], OLD[5], DONE), STEPS),
    (answer("F52", "outputs", *OLD), STEPS),
    (
        answer("F52", "outputs", OLD[0], event("interaction.complete", **WITH_OUTPUTS)),
        STEPS,
    ),
    (answer("F52", "outputs", **SEEN), STEPS),
    (empty(), []),
    (empty(START, said(""), STOP), [output("")]),
    (empty(step(0, {"type": "thought"})), [{"type": "thought"}]),
    (empty(step(0, {"type": "google_search_call"})), [{"type": "google_search_call"}]),
    (
        empty(step(0, {"type": "odd", "content": [text("no")]})),
        [{"type": "odd", "content": [text("no")]}],
    ),
]


def worded(row: Row, steps: list[Json]) -> Any:
    return pytest.param(
        row, steps, marks=held(row.id, row.what), id=f"{row.id} {row.what}"
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("row", "steps"), [worded(*each) for each in WORDED])
def test_texts(row: Row, steps: list[Json], format: str) -> None:
    play(row, format)
    assert document(row)["steps"] == steps


@held("F53", "completed without output")
def test_an_empty_answer_replaces_no_file(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    argv = ("create", "hi", "--base-url", URL, "-o", str(path))
    for before in (None, "old"):
        if before:
            path.write_text(before)
        service = Timed(empty().script, FakeClock())
        assert run_main(*argv, code=8, service=service).err == EMPTY
        assert (path.read_text() if path.exists() else None) == before
