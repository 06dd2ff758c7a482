"""An answer that stops at the decode limit: each request in whole, and its bounds."""

import json
from typing import Any

import pytest

from tests.calling import MODEL, event
from tests.faults.catalogue import held
from tests.faults.rows import (
    DONE,
    FORMATS,
    START,
    STOP,
    TARGET,
    Json,
    Row,
    data,
    params,
    post,
    said,
    synthetic,
)
from tests.faults.timed import compare_document, play
from tests.faults.words import NAMED
from tests.scripted import json_reply, sse

LIMIT = "requires_continuation"
CONTINUATION = "continuation_token"


def created(id: str) -> bytes:
    head = {"id": id, "status": "in_progress"}
    return event("interaction.created", interaction=head)


def end(id: str, status: str = LIMIT, **more: Any) -> bytes:
    return event(
        "interaction.completed", interaction={"id": id, "status": status} | more
    )


def hop(text: str, token: Any = None, id: str = "v1_1", status: str = LIMIT) -> bytes:
    """One part of the answer; without a token it is the last one if that is said."""
    more = {} if token is None else {CONTINUATION: token}
    parts = (created(id), START, said(text), STOP, end(id, status, **more), DONE)
    return b"".join(parts)


def last(text: str, id: str) -> bytes:
    return hop(text, id=id, status="completed")


def hops(id: str, what: str, *bodies: bytes, **more: Any) -> Row:
    """Streams, one after another."""
    given: Json = {
        "script": [post(sse(body)) for body in bodies],
        "code": 0,
        "text": b"one two three\n",
        "sse": b"".join(bodies),
    }
    return Row(id, what, **given | more)


def ids(*found: str, **more: Any) -> Json:
    """What gi.result has of them."""
    whole = {"interaction_id": found[-1] if found else None}
    return {**whole, "interaction_ids": [*found], **more}


def body(**more: Any) -> Json:
    return {"model": MODEL, "stream": True, **more}


def behind(token: str, id: str, **more: Any) -> Json:
    return body(**{CONTINUATION: token, "previous_interaction_id": id}, **more)


SET = (
    *("create", "hi", "-s", "Be brief.", "--temperature", "0.5", "--tool"),
    *("google_search", "-F", "labels.a=b", "-F", "previous_interaction_id=v1_0"),
)
KEPT: Json = {
    "system_instruction": "Be brief.",
    "generation_config": {"temperature": 0.5},
    "tools": [{"type": "google_search"}],
    "labels": {"a": "b"},
}
STORED, UNSTORED = "two hops, stored", "two hops, not stored"
THREE = (hop("one ", "a"), hop("two ", "b", "v1_2"), last("three", "v1_3"))
EMPTY = (hop("one ", "a", ""), hop("two ", "b", ""), last("three", ""))
CUT = b"".join((created("v1_1"), START, said("one ")))
FOUND = {
    "id": "v1_1",
    "status": LIMIT,
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "one "}]}],
    CONTINUATION: "a",
}
OWN = f"{TARGET}/v1_1"
CHECKED = event(
    "interaction.status_update", interaction_id="v1_1", **{CONTINUATION: "a"}
)
TWO = (hop("one ", "a"), last("two three", "v1_2"))
LATER = (
    b"".join((created("v1_1"), START, said("one "), STOP, CHECKED, end("v1_1"), DONE)),
    TWO[1],
)
WHOLE = [
    (
        hops("F63", STORED, *THREE, result=ids("v1_1", "v1_2", "v1_3"), argv=SET),
        [
            body(input="hi", previous_interaction_id="v1_0", **KEPT),
            behind("a", "v1_1", **KEPT),
            behind("b", "v1_2", **KEPT),
        ],
    ),
    (
        hops(
            "F63",
            UNSTORED,
            *EMPTY,
            result=ids(),
            argv=("create", "hi", "--no-store", "--tool", "google_search"),
        ),
        [
            body(input="hi", store=False, tools=KEPT["tools"]),
            body(input="hi", store=False, tools=KEPT["tools"], **{CONTINUATION: "a"}),
            body(input="hi", store=False, tools=KEPT["tools"], **{CONTINUATION: "b"}),
        ],
    ),
    (
        hops("F63", "the token in a status_update", *LATER, result=ids("v1_1", "v1_2")),
        [body(input="hi"), behind("a", "v1_1")],
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("row", "bodies"),
    [pytest.param(*each, marks=held("F63", each[0].what)) for each in WHOLE],
)
def test_hops(row: Row, bodies: list[Json], format: str) -> None:
    """One answer, and nothing of the first request is left out but its input."""
    assert play(row, format).bodies == bodies


@pytest.mark.parametrize("format", FORMATS)
@held("F63", "the first hop is cut")
def test_a_hop_that_is_cut(format: str) -> None:
    """GET has the token of what the stream did not bring to its end."""
    recovered = b"event: gi.recovered\ndata: %b\n\n"
    whole = b'{"id":"v1_1","status":"requires_continuation","steps":[{"type":'
    whole += b'"model_output","content":[{"type":"text","text":"one "}]}],'
    whole += b'"continuation_token":"a"}'
    told = {k: v for k, v in FOUND.items() if k != "steps"}
    stop = synthetic("step.stop", index=0)
    over = synthetic("interaction.completed", interaction=told)
    made = [stop, over, *map(json.loads, data(TWO[1]))]
    row = hops(
        "F63",
        "the first hop is cut",
        CUT,
        script=(post(sse(CUT)), ("GET", OWN, json_reply(FOUND)), post(sse(TWO[1]))),
        sse=CUT + recovered % whole + TWO[1],
        lines=CUT,
        made=made,
        result=ids("v1_1", "v1_2"),
    )
    assert play(row, format).bodies == [body(input="hi"), behind("a", "v1_1")]


# What cannot be continued, and what has no end


STOPPED = "gi: error: the interaction stopped at the decode limit\n"
SAME = "gi: error: the continuation made no progress: the same token again\n"
STALE = (created("v1_1"), START, CHECKED, said("one "), STOP, end("v1_1"), DONE)


def left(id: str, what: str, *bodies: bytes, **more: Any) -> Row:
    given: Json = {"code": 8, "text": b"one ", "err": STOPPED + NAMED}
    return hops(id, what, *bodies, **given | {"result": {"status": LIMIT}} | more)


NO_TOKENS: tuple[Any, ...] = (None, "", 7, {})
ENDS = [
    *(
        left("F64", "requires_continuation without a token", hop("one ", token))
        for token in NO_TOKENS
    ),
    left("F64", "a token of a place before the text", b"".join(STALE)),
    *(
        left("F64", "a token in the background", hop("one ", "a"), argv=argv)
        for argv in (("create", "hi", "--background"), ("create", "hi", "--agent", "x"))
    ),
    left(
        "F65",
        "the same token for ever",
        *(hop("one ", "a"), hop("one ", "a")),
        text=b"one one ",
        err=SAME + NAMED,
    ),
    left(
        "F65",
        "the same token for ever",
        *(hop("one ", "a"), hop("one ", "b"), hop("one ", "a")),
        text=b"one one one ",
        err=SAME + NAMED,
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ENDS))
def test_no_more_hops(row: Row, format: str) -> None:
    """No hop is sent twice, and what came is kept."""
    play(row, format)


@pytest.mark.parametrize("row", params(ENDS))
def test_the_document(row: Row) -> None:
    compare_document(row)
