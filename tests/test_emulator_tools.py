"""Tools that the service uses by itself: each that is declared, and what is cited."""

from typing import Any

import httpx
import pytest

from tests.emulated import (
    CLOCK,
    MODEL,
    RESEARCH,
    Clock,
    assembled,
    create,
    emulate,
    stream,
)

api = pytest.fixture(emulate)
ADDRESS = "https://example.org/a_(b)?c=d"
PROMPT = f"Read {ADDRESS}, and {ADDRESS}."
ARGUMENTS = {"queries": [PROMPT]}
MCP = {"name": "find", "server_name": "tickets"}
PLACE = {
    "place_id": "emulated-place",
    "name": "Emulated place",
    "url": "https://example.com/place",
    "review_snippets": [
        {
            "title": "Emulated review",
            "url": "https://example.com/review",
            "review_id": "emulated",
        }
    ],
}
FILE = {"document_uri": "fileSearchStores/a/documents/emulated"}
PAGES = {"file_name": "emulated.txt", "source": "emulated", "page_number": 1}
LATE = {**CLOCK, "defer_loading": True}
SAID = [{"type": "text", "text": "This is an emulated result of tickets."}]

NAMES = ("type", "id", "call_id", "name", "server_name", "search_type")
LATELY = ("arguments", "result", "signature")
EMPTY: dict[type, object] = {dict: {}, list: [], str: ""}

# A tool, what its call and result say, and what the answer cites.
TOOLS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[Any]]] = {
    "google_search": (
        {"search_types": ["image_search"]},
        {"arguments": ARGUMENTS, "search_type": "image_search"},
        {
            "result": [
                {"search_suggestions": "<div>Emulated search suggestions 1</div>"}
            ]
        },
        [
            {
                "type": "url_citation",
                "url": "https://example.com/source-1",
                "title": "Emulated source 1",
            }
        ],
    ),
    "code_execution": (
        {},
        {"arguments": {"language": "python", "code": 'print("emulated")'}},
        {"result": "emulated\n", "is_error": False},
        [],
    ),
    "url_context": (
        {},
        {"arguments": {"urls": [ADDRESS]}},
        {"result": [{"url": ADDRESS, "status": "success"}]},
        [{"type": "url_citation", "url": ADDRESS, "title": "Emulated page"}],
    ),
    "google_maps": (
        {"latitude": 52, "longitude": 13.4, "enable_widget": True},
        {"arguments": ARGUMENTS},
        {"result": [{"places": [PLACE], "widget_context_token": "emulated-widget"}]},
        [{"type": "place_citation", **PLACE}],
    ),
    "file_search": (
        {"file_search_store_names": ["fileSearchStores/a"]},
        {},
        {},
        [{"type": "file_citation", **FILE, **PAGES}],
    ),
    "retrieval": (
        {"retrieval_types": ["vertex_ai_search"]},
        {"arguments": ARGUMENTS, "retrieval_type": "vertex_ai_search"},
        {"is_error": False},
        [],
    ),
    "mcp_server": (
        {"name": "tickets", "url": "https://x", "allowed_tools": [{"tools": ["find"]}]},
        {**MCP, "arguments": ARGUMENTS},
        {**MCP, "result": SAID},
        [],
    ),
    "tool_search": (
        {"execution": "server"},
        {"arguments": {"function_names": []}},
        {"result": []},
        [],
    ),
}


@pytest.mark.parametrize("kind", TOOLS)
def test_a_declared_tool_is_used(kind: str, api: httpx.Client) -> None:
    fields, call, result, cited = TOOLS[kind]
    body = {"input": PROMPT, "tools": [{"type": kind, **fields}]}
    thought, called, found, answer = create(api, **body)["steps"]
    name = "mcp_server_tool" if kind == "mcp_server" else kind
    for step in (called, found):
        assert bool(step.pop("signature", "")) == (kind != "mcp_server")
    assert thought["type"] == "thought"
    assert called.pop("id") == found.pop("call_id") != ""
    assert called == {"type": f"{name}_call", **call}
    assert found == {"type": f"{name}_result", **result}
    (content,) = answer["content"]
    first = {"start_index": 0, "end_index": len(content["text"].split("\n")[0])}
    notes = content.get("annotations", [])
    assert notes == [{**note, **first} for note in cited]


