"""When a create is sent again: only where a second one cannot be a second bill."""

import json
import socket
import threading
from email.utils import formatdate
from typing import Any

import pytest

from tests.conftest import Done, FakeClock, Gi
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
from tests.test_streams import TARGET, stream

NOW = FakeClock().time
TEXT = ", ".join(str(number) for number in range(1, 26)).encode() + b"\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
ANSWER += stream("text")
OK = raw(ANSWER)
LIMIT = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
GONE = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}
GONE_TOO = {"error": {"code": "unavailable", "message": "Overloaded."}}
BROKEN = {"error": {"code": "internal", "message": "Oops."}}
REFUSED = "gi: error: the API refused the request: "
MAY_EXIST = "; the interaction may have been created; it was not sent again"
PROXY = "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY\n"
LONGER = "longer than --max-retry-wait\n"


def limit(error: Any = LIMIT, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return json_reply(error, 429, named)


def exhausted(message: str, *details: Any) -> dict[str, Any]:
    status = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}
    return {"error": {**status, "message": message}}


def info(delay: str) -> dict[str, Any]:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    return exhausted("Quota.", detail)


def create(
    gi: Gi,
    server: ScriptedServer,
    *replies: Reply,
    argv: tuple[str, ...] = (),
    code: int,
) -> tuple[Done, list[float]]:
    """One create that is answered so, and how long gi slept in between."""
    for reply in replies:
        server.expect("POST", TARGET, reply)
    clock = FakeClock()
    words = ("create", "hi", "--base-url", server.url, *argv)
    done = gi(*words, code=code, clock=clock)
    posts = [each for each in server.requests if each.method == "POST"]
    assert len(posts) == len(replies)
    assert set(posts) == {posts[0]}  # byte for byte
    return done, clock.slept


def assert_backoff(slept: list[float], count: int) -> None:
    """0.5 s doubled each time, at most 8 s, less up to a quarter of jitter."""
    longest = [min(0.5 * 2**n, 8) for n in range(count)]
    assert len(slept) == count
    assert all(0.75 * m <= s <= m for s, m in zip(slept, longest, strict=True)), slept


HINTS = {
    "seconds": (limit(retry_after="2"), 2.0),
    "zero": (limit(retry_after="0"), 0.0),
    "date": (limit(retry_after=formatdate(NOW + 7, usegmt=True)), 7.0),
    "past date": (limit(retry_after=formatdate(NOW - 60, usegmt=True)), 0.0),
    "milliseconds first": (limit(retry_after_ms="250", retry_after="9"), 0.25),
    "RetryInfo": (limit(info("38.6s")), 38.6),
    "header before RetryInfo": (limit(info("38.6s"), retry_after="1"), 1.0),
    "words": (limit(exhausted("Please retry in 12s.")), 12.0),
    "words with a fraction": (limit(exhausted("Please retry in 38.6005s.")), 38.6005),
    "words with minutes": (limit(exhausted("Try again in 1m30s")), 90.0),
    "503": (json_reply(GONE, 503, {"retry-after": "3"}), 3.0),
}


@pytest.mark.parametrize("name", HINTS)
def test_wait_that_the_server_asks_for(
    name: str, gi: Gi, server: ScriptedServer
) -> None:
    reply, wait = HINTS[name]
    assert create(gi, server, reply, OK, code=0) == (Done(0, TEXT, ""), [wait])


NO_HINTS = {
    "absent": limit(),
    "garbage": limit(retry_after="soon"),
    "no date": limit(retry_after="Thu, 99 Foo 9999"),
    "negative": limit(retry_after="-3"),
    "not a number": limit(retry_after="nan"),
    "bad RetryInfo": limit(info("soon")),
    "HTML": body_reply(b"<title>Slow down</title>", "text/html", 429),
    "empty body": body_reply(b"", status=429),
    "SSE": sse(b"event: error\ndata: " + json.dumps(LIMIT).encode(), status=429),
    "503": json_reply(GONE, 503),
    "503, string code": json_reply(GONE_TOO, 503),
    "503 in a list": json_reply([GONE], 503),
    "503 as SSE": sse(b"data: " + json.dumps(GONE).encode() + b"\n", status=503),
}


@pytest.mark.parametrize("name", NO_HINTS)
def test_wait_of_our_own(name: str, gi: Gi, server: ScriptedServer) -> None:
    done, slept = create(gi, server, NO_HINTS[name], OK, code=0)
    assert done == Done(0, TEXT, "")
    assert_backoff(slept, 1)


def asked(seconds: int) -> str:
    return f"gi: hint: the server asks to wait {seconds} s, {LONGER}"


SLOW = f"{REFUSED}429 rate_limit_exceeded: Slow down.\n"
EXHAUSTED = f"{REFUSED}429 RESOURCE_EXHAUSTED: "
BILLING = "Check your plan and billing details. Please retry in 5s."
NO_QUOTA = "You do not have enough quota to make this request."
QUOTA = {"error": {"message": "Wait.", "code": "quota_exceeded"}}
STOPS = {
    "a day": (limit(retry_after="86400"), SLOW + asked(86400)),
    "just too long": (limit(retry_after="121"), SLOW + asked(121)),
    "RetryInfo": (limit(info("300s")), f"{EXHAUSTED}Quota.\n{asked(300)}"),
    "words": (
        limit(exhausted("Reset after 12h34m")),
        f"{EXHAUSTED}Reset after 12h34m\n{asked(45240)}",
    ),
    "no quota": (limit(exhausted(NO_QUOTA)), f"{EXHAUSTED}{NO_QUOTA}\n"),
    "quota code": (limit(QUOTA), f"{REFUSED}429 quota_exceeded: Wait.\n"),
    "billing": (limit(exhausted(BILLING)), f"{EXHAUSTED}{BILLING}\n"),
}


