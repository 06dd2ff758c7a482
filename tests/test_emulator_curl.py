"""Requests as documentation shows them, sent by curl: which events come back."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from gi_cli.emulator.app import Emulator
from tests.emulated import CLOCK, HELLO, IMAGE, MODEL, RESEARCH, WEATHER, Clock
from tests.serving import serving

BEGUN = ["interaction.created", "interaction.status_update"]
DONE = ["interaction.completed completed", "done"]
THOUGHT = ["step.start thought", "step.delta thought_signature", "step.stop"]
SUMMED = [THOUGHT[0], "step.delta thought_summary", *THOUGHT[1:]]
SEARCHED = [
    *("step.start google_search_call", "step.delta google_search_call", "step.stop"),
    *("step.start google_search_result", "step.delta google_search_result"),
    "step.stop",
]
CALLED = ["step.start function_call", "step.delta arguments_delta", "step.stop"]
ASKED = ["interaction.completed requires_action", "done"]
STUDY = {"agent": RESEARCH, "input": "Hello", "background": True}
STUDIED = [*THOUGHT, *SEARCHED, *THOUGHT, *SEARCHED]


def output(*deltas: str) -> list[str]:
    told = [f"step.delta {delta}" for delta in deltas]
    return ["step.start model_output", *told, "step.stop"]


CITED = "text_annotation_delta"
REPORT = output("text", CITED, "image", "text", CITED)
STREAMED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "text": (
        {"model": MODEL, "input": "Count from 1 to 9."},
        [*BEGUN, *THOUGHT, *output("text"), *DONE],
    ),
    "thinking": (
        {
            "model": MODEL,
            "input": "Hello",
            "generation_config": {"thinking_summaries": "auto"},
        },
        [*BEGUN, *SUMMED, *output("text"), *DONE],
    ),
    "search": (
        {"model": MODEL, "input": "Hello", "tools": [{"type": "google_search"}]},
        [*BEGUN, *THOUGHT, *SEARCHED, *output("text", CITED), *DONE],
    ),
    "search and function": (
        {
            "model": MODEL,
            "input": "What is the weather in Paris?",
            "tools": [{"type": "google_search"}, WEATHER],
        },
        [*BEGUN, *SEARCHED, *THOUGHT, *CALLED, *ASKED],
    ),
    "function": (
        {"model": MODEL, "input": "What time is it?", "tools": [CLOCK]},
        [*BEGUN, *THOUGHT, *CALLED, *ASKED],
    ),
    "two calls": (
        {"model": MODEL, "input": "Both, in Paris", "tools": [WEATHER]},
        [*BEGUN, *THOUGHT, *CALLED, *CALLED, *ASKED],
    ),
    "picture": (
        {
            "model": "gemini-3.1-flash-image",
            "input": "A fox",
            "response_format": {"type": "image", "image_size": "512"},
        },
        [*BEGUN, *THOUGHT, *output("image"), *DONE],
    ),
    "story": (
        {
            "model": "gemini-3.1-flash-image",
            "input": "A story",
            "response_format": [
                {"type": "text"},
                {"type": "image", "image_size": "512"},
            ],
        },
        [
            *(*BEGUN, *THOUGHT),
            *output("text", "image", "text", "image"),
            *DONE,
        ],
    ),
    "given picture": (
        {"model": MODEL, "input": [{"type": "text", "text": "What?"}, IMAGE]},
        [*BEGUN, *THOUGHT, *output("text"), *DONE],
    ),
    "structured": (
        {
            "model": MODEL,
            "input": "Hello",
            "response_format": {"type": "text", "mime_type": "application/json"},
        },
        [*BEGUN, *THOUGHT, *output("text"), *DONE],
    ),
    "research": (STUDY, [*BEGUN, *STUDIED, *REPORT, *DONE]),
    "research with summaries": (
        {
            **STUDY,
            "agent_config": {"type": "deep-research", "thinking_summaries": "auto"},
        },
        [*BEGUN, *SUMMED, *SEARCHED, *SUMMED, *SEARCHED, *REPORT, *DONE],
    ),
    "stateless": (
        {"model": MODEL, "input": "Hello", "store": False},
        [*BEGUN, *THOUGHT, *output("text"), *DONE],
    ),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    clock = Clock()
    with serving(Emulator(now=clock.now, sleep=clock.sleep)) as url:
        yield url


def curl(url: str, body: object = None, *more: str) -> bytes:
    """What comes back; curl fails where the transfer is not whole."""
    data = (
        ("-d", json.dumps({**body, "stream": True})) if isinstance(body, dict) else ()
    )
    headers = (
        *("-H", "Content-Type: application/json", "-H", "x-goog-api-key: key"),
        *("-H", "Api-Revision: 2026-05-20"),
    )
    argv = [
        "curl",
        "-q",
        "--noproxy",
        "*",
        "--fail-with-body",
        "-sSN",
        *headers,
        *data,
        *more,
        url,
    ]
    done = subprocess.run(argv, check=True, capture_output=True, timeout=30)
    assert done.stderr == b""
    return done.stdout


def told(stream: bytes) -> list[tuple[str, Any]]:
    """What each event is, and what it says."""
    *frames, rest = stream.split(b"\n\n")
    assert rest == b""
    events = []
    for frame in frames:
        name, data = (line.partition(b": ")[2] for line in frame.split(b"\n"))
        if data == b"[DONE]":
            events.append((name.decode(), None))
            continue
        event = json.loads(data)
        assert name.decode() == event["event_type"]
        kinds = (event.get(part, {}).get("type") for part in ("step", "delta"))
        status = event.get("interaction", {}).get("status")
        kind = status if name.endswith(b"completed") else next(filter(None, kinds), "")
        events.append((f"{event['event_type']} {kind}".rstrip(), event))
    return events


def kinds(stream: bytes) -> list[str]:
    """The events; deltas of one kind in a row, as many as there are, count once."""
    events = [kind for kind, _ in told(stream)]
    return [
        kind
        for at, kind in enumerate(events)
        if not (kind.startswith("step.delta") and kind == events[at - 1])
    ]


@pytest.mark.parametrize("version", ["v1", "v1beta"])
@pytest.mark.parametrize("name", STREAMED)
def test_the_events_of_a_request(name: str, version: str, url: str) -> None:
    body, expected = STREAMED[name]
    path = f"{url}/{version}/interactions"
    assert kinds(curl(f"{path}?alt=sse", body)) == expected


def test_the_next_turn(url: str) -> None:
    path = f"{url}/v1beta/interactions"
    asked = {"model": MODEL, "input": "In Paris", "tools": [WEATHER]}
    first = [event for _, event in told(curl(path, asked))]
    (call,) = [e["step"] for e in first[5:-2] if e["event_type"] == "step.start"]
    result = {"content": [{"type": "text", "text": "22"}]}
    answered = {"type": "function_result", "call_id": call["id"], "name": call["name"]}
    body = {
        "model": MODEL,
        "previous_interaction_id": first[0]["interaction"]["id"],
        "input": [{**answered, "result": result}],
    }
    expected = [*BEGUN, *THOUGHT, *output("text"), *DONE]
    assert kinds(curl(path, body)) == expected


def test_a_resumed_stream(url: str) -> None:
    path = f"{url}/v1beta/interactions"
    whole = told(curl(path, STUDY))
    id = whole[0][1]["interaction"]["id"]
    assert told(curl(f"{path}/{id}?stream=true")) == whole
    for at, (_, event) in enumerate(whole[:-1]):
        if last := event.get("event_id"):
            query = f"stream=true&last_event_id={last}"
            assert told(curl(f"{path}/{id}?{query}")) == whole[at + 1 :]


def test_what_is_there_afterwards(url: str) -> None:
    path = f"{url}/v1beta/interactions"
    id = told(curl(path, HELLO))[0][1]["interaction"]["id"]
    kept = json.loads(curl(f"{path}/{id}"))
    assert [step["type"] for step in kept["steps"]] == [
        *("user_input", "thought", "model_output"),
    ]
    assert curl(f"{path}/{id}", None, "-X", "DELETE") == b""
    with pytest.raises(subprocess.CalledProcessError) as raised:
        curl(f"{path}/{id}")
    assert raised.value.returncode == 22
    assert json.loads(raised.value.stdout) == {
        "error": {"message": f"Interaction '{id}' not found.", "code": "not_found"}
    }
