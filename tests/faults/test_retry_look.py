"""`gi wait` looks again after what passes, stops at what does not, and says in the end
what has kept it from looking."""

import json
from typing import Any

import pytest

from gi_cli.wire.failure import KEY_HINT
from tests.conftest import Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.retrying import LIMIT, SLOW, limit, result
from tests.faults.rows import (
    CREATED,
    FOUND,
    HEAD,
    ID,
    TARGET,
    TEXT,
    Json,
    get,
    resume,
)
from tests.faults.test_retry import FINAL, ONCE, QUOTAS, SHORT
from tests.faults.words import KEY_HINTS, NAMED, REFUSED, WAIT
from tests.scripted import Reply, ScriptedServer, json_reply, sse

RUNNING = get(json_reply(HEAD))
NO_STREAM = resume(json_reply({"error": {"code": "c", "message": "No."}}, 400))
BROKE = "the stream ended before the interaction was completed: 503 UNAVAILABLE: Down."


def wait(
    gi: Gi, server: ScriptedServer, *argv: str, code: int
) -> tuple[Done, list[float]]:
    clock = FakeClock()
    words = ("wait", ID, "--base-url", server.url, *argv)
    done = gi(*words, code=code, clock=clock)
    return Done(code, done.out, done.err.replace(server.url, "URL")), clock.slept


PASSING = {
    **{name: reply for name, (_, reply, _, _) in ONCE.items()},
    "limit": limit(),
    "limit with a wait": limit(retry_after="90"),
}


@held("F43", "503 with the API's JSON, then well")
@held("F44", "reset after the body")
@pytest.mark.parametrize("name", PASSING)
def test_what_passes(name: str, gi: Gi, server: ScriptedServer) -> None:
    server.expect(*get(PASSING[name]))
    server.expect(*FOUND)
    done, slept = wait(gi, server, *SHORT, code=0)
    assert (done, len(slept)) == (Done(0, TEXT, ""), 1)


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize(
    ("status", "code"),
    [pytest.param(s, c, marks=held("F47", str(s))) for s, c in FINAL.items()],
)
def test_what_is_final(
    status: int, code: int, begun: bool, gi: Gi, server: ScriptedServer
) -> None:
    error = {"error": {"code": "invalid_request", "message": "No."}}
    hint = {3: KEY_HINTS, 5: WAIT}.get(code, "")
    err = f"{REFUSED}{status} invalid_request: No.\n{hint}{NAMED}"
    told: Json = {"error_reason": "invalid_request", "status_code": status}
    told |= {"retryable": False, "hints": [KEY_HINT] if code == 3 else []}
    stops(gi, server, json_reply(error, status), code, err, told, begun=begun)


def stops(
    gi: Gi,
    server: ScriptedServer,
    reply: Reply,
    code: int,
    err: str,
    told: Json,
    *,
    begun: bool,
) -> None:
    """Nothing is asked for after that reply, in text and in ndjson."""
    for format in ("text", "ndjson"):
        if begun:
            server.expect(*RUNNING)
            server.expect(*NO_STREAM)
        server.expect(*get(reply))
        done, slept = wait(gi, server, "--format", format, code=code)
        assert (done.err, len(slept)) == (err, 1 if begun else 0)
        if format == "text":
            assert done.out == b""
        else:
            made = result(code, err, told)
            made["status"] = "in_progress" if begun else None
            assert json.loads(done.out) == made


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize(
    ("reply", "line", "reason"),
    [pytest.param(*each, id=n, marks=m) for n, (m, *each) in QUOTAS.items()],
)
def test_a_quota_that_no_wait_lifts(
    reply: Reply, line: str, reason: str, begun: bool, gi: Gi, server: ScriptedServer
) -> None:
    told: Json = {"error_reason": reason, "status_code": 429, "retryable": False}
    err = f"{line}{WAIT}{NAMED}"
    told["hints"] = []
    stops(gi, server, reply, 4, err, told, begun=begun)


FOR_EVER: dict[str, tuple[Any, Reply, str]] = {
    "limit": (held("F45", "429 for ever"), limit(), SLOW),
    "limit of a day": (
        held("F41", "429 with a day"),
        limit(retry_after="86400"),
        SLOW,
    ),
    **{n: (m, reply, f"{said}\n") for n, (m, reply, said, _) in ONCE.items()},
}


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        pytest.param(*each, id=n, marks=m)
        for n, (m, *each) in FOR_EVER.items()
        if n != "silence"  # takes a second each time
    ],
)
def test_the_deadline_tells_what_stood_in_the_way(
    reply: Reply, line: str, gi: Gi, server: ScriptedServer
) -> None:
    server.always(*get(reply))
    done, slept = wait(gi, server, "--timeout", "30", code=6)
    why = line.removeprefix("gi: error: ")
    late = "gi: error: the deadline was reached after 30 s (--timeout)"
    assert done.err == f"{late}; the last look failed: {why}{WAIT}{NAMED}"
    assert done.out == b""
    assert 3 <= len(slept) <= 20
    assert sum(slept) >= 25


@held("F05", "a bare list with a 503, and the deadline before anybody knows more")
def test_the_deadline_tells_how_the_stream_broke(
    gi: Gi, server: ScriptedServer
) -> None:
    error = {"error": {"code": 503, "message": "Down.", "status": "UNAVAILABLE"}}
    bare = json.dumps([error], indent=2).encode()
    server.expect("POST", TARGET, sse(CREATED, bare))
    server.always(*get(json_reply({"error": {"code": "not_found"}}, 404)))
    argv = ("create", "hi", "--base-url", server.url, "--timeout", "10")
    done = gi(*argv, code=6, clock=FakeClock())
    broke, looked, *_ = done.err.partition("; the last look failed: ")
    late = "gi: error: the deadline was reached after 10 s (--timeout)"
    assert broke == f"{late}; before that {BROKE}"
    assert (done.out, bool(looked)) == (b"", True)


def test_the_deadline_is_silent_about_what_has_passed(
    gi: Gi, server: ScriptedServer
) -> None:
    for reply in (json_reply(LIMIT, 429), json_reply(LIMIT, 500)):
        server.expect(*get(reply))
    server.always(*RUNNING)
    server.always(*NO_STREAM)
    done, _ = wait(gi, server, "--timeout", "30", code=6)
    late = "gi: error: the deadline was reached after 30 s (--timeout)"
    assert done == Done(6, b"", f"{late}\n{WAIT}{NAMED}")
