"""The model calls, commands answer: each request whole, in all formats."""

import json
from pathlib import Path

import pytest

from tests.calling import (
    GET,
    MODEL,
    PUT,
    QUIET,
    Json,
    call,
    calling,
    follow_up,
    output,
    result,
    run,
    saying,
    sent,
    stream,
    whole,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer, json_reply, sse

SETTINGS: Json = {
    "generation_config": {"temperature": 0.5, "tool_choice": "auto"},
    "response_format": {"type": "text", "mime_type": "text/plain"},
    "service_tier": "flex",
}
TOKEN = {"continuation_token": "t"}
BOTH = call(arguments={"a": 1}), call("B", "put", arguments={"b": 2})
RESULTS = result('{"a":1}'), result('{"b":2}', "B", "put")


def test_without_stream(gi: Gi, server: ScriptedServer) -> None:
    first = {"id": "v1_1", "status": "requires_action", "steps": [*BOTH]}
    last = {"id": "v1_2", "status": "completed", "steps": [output("Good.")]}
    replies = json_reply(first), json_reply(last)
    done = run(gi, server, "--no-stream", *QUIET, replies=replies)
    assert done.out == b"Good.\n"
    expected = follow_up(*RESULTS)
    del expected["stream"]
    assert sent(server) == expected


def test_continuation(gi: Gi, server: ScriptedServer) -> None:
    """A cut response is continued first; its calls count, its token does not."""
    cut = stream(
        whole(call(arguments={})),
        status="requires_continuation",
        **TOKEN,
    )
    rest = stream(whole(call("B", "put", arguments={})), id="v1_2")
    replies = sse(cut), sse(rest), saying(id="v1_3")
    run(gi, server, *QUIET, replies=replies)
    assert server.requests[1].json.items() >= TOKEN.items()
    told = result("{}"), result("{}", "B", "put")
    assert sent(server) == follow_up(*told, id="v1_2")


THOUGHT = {"type": "thought", "signature": "c2ln", "summary": [], "new": {"a": [1]}}
SIGNED = call(arguments={"n": 10**20, "s": "é"}, signature="YWJj", novel=None)
ASKED = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}


def test_stateless(gi: Gi, server: ScriptedServer) -> None:
    """Everything goes back exactly as received, through two rounds."""
    again = call("B", "put", signature="ZGVm")
    first = calling(THOUGHT, output("Wait."), SIGNED, id="")
    replies = first, calling(again, id=""), saying(id="")
    done = run(gi, server, "--no-store", *QUIET, replies=replies)
    assert (done.out, done.err) == (b"Wait.\nok\n", "")
    text = '{"n":100000000000000000000,"s":"é"}'
    steps = [ASKED, THOUGHT, output("Wait."), SIGNED, result(text)]
    more = {"tools": [GET, PUT], "store": False, "stream": True}
    one = {"model": MODEL, "input": steps, **more}
    two = {**one, "input": [*steps, again, result("{}", "B", "put")]}
    bodies = [request.json for request in server.requests[1:]]
    assert bodies == [one, two]
    assert b'"n":100000000000000000000,' in server.requests[1].body


