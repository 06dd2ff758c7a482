"""An answer that stops at the decode limit is continued until it is whole."""

import json
from typing import Any

import pytest

from tests.conftest import Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.scripted import (
    Reply,
    ScriptedServer,
    json_reply,
    sse,
)
from tests.test_streams import TARGET, stream

ONE, TWO = stream("continuation-1"), stream("continuation-2")
ID_ONE = "v1_Chcqnbo6l9RTI0QNWnN_IKypu3vSui3N47E"
ID_TWO = "v1_ChdMX9_Tj1kSvTTYEigDgFwxi0GoTHb8CV8"
TEXT = b"The lighthouse keeper's cat was unbeliev"
REST = b"ably patient, even with the gulls."
FIRST = {"model": "gemini-3-flash-preview", "input": "hi", "stream": True}
NEXT = {
    "model": "gemini-3-flash-preview",
    "stream": True,
    "continuation_token": "hop-token-1",
    "previous_interaction_id": ID_ONE,
}
MODALITY = {"modality": "text", "tokens": 12}
USAGE_ONE = {
    "total_tokens": 23,
    "total_input_tokens": 12,
    "input_tokens_by_modality": [MODALITY],
    "total_cached_tokens": 0,
    "total_output_tokens": 11,
    "total_tool_use_tokens": 0,
    "total_thought_tokens": 0,
}
USAGE_TWO = {**USAGE_ONE, "total_tokens": 21, "total_output_tokens": 9}
USAGE = {
    **USAGE_ONE,
    "total_tokens": 44,
    "total_input_tokens": 24,
    "input_tokens_by_modality": [{**MODALITY, "tokens": 24}],
    "total_output_tokens": 20,
}
RESULT: dict[str, Any] = {
    "event_type": "gi.result",
    "v": 1,
    "exit_code": 0,
    "status": "completed",
    "interaction_id": ID_TWO,
    "interaction_ids": [ID_ONE, ID_TWO],
    "usage": USAGE,
    "files": [],
    "error": None,
    "offline": False,
}


def create(
    gi: Gi,
    server: ScriptedServer,
    *replies: Reply,
    argv: tuple[str, ...] = (),
    code: int,
) -> Done:
    for reply in replies:
        server.expect("POST", TARGET, reply)
    words = ("create", "hi", "--base-url", server.url, *argv)
    return gi(*words, code=code, clock=FakeClock())


def bodies(server: ScriptedServer) -> list[Any]:
    """Of the creates."""
    return [each.json for each in server.requests if each.method == "POST"]


def events(body: bytes) -> list[bytes]:
    """The data of each event of a stream, one line each."""
    lines = body.splitlines()
    found = [line[6:] for line in lines if line.startswith(b"data: ")]
    return [data for data in found if data != b"[DONE]"]


@held("F63", "two hops, stored")
def test_text_is_glued(gi: Gi, server: ScriptedServer) -> None:
    done = create(gi, server, sse(ONE), sse(TWO), code=0)
    assert done == Done(0, TEXT + REST + b"\n", "")
    assert bodies(server) == [FIRST, NEXT]
    one, two = (dict(request.headers) for request in server.requests)
    assert one.pop("content-length") != two.pop("content-length")
    assert one == two


@held("F63", "two hops, stored")
def test_ndjson(gi: Gi, server: ScriptedServer) -> None:
    done = create(gi, server, sse(ONE), sse(TWO), argv=("--ndjson",), code=0)
    *lines, last = done.out.splitlines()
    assert lines == events(ONE) + events(TWO)
    assert json.loads(last) == RESULT
    assert done.err == ""


@held("F63", "two hops, stored")
def test_json(gi: Gi, server: ScriptedServer) -> None:
    done = create(gi, server, sse(ONE), sse(TWO), argv=("--json",), code=0)
    told = {key: value for key, value in RESULT.items() if key != "event_type"}
    texts = [TEXT.decode(), REST.decode()]
    round_one = {
        "interaction_id": ID_ONE,
        "status": "requires_continuation",
        "usage": USAGE_ONE,
        "steps": 1,
    }
    round_two = {
        "interaction_id": ID_TWO,
        "status": "completed",
        "usage": USAGE_TWO,
        "steps": 1,
    }
    assert json.loads(done.out) == {
        "id": ID_TWO,
        "status": "completed",
        "object": "interaction",
        "model": "gemini-3.8-flash",
        "created": "2026-10-05T09:30:12Z",
        "updated": "2026-10-05T09:30:12Z",
        "service_tier": "standard",
        "usage": USAGE_TWO,
        "steps": [
            {"type": "model_output", "content": [{"type": "text", "text": text}]}
            for text in texts
        ],
        "gi": {**told, "rounds": [round_one, round_two]},
    }


@held("F63", "two hops, stored")
@pytest.mark.parametrize(
    ("cut", "gap"), [(0, b""), (1, b"\n"), (2, b"\n\n")], ids=["whole", "one", "two"]
)
def test_sse(cut: int, gap: bytes, gi: Gi, server: ScriptedServer) -> None:
    """A blank line is added only where the first body does not end an event."""
    one = ONE[: len(ONE) - cut]
    done = create(gi, server, sse(one), sse(TWO), argv=("--sse",), code=0)
    assert done == Done(0, one + gap + TWO, "")


def test_without_streaming(gi: Gi, server: ScriptedServer) -> None:
    step = {"type": "model_output", "content": [{"type": "text", "text": "Good mor"}]}
    cut = {"id": "v1_a", "status": "requires_continuation", "steps": [step]}
    rest = {"type": "model_output", "content": [{"type": "text", "text": "ning."}]}
    whole = {"id": "v1_b", "status": "completed", "steps": [rest]}
    replies = (json_reply({**cut, "continuation_token": "t"}), json_reply(whole))
    done = create(gi, server, *replies, argv=("--no-stream",), code=0)
    assert done == Done(0, b"Good morning.\n", "")
    first = {key: value for key, value in FIRST.items() if key != "stream"}
    following = {"continuation_token": "t", "previous_interaction_id": "v1_a"}
    assert bodies(server) == [first, {"model": FIRST["model"], **following}]


def test_limit_in_between(gi: Gi, server: ScriptedServer) -> None:
    limit = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
    replies = (sse(ONE), json_reply(limit, 429, {"retry-after": "1"}), sse(TWO))
    assert create(gi, server, *replies, code=0) == Done(0, TEXT + REST + b"\n", "")
    assert bodies(server) == [FIRST, NEXT, NEXT]


@held("F65", "a new token for ever")
def test_hops_are_bounded(gi: Gi, server: ScriptedServer) -> None:
    hops = [ONE.replace(b"hop-token-1", b"token-%d" % n) for n in range(32)]
    done = create(gi, server, *map(sse, hops), code=8)
    said = f"gi: error: the answer was not complete after {len(hops) - 1} continuations"
    assert done == Done(8, TEXT * 32, f"{said}\ngi: id: {ID_ONE}\n")
    tokens = [body.get("continuation_token") for body in bodies(server)]
    assert tokens == [None, *(f"token-{n}" for n in range(31))]
