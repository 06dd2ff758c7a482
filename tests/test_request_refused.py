"""`gi request`: what a refusal comes to, and what is sent again."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Done, FakeClock, Gi
from tests.scripted import Reply, Reset, ScriptedServer, body_reply, json_reply, raw

TARGET = "/v1beta/agents"


class Refusal(NamedTuple):
    status: int
    code: int
    why: str
    hints: tuple[str, ...] = ()


KEY_HINTS = ("the key is from GEMINI_API_KEY", "gi doctor")
REFUSALS = [
    Refusal(400, 1, "400 INVALID_ARGUMENT: no"),
    Refusal(401, 3, "401 UNAUTHENTICATED: no", KEY_HINTS),
    Refusal(403, 3, "403 PERMISSION_DENIED: no", KEY_HINTS),
    Refusal(404, 1, "404 NOT_FOUND: no"),
    Refusal(409, 1, "409 ALREADY_EXISTS: no"),
    Refusal(429, 4, "429 RESOURCE_EXHAUSTED: no"),
    Refusal(500, 5, "500 INTERNAL: no"),
    Refusal(501, 5, "501 UNIMPLEMENTED: no"),
    Refusal(503, 5, "503 UNAVAILABLE: no"),
]


def refusal(status: int, why: str) -> Reply:
    name, _, message = why.partition(" ")[2].partition(": ")
    error = {"code": status, "status": name, "message": message}
    return json_reply({"error": error}, status)


@pytest.mark.parametrize("to_file", [False, True])
@pytest.mark.parametrize("told", REFUSALS, ids=lambda told: str(told.status))
def test_refused(
    told: Refusal, to_file: bool, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    server.expect("GET", TARGET, refusal(told.status, told.why))
    argv = ["request", "GET", "agents", "--retries", "0", "--base-url", server.url]
    argv += ["-o", str(path)] if to_file else []
    done = gi(*argv, code=told.code)
    lines = [f"gi: error: the API refused the request: {told.why}"]
    lines += [f"gi: hint: {hint}" for hint in told.hints]
    assert (done.out, done.err.splitlines()) == (b"", lines)
    assert (path.read_text(), len(list(tmp_path.iterdir()))) == ("old", 1)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_repeated_freely(
    status: int, method: str, gi: Gi, server: ScriptedServer
) -> None:
    clock = FakeClock()
    for _ in range(2):
        server.expect(method, TARGET, refusal(status, f"{status} X: no"))
    server.expect(method, TARGET, raw(Reset()))
    server.expect(method, TARGET, body_reply(b""))
    done = gi("request", method, "agents", "--base-url", server.url, clock=clock)
    assert (done, len(clock.slept)) == (Done(0, b"", ""), 3)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_are_counted(retries: int, gi: Gi, server: ScriptedServer) -> None:
    clock = FakeClock()
    for _ in range(retries + 1):
        server.expect("GET", TARGET, refusal(429, "429 RESOURCE_EXHAUSTED: no"))
    argv = ("request", "GET", "agents", "--retries", str(retries))
    done = gi(*argv, "--base-url", server.url, code=4, clock=clock)
    why = "the API refused the request: 429 RESOURCE_EXHAUSTED: no"
    assert (done, len(clock.slept)) == (Done(4, b"", f"gi: error: {why}\n"), retries)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
@pytest.mark.parametrize("reply", [refusal(500, "500 X: no"), raw(Reset())])
def test_not_sent_again(
    reply: Reply, method: str, gi: Gi, server: ScriptedServer
) -> None:
    clock = FakeClock()
    server.expect(method, TARGET, reply)
    argv = ("request", method, "agents", "-F", "a=1", "--base-url", server.url)
    done = gi(*argv, code=5, clock=clock)
    assert (done.out, clock.slept, "it was not sent again" in done.err) == (
        b"",
        [],
        True,
    )


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_sent_again_where_it_did_not_land(
    method: str, gi: Gi, server: ScriptedServer
) -> None:
    clock = FakeClock()
    server.expect(method, TARGET, refusal(429, "429 X: no"))
    server.expect(method, TARGET, refusal(503, "503 UNAVAILABLE: no"))
    server.expect(method, TARGET, json_reply({}))
    argv = ("request", method, "agents", "-F", "a=1", "--base-url", server.url)
    assert gi(*argv, clock=clock) == Done(0, b"{}", "")
    assert [r.body for r in server.requests] == [b'{"a":1}'] * 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_are_not_followed(
    method: str, status: int, gi: Gi, server: ScriptedServer
) -> None:
    with ScriptedServer() as other:
        place = {"location": f"{other.url}/x"}
        server.expect(method, TARGET, body_reply(b"gone", "text/plain", status, place))
        done = gi("request", method, "agents", "--base-url", server.url, code=5)
    told = f"{status}: redirects are not followed: {other.url}/x"
    why = f"the API refused the request: {told}"
    hint = "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY\n"
    assert done == Done(5, b"", f"gi: error: {why}\n{hint}")
