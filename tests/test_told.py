"""What was shown is never shown again, and nothing is left out, however it is cut."""

import base64
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gi_cli.wire import replay
from gi_cli.wire.events import STEP_DELTA, Event
from gi_cli.wire.shown import KEPT
from gi_cli.wire.told import Told
from tests.cutting import (
    OUTPUT,
    SIGNED,
    Chunks,
    From,
    Json,
    Plan,
    a_step,
    again,
    all_of,
    behind,
    call_of,
    cuts,
    earlier,
    folded,
    followed,
    made,
    same,
    streams,
    text,
)

PATIENT = settings(deadline=None, max_examples=200)


@given(streams(), cuts(behind, all_of))
@PATIENT
def test_any_cut_gives_the_same_interaction(
    stream: list[Event], cuts: list[tuple[int, From, Chunks]]
) -> None:
    told, fresh = followed(stream, cuts)
    assert folded(fresh) == folded(stream)
    assert told.contradicted is False


@pytest.mark.parametrize("source", [again, earlier])
@given(stream=streams(ids=True), numbers=st.lists(st.integers(0, 30), min_size=1))
@PATIENT
def test_a_service_that_goes_back_behind_the_cursor(
    source: From, stream: list[Event], numbers: list[int]
) -> None:
    _, fresh = followed(stream, [(number, source, same) for number in numbers])
    assert folded(fresh) == folded(stream)


