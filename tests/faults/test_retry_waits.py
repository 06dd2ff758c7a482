"""How long a rate limit is waited out, and where waiting is given up."""

import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest

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
    exhausted,
    info,
    limit,
    limits,
    told_alike,
)
from tests.faults.rows import TEXT
from tests.faults.words import REFUSED
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, sse

NOW = FakeClock().time
SECONDS, DATE = held("F41", "429 with 2 seconds"), held("F41", "429 with a date")
PAST, ZERO = held("F41", "429 with a past date"), held("F41", "429 with 0")
GARBAGE = held("F41", "429 with garbage")
NEGATIVE, DAY = held("F41", "429 with a negative number"), held("F41", "429 with a day")
INFO = held("F42", "a RetryInfo in the body")
WORDS = held("F42", "a delay in the message")
QUOTA = held("F42", "quota_exceeded")
NO_QUOTA = held("F42", "not enough quota")


def stringified(error: Any, **more: Any) -> Any:
    return {"error": {"code": "c", "message": json.dumps(error), **more}}


def date(form: str, seconds: int) -> str:
    return time.strftime(form, time.gmtime(NOW + seconds))


RFC850, ASCTIME = "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"
HINTS: list[tuple[str, Any, Reply, float]] = [
    ("seconds", SECONDS, limit(retry_after="2"), 2.0),
    ("a fraction", SECONDS, limit(retry_after=" 2.5 "), 2.5),
    ("the longest of several", SECONDS, limits("Retry-After: 2", "retry-after: 5"), 5),
    ("zero", ZERO, limit(retry_after="0"), 0.0),
    ("date", DATE, limit(retry_after=formatdate(NOW + 7, usegmt=True)), 7.0),
    ("RFC 850 date", DATE, limit(retry_after=date(RFC850, 7)), 7.0),
    ("asctime date", DATE, limit(retry_after=date(ASCTIME, 7)), 7.0),
    ("past date", PAST, limit(retry_after=formatdate(NOW - 60, usegmt=True)), 0.0),
    ("the year 1", PAST, limit(retry_after="Mon, 01 Jan 0001 00:00:00 -0000"), 0.0),
    (
        "a past date before seconds",
        PAST,
        limits("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: 5"),
        5.0,
    ),
    ("milliseconds first", (), limit(retry_after_ms="250", retry_after="9"), 0.25),
    ("RetryInfo", INFO, limit(info("38.6s")), 38.6),
    ("RetryInfo of 0", INFO, limit(info("0s")), 0.0),
    ("header before RetryInfo", INFO, limit(info("38.6s"), retry_after="1"), 1.0),
    ("RetryInfo before words", INFO, limit(info("3s", "Please retry in 9s.")), 3.0),
    ("RetryInfo in a string", INFO, limit(stringified(info("7s"))), 7.0),
    (
        "RetryInfo around a string",
        INFO,
        limit(stringified(LIMIT, details=info("7s")["error"]["details"])),
        7.0,
    ),
    ("503", (), json_reply(OVERLOADED, 503, {"retry-after": "3"}), 3.0),
]
SAID = {
    "Please retry in 12s.": 12.0,
    "Please retry in 38.6005s.": 38.6005,
    "Try again in 1m30s": 90.0,
    "retry in 1m.": 60.0,
    "Retry after 2 minutes": 120.0,
    "try again in 1 minute and 5 seconds": 65.0,
    "again in 1 min, 5 sec": 65.0,
    "quota will reset after 500ms": 0.5,
    "It resets in 250 milliseconds": 0.25,
    "retry in 12": 12.0,
    "retry in 0.01h, or tomorrow": 36.0,
    "Do not retry in a loop; retry in 3s": 3.0,
}
HINTS += [(said, WORDS, limit(exhausted(said)), wait) for said, wait in SAID.items()]


@EITHER
@pytest.mark.parametrize(
    ("reply", "wait"),
    [pytest.param(reply, wait, id=n, marks=m) for n, m, reply, wait in HINTS],
)
def test_wait_that_the_server_asks_for(
    reply: Reply, wait: float, command: str, gi: Gi, server: ScriptedServer
) -> None:
    well = ASKED[command].well
    done = ask(command, gi, server, reply, well, code=0)
    assert done == (Done(0, TEXT, ""), [wait])


@pytest.fixture(name="kiritimati")
def _kiritimati() -> Iterator[None]:
    """14 hours ahead of UTC."""
    before = time.strftime("%Z%z")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "XXX-14")
        time.tzset()
        assert time.strftime("%z") == "+1400"
        yield
    time.tzset()
    assert time.strftime("%Z%z") == before


@DATE
def test_a_date_without_a_zone_is_not_local_time(
    kiritimati: None, gi: Gi, server: ScriptedServer
) -> None:
    replies = limit(retry_after=date(ASCTIME, 7)), ASKED["create"].well
    done = ask("create", gi, server, *replies, code=0)
    assert done == (Done(0, TEXT, ""), [7.0])


