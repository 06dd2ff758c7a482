"""Turns that lead to another one, and what the service refuses of them."""

import json
from pathlib import Path

import pytest

from tests.calling import (
    Json,
    body,
    call,
    event,
    pieces,
    result,
    run,
    saying,
    sent,
    whole,
)
from tests.calling import output as spoken
from tests.conftest import Gi
from tests.faults.answering import Ran, Talk, answered, calls, done, says, talks
from tests.faults.catalogue import held
from tests.faults.rows import (
    FORMATS,
)
from tests.following import refusal
from tests.scripted import ScriptedServer, json_reply, sse

SETTINGS: Json = {
    "system_instruction": "Be.",
    "generation_config": {"temperature": 0.5, "tool_choice": "auto"},
    "response_format": {"type": "text", "mime_type": "text/plain"},
    "service_tier": "flex",
}
BODY = f"--body={json.dumps(SETTINGS)}"
ONE = whole(call(arguments={}))
TWO = whole(call("B", "put", arguments={"b": 1}))
CALLED = "gi: error: the model called a function: get"
UNNAMED = "gi: error: the model waits for an action that it did not name\n"
GOES_ON = "gi: hint: gi continue --base-url URL --id v1_{0} --result A=VALUE\n"
BUSY = {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}
CORRUPT = "Corrupted thought signature."


pytestmark = pytest.mark.usefixtures("here")


def waits(*parts: bytes, text: bytes = b"", variant: str = "") -> Talk:
    """It asks for an action, and no step says for which."""
    return Talk(
        *("F103", "requires_action without a call", (calls(*parts),)),
        text=text,
        code=7,
        err=f"{UNNAMED}gi: id: v1_1\n",
        result={"status": "requires_action"},
        variant=variant,
    )


def _endless(most: int) -> Talk:
    answers = [calls(ONE, number=n) for n in range(1, most + 2)]
    last = f"v1_{most + 1}"
    left = {"id": "A", "name": "get", "arguments": {}}
    ran = [Ran("get", "{}", interaction=f"v1_{n}") for n in range(1, most + 1)]
    return Talk(
        *("F109", "calls without end", answers, [[done()]] * most, ran),
        text=b"",
        code=7,
        argv=("--max-rounds", str(most)),
        told="gi: call A: get {}\n",
        err=f"{CALLED}; calls were answered {most} times (--max-rounds)\n"
        f"{GOES_ON.format(most + 1)}gi: id: {last}\n",
        error={"hints": []},  # that of a command to type is for people
        result={"status": "requires_action", "calls": [left]},
        variant=str(most),
    )


KEPT = "the results of the calls are kept in gi-results-v11.json"
REFUSED = f"the API refused the request: 400 invalid_request: {CORRUPT}; {KEPT}"
RESULTS = "gi continue --base-url URL --id v1_1 --results gi-results-v11.json"
SIGNED = call(arguments={"a": 1}, signature="c2lnbmVk", novel={"x": [None, 10**20]})
THOUGHT = {"type": "thought", "signature": "dGhvdWdodA==", "summary": []}
TALKS = [
    waits(),
    waits(whole(spoken("Hm.")), text=b"Hm.", variant="with a text"),
    waits(whole(THOUGHT), variant="with a thought"),
    Talk(
        *("F104", "a call, and completed", (calls(ONE, status="completed"), says())),
        *([[done()]], [Ran("get", "{}")]),
    ),
    _endless(1),
    _endless(3),
    Talk(
        *("F111", "the results get 503, then well"),
        (calls(ONE), json_reply(BUSY, 503), says()),
        [[done()]],
        [Ran("get", "{}")],
    ),
    Talk(
        *("F113", "a signature", (calls(whole(THOUGHT, SIGNED)), says())),
        *([[done()]], [Ran("get", '{"a":1}')]),
    ),
    Talk(
        *("F117", "tools and system instruction on the second hop"),
        (calls(ONE), calls(TWO, number=2), says(number=3)),
        [[done()], [done("B", "put")]],
        [Ran("get", "{}"), Ran("put", '{"b":1}', "B", "v1_2")],
        argv=(BODY,),
        more=SETTINGS,
    ),
    Talk(
        *("F110", "the results get 400"),
        (calls(ONE), refusal(400, "invalid_request", CORRUPT)),
        [[done()]],
        [Ran("get", "{}")],
        text=b"",
        code=1,
        err=f"gi: error: {REFUSED}\ngi: hint: {RESULTS}\ngi: id: v1_1\n",
        error={"error_reason": "invalid_request", "status_code": 400},
        result={"status": "requires_action"},
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", talks(TALKS))
def test_turns(row: Talk, format: str, gi: Gi, server: ScriptedServer) -> None:
    """Commands run once each; results that nobody took are kept, for the owner only."""
    answered(row, format, gi, server)
    kept = [*Path().glob("gi-results-*")]
    assert len(kept) == (row.id == "F110")
    for path in kept:
        assert json.loads(path.read_text()) == [done()]
        assert path.stat().st_mode & 0o777 == 0o600


ASKED = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}


@held("F113", "a signature")
def test_a_signature_that_goes_back(gi: Gi, server: ScriptedServer) -> None:
    """Where the service stores nothing, every step goes back as it came."""
    text = '{"a": 1.0, "b": 100000000000000000000}'
    cut = [event("step.start", index=1, step={**SIGNED, "arguments": {}})]
    cut += [pieces(*text, index=1), event("step.stop", index=1)]
    first = sse(calls(whole(THOUGHT), *cut).replace(b'"id": "v1_1", ', b""))
    again = call("B", "put", arguments={}, signature="ZGVm")
    second = sse(calls(whole(again)).replace(b'"id": "v1_1", ', b""))
    argv = ("--no-store", "--exec", "get=cat", "--exec", "put=cat")
    run(gi, server, *argv, replies=(first, second, saying(id="")))
    returned = {**SIGNED, "arguments": json.loads(text)}
    steps = [ASKED, THOUGHT, returned, result(text)]
    one = {**body(), "input": steps, "store": False, "stream": True}
    two = {**one, "input": [*steps, again, result("{}", "B", "put")]}
    assert [request.json for request in server.requests[1:]] == [one, two]
    assert all(text.encode() in each.body for each in server.requests[1:])


@held("F118", "the id of the last hop")
@pytest.mark.parametrize("format", FORMATS)
def test_the_last_id(format: str, gi: Gi, server: ScriptedServer) -> None:
    """What goes on from the run goes on from its last answer."""
    answers = calls(ONE), calls(TWO, number=2), says(number=3)
    results = [[done()], [done("B", "put")]]
    ran = [Ran("get", "{}"), Ran("put", '{"b":1}', "B", "v1_2")]
    argv = ("--id-file", "id")
    what = "the id of the last hop"
    answered(Talk("F118", what, answers, results, ran, argv=argv), format, gi, server)
    assert Path("id").read_text() == "v1_3\n"
    run(
        gi, server, command=("continue", "more", "--last"), replies=(saying(id="v1_4"),)
    )
    assert sent(server) == {
        **body(input="more", stream=True),
        "previous_interaction_id": "v1_3",
    }
