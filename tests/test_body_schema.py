"""--schema: the last text has to be JSON, and it is kept whatever it is."""

import json
from typing import Any

import pytest

from tests.bodies import TARGET, typed
from tests.conftest import Gi
from tests.scripted import Reply, ScriptedServer, json_reply, sse

COMPLAINT = (
    "gi: error: the answer is not JSON, as the schema asks: "
    "Expecting value: line 1 column 1 (char 0)\n"
)
OF_IMAGE = {"type": "image"}
OF_JSON = {"type": "text", "mime_type": "application/json"}


def text(*texts: str) -> dict[str, Any]:
    content = [{"type": "text", "text": each} for each in texts]
    return {"type": "model_output", "content": content}


SEARCHED = (
    {"type": "google_search_call", "id": "c", "arguments": {"queries": ["x"]}},
    {"type": "google_search_result", "call_id": "c", "result": []},
)
THOUGHT = {"type": "thought", "signature": "c2ln"}


def whole(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"id": "v1_a", "status": "completed", "steps": [*steps]}


def stream(*steps: dict[str, Any]) -> Reply:
    """Each step as it is streamed, its text in two deltas."""
    events: list[dict[str, Any]] = []
    for n, step in enumerate(steps):
        at = {"index": n}
        start = {k: v for k, v in step.items() if k != "content"}
        events.append({"event_type": "step.start", **at, "step": start})
        for content in step.get("content", ()):
            half = len(content["text"]) // 2
            for part in (content["text"][:half], content["text"][half:]):
                delta = {"type": "text", "text": part}
                events.append({"event_type": "step.delta", **at, "delta": delta})
        events.append({"event_type": "step.stop", **at})
    end = {"id": "v1_a", "status": "completed"}
    events.append({"event_type": "interaction.completed", "interaction": end})
    return sse(*(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events))


SCHEMA = ("--schema", "{}")
TOOLED = (*SCHEMA, "--tool", "google_search")
ANSWERS: dict[str, tuple[tuple[str, ...], list[dict[str, Any]], str]] = {
    "an object": (SCHEMA, [text('{"a": 1}')], '{"a": 1}\n'),
    "a text": (SCHEMA, [text('"a"')], '"a"\n'),
    "in pieces": (SCHEMA, [text('{"a": ', "1}\n")], '{"a": 1}\n'),
    "across a thought": (SCHEMA, [text("[1,"), THOUGHT, text("2]")], "[1,2]\n"),
    "a big integer": (
        SCHEMA,
        [text("123456789012345678901")],
        "123456789012345678901\n",
    ),
    "behind a tool": (
        TOOLED,
        [text("I look."), *SEARCHED, text('{"a":'), text("1}")],
        '{"a":1}\n',
    ),
    "behind two tools": (
        TOOLED,
        [text("I look."), *SEARCHED, text("{}"), *SEARCHED, text("[2]")],
        "[2]\n",
    ),
    "before a tool": (TOOLED, [text("[1]\n"), *SEARCHED], "[1]\n"),
    "by a field": (
        typed(response_format=[OF_IMAGE, OF_JSON]),
        [text("{}")],
        "{}\n",
    ),
}


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("name", ANSWERS)
def test_json(name: str, streamed: bool, gi: Gi, server: ScriptedServer) -> None:
    argv, steps, expected = ANSWERS[name]
    reply = stream(*steps) if streamed else json_reply(whole(*steps))
    server.expect("POST", TARGET, reply)
    more = () if streamed else ("--no-stream",)
    done = gi("create", "hi", "--base-url", server.url, *argv, *more)
    assert (done.out.decode(), done.err) == (expected, "")


NO_JSON: dict[str, tuple[tuple[str, ...], list[dict[str, Any]], str]] = {
    "prose": (SCHEMA, [text("Sorry, I cannot.")], "Sorry, I cannot."),
    "a code block": (SCHEMA, [text("```json\n{}\n```\n")], "```json\n{}\n```\n"),
    "prose behind a tool": (TOOLED, [text("{}"), *SEARCHED, text("No.")], "No."),
    "by a field": (typed(response_format=OF_JSON), [text("No.")], "No."),
    "by a list": (typed(response_format=[OF_JSON]), [text("No.")], "No."),
}


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "sse"])
@pytest.mark.parametrize("name", NO_JSON)
def test_no_json(name: str, format: str, gi: Gi, server: ScriptedServer) -> None:
    """It ends with 8 in each format, and the text is there."""
    argv, steps, expected = NO_JSON[name]
    server.expect("POST", TARGET, stream(*steps))
    at = ("--base-url", server.url, "--format", format)
    done = gi("create", "hi", *at, *argv, code=8)
    assert done.err == f"{COMPLAINT}gi: id: v1_a\n"
    assert last_text(done.out, format) == expected


def last_text(out: bytes, format: str) -> str:
    match format:
        case "text":
            return out.decode()
        case "json":
            document = json.loads(out)
            assert document["gi"]["exit_code"] == 8
            return str(document["steps"][-1]["content"][0]["text"])
        case "ndjson":
            *events, result = map(json.loads, out.splitlines())
            assert (result["event_type"], result["exit_code"]) == ("gi.result", 8)
        case _:
            events = [json.loads(e[6:]) for e in out.split(b"\n\n") if e]
    last = max(event.get("index", 0) for event in events)
    return "".join(
        event["delta"]["text"]
        for event in events
        if event["event_type"] == "step.delta" and event["index"] == last
    )


def test_a_file_of_no_json_is_kept(
    gi: Gi, server: ScriptedServer, tmp_path: Any
) -> None:
    server.expect("POST", TARGET, stream(text("No.")))
    at = ("--base-url", server.url, "-o", str(tmp_path / "x.json"))
    done = gi("create", "hi", *at, *SCHEMA, code=8)
    assert (done.out, (tmp_path / "x.json").read_text()) == (b"", "No.")


def test_without_a_schema_any_text_will_do(gi: Gi, server: ScriptedServer) -> None:
    plain = {"type": "text", "mime_type": "text/plain"}
    server.expect("POST", TARGET, stream(text("I look."), *SEARCHED, text("No.")))
    argv = (*typed(response_format=plain), "--tool", "google_search")
    done = gi("create", "hi", "--base-url", server.url, *argv)
    assert (done.out, done.err) == (b"I look.\nNo.\n", "")
