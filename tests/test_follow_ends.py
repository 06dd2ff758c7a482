"""What is asked after a stream that ended too early, and how it ends then."""

import json
from typing import Any, NamedTuple

import pytest

from tests.calling import event
from tests.conftest import FakeClock, Gi
from tests.cutting import folded
from tests.following import events, refusal
from tests.keeping import DONE, HEAD, ID, OWN, REPORT, TARGET, WHOLE, WORDS, frames
from tests.scripted import Reply, Reset, ScriptedServer, body_reply, json_reply, sse

FORMATS = ("text", "ndjson", "json", "sse")
CUT = b"".join(frames("no")[:9])  # "# A re"
HAD = b"".join(WORD.encode() for WORD in WORDS[:3])
LOST = "gi: error: the stream ended before the interaction was completed"
NOT_KEPT = "; the service no longer has the interaction"
UNAVAILABLE = {"error": {"code": 503, "message": "Gone.", "status": "UNAVAILABLE"}}
BAD = {"error": {"code": 400, "message": "Bad.", "status": "INVALID_ARGUMENT"}}
LATE = event("error", error={"code": "gateway_timeout", "message": "Too long."})


class Case(NamedTuple):
    gets: tuple[Reply, ...]
    stream: tuple[Any, ...] = (CUT,)
    code: int = 0
    err: str = ""


def named(said: str, *, wait: bool = False) -> str:
    hint = f"gi: hint: gi wait --base-url URL {ID}\n" if wait else ""
    return f"{said}\n{hint}gi: id: {ID}\n"


SAID_NO = "gi: error: the API refused the request:"
NO_KEY = "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor"
ALL = json_reply(WHOLE)
CASES = {
    "cut": Case((ALL,)),
    "reset": Case((ALL,), (CUT, Reset())),
    "more 5xx than retries": Case((refusal(500, "internal"),) * 6 + (ALL,)),
    "a page, then it is over": Case((body_reply(b"<p>", "text/html"), ALL)),
    "400": Case(
        (refusal(400),),
        code=1,
        err=named(f"{SAID_NO} 400 invalid_request: No."),
    ),
    "503 at the end": Case((ALL,), (CUT, json.dumps([UNAVAILABLE]).encode())),
    "400 at the end": Case(
        (),
        (CUT, json.dumps([BAD]).encode()),
        1,
        named(f"{LOST}: 400 INVALID_ARGUMENT: Bad."),
    ),
    "an error event": Case((ALL,), (CUT, LATE)),
    "an error event, done": Case((ALL,), (CUT, LATE, DONE)),
    "an error event that is the end": Case(
        (),
        (CUT, event("error", error={"code": "prohibited_content", "message": "x"})),
        1,
        named("gi: error: the interaction failed: prohibited_content: x"),
    ),
    "it failed": Case(
        (json_reply({**WHOLE, "status": "failed"}),),
        code=1,
        err=named("gi: error: the interaction ended failed"),
    ),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_what_follows(name: str, format: str, gi: Gi, server: ScriptedServer) -> None:
    case = CASES[name]
    server.expect("POST", TARGET, sse(*case.stream))
    for reply in case.gets:
        server.expect("GET", OWN, reply)
    argv = ("create", "hi", "--base-url", server.url, "--format", format)
    done = gi(*argv, code=case.code, clock=FakeClock())
    assert done.err.replace(server.url, "URL") == case.err
    told = case.gets[-1:] == (ALL,) or name == "it failed"
    if format == "text":
        whole = REPORT if case.code == 0 else REPORT.rstrip(b"\n")
        assert done.out == (whole if told else HAD)
    elif format == "json":
        found = json.loads(done.out)
        assert found["gi"]["exit_code"] == case.code
        assert not told or found["steps"] == WHOLE["steps"]
    elif format == "ndjson":
        *lines, last = done.out.splitlines()
        assert json.loads(last)["exit_code"] == case.code
        found = [e for e in map(json.loads, lines) if e["event_type"] != "error"]
        again = b"".join(b"data: %b\n\n" % json.dumps(each).encode() for each in found)
        assert not told or folded(events(again)).steps == WHOLE["steps"]
    else:
        assert done.out.startswith(CUT)
        assert done.out.count(b"event: gi.recovered\n") == told


def test_what_is_not_stored_is_not_followed(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, sse(CUT))
    argv = ("create", "hi", "--no-store", "--base-url", server.url)
    done = gi(*argv, code=5, clock=FakeClock())
    assert (done.out, done.err) == (HAD, named(LOST))


@pytest.mark.parametrize("format", FORMATS)
def test_without_streaming_it_is_polled(
    format: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, json_reply({**HEAD, "steps": []}))
    for _ in range(3):
        server.expect("GET", OWN, json_reply(HEAD))
    server.expect("GET", OWN, json_reply(WHOLE))
    argv = ("create", "hi", "--no-stream", "--base-url", server.url)
    done = gi(*argv, "--format", format, clock=FakeClock())
    assert done.err == ""
    if format == "text":
        assert done.out == REPORT
    elif format == "json":
        assert json.loads(done.out)["steps"] == WHOLE["steps"]
    else:
        assert b"The" in done.out