def test_no_rounds(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    flags = ("--max-rounds", "0", "--exec", f"get=touch {tmp_path}/ran")
    run(gi, server, *flags, replies=(calling(call()),), code=7)
    assert list(tmp_path.iterdir()) == []


def test_unanswered(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """Nobody for one of them: nothing runs, all are told."""
    flags = ("--exec", f"get=touch {tmp_path}/ran", "--format", "ndjson")
    done = run(gi, server, *flags, replies=(calling(*BOTH),), code=7)
    record = json.loads(done.out.splitlines()[-1])
    assert record["calls"] == [
        {"id": "A", "name": "get", "arguments": {"a": 1}},
        {"id": "B", "name": "put", "arguments": {"b": 2}},
    ]
    command = f"gi continue --base-url {server.url} --id v1_1"
    assert done.err.splitlines() == [
        "gi: error: the model called a function: get, put",
        f"gi: hint: {command} --result A=VALUE --result B=VALUE",
        "gi: id: v1_1",
    ]
    assert list(tmp_path.iterdir()) == []


USAGE = {"total_tokens": 5, "total_input_tokens": 3, "total_output_tokens": 2}
FIRST = stream(whole(output("Wait."), *BOTH), usage=USAGE)
LAST = stream(whole(output("Good.")), id="v1_2", status="completed", usage=USAGE)


def formatted(gi: Gi, server: ScriptedServer, name: str, *argv: str) -> bytes:
    flags = ("--format", name, *QUIET, *argv)
    done = run(gi, server, *flags, replies=(sse(FIRST), sse(LAST)))
    assert done.err == ""
    return done.out


def lines_of(data: bytes) -> list[bytes]:
    found = [line for line in data.splitlines() if line.startswith(b"data: {")]
    return [line.removeprefix(b"data: ") for line in found]


def told(step: Json) -> Json:
    rest = {k: v for k, v in step.items() if k != "type"}
    return {"event_type": "gi.function_result", "interaction_id": "v1_1", **rest}


RECORD: Json = {
    "v": 1,
    "exit_code": 0,
    "status": "completed",
    "interaction_id": "v1_2",
    "interaction_ids": ["v1_1", "v1_2"],
    "usage": {k: 2 * v for k, v in USAGE.items()},
    "files": [],
    "error": None,
    "offline": False,
}


def test_ndjson(gi: Gi, server: ScriptedServer) -> None:
    lines = formatted(gi, server, "ndjson").splitlines()
    one, two = lines_of(FIRST), lines_of(LAST)
    between = lines[len(one) : len(one) + 2]
    assert [*lines[: len(one)], *lines[len(one) + 2 : -1]] == [*one, *two]
    assert [json.loads(line) for line in between] == [told(step) for step in RESULTS]
    assert json.loads(lines[-1]) == {"event_type": "gi.result", **RECORD}


def test_json(gi: Gi, server: ScriptedServer) -> None:
    rounds = [
        {
            "interaction_id": "v1_1",
            "status": "requires_action",
            "usage": USAGE,
            "steps": 3,
        },
        {"interaction_id": "v1_2", "status": "completed", "usage": USAGE, "steps": 1},
    ]
    assert json.loads(formatted(gi, server, "json")) == {
        "id": "v1_2",
        "status": "completed",
        "usage": USAGE,
        "steps": [output("Wait."), *BOTH, *RESULTS, output("Good.")],
        "gi": {**RECORD, "rounds": rounds},
    }


def test_no_last_word(gi: Gi, server: ScriptedServer) -> None:
    """The run has done what it was for."""
    empty = sse(stream(id="v1_2", status="completed"))
    done = run(gi, server, *QUIET, replies=(calling(*BOTH), empty))
    assert (done.out, done.err) == (b"", "")


@pytest.mark.parametrize(("text", "code"), [('{"a":1}', 0), ("no", 8)])
def test_schema(text: str, code: int, gi: Gi, server: ScriptedServer) -> None:
    """Only what the model says last has to be JSON."""
    flags = ("--schema", '{"type":"object"}', *QUIET)
    replies = calling(output("Wait."), *BOTH), saying(text)
    done = run(gi, server, *flags, replies=replies, code=code)
    assert done.out == text.encode() + (b"\n" if code == 0 else b"")


def test_verbose(gi: Gi, server: ScriptedServer) -> None:
    """Foreign text cannot act on a terminal, nor forge a line."""
    evil = "\x1b[2J\ngi: x"
    answer = calling(
        call("A\x1b", evil, arguments={}), call("B", arguments={"a": evil})
    )
    done = run(gi, server, "-v", *QUIET, replies=(answer, saying()))
    assert "\x1b" not in done.err
    lines = [line for line in done.err.splitlines() if "call" in line or "(B)" in line]
    told, last = lines[:-1], lines[-1].rpartition(",")[0]
    assert (told, last) == (
        [
            "gi: call A\\x1b: \\x1b[2J gi: x {}",
            'gi: call B: get {"a":"\\u001b[2J\\ngi: x"}',
        ],
        "gi: get (B): status 0, 24 bytes",
    )