NO_WAITS = {
    "soon": GARBAGE,
    "nan": GARBAGE,
    "inf": GARBAGE,
    "1e400": GARBAGE,
    "9" * 400: GARBAGE,
    "1_000": GARBAGE,
    "0x10": GARBAGE,
    "2;q=1": GARBAGE,
    "": GARBAGE,
    ".": GARBAGE,
    "Thu, 99 Foo 9999": GARBAGE,
    "Thu, 01 Jan 99999999999999999999 00:00:00 GMT": GARBAGE,
    "-3": NEGATIVE,
    "-1e400": NEGATIVE,
}
NOT_SAID = ("retry in 5 fortnights", "retry in 1.2.3s", "again in " + "9" * 400)
NOT_STATED = ("1e999s", "-3s", "soon", "1h", 5, None, ["5s"], {"seconds": 5}, ".5s")
NO_HINTS: list[tuple[str, Any, Reply]] = [
    *((value[:40], m, limit(retry_after=value)) for value, m in NO_WAITS.items()),
    *((said[:40], WORDS, limit(exhausted(said))) for said in NOT_SAID),
    *((f"RetryInfo {delay}", INFO, limit(info(delay))) for delay in NOT_STATED),
    ("digits in RetryInfo", INFO, limit(info("9" * 400 + "s"))),
    ("details", INFO, limit({"error": {**LIMIT["error"], "details": {"a": "5s"}}})),
    ("absent", (), limit()),
    ("HTML", (), body_reply(b"<title>Slow down</title>", "text/html", 429)),
    ("empty body", (), body_reply(b"", status=429)),
    ("SSE", (), sse(b"event: error\ndata: " + json.dumps(LIMIT).encode(), status=429)),
]


@EITHER
@pytest.mark.parametrize(
    "reply", [pytest.param(reply, id=n, marks=m) for n, m, reply in NO_HINTS]
)
def test_wait_of_our_own(
    reply: Reply, command: str, gi: Gi, server: ScriptedServer
) -> None:
    done, slept = ask(command, gi, server, reply, ASKED[command].well, code=0)
    assert done == Done(0, TEXT, "")
    assert_backoff(slept, 1)


def said(message: str, reason: str = "RESOURCE_EXHAUSTED") -> tuple[str, str]:
    return f"{REFUSED}429 {reason}: {message}\n", reason


def coded(code: str, message: str = "Wait.") -> Any:
    return {"error": {"code": code, "message": message}}


RATE = "rate_limit_exceeded"
FAR = formatdate(NOW + 86400, usegmt=True)
NINES = "Fri, 31 Dec 9999 23:59:59 GMT"
BILLING = "Check your plan and billing details. Please retry in 5s."
LATER, NEVER = True, False
STOPS: list[tuple[str, Any, Reply, tuple[str, str], int, bool]] = [
    ("a day", DAY, limit(retry_after="86400"), (SLOW, RATE), 86400, LATER),
    ("a date", DAY, limit(retry_after=FAR), (SLOW, RATE), 86400, LATER),
    ("9999", DAY, limit(retry_after=NINES), (SLOW, RATE), 251612300799, LATER),
    ("too long", (), limit(retry_after="121"), (SLOW, RATE), 121, LATER),
    ("RetryInfo", INFO, limit(info("300s")), said("Quota."), 300, LATER),
    *(
        (words, WORDS, limit(exhausted(words)), said(words), wait, LATER)
        for words, wait in {
            "Reset after 12h34m": 45240,
            "retry in 1h.": 3600,
            "again in 1.5 hours": 5400,
            "Your quota resets in 2 days": 172800,
            "retry in 1 day, 2 hours and 3 minutes": 93780,
        }.items()
    ),
    (
        "no quota",
        NO_QUOTA,
        limit(exhausted(NOTHING_LEFT)),
        said(NOTHING_LEFT),
        0,
        NEVER,
    ),
    (
        "no quota with Retry-After",
        NO_QUOTA,
        limit(coded("too_many_requests", NOTHING_LEFT), retry_after="1"),
        said(NOTHING_LEFT, "too_many_requests"),
        0,
        NEVER,
    ),
    (
        "quota code",
        QUOTA,
        limit(coded("quota_exceeded")),
        said("Wait.", "quota_exceeded"),
        0,
        NEVER,
    ),
    (
        "quota code with Retry-After",
        QUOTA,
        limit(coded("quota_exceeded"), retry_after="1"),
        said("Wait.", "quota_exceeded"),
        0,
        NEVER,
    ),
    ("billing", (), limit(exhausted(BILLING)), said(BILLING), 0, NEVER),
]


@EITHER
@pytest.mark.parametrize(
    ("reply", "stops"),
    [pytest.param(reply, stop, id=n, marks=m) for n, m, reply, *stop in STOPS],
)
def test_waiting_is_given_up_at_once(
    reply: Reply, stops: Any, command: str, gi: Gi, server: ScriptedServer
) -> None:
    (line, reason), wait, later = stops
    err = line + (asked(wait) if wait else "")
    error = {"error_reason": reason, "status_code": 429, "retryable": later}
    assert told_alike(command, gi, server, reply, code=4, err=err, error=error) == []
