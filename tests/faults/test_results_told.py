"""-v and -q change stderr alone."""

import pytest

from gi_cli.sinks import FORMATS
from tests.calling import DECLARED, event
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.retrying import limit
from tests.faults.rows import CREATED, ID, PLAIN, STORED, TARGET, Exchange, get, post
from tests.faults.test_results import CALLING, NO
from tests.faults.words import REFUSED
from tests.scripted import ScriptedServer, json_reply, sse

KEYS = {"GOOGLE_API_KEY": KEY, "GEMINI_API_KEY": f"{KEY}-2"}
DIFFER = "gi: GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used\n"
THOUGHT = {"type": "thought_summary", "content": {"type": "text", "text": "Hm."}}
THOUGHTS = (
    event("step.start", index=9, step={"type": "thought"}),
    event("step.delta", index=9, delta=THOUGHT),
    event("step.stop", index=9),
)
KEPT = json_reply(STORED)
BUSY: dict[str, tuple[tuple[str, ...], list[Exchange], int]] = {
    "plain": (("create", "hi"), [post(sse(*PLAIN))], 0),
    "a retry": (
        ("create", "hi"),
        [post(limit(retry_after="1")), post(sse(*PLAIN))],
        0,
    ),
    "a cut": (("create", "hi"), [post(sse(*PLAIN[:3])), get(KEPT)], 0),
    "a call": (
        ("create", "hi", *DECLARED, "--exec", "get=cat"),
        [post(sse(CALLING)), post(sse(*PLAIN))],
        0,
    ),
    "thoughts": (
        ("create", "hi", "--thoughts"),
        [post(sse(CREATED, *THOUGHTS, *PLAIN[1:]))],
        0,
    ),
    "refused": (("create", "hi"), [post(json_reply(NO, 400))], 1),
    "whole": (("create", "hi", "--no-stream"), [post(KEPT)], 0),
    "get": (("get", ID), [get(KEPT)], 0),
    "delete": (("delete", ID), [("DELETE", f"{TARGET}/{ID}", json_reply({}))], 0),
    "request": (
        ("request", "GET", "agents"),
        [("GET", "/v1beta/agents", json_reply({"agents": []}))],
        0,
    ),
}
ONE_FORMAT = ("delete", "request")
EACH = pytest.mark.parametrize(
    ("name", "format"),
    [(n, f) for n in BUSY for f in FORMATS if f == "text" or n not in ONE_FORMAT],
)


def run(name: str, format: str, gi: Gi, server: ScriptedServer, *more: str) -> Done:
    argv, script, code = BUSY[name]
    for exchange in script:
        server.expect(*exchange)
    shown = ("--format", format) if name not in ONE_FORMAT else ()
    words = (*argv, *shown, "--base-url", server.url, *more)
    return gi(*words, code=code, environ=KEYS, clock=FakeClock())


@held("F82", "payload only with -v")
@EACH
def test_verbose_puts_nothing_on_stdout(
    name: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    plain = run(name, format, gi, server)
    verbose = run(name, format, gi, server, "-v")
    assert verbose.out == plain.out
    assert len(verbose.err) > len(plain.err)
    assert DIFFER in verbose.err
    assert KEY not in verbose.err


@held("F84", "--quiet")
@EACH
def test_quiet_leaves_errors(
    name: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    plain = run(name, format, gi, server)
    quiet = run(name, format, gi, server, "-q")
    assert quiet.out == plain.out
    assert plain.err.startswith(DIFFER)
    assert quiet.err == (f"{REFUSED}400 c: No.\n" if name == "refused" else "")