@pytest.mark.parametrize("kind", TOOLS)
def test_the_stream_tells_the_same(kind: str, api: httpx.Client) -> None:
    body = {"input": PROMPT, "tools": [{"type": kind, **TOOLS[kind][0]}]}
    whole, streamed = create(api, **body), stream(api, **body)
    started = [
        event["step"] for event in streamed if event["event_type"] == "step.start"
    ]
    for step in (*started[1:3], *(steps := assembled(streamed)["steps"])):
        if step["type"] == "file_search_result":  # has no result but in its delta
            step.pop("result", None)
    assert steps == whole["steps"]
    for begun, step in zip(started[1:3], whole["steps"][1:3], strict=True):
        late = {name: EMPTY[type(step[name])] for name in LATELY if name in step}
        named = {name: step[name] for name in NAMES if name in step}
        assert begun == {**named, **late}


def test_what_is_not_needed_is_not_used(api: httpx.Client) -> None:
    steps = create(api, input="Hello", tools=[{"type": "url_context"}])["steps"]
    assert [step["type"] for step in steps] == ["thought", "model_output"]


def test_media_are_processed_on_demand(api: httpx.Client) -> None:
    film = {"type": "video", "uri": "https://youtu.be/x", "processing": "agentic"}
    steps = create(api, input=[film])["steps"]
    done = ["processing_call", "processing_result"]
    assert [step["type"] for step in steps] == ["thought", *done, "model_output"]


def test_functions_are_loaded_late(api: httpx.Client) -> None:
    body = {"input": "What time is it?", "tools": [{"type": "tool_search"}, LATE]}
    interaction = create(api, **body)
    search, found, thought, call = interaction["steps"]
    assert search["arguments"] == {"function_names": ["get_time"]}
    assert (found["result"], thought["type"]) == ([LATE], "thought")
    assert (call["name"], interaction["status"]) == ("get_time", "requires_action")


@pytest.mark.parametrize(
    ("excluded", "called"),
    [
        ([], ["open_web_browser"]),
        (["open_web_browser"], ["wait_5_seconds"]),
        (["open_web_browser", "wait_5_seconds", "go_back"], []),
    ],
)
def test_a_computer_is_used_by_calls(
    excluded: list[str], called: list[str], api: httpx.Client
) -> None:
    tool = {"type": "computer_use", "excluded_predefined_functions": excluded}
    interaction = create(api, input="Buy milk", tools=[tool])
    calls = [step for step in interaction["steps"] if step["type"] == "function_call"]
    assert [(call["name"], call["arguments"]) for call in calls] == [
        (name, {}) for name in called
    ]
    assert interaction["status"] == ("requires_action" if called else "completed")


def test_all_at_once_before_an_agent_reports() -> None:
    clock = Clock()
    tools = [{"type": kind, **fields} for kind, (fields, *_) in TOOLS.items()]
    body = {"agent": RESEARCH, "input": PROMPT, "background": True, "tools": tools}
    with emulate(clock=clock) as api:
        api.post("/v1/interactions", json=body).raise_for_status()
        clock.time += 3
        interaction: dict[str, Any] = api.get("/v1/interactions/v1_1").json()
    done = [step["type"] for step in interaction["steps"]][7:-1]
    names = [kind for kind in TOOLS if kind != "google_search"]
    names[names.index("mcp_server")] = "mcp_server_tool"
    assert done == [f"{name}_{of}" for name in names for of in ("call", "result")]
    assert interaction["usage"]["grounding_tool_count"] == [
        {"type": "google_search", "count": 2},
        {"type": "google_maps", "count": 1},
        {"type": "retrieval", "count": 1},
    ]


def test_steps_go_back_as_they_came(api: httpx.Client) -> None:
    tools = [{"type": kind, **fields} for kind, (fields, *_) in TOOLS.items()]
    body = {"input": PROMPT, "tools": tools, "store": False}
    said = create(api, **body)["steps"]
    asked = {"type": "user_input", "content": [{"type": "text", "text": PROMPT}]}
    again = [asked, *said, asked]
    steps = create(api, model=MODEL, input=again, store=False)["steps"]
    assert [step["type"] for step in steps] == ["thought", "model_output"]
