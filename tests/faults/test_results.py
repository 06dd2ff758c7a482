"""How a run ends: one code in every format, a record at the end, and nothing on stdout
that is no payload."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gi_cli.sinks import FORMATS
from tests.calling import DECLARED, call, whole
from tests.calling import stream as calling
from tests.conftest import KEY, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    HEAD,
    ID,
    PLAIN,
    START,
    STOP,
    Exchange,
    Json,
    Row,
    ended,
    get,
    post,
    replay,
    resume,
    said,
    told,
)
from tests.faults.words import KEY_HINTS, NAMED, REFUSED, WAIT
from tests.scripted import ScriptedServer, json_reply, sse

GET = f"gi: hint: gi get --base-url URL {ID}\n"
ANSWER = f"gi: hint: gi continue --base-url URL --id {ID} --result A=VALUE\n"
ONCE = ("create", "hi", "--retries", "0")
NO = {"error": {"code": "c", "message": "No."}}
CALLING = calling(whole(call()))


@dataclass(frozen=True)
class End(Row):
    """A row in json as well; `stands` is answered as often as it is asked."""

    stands: Sequence[Exchange] = ()
    steps: Sequence[Json] | None = ()  # None: no interaction was seen


def with_text(*texts: str) -> list[Json]:
    content = [{"type": "text", "text": "".join(texts)}]
    return [{"type": "model_output", "content": content}]


def refused(what: str, status: int, code: int, lines: str = "", **error: Any) -> End:
    err = f"{REFUSED}{status} c: No.\n{lines}"
    own = {"status_code": status, "error_reason": "c", **error}
    return End(
        "F80",
        what,
        [post(json_reply(NO, status))],
        code,
        b"",
        b"",
        err,
        argv=ONCE,
        result=own,
        steps=None,
    )


def cut(what: str, code: int, why: str, *events: bytes, **more: Any) -> End:
    stream = b"".join(events)
    err = f"gi: error: {why}\n{more.pop('hint', '')}{NAMED}"
    script = [post(sse(*events))]
    return End("F80", what, script, code, more.pop("text", b""), stream, err, **more)


KEPT = {"hints": ["set GEMINI_API_KEY or pass --api-key-file FILE"]}
PARTLY = (CREATED, START, said("one "), STOP)
ENDS = [
    End(
        "F80",
        "usage",
        [],
        2,
        b"",
        b"",
        "gi: error: --model and --agent contradict each other: give one\n",
        argv=("create", "hi", "--model", "m", "--agent", "a"),
        steps=None,
    ),
    refused("key", 401, 3, KEY_HINTS, **KEPT),
    refused("refused", 400, 1),
    refused("quota", 429, 4),
    replace(
        refused("network", 503, 5),
        err=f"{REFUSED}503 c: No.; the interaction may have been created; "
        "it was not sent again\n",
        result={"status_code": 503, "error_reason": "c", "retryable": False},
    ),
    End(
        "F80",
        "deadline",
        [],
        6,
        b"",
        b"",
        f"gi: error: the deadline was reached after 60 s (--timeout)\n{WAIT}{NAMED}",
        argv=("wait", ID, "--timeout", "60"),
        stands=[get(json_reply(HEAD)), resume(json_reply(NO, 400))],
        result={"hints": [], "status": "in_progress"},
    ),
    End(
        "F80",
        "action",
        [post(sse(CALLING))],
        7,
        b"",
        CALLING,
        f"gi: error: the model called a function: get\n{ANSWER}{NAMED}",
        argv=("create", "hi", *DECLARED),
        result={
            "hints": [],
            "status": "requires_action",
            "calls": [{"id": "A", "name": "get", "arguments": {}}],
        },
        steps=[call()],
    ),
    cut(
        "incomplete",
        8,
        "the interaction ended incomplete",
        *PARTLY,
        ended("incomplete"),
        DONE,
        text=b"one ",
        result={"status": "incomplete"},
        steps=with_text("one "),
    ),
    cut(
        "write",
        9,
        "--save-events: /dev/full: No space left on device",
        *PLAIN,
        hint=GET,
        text=b"one two",
        argv=("create", "hi", "--save-events", "/dev/full"),
        result={"hints": [], "status": "completed"},
        steps=with_text("one two"),
    ),
    cut(
        "refused",
        1,
        "the interaction ended failed",
        *PARTLY,
        ended("failed"),
        DONE,
        text=b"one ",
        result={"status": "failed"},
        steps=with_text("one "),
    ),
]
OF_ERROR = {"hints", "status_code", "error_reason", "retryable"}


def record(end: End) -> Json:
    """The gi.result of it."""
    made = told(end.code, end.err)
    own = {k: v for k, v in end.result.items() if k in OF_ERROR}
    rest = {k: v for k, v in end.result.items() if k not in OF_ERROR}
    return made | rest | {"error": made["error"] | own}


def document(end: End) -> Json:
    """What --json prints of it."""
    gi = record(end)
    del gi["event_type"]
    known = end.steps is not None
    steps = [*(end.steps or ())]
    one = {"interaction_id": ID, "status": gi["status"], "usage": None}
    gi["rounds"] = [{**one, "steps": len(steps)}] if known else []
    seen = {"id": ID, "status": gi["status"], "steps": steps} if known else {}
    return {**seen, "gi": gi}


@held("F85", "the same code in every format")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "end",
    [pytest.param(e, marks=held(e.id, e.what), id=f"{e.what} {e.code}") for e in ENDS],
)
def test_the_end_of_a_run(
    end: End, format: str, gi: Gi, server: ScriptedServer
) -> None:
    for exchange in end.stands:
        server.always(*exchange)
    if format != "json":
        replay(seen_in(end, format), format, gi, server)
        return
    for exchange in end.script:
        server.expect(*exchange)
    argv = (*end.argv, "--base-url", server.url, "--json")
    done = gi(*argv, code=end.code, clock=FakeClock())
    assert done.err.replace(server.url, "URL") == end.err
    assert json.loads(done.out) == document(end)


def seen_in(end: End, format: str) -> End:
    """Only text tells people of a call; gi.result has it."""
    lead = "gi: call A: get {}\n" if (end.code, format) == (7, "text") else ""
    return replace(end, err=lead + end.err, result=record(end))


UNSENT: dict[str, tuple[tuple[str, ...], int]] = {
    "an unknown flag": (("create", "hi", "--zzz"), 2),
    "a contradiction": (("create", "hi", "--no-store", "--background"), 2),
    "no prompt": (("create",), 2),
    "a file that is missing": (("create", "hi", "-i", "/none"), 2),
    "a field that is none": (("create", "hi", "-F", "a[=1"), 2),
    "a schema that is no JSON": (("create", "hi", "--schema", "{"), 2),
    "a URL that is none": (("create", "hi", "--base-url", "x"), 2),
    "an unknown command": (("creat", "hi"), 2),
    "a body that is missing": (("create", "--body", "@/none"), 2),
    "a command that is missing": (
        ("create", "hi", *DECLARED, "--exec", "get=/none/x"),
        2,
    ),
    "no turn to go on from": (("continue", "hi"), 2),
    "a format for text only": (("create", "hi", "-x", "--citations"), 2),
    "no key": (("create", "hi", "--api-key-file", "/dev/null"), 3),
}


@held("F81", "nothing on stdout before a request")
@pytest.mark.parametrize("verbose", [(), ("-v",)], ids=["", "-v"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", UNSENT)
def test_nothing_but_the_record_before_a_request(
    name: str, format: str, verbose: Any, gi: Gi, server: ScriptedServer
) -> None:
    argv, code = UNSENT[name]
    environ = {"GEMINI_API_KEY": KEY, "GI_BASE_URL": server.url}
    done = gi(*argv, "--format", format, *verbose, code=code, environ=environ)
    assert server.requests == []
    assert "gi: error: " in done.err
    if format in ("text", "sse"):
        assert done.out == b""
        return
    lines = done.err.splitlines(keepends=True)
    rest = "".join(x for x in lines if x.startswith(("gi: error: ", "gi: hint: ")))
    expected = told(code, rest)
    shown = json.loads(done.out)
    if format == "json":
        del expected["event_type"]
        assert shown == {"gi": {**expected, "rounds": []}}
    else:
        assert shown == expected
        assert done.out.count(b"\n") == 1
