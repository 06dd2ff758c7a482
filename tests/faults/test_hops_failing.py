"""A continuation that fails: what came is kept, and no hop is sent twice."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.calling import event
from tests.faults.rows import (
    FORMATS,
    START,
    TARGET,
    Exchange,
    Json,
    Row,
    params,
    post,
    said,
)
from tests.faults.test_hops import created, hop, hops, ids, left
from tests.faults.timed import CLOSED, RESET, compare_document, play
from tests.faults.words import KEY_HINTS, MAY_EXIST, NAMED, PROXY
from tests.following import refusal
from tests.scripted import Reply, Reset, body_reply, json_reply, raw, sse

ONE = hop("one ", "a")
HALF = b"".join((created("v1_2"), START, said("two ")))
TWO_ID = f"{TARGET}/v1_2"
REFUSED = "the API refused the request:"
SERVER = {"error": {"code": "internal", "message": "Oops."}}
KEY = {"error": {"code": "unauthenticated", "message": "Bad key."}}
PAGE = body_reply(b"<title>Sign in</title>", "text/html")


def unbegun(reply: Reply, why: str, told: str = "", **error: Any) -> Row:
    """The second request has no answer."""
    said = f"gi: error: the answer could not be continued: {why}\n"
    whole: Json = {"err": said + told + NAMED, "error": error, "sse": ONE}
    script = (post(sse(ONE)), post(reply))
    return left("F66", "the second hop fails", script=script, **whole)


def broken(parts: Sequence[Any], why: str, *gets: Reply, **error: Any) -> Row:
    """The second answer breaks off behind its text; GET does not bring the rest."""
    said = f"gi: error: the answer could not be continued: {why}\ngi: id: v1_2\n"
    script: list[Exchange] = [post(sse(ONE)), post(sse(HALF, *parts))]
    script += [("GET", TWO_ID, reply) for reply in gets]
    more = b"".join(part for part in parts if isinstance(part, bytes))
    return left(
        "F66",
        "the second hop breaks off",
        script=script,
        text=b"one two ",
        err=said,
        sse=ONE + HALF + more,
        error=error,
        result=ids("v1_1", "v1_2", status="in_progress"),
    )


def error(code: str) -> bytes:
    return event("error", error={"code": code, "message": "x"})


FAILING = [
    unbegun(
        json_reply(SERVER, 500),
        f"{REFUSED} 500 internal: Oops.{MAY_EXIST}",
        error_reason="internal",
        status_code=500,
    ),
    unbegun(
        json_reply(KEY, 401),
        f"{REFUSED} 401 unauthenticated: Bad key.",
        KEY_HINTS,
        error_reason="unauthenticated",
        status_code=401,
        hints=["set GEMINI_API_KEY or pass --api-key-file FILE"],
    ),
    unbegun(raw(Reset()), f"no answer came: {RESET}{MAY_EXIST}"),
    unbegun(raw(), f"no answer came: {CLOSED}{MAY_EXIST}"),
    unbegun(
        PAGE,
        "the answer is no interaction: 200: an HTML page (Sign in)",
        PROXY,
        status_code=200,
    ),
    *(
        broken(
            parts,
            f"{REFUSED} 400 invalid_request: No.",
            refusal(400),
            error_reason="invalid_request",
            status_code=400,
        )
        for parts in ((), (Reset(),), (error("internal"),))
    ),
    broken(
        (error("prohibited_content"),),
        "the interaction failed: prohibited_content: x",
        error_reason="prohibited_content",
    ),
    hops(
        "F66",
        "the second hop ends failed",
        *(ONE, hop("two ", id="v1_2", status="failed")),
        code=1,
        text=b"one two ",
        err="gi: error: the interaction ended failed\ngi: id: v1_2\n",
        result=ids("v1_1", "v1_2", status="failed"),
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(FAILING))
def test_a_hop_that_fails(row: Row, format: str) -> None:
    """No hop is sent twice, and what came is kept."""
    play(row, format)


@pytest.mark.parametrize("row", params(FAILING))
def test_the_document(row: Row) -> None:
    compare_document(row)
