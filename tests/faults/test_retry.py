"""When a request is sent again: a create only where it cannot be a second bill."""

import json
from typing import Any

import pytest

from gi_cli.wire.failure import KEY_HINT
from tests.conftest import Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.retrying import (
    ASKED,
    EITHER,
    LIMIT,
    NOTHING_LEFT,
    OVERLOADED,
    SLOW,
    ask,
    asked,
    assert_backoff,
    limit,
    named,
    told_alike,
)
from tests.faults.rows import CREATED, ID, TARGET, TEXT, Json
from tests.faults.words import KEY_HINTS, MAY_EXIST, PROXY, REFUSED
from tests.following import runs_on
from tests.scripted import (
    Pause,
    Reply,
    Reset,
    ScriptedServer,
    body_reply,
    json_reply,
    raw,
    sse,
)

GONE_TOO = {"error": {"code": "unavailable", "message": "Overloaded."}}
BROKEN = {"error": {"code": "internal", "message": "Oops."}}
MATTERS = {"error": {"code": "invalid_request", "message": "No."}}


@held("F45", "429 for ever")
@EITHER
@pytest.mark.parametrize(("argv", "count"), [((), 4), (("--retries", "7"), 7)])
def test_limit_for_ever(
    argv: tuple[str, ...], count: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    replies = [limit()] * (count + 1)
    error = {"error_reason": "rate_limit_exceeded", "status_code": 429}
    slept = told_alike(
        command, gi, server, *replies, argv=argv, code=4, err=SLOW, error=error
    )
    assert_backoff(slept, count)


@EITHER
@pytest.mark.parametrize(
    ("flag", "value", "hint"),
    [
        ("--retries", "0", ""),
        ("--max-retry-wait", "5s", asked(6)),
        ("--timeout", "6", ""),
        ("--timeout", "3", ""),
    ],
)
def test_waiting_is_bounded_by_flags(
    flag: str, value: str, hint: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    reply = limit(retry_after="6")
    done = ask(command, gi, server, reply, argv=(flag, value), code=4)
    assert done == (Done(4, b"", SLOW + hint + named(command)), [])


@EITHER
@pytest.mark.parametrize(
    ("wait", "argv", "slept"),
    [
        ("5", ("--max-retry-wait", "5s"), 5.0),
        ("500", ("--max-retry-wait", "0"), 500.0),
        ("9" * 12, ("--max-retry-wait", "0", "--timeout", "0"), 1e9),
    ],
    ids=["as long", "no limit", "for ever"],
)
def test_longest_wait(
    wait: str,
    argv: tuple[str, ...],
    slept: float,
    command: str,
    gi: Gi,
    server: ScriptedServer,
) -> None:
    replies = limit(retry_after=wait), ASKED[command].well
    done = ask(command, gi, server, *replies, argv=argv, code=0)
    assert done == (Done(0, TEXT, ""), [slept])


def test_deadline_counts_the_waits(gi: Gi, server: ScriptedServer) -> None:
    replies = [limit(retry_after="6")] * 2
    done = ask("create", gi, server, *replies, argv=("--timeout", "10"), code=4)
    assert done == (Done(4, b"", SLOW), [6.0])


def test_progress_is_told(gi: Gi, server: ScriptedServer) -> None:
    replies = limit(retry_after="2"), ASKED["create"].well
    done, _ = ask("create", gi, server, *replies, argv=("-v",), code=0)
    told = SLOW.removeprefix("gi: error: ").rstrip()
    assert f"gi: {told}; trying again in 2.0 s" in done.err.splitlines()
    assert done.out == TEXT


LOST = "gi: error: no answer came: "
PAGE = body_reply(b"<title>Gone</title>", "text/html", 503)
OOPS = {n: json_reply(BROKEN, n) for n in (500, 502, 503, 504)}
RESET = raw(Reset())
ONCE: dict[str, tuple[Any, Reply, str, str]] = {
    **{
        str(n): (
            held("F44", str(n)) if n != 503 else (),
            OOPS[n],
            f"{REFUSED}{n} internal: Oops.",
            "",
        )
        for n in OOPS
    },
    "600": ((), json_reply(BROKEN, 600), f"{REFUSED}600 internal: Oops.", ""),
    "999": ((), json_reply(BROKEN, 999), f"{REFUSED}999 internal: Oops.", ""),
    "page": ((), PAGE, f"{REFUSED}503: an HTML page (Gone)", PROXY),
    "empty": (
        (),
        body_reply(b"", status=503),
        f"{REFUSED}503: the body is empty",
        PROXY,
    ),
    "reset": (
        held("F44", "reset after the body"),
        RESET,
        f"{LOST}[Errno 104] Connection reset by peer",
        "",
    ),
    "end": (
        held("F44", "reset after the body"),
        raw(),
        f"{LOST}Server disconnected without sending a response.",
        "",
    ),
    "silence": (
        held("F44", "a read timeout"),
        raw(Pause(9)),
        f"{LOST}nothing came in time (--idle-timeout)",
        "",
    ),
}
ONCE_PARAMS = [pytest.param(*each, id=n, marks=m) for n, (m, *each) in ONCE.items()]
SHORT = ("--idle-timeout", "0.1")


@pytest.mark.parametrize(("reply", "said", "hint"), ONCE_PARAMS)
def test_what_may_have_landed_is_sent_once(
    reply: Reply, said: str, hint: str, gi: Gi, server: ScriptedServer
) -> None:
    err = f"{said}{MAY_EXIST}\n{hint}"
    words = said.removeprefix(REFUSED).partition(":")[0].split()
    status = int(words[0]) if said.startswith(REFUSED) else None
    reason = words[1] if status and words[1:] else None
    told = {"status_code": status, "error_reason": reason, "retryable": False}
    slept = told_alike(
        "create", gi, server, reply, argv=SHORT, code=5, err=err, error=told
    )
    assert slept == []


@pytest.mark.parametrize(("reply", "said", "hint"), ONCE_PARAMS)
def test_what_only_asks_is_sent_again(
    reply: Reply, said: str, hint: str, gi: Gi, server: ScriptedServer
) -> None:
    well = ASKED["get"].well
    done, slept = ask("get", gi, server, reply, well, argv=SHORT, code=0)
    assert done == Done(0, TEXT, "")
    assert_backoff(slept, 1)
    argv = (*SHORT, "--retries", "1")
    done, slept = ask("get", gi, server, *[reply] * 2, argv=argv, code=5)
    assert done == Done(5, b"", f"{said}\n{hint}{named('get')}")
    assert_backoff(slept, 1)


UNAVAILABLE = {
    "status": json_reply(OVERLOADED, 503),
    "string code": json_reply(GONE_TOO, 503),
    "in a list": json_reply([OVERLOADED], 503),
    "SSE": sse(b"data: " + json.dumps(OVERLOADED).encode() + b"\n", status=503),
}


@held("F43", "503 with the API's JSON, then well")
@EITHER
@pytest.mark.parametrize("name", UNAVAILABLE)
def test_unavailable_then_well(
    name: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    replies = UNAVAILABLE[name], ASKED[command].well
    done, slept = ask(command, gi, server, *replies, code=0)
    assert done == Done(0, TEXT, "")
    assert_backoff(slept, 1)


@held("F43", "503 with the API's JSON, then well")
@pytest.mark.parametrize("dear", [("--agent", "a"), ("--background",)], ids=str)
def test_dear_work_is_sent_again_only_after_429(
    dear: tuple[str, ...], gi: Gi, server: ScriptedServer
) -> None:
    replies = (limit(retry_after="1"), json_reply(OVERLOADED, 503))
    done = ask("create", gi, server, *replies, argv=dear, code=5)
    said = f"{REFUSED}503 UNAVAILABLE: Overloaded.{MAY_EXIST}\n"
    assert done == (Done(5, b"", said), [1.0])


FINAL = {
    **dict.fromkeys((400, 402, 404, 405, 409, 413, 416, 422, 499), 1),
    **dict.fromkeys((401, 403), 3),
    501: 5,
}


@EITHER
@pytest.mark.parametrize(
    ("status", "code"),
    [
        *(pytest.param(s, c, marks=held("F47", str(s))) for s, c in FINAL.items()),
        (408, 1),
        (451, 1),
    ],
)
def test_a_refusal_is_final(
    status: int, code: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    reply = json_reply(MATTERS, status, {"retry-after": "1"})
    err = f"{REFUSED}{status} invalid_request: No.\n{KEY_HINTS if code == 3 else ''}"
    error: Json = {"error_reason": "invalid_request", "status_code": status}
    error |= {"retryable": False, "hints": [KEY_HINT] if code == 3 else []}
    slept = told_alike(command, gi, server, reply, code=code, err=err, error=error)
    assert slept == []


QUOTAS: dict[str, tuple[Any, Reply, str, str]] = {
    "quota_exceeded": (
        held("F42", "quota_exceeded"),
        limit({"error": {"code": "quota_exceeded", "message": "Wait."}}),
        f"{REFUSED}429 quota_exceeded: Wait.\n",
        "quota_exceeded",
    ),
    "not enough": (
        held("F42", "not enough quota"),
        limit({"error": {"code": "too_many_requests", "message": NOTHING_LEFT}}),
        f"{REFUSED}429 too_many_requests: {NOTHING_LEFT}\n",
        "too_many_requests",
    ),
}


def event(value: Any) -> bytes:
    return b"event: error\ndata: %b\n\n" % json.dumps(value).encode()


FAILURES = {
    "error event": (sse(event(BROKEN)), True),
    "error event after the id": (sse(CREATED, event(BROKEN)), False),
    "limit after the id": (sse(CREATED, event(LIMIT)), False),
    "no event": (sse(), True),
    "cut after the id": (sse(CREATED, Reset()), False),
    "empty JSON": (body_reply(b"", "application/json"), True),
    "half the JSON": (body_reply(b'{"id":', "application/json"), True),
    "cut JSON": (json_reply({}, headers={"content-length": "99"}), True),
}


@pytest.mark.parametrize("name", FAILURES)
def test_second_bill_is_warned_of(name: str, gi: Gi, server: ScriptedServer) -> None:
    """A script that repeats what is retryable never pays twice."""
    reply, unsure = FAILURES[name]
    code = 4 if name == "limit after the id" else 5
    argv = ("create", "hi", "--base-url", server.url, "--error-format", "json")
    runs_on(server, ID)
    server.expect("POST", TARGET, reply)
    done = gi(*argv, code=code, clock=FakeClock())
    assert [request.method for request in server.requests].count("POST") == 1
    told = json.loads(done.err.splitlines()[0])["error"]
    assert told["retryable"] is False
    assert ("may have been created" in told["message"]) is unsure
    assert (told["interaction_id"] is None) is unsure
