"""A request that is answered with errors: how often it comes, what is waited, what is
said, and what gi.result tells."""

import json
from typing import Any, NamedTuple

import pytest

from tests.conftest import Done, FakeClock, Gi
from tests.faults.rows import FOUND, ID, PLAIN, Json, post, told
from tests.faults.words import MAY_EXIST, PROXY, REFUSED
from tests.scripted import Reply, ScriptedServer, json_reply, raw, sse

LIMIT = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
SLOW = f"{REFUSED}429 rate_limit_exceeded: Slow down.\n"


class Asked(NamedTuple):
    """A command, and the request that it makes."""

    argv: tuple[str, ...]
    method: str
    target: str
    well: Reply  # with "one two"


ASKED = {
    "create": Asked(("create", "hi"), *post(sse(*PLAIN))),
    "get": Asked(("get", ID), *FOUND),
}
EITHER = pytest.mark.parametrize("command", ASKED)
ONCE = ("--retries", "0")
OVERLOADED = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}
NOTHING_LEFT = "You do not have enough quota to make this request."


def ask(
    command: str,
    gi: Gi,
    server: ScriptedServer,
    *replies: Reply,
    argv: tuple[str, ...] = (),
    code: int,
) -> tuple[Done, list[float]]:
    """Run it against these answers, and tell how long gi slept in between."""
    words, method, target, _ = ASKED[command]
    before = len(server.requests)
    for reply in replies:
        server.expect(method, target, reply)
    clock = FakeClock()
    done = gi(*words, "--base-url", server.url, *argv, code=code, clock=clock)
    requests = server.requests[before:]
    assert len(requests) == len(replies)
    assert set(requests) == {requests[0]}  # byte for byte
    return done, clock.slept


def told_alike(
    command: str,
    gi: Gi,
    server: ScriptedServer,
    *replies: Reply,
    argv: tuple[str, ...] = (),
    code: int,
    err: str,
    error: Json,
) -> list[float]:
    """The same on stderr in text and in ndjson, where gi.result says it as well;
    `error` is what that has of it beside the message and the hints."""
    err += named(command)
    text, slept = ask(command, gi, server, *replies, argv=argv, code=code)
    assert text == Done(code, b"", err)
    lined, again = ask(
        command, gi, server, *replies, argv=(*argv, "--ndjson"), code=code
    )
    assert (lined.err, len(again)) == (err, len(slept))
    assert json.loads(lined.out) == result(code, err, error)
    return slept


def named(command: str) -> str:
    """The id that is named where it was asked for: a refused create made none."""
    return f"gi: id: {ID}\n" if command == "get" else ""


def result(code: int, err: str, error: Json) -> Json:
    """The gi.result of a run that ended so."""
    made = told(code, err)
    return made | {"error": made["error"] | error}


def limit(error: Any = LIMIT, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return json_reply(error, 429, named)


def limits(*lines: str) -> Reply:
    """The same with header lines as they stand."""
    body = json.dumps(LIMIT)
    head = "HTTP/1.1 429 Too Many Requests", "connection: close", *lines
    return raw("\r\n".join((*head, f"content-length: {len(body)}", "", body)).encode())


def exhausted(message: str, *details: Any) -> Json:
    status = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}
    return {"error": {**status, "message": message}}


def info(delay: Any, message: str = "Quota.") -> Json:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    return exhausted(message, detail)


def assert_backoff(slept: list[float], count: int) -> None:
    """0.5 s doubled each time, at most 8 s, less up to a quarter of jitter."""
    longest = [min(0.5 * 2**n, 8) for n in range(count)]
    assert len(slept) == count
    assert all(0.75 * m <= s <= m for s, m in zip(slept, longest, strict=True)), slept


def asked(seconds: int) -> str:
    return (
        f"gi: hint: the server asks to wait {seconds} s, longer than --max-retry-wait\n"
    )


def refused(
    status: int, words: str, command: str, *, by_proxy: bool = False
) -> tuple[int, str, Json]:
    """The exit code, stderr, and what gi.result has of it."""
    broken = status >= 500
    unsure = MAY_EXIST if broken and command == "create" else ""
    hint = PROXY if broken and by_proxy else ""
    told: Json = {"status_code": status, "retryable": broken and command == "get"}
    told["error_reason"] = None if by_proxy else "c"
    return 5 if broken else 1, f"{REFUSED}{status}{words}{unsure}\n{hint}", told