@pytest.mark.parametrize("name", STOPS)
def test_waiting_is_given_up_at_once(name: str, gi: Gi, server: ScriptedServer) -> None:
    reply, said = STOPS[name]
    assert create(gi, server, reply, code=4) == (Done(4, b"", said), [])


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
    flag: str, value: str, hint: str, gi: Gi, server: ScriptedServer
) -> None:
    reply = limit(retry_after="6")
    done = create(gi, server, reply, argv=(flag, value), code=4)
    assert done == (Done(4, b"", SLOW + hint), [])


@pytest.mark.parametrize(("wait", "flag"), [("5", "5s"), ("500", "0")])
def test_longest_wait(wait: str, flag: str, gi: Gi, server: ScriptedServer) -> None:
    argv = ("--max-retry-wait", flag)
    done = create(gi, server, limit(retry_after=wait), OK, argv=argv, code=0)
    assert done == (Done(0, TEXT, ""), [float(wait)])


@pytest.mark.parametrize(("argv", "count"), [((), 4), (("--retries", "7"), 7)])
def test_limit_for_ever(
    argv: tuple[str, ...], count: int, gi: Gi, server: ScriptedServer
) -> None:
    replies = [limit()] * (count + 1)
    done, slept = create(gi, server, *replies, argv=argv, code=4)
    assert done == Done(4, b"", SLOW)
    assert_backoff(slept, count)


def test_deadline_counts_the_waits(gi: Gi, server: ScriptedServer) -> None:
    replies = [limit(retry_after="6")] * 2
    done = create(gi, server, *replies, argv=("--timeout", "10"), code=4)
    assert done == (Done(4, b"", SLOW), [6.0])


def test_progress_is_told(gi: Gi, server: ScriptedServer) -> None:
    done, _ = create(gi, server, limit(retry_after="2"), OK, argv=("-v",), code=0)
    told = SLOW.removeprefix("gi: error: ").rstrip()
    assert f"gi: {told}; trying again in 2.0 s" in done.err.splitlines()
    assert done.out == TEXT


LOST = "gi: error: no answer came: "
PAGE = body_reply(b"<title>Gone</title>", "text/html", 503)
OOPS = {n: json_reply(BROKEN, n) for n in (500, 502, 503, 504)}
ONCE = {
    **{str(n): (OOPS[n], f"{REFUSED}{n} internal: Oops.", "") for n in OOPS},
    "page": (PAGE, f"{REFUSED}503: an HTML page (Gone)", PROXY),
    "empty": (body_reply(b"", status=503), f"{REFUSED}503: the body is empty", PROXY),
    "reset": (raw(Reset()), f"{LOST}[Errno 104] Connection reset by peer", ""),
    "end": (raw(), f"{LOST}Server disconnected without sending a response.", ""),
    "silence": (raw(Pause(9)), f"{LOST}nothing came in time (--idle-timeout)", ""),
}


@pytest.mark.parametrize("name", ONCE)
def test_what_may_have_landed_is_sent_once(
    name: str, gi: Gi, server: ScriptedServer
) -> None:
    reply, said, hint = ONCE[name]
    done = create(gi, server, reply, argv=("--idle-timeout", "0.1"), code=5)
    assert done == (Done(5, b"", f"{said}{MAY_EXIST}\n{hint}"), [])


def test_agent_is_sent_again_only_after_429(gi: Gi, server: ScriptedServer) -> None:
    replies = (limit(retry_after="1"), json_reply(GONE, 503))
    done = create(gi, server, *replies, argv=("--agent", "a"), code=5)
    said = f"{REFUSED}503 UNAVAILABLE: Overloaded.{MAY_EXIST}\n"
    assert done == (Done(5, b"", said), [1.0])


def event(value: Any) -> bytes:
    return b"event: error\ndata: %b\n\n" % json.dumps(value).encode()


CREATED = stream("error-event").partition(b"event: error")[0]
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
    argv = ("--error-format", "json")
    runs_on(server, "v1_Chcwikwi2JJbU_n4JpbnI9OW3LU8VUbHjJM")
    done, _ = create(gi, server, reply, argv=argv, code=code)
    told = json.loads(done.err.splitlines()[0])["error"]
    assert told["retryable"] is False
    assert ("may have been created" in told["message"]) is unsure
    assert (told["interaction_id"] is None) is unsure


class Opening(FakeClock):
    """The service comes up during the first wait."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self.listener = listener

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if len(self.slept) == 1:
            self.listener.listen()
            threading.Thread(target=self.answer).start()

    def answer(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(ANSWER)


def test_refused_connection(gi: Gi) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        clock = FakeClock()
        argv = ("create", "hi", "--base-url", url, "--retries", "2")
        done = gi(*argv, code=5, clock=clock)
    said = f"gi: error: {url}: [Errno 111] Connection refused\n"
    assert done == Done(5, b"", said)
    assert_backoff(clock.slept, 2)


def test_refused_connection_then_answer(gi: Gi) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock = Opening(listener)
        done = gi("create", "hi", "--base-url", url, clock=clock)
    assert done == Done(0, TEXT, "")
    assert_backoff(clock.slept, 1)