@given(streams(), st.integers(0, 40), st.booleans())
@PATIENT
def test_the_whole_gives_the_rest(
    stream: list[Event], number: int, resumed: bool
) -> None:
    """After any beginning, which may have been a replay."""
    told, whole = Told(), folded(stream)
    fresh = [new for each in stream[:number] if (new := told.fresh(each))]
    if resumed:
        told.resume()
        start = behind(stream, told.cursor)[: number // 2]
        fresh += [new for each in start if (new := told.fresh(each))]
    interaction = {"id": "v1_1", "status": "completed", "steps": whole.steps}
    assert told.contradicts(replay.generated(interaction)) is False
    told.restart()
    ordered = told.ordered(replay.generated(interaction))
    rest = replay.events(interaction, timeline=True, ordered=ordered)
    fresh += [new for each in rest if (new := told.fresh(each))]
    assert folded(fresh) == whole
    assert told.contradicted is False


def cite(number: int) -> Json:
    found = [{"start_index": number, "end_index": number}]
    return {"type": "text_annotation_delta", "annotations": found}


SEARCHED = {"type": "google_search_result", "call_id": "c"}
RESULTS = {"type": "google_search_result", "result": [{"url": "a"}, {"url": "b"}]}
SOUNDS = [
    {"type": "audio", "mime_type": "audio/l16", "data": base64.b64encode(d).decode()}
    for d in (b"ab", b"c", b"defg")
]
ROWS: dict[str, Plan] = {
    "citations": a_step(OUTPUT, text("abc"), cite(1), cite(2), cite(3)),
    "citations of two texts": a_step(
        OUTPUT, text("a"), cite(1), text("b"), cite(2), cite(3)
    ),
    "untyped": a_step(OUTPUT, {"text": "a"}, {"text": "b"}),
    "arguments": call_of({"p": 1, "q": "x"}, 7),
    "arguments in the start": a_step(
        {"type": "function_call", "id": "c", "name": "f", "arguments": {"p": 1}}
    ),
    "a result in deltas": a_step(SEARCHED, RESULTS),
    "a result in the start": a_step({**SEARCHED, "result": [{"url": "a"}]}),
    "sound": a_step(OUTPUT, *SOUNDS),
    "thoughts": a_step(
        {"type": "thought"},
        {"type": "thought_summary", "content": text("a")},
        {"type": "thought_summary", "content": text("b")},
        SIGNED,
    ),
}


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("name", ROWS)
def test_the_whole_gives_the_rest_of_every_step(name: str, number: int) -> None:
    parts = [(kind, {"index": 0, **fields}) for kind, fields in ROWS[name]]
    stream = [made(kind, **fields) for kind, fields in parts]
    end = {"id": "v1_1", "status": "completed"}
    stream.append(made("interaction.completed", interaction=end))
    told, whole = Told(), folded(stream)
    fresh = [new for each in stream[:number] if (new := told.fresh(each))]
    told.restart()
    rest = replay.events({**end, "steps": whole.steps}, timeline=True)
    fresh += [new for each in rest if (new := told.fresh(each))]
    assert folded(fresh) == whole


def begun(*texts: str) -> Told:
    told = Told()
    told.fresh(made("step.start", index=0, step=OUTPUT))
    for each in texts:
        told.fresh(made(STEP_DELTA, index=0, delta=text(each)))
    return told


LONG = "0123456789" * (KEPT // 5)
STORED = {
    "the same": (("so far",), "so far", False),
    "more of it": (("so",), "so far", False),
    "nothing yet": ((), "so far", False),
    "another": (("so far",), "so fat", True),
    "less": (("so far",), "so", True),
    "nothing": (("so far",), "", True),
    "only white space": ((" \n",), "", False),
    "white space at the end": (("so far", " \n\n"), "so far", False),
    "white space at the start": ((" so far",), "so far", True),
    "white space where there is more": (("so ",), "so\nfar", False),
    "long": ((LONG, "end"), LONG + "end.", False),
    "long, another beginning": ((LONG, "end"), "1" + LONG[1:] + "end", True),
    "long, less": ((LONG, "end"), LONG[:-1], True),
}


@pytest.mark.parametrize("name", STORED)
def test_contradiction(name: str) -> None:
    texts, stored, differs = STORED[name]
    step = {**OUTPUT, "content": [text(stored)]}
    assert begun(*texts).contradicts([step]) is differs


STEP_LISTS: dict[str, tuple[list[Json], bool]] = {
    "none is left": ([], True),
    "no text": ([{"type": "thought"}], True),
    "one more": ([{**OUTPUT, "content": [text("a")]}, OUTPUT], False),
    "no content": ([OUTPUT], True),
    "another text before it": (
        [{**OUTPUT, "content": [text("b")]}, {**OUTPUT, "content": [text("a")]}],
        True,
    ),
    "content that is none": ([{**OUTPUT, "content": "a"}], True),
    "several contents": (
        [{**OUTPUT, "content": [text(""), text("a"), {"type": "image"}]}],
        False,
    ),
}


@pytest.mark.parametrize("name", STEP_LISTS)
def test_steps_that_contradict(name: str) -> None:
    steps, differs = STEP_LISTS[name]
    assert begun("a").contradicts(steps) is differs


THOUGHT = {"type": "thought", "summary": [text("so I think")]}
SAID_MORE = {**OUTPUT, "content": [text("so far")]}
KEPT_STEPS: dict[str, tuple[list[Json], list[int]]] = {
    "all": ([THOUGHT, SAID_MORE, THOUGHT], [0, 1, 2]),
    "no thoughts": ([SAID_MORE], [1]),
    "one more thought before the text": ([THOUGHT, THOUGHT, SAID_MORE], [0, 1, 3]),
    "not the first thought": ([SAID_MORE, THOUGHT, OUTPUT], [1, 2, 3]),
    "a search where a thought was": (
        [{"type": "google_search_call"}, SAID_MORE],
        [1, 3],
    ),
}


@pytest.mark.parametrize("name", KEPT_STEPS)
def test_steps_that_are_kept_otherwise_than_they_were_told(name: str) -> None:
    steps, indexes = KEPT_STEPS[name]
    told = Told()
    for index, step, delta in [
        (0, {"type": "thought"}, {"text": "I think"}),  # as Deep Research has them
        (1, OUTPUT, text("so")),
        (2, {"type": "thought"}, {"type": "thought_summary", "content": text("hm")}),
    ]:
        told.fresh(made("step.start", index=index, step=step))
        told.fresh(made(STEP_DELTA, index=index, delta=delta))
    assert told.contradicts(steps) is False
    assert [index for index, _ in told.ordered(steps)] == indexes


def test_steps_without_number_are_kept_otherwise() -> None:
    """More than are compared each with each: those in the same place."""
    told, steps = Told(), [{"type": "thought"}] * 1000
    for index, step in enumerate(steps[1:]):
        told.fresh(made("step.start", index=index, step=step))
    found = [index for index, _ in told.ordered([OUTPUT, *steps])]
    assert found == [999, *range(1, 999), 1000, 1001]


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [("so far", "so far", False), ("so far ", "so far", False), ("so", "to", True)],
)
def test_a_replay_that_contradicts(first: str, second: str, differs: bool) -> None:
    told = begun(first)
    told.resume()
    told.fresh(made("step.start", index=0, step=OUTPUT))
    told.fresh(made(STEP_DELTA, index=0, delta=text(second)))
    told.fresh(made("step.stop", index=0))
    assert told.contradicted is differs


INPUT = {"type": "user_input", "content": [text("hi")]}
RESULT = {"type": "function_result", "call_id": "c", "result": []}


@pytest.mark.parametrize("before", [[], [INPUT], [INPUT, OUTPUT, RESULT]])
def test_what_came_before_the_last_input_is_not_compared(before: list[Json]) -> None:
    step = {**OUTPUT, "content": [text("so far")]}
    whole = {"id": "v1_1", "status": "completed", "steps": [*before, step]}
    told = begun("so")
    assert told.contradicts(replay.generated(whole)) is False
    told.restart()
    ordered = told.ordered(replay.generated(whole))
    rest = replay.events(whole, timeline=True, ordered=ordered)
    fresh = [new for each in rest if (new := told.fresh(each))]
    assert [each.data.get("delta") for each in fresh] == [text(" far"), None, None]


CURSORS = {
    "none": ((None, None), ""),
    "the last": (("a", "b"), "b"),
    "not an empty one": (("a", ""), "a"),
    "not one that is missing": (("a", None), "a"),
    "not what is no text": (("a", 7), "a"),
}


@pytest.mark.parametrize("name", CURSORS)
def test_cursor(name: str) -> None:
    ids, cursor = CURSORS[name]
    told = Told()
    for id in ids:
        named: Json = {} if id is None else {"event_id": id}
        told.fresh(made("interaction.status_update", status="in_progress", **named))
    assert told.cursor == cursor


def test_memory_does_not_grow_with_the_text() -> None:
    def size(told: Told) -> int:
        seen, stack, total = set[int](), [told], 0
        while stack:
            each: Any = stack.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            total += sys.getsizeof(each)
            if isinstance(each, dict):
                stack += [*each, *each.values()]
            elif isinstance(each, list | tuple | set):
                stack += each
            elif hasattr(each, "__dict__"):
                stack.append(vars(each))
        return total

    few, many = begun(*["text " * 20] * 200), begun(*["text " * 20] * 20_000)
    assert size(many) < size(few) + 16 * KEPT
