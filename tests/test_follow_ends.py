"""What is asked after a stream that ended too early, and how it ends then."""

import json
from typing import Any, NamedTuple

import pytest

from tests.calling import event
from tests.conftest import Done, FakeClock, Gi
from tests.cutting import folded
from tests.following import GONE, events, refusal, runs_on
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
    "5xx, then it is over": Case((refusal(503, "unavailable"),) * 2 + (ALL,)),
    "more 5xx than retries": Case((refusal(500, "internal"),) * 6 + (ALL,)),
    "429, then it is over": Case((refusal(429, "rate_limit_exceeded"), ALL)),
    "a page, then it is over": Case((body_reply(b"<p>", "text/html"), ALL)),
    "not known yet": Case((GONE, GONE, ALL)),
    "401": Case(
        (refusal(401, "unauthenticated"),),
        code=3,
        err=named(f"{SAID_NO} 401 unauthenticated: No.\n{NO_KEY}"),
    ),
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


# Limits


def running(server: ScriptedServer, gi: Gi, *argv: str, code: int) -> tuple[Done, Any]:
    clock = FakeClock()
    server.expect("POST", TARGET, sse(CUT))
    runs_on(server, ID)
    words = ("create", "hi", "--base-url", server.url, *argv)
    done = gi(*words, code=code, clock=clock)
    assert [r.method for r in server.requests].count("POST") == 1
    return done, sum(clock.slept)


def test_the_foreground_is_followed_for_a_minute(
    gi: Gi, server: ScriptedServer
) -> None:
    done, waited = running(server, gi, code=5)
    assert done.out == HAD
    assert done.err.replace(server.url, "URL") == named(LOST, wait=True)
    assert 60 <= waited < 80


@pytest.mark.parametrize("argv", [(), ("--background",)])
def test_the_deadline(argv: tuple[str, ...], gi: Gi, server: ScriptedServer) -> None:
    done, waited = running(server, gi, "--timeout", "40", *argv, code=6)
    said = "gi: error: the deadline was reached after 40 s (--timeout)"
    assert done.err.replace(server.url, "URL") == named(said, wait=True)
    assert 40 <= waited < 60
    assert {r.method for r in server.requests} == {"POST", "GET"}  # nothing cancels


def test_one_that_nobody_finishes(gi: Gi, server: ScriptedServer) -> None:
    """It runs for hours, and only the deadline ends it."""
    done, waited = running(server, gi, "--timeout", "3h", "--background", code=6)
    assert (done.out, waited >= 10_800) == (HAD, True)
    gets = [r for r in server.requests if r.method == "GET"]
    assert 600 < len(gets) < 1000


def test_one_that_is_gone(gi: Gi, server: ScriptedServer) -> None:
    """For half a minute the service may not know it yet."""
    clock = FakeClock()
    server.expect("POST", TARGET, sse(CUT))
    server.always("GET", OWN, GONE)
    argv = ("create", "hi", "--background", "--base-url", server.url)
    done = gi(*argv, code=5, clock=clock)
    assert done.err.replace(server.url, "URL") == named(LOST + NOT_KEPT, wait=True)
    assert 30 <= sum(clock.slept) < 33


def test_what_is_not_stored_is_not_followed(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, sse(CUT))
    argv = ("create", "hi", "--no-store", "--base-url", server.url)
    done = gi(*argv, code=5, clock=FakeClock())
    assert (done.out, done.err) == (HAD, named(LOST))


def test_what_has_no_id_is_not_followed(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, sse(b"".join(frames("no")[2:9])))
    done = gi("create", "hi", "--base-url", server.url, code=5, clock=FakeClock())
    assert done.out == HAD
    assert done.err == f"{LOST}; the interaction may have been created\n"


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
