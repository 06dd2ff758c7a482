"""Streams that end too early, or are none."""

import json

import pytest

from tests.calling import event
from tests.conftest import FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.ending import (
    ALL,
    ALL_SAID,
    LINE,
    MAYBE,
    NOTHING_YET,
    ONE,
    ONE_SAID,
    PRETTY,
    found,
    lost,
)
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    PLAIN,
    STORED,
    TEXT,
    WHOLE,
    Json,
    Row,
    get,
    params,
    post,
    recovered,
    replay,
    said,
)
from tests.faults.timed import RESET
from tests.faults.words import BROKE_OFF, NAMED, PROXY
from tests.scripted import (
    Reset,
    ScriptedServer,
    body_reply,
    json_reply,
    raw,
    sse,
)


def failing(error: Json, **more: Json) -> bytes:
    return ONE + event("error", **({"error": error} if error else {}), **more)


LOGIN = "the answer is no interaction: 200: an HTML page (Log\x1b[2J in)"
CUT_CHUNK = b"%x\r\n" % (len(ALL) + 10) + ALL
BAD_CHUNK = b"%x\r\n" % len(ALL) + ALL + b"\r\nzz\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNKED += b"transfer-encoding: chunked\r\n\r\n"
HALF = ONE + PLAIN[3][:-12]
ROWS = [
    lost(
        "F01", "reset before any event", sse(Reset()), f"{BROKE_OFF}: {RESET}{MAYBE}\n"
    ),
    found("F01", "reset after one event", CREATED, sse(CREATED, Reset()), NOTHING_YET),
    found(
        "F01",
        "reset after two events",
        b"".join(PLAIN[:2]),
        sse(*PLAIN[:2], Reset()),
        NOTHING_YET[1:],
    ),
    found("F01", "reset before the last event", ALL, sse(ALL, Reset()), ALL_SAID),
    found(
        "F02", "the stream ends before the interaction does", ONE, sse(ONE), ONE_SAID
    ),
    found(
        "F03",
        "the stream ends inside a line of data",
        HALF,
        sse(HALF),
        ONE_SAID,
        more=b"\n\n",
        lines=ONE,
    ),
    found(
        "F05",
        "a bare list with a 503 after five events",
        ALL + PRETTY,
        sse(ALL, PRETTY),
        ALL_SAID,
        lines=ALL,
    ),
    found(
        "F05",
        "a bare list with a 503 in the background",
        ALL + PRETTY,
        sse(ALL, PRETTY),
        ALL_SAID,
        lines=ALL,
        argv=("create", "hi", "--background"),
    ),
    lost(
        "F06",
        "a bare line with prohibited_content",
        sse(ONE, LINE),
        f"{BROKE_OFF}: prohibited_content: No.\n{NAMED}",
        code=1,
        error={"error_reason": "prohibited_content"},
        sent=ONE + LINE,
        had=b"one ",
        lines=ONE,
    ),
    lost(
        "F07",
        "200 with a JSON refusal",
        json_reply({"error": {"code": "invalid_request", "message": "No."}}),
        "gi: error: the answer is no interaction: invalid_request: No.\n",
        code=1,
        error={"error_reason": "invalid_request"},
    ),
    lost(
        "F07",
        "200 with a JSON quota error",
        json_reply({"error": {"code": 429, "message": "x", "status": "EXHAUSTED"}}),
        f"gi: error: the answer is no interaction: 429 EXHAUSTED: x{MAYBE}\n",
        code=4,
        error={"error_reason": "EXHAUSTED", "status_code": 429},
    ),
    Row(
        "F07",
        "200 with a JSON interaction",
        (post(json_reply(STORED)),),
        0,
        TEXT,
        recovered(STORED),
        made=NOTHING_YET,
    ),
    lost(
        "F09",
        "200 with a login page",
        body_reply(b"<html><title>Log\x1b[2J in</title>" + b"x" * 9999, "text/html"),
        "gi: error: the answer is no interaction: 200: an HTML page (Log\\x1b[2J in)\n"
        + PROXY,
        error={"status_code": 200, "retryable": True, "message": LOGIN},
    ),
    lost("F10", "200 without a body", sse(), f"{BROKE_OFF}{MAYBE}\n"),
    lost(
        "F10", "204", raw(b"HTTP/1.1 204 No Content\r\n\r\n"), f"{BROKE_OFF}{MAYBE}\n"
    ),
    found(
        "F11",
        "an error event with a message",
        failing({"code": "internal", "message": "Broken."}),
        sse(failing({"code": "internal", "message": "Broken."})),
        ONE_SAID,
    ),
    found(
        "F11",
        "an error event without a message",
        failing({"code": "deadline_exceeded", "message": ""}),
        sse(failing({"code": "deadline_exceeded", "message": ""})),
        ONE_SAID,
    ),
    lost(
        "F11",
        "an error event with a code only",
        sse(failing({"code": "prohibited_content"})),
        f"gi: error: the interaction failed: prohibited_content\n{NAMED}",
        code=1,
        error={"error_reason": "prohibited_content"},
        sent=failing({"code": "prohibited_content"}),
        had=b"one ",
    ),
    found(
        "F11",
        "an error event without an error",
        failing({}),
        sse(failing({})),
        ONE_SAID,
    ),
    found(
        "F11",
        "events after an error event",
        failing({"code": "internal"}) + b"".join(PLAIN[3:5]),
        sse(failing({"code": "internal"}), *PLAIN[3:5]),
        ALL_SAID,
    ),
    found("F12", "[DONE] without an end", ALL + DONE, sse(ALL, DONE), ALL_SAID),
    Row(
        "F12",
        "an end without [DONE]",
        (post(sse(*PLAIN[:6])),),
        0,
        TEXT,
        b"".join(PLAIN[:6]),
    ),
    Row(
        "F12",
        "data after [DONE]",
        (post(sse(WHOLE, said(" three"))),),
        0,
        b"one two three\n",
        WHOLE + said(" three"),
    ),
    Row(
        "F12",
        "two ends",
        (post(sse(*PLAIN[:6], *PLAIN[5:])),),
        0,
        TEXT,
        b"".join((*PLAIN[:6], *PLAIN[5:])),
    ),
    found(
        "F13",
        "content-length above the body",
        ONE,
        sse(ONE, headers={"content-length": "9999"}),
        ONE_SAID,
    ),
    found("F13", "a body cut inside a chunk", ALL, raw(CHUNKED, CUT_CHUNK), ALL_SAID),
    found("F13", "a chunk size that is none", ALL, raw(CHUNKED, BAD_CHUNK), ALL_SAID),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_end(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    replay(row, format, gi, server)


@held("F06", "a bare line without a code, and the interaction is gone")
@pytest.mark.parametrize("format", FORMATS)
def test_an_error_without_a_code(format: str, gi: Gi, server: ScriptedServer) -> None:
    """Whether it failed is open, so that GET is asked, for as long as it may be new."""
    refused = json.dumps({"error": {"message": "No."}}).encode() + b"\n"
    gone = {"error": {"code": "not_found", "message": "Gone."}}
    server.always(*get(json_reply(gone, 404)))
    row = lost(
        "F06",
        "a bare line without a code, and the interaction is gone",
        sse(ONE, refused),
        f"{BROKE_OFF}: No.; the service no longer has the interaction\n{NAMED}",
        sent=ONE + refused,
        had=b"one ",
        lines=ONE,
    )
    clock = FakeClock()
    replay(row, format, gi, server, clock)
    assert 29 < sum(clock.slept) < 60
