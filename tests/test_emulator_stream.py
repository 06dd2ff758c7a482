"""The emulator's streams: new, stored, resumed, in the background."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulated import (
    MODEL,
    SIGNATURE,
    SUMMARY,
    USAGE,
    assert_refused,
    create,
    emulate,
    events,
    stream,
    text,
)

api = pytest.fixture(emulate)


def test_streams(api: httpx.Client) -> None:
    config = {"thinking_summaries": "auto"}
    running = {"id": "v1_1", "status": "in_progress"}
    kind = {"object": "interaction", "model": MODEL}
    ended = {
        "id": "v1_1",
        "status": "completed",
        "usage": USAGE,
        "created": "2026-09-30T10:00:00Z",
        "updated": "2026-09-30T10:00:00Z",
        "service_tier": "standard",
    }
    thinking = {"content": {"text": SUMMARY, "type": "text"}, "type": "thought_summary"}
    signed = {"signature": SIGNATURE, "type": "thought_signature"}
    assert stream(api, input="Hello", generation_config=config) == [
        event("interaction.created", interaction=running | kind),
        event("interaction.status_update", interaction_id="v1_1", status="in_progress"),
        event("step.start", index=0, step={"type": "thought"}),
        event("step.delta", index=0, delta=thinking),
        event("step.delta", index=0, delta=signed),
        event("step.stop", index=0),
        event("step.start", index=1, step={"type": "model_output"}),
        event("step.delta", index=1, delta=said("This is an emulated answer to: ")),
        event("step.delta", index=1, delta=said("Hello")),
        event("step.stop", index=1),
        event("interaction.completed", interaction=ended | kind),
    ]


def event(event_type: str, **payload: object) -> dict[str, object]:
    return payload | {"event_type": event_type}


def said(words: str) -> dict[str, str]:
    return {"text": words, "type": "text"}


def test_each_event_is_a_chunk_that_nobody_waits_for() -> None:
    asked = {"model": MODEL, "input": "Count from 1 to 10000", "stream": True}
    with emulate().stream("POST", "/v1/interactions", json=asked) as response:
        first = next(response.iter_raw())
    assert first == (
        b"event: interaction.created\n"
        b'data: {"interaction":{"id":"v1_1","status":"in_progress",'
        b'"object":"interaction","model":"gemini-3.8-flash"},'
        b'"event_type":"interaction.created"}\n\n'
    )


PROMPTS = st.text() | st.builds(
    "Count from {} to {}".format, st.integers(-99, 99), st.integers(-99, 99)
)


@given(PROMPTS.filter(bool), st.sampled_from(["auto", "none"]), st.booleans())
def test_the_stream_says_what_the_answer_says(
    prompt: str, summaries: str, background: bool
) -> None:
    body = {"input": prompt, "generation_config": {"thinking_summaries": summaries}}
    with emulate() as api:
        answer = create(api, **body)
        streamed = stream(api, **body, background=background)
    assert "".join(
        event["delta"]["text"]
        for event in streamed
        if event.get("delta", {}).get("type") == "text"
    ) == text(answer)
    assert streamed[-1]["interaction"]["usage"] == answer["usage"]
    usage = answer["usage"]
    parts = ("input", "cached", "output", "tool_use", "thought")
    total = sum(usage[f"total_{part}_tokens"] for part in parts)
    assert usage["total_tokens"] == total


@pytest.mark.parametrize("background", [False, True])
def test_a_stored_interaction_streams_again(background: bool) -> None:
    with emulate() as api:
        first = stream(api, input="Count from 1 to 50", background=background)
        path = "/v1beta/interactions/v1_1?stream=true"
        assert events(api.get(path)) == first
        ids = [event["event_id"] for event in first if "event_id" in event]
        assert len(ids) == len(set(ids))
        assert bool(ids) == background
        for at, event in enumerate(first):
            if "event_id" in event:
                left = events(api.get(f"{path}&last_event_id={event['event_id']}"))
                assert left == first[at + 1 :]
        assert_refused(
            api.get(path + "&last_event_id=nope"),
            "Unknown event id 'nope' in 'last_event_id'.",
        )


def test_only_some_background_events_have_an_id(api: httpx.Client) -> None:
    streamed = stream(api, input="Hello", background=True)
    assert [(event["event_type"], event.get("event_id")) for event in streamed] == [
        ("interaction.created", None),
        ("interaction.status_update", "evt_1"),
        ("step.start", None),
        ("step.delta", "evt_3"),
        ("step.stop", None),
        ("step.start", None),
        ("step.delta", "evt_6"),
        ("step.delta", "evt_7"),
        ("step.stop", None),
        ("interaction.completed", "evt_9"),
    ]
