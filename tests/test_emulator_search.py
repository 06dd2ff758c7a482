"""Searches, citations and reports of the emulator."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_cli.emulator.research import THOUGHTS
from tests.emulated import (
    MODEL,
    RESEARCH,
    Clock,
    assembled,
    create,
    emulate,
    events,
    stream,
    text,
)

api = pytest.fixture(emulate)
SEARCH = [{"type": "google_search"}]


def report(prompt: str, clock: Clock, **more: object) -> dict[str, Any]:
    body = {"agent": RESEARCH, "input": prompt, "background": True, **more}
    with emulate(clock=clock) as api:
        api.post("/v1/interactions", json=body).raise_for_status()
        clock.time += 3
        interaction: dict[str, Any] = api.get("/v1/interactions/v1_1").json()
    return interaction


def cited(interaction: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What each annotation covers, cut out of the bytes, with its source."""
    return [
        (
            content["text"].encode()[note["start_index"] : note["end_index"]].decode(),
            *source(note),
        )
        for content in interaction["steps"][-1]["content"]
        if content["type"] == "text"
        for note in content["annotations"]
    ]


def source(annotation: dict[str, Any]) -> tuple[str, str]:
    assert annotation["type"] == "url_citation"
    return annotation["url"], annotation["title"]


ONE = ("https://example.com/source-1", "Emulated source 1")
TWO = ("https://example.com/source-2", "Emulated source 2")


def test_a_model_searches_with_the_tool(api: httpx.Client) -> None:
    answer = create(api, input="Über\nuns", tools=SEARCH, system_instruction="Short")
    thought, call, result, _ = answer["steps"]
    assert thought["type"] == "thought"
    assert (call["type"], call["arguments"]) == (
        "google_search_call",
        {"queries": ["Über uns"]},
    )
    assert (result["type"], result["call_id"]) == ("google_search_result", call["id"])
    found = "<div>Emulated search suggestions 1</div>"
    assert result["result"] == [{"search_suggestions": found}]
    first = text(answer).partition("\n")[0]
    assert first == "This is an emulated answer to: Über"
    assert cited(answer) == [(first, *ONE)]
    assert answer["usage"]["grounding_tool_count"] == [
        {"type": "google_search", "count": 1}
    ]


@given(st.text())
def test_a_report_cites(prompt: str) -> None:
    interaction = report(prompt or "…", Clock())
    said = text(interaction)
    assert said.startswith("# Emulated report\n\n## Findings\n\nThis is an emulated ")
    assert said.count("\n## ") >= 2
    line = " ".join(prompt.split()) if prompt else "…"
    about = line[:200] + ("…" if line[200:] else "") or "nothing in words"
    assert cited(interaction) == [
        (f"This is an emulated report on: {about}", *ONE),
        ("Two searches were emulated, nothing was looked up.", *TWO),
    ]
    assert interaction["usage"]["grounding_tool_count"][0]["count"] == 2


def test_a_report_tells_what_it_has_seen() -> None:
    clock = Clock()
    said = text(report("Hello", clock, system_instruction="Be brief."))
    assert said.endswith("looked up.\n\nI was instructed: Be brief.\n")


@pytest.mark.parametrize("summaries", ["auto", "none", None])
def test_an_agent_thinks_aloud_when_asked(summaries: str | None) -> None:
    config = {"type": "deep-research"}
    if summaries:
        config["thinking_summaries"] = summaries
    interaction = report("Hello", Clock(), agent_config=config)
    thoughts = [step for step in interaction["steps"] if step["type"] == "thought"]
    assert all(thought["signature"] for thought in thoughts)
    said = [part["text"] for thought in thoughts for part in thought.get("summary", [])]
    assert said == (list(THOUGHTS) if summaries == "auto" else [])


def test_a_search_is_streamed(api: httpx.Client) -> None:
    whole = create(api, input="Hello", tools=SEARCH)
    _, call, result, output = whole["steps"]
    streamed = [
        event for event in stream(api, input="Hello", tools=SEARCH) if "index" in event
    ]
    named = {"type": "google_search_call", "id": call["id"]}
    start = named | {"arguments": {}, "signature": ""}
    assert starts_of(streamed, 1) == [start]
    del call["id"]
    assert deltas_of(streamed, 1) == [call]
    named = {"type": "google_search_result", "call_id": result["call_id"]}
    assert starts_of(streamed, 2) == [named | {"result": [], "signature": ""}]
    del result["call_id"]
    assert deltas_of(streamed, 2) == [result]
    *words, noted = deltas_of(streamed, 3)
    content = output["content"][0]
    assert "".join(delta["text"] for delta in words) == content["text"]
    assert noted == {
        "annotations": content["annotations"],
        "type": "text_annotation_delta",
    }


def starts_of(streamed: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    return [e["step"] for e in streamed if e["index"] == index and "step" in e]


def deltas_of(streamed: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    return [e["delta"] for e in streamed if e["index"] == index and "delta" in e]


def test_a_report_is_streamed() -> None:
    body = {"agent": RESEARCH, "input": "Hello", "background": True, "stream": True}
    with emulate() as api:
        streamed = events(api.post("/v1/interactions", json=body))
        kept = api.get("/v1/interactions/v1_1").json()
    words = [
        event["delta"]["text"]
        for event in streamed
        if event.get("delta", {}).get("type") == "text"
    ]
    assert "".join(words) == text(kept)
    assert all("event_id" in event for event in streamed if "delta" in event)
    assert streamed[-1]["interaction"]["usage"] == kept["usage"]


@pytest.mark.parametrize(
    "body",
    [
        {"model": MODEL, "tools": SEARCH},
        {"model": MODEL, "background": True},
        {
            "agent": RESEARCH,
            "background": True,
            "agent_config": {"type": "deep-research", "thinking_summaries": "auto"},
        },
    ],
)
def test_a_client_that_assembles_the_stream_has_what_is_kept(
    api: httpx.Client, body: dict[str, Any]
) -> None:
    asked = body | {"input": "Größe", "stream": True}
    found = assembled(events(api.post("/v1/interactions", json=asked)))
    kept = api.get("/v1/interactions/v1_1").json()
    assert found["steps"] == kept["steps"][1:]
    assert found == {name: kept[name] for name in found} | {"steps": found["steps"]}


def test_a_search_in_the_background(api: httpx.Client) -> None:
    streamed = stream(api, input="Hello", tools=SEARCH, background=True)
    assert streamed[-1]["interaction"]["status"] == "completed"
    kept = api.get("/v1/interactions/v1_1").json()
    assert kept["model"] == MODEL
    assert len(kept["steps"]) == 5
