"""Functions that the emulator calls: which, with what, and how that is told."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulated import (
    CLOCK,
    HELLO_INPUT,
    MODEL,
    RESEARCH,
    WEATHER,
    Clock,
    assembled,
    assert_refused,
    called,
    create,
    emulate,
    events,
    result,
    stream,
    text,
)

api = pytest.fixture(emulate)
BOTH = [WEATHER, CLOCK]
PARIS = "What is the weather in Paris?"
SIGNATURE = "ZW11bGF0ZWQgdGhvdWdodCBjMzA1OWMxOQ=="
PARIS_CALL = {
    "type": "function_call",
    "id": "emulated_c3059c19_1_1",
    "name": "get_weather",
    "arguments": {"city": "Paris"},
}
PARIS_STEPS = [{"type": "thought", "signature": SIGNATURE}, PARIS_CALL]
USAGE = {
    "total_tokens": 35,
    "total_input_tokens": 8,
    "input_tokens_by_modality": [{"modality": "text", "tokens": 8}],
    "total_cached_tokens": 0,
    "total_output_tokens": 7,
    "total_tool_use_tokens": 0,
    "total_thought_tokens": 20,
}
ENDED = {
    "created": "2026-09-30T10:00:00Z",
    "updated": "2026-09-30T10:00:00Z",
    "service_tier": "standard",
}


def calls(interaction: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(call["name"], call["arguments"]) for call in called(interaction)]


def sentences(prompt: str, **body: Any) -> list[str]:
    """What a stream tells of each event behind the thought, in short."""
    said = []
    for event in stream(emulate(), input=prompt, **body)[5:]:
        kind, index = event["event_type"], event.get("index")
        delta = event.get("delta", {})
        told = delta.get("arguments", delta.get("text", ""))
        said.append(f"{kind.removeprefix('step.')} {index} {told}".strip())
    return said


def test_calls(api: httpx.Client) -> None:
    assert create(api, input=PARIS, tools=BOTH) == {
        "id": "v1_1",
        "object": "interaction",
        "model": MODEL,
        "status": "requires_action",
        **ENDED,
        "steps": PARIS_STEPS,
        "usage": USAGE,
    }


def test_streams_a_call(api: httpx.Client) -> None:
    running = {"id": "v1_1", "status": "in_progress"}
    kind = {"object": "interaction", "model": MODEL}
    start = {**PARIS_CALL, "arguments": {}}
    ended = {"id": "v1_1", "status": "requires_action", "usage": USAGE, **ENDED, **kind}
    signed = {"signature": SIGNATURE, "type": "thought_signature"}
    halves = ('{"city":', '"Paris"}')
    first, second = ({"arguments": h, "type": "arguments_delta"} for h in halves)
    streamed = stream(api, input=PARIS, tools=BOTH)
    assert [list(event.values()) for event in streamed] == [
        [running | kind, "interaction.created"],
        ["v1_1", "in_progress", "interaction.status_update"],
        [0, {"type": "thought"}, "step.start"],
        [0, signed, "step.delta"],
        [0, "step.stop"],
        [1, start, "step.start"],
        [1, first, "step.delta"],
        [1, second, "step.delta"],
        [1, "step.stop"],
        [ended, "interaction.completed"],
    ]
    assert events(api.get("/v1/interactions/v1_1?stream=true")) == streamed


def test_get_shows_the_call_in_the_timeline(api: httpx.Client) -> None:
    stream(api, input=PARIS, tools=[WEATHER], labels={"a": "b"})
    asked = {"type": "user_input", "content": [{"type": "text", "text": PARIS}]}
    assert api.get("/v1beta/interactions/v1_1?include_input=true").json() == {
        "id": "v1_1",
        "object": "interaction",
        "model": MODEL,
        "status": "requires_action",
        **ENDED,
        "tools": [WEATHER],
        "labels": {"a": "b"},
        "steps": [asked, *PARIS_STEPS],
        "usage": USAGE,
        "input": PARIS,
    }


ONE: list[tuple[str, Any]] = [("get_weather", {"city": "emulated"})]
TIME: list[tuple[str, Any]] = [("get_time", {})]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Hello", ONE),
        ("Call get_time.", TIME),
        ("get_time, please", TIME),
        ("get_time and get_weather", TIME + ONE),
        ("both get_weather and get_time", ONE + TIME),
        ("get_weather, get_weather", ONE),
        ("my_get_time get_times get_time-zone", ONE),
        ("GET_TIME", ONE),
        ('Say "get_time"', [("get_weather", {"city": "get_time"})]),
        ("twice", ONE * 2),
        ("TWICE, please", ONE * 2),
        ("two of them", ONE * 2),
        ("both", ONE * 2),
        ("interleaved", ONE * 2),
        ("get_time twice", TIME * 2),
        ("twofold bothers", ONE),
        ("answer without calling", []),
        ('"without calling"', [("get_weather", {"city": "without calling"})]),
    ],
)
def test_the_prompt_chooses(
    api: httpx.Client, prompt: str, expected: list[tuple[str, Any]]
) -> None:
    answer = create(api, input=prompt, tools=BOTH)
    assert calls(answer) == expected
    assert answer["status"] == ("requires_action" if expected else "completed")
    ids = [call["id"] for call in called(answer)]
    assert len(ids) == len(set(ids))


TRIP = {
    "name": {"type": "string"},
    "to": {"type": "string", "maxLength": 6},
    "day": {"type": "string", "format": "date"},
    "class": {"enum": ["first", "second"]},
    "note": {"type": "string", "default": "none"},
    "people": {"type": "integer", "minimum": 1},
    "stops": {"type": "array", "items": {"type": "string"}},
}
BOOK = {"type": "function", "name": "book", "parameters": {"properties": TRIP}}


def trip(name: str = "emulated", to: str = "emulat") -> dict[str, Any]:
    return {
        "name": name,
        "to": to,
        "day": "2026-01-01",
        "class": "first",
        "note": "none",
        "people": 1,
        "stops": ["emulated"],
    }


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Is it cold in Paris?", ["Paris"]),
        ("Is it cold in New York City, USA?", ["New York City"]),
        ("Is it cold? In Oslo, I mean.", ["Oslo"]),
        ("Paris", ["emulated"]),
        ("Paris. London: Rome! Oslo?\nBern\n\n Kiel", ["emulated"]),
        ("in Århus", ["Århus"]),
        ("in Saint-Denis or L'Aquila", ["Saint-Denis"]),
        ("call get_weather in (Paris)", ["Paris"]),
        ('in Paris, no, "b; $(c)"', ["b; $(c)"]),
        ('of "\\"', ["\\"]),
        ('of "" in Paris', ["Paris"]),
        ("of Paris and London, both", ["Paris", "London"]),
        ("of Paris, twice", ["Paris", "Paris"]),
        ('the two: "a", "b", "c"', ["a", "b"]),
    ],
)
def test_takes_an_argument_from_the_prompt(
    api: httpx.Client, prompt: str, expected: list[str]
) -> None:
    answer = create(api, input=prompt, tools=[WEATHER])
    assert calls(answer) == [("get_weather", {"city": city}) for city in expected]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("go", [trip()]),
        ("for Ida", [trip("Ida")]),
        ("for Ida to Rome", [trip("Ida")]),  # nobody can put it in place of "emulat"
        ('for "Ida", both', [trip("Ida"), trip("Ida")]),
    ],
)
def test_arguments_satisfy_the_schema(
    api: httpx.Client, prompt: str, expected: list[dict[str, Any]]
) -> None:
    answer = create(api, input=prompt, tools=[BOOK])
    assert calls(answer) == [("book", arguments) for arguments in expected]


TEXT: dict[str, Any] = {"type": "string"}
SHORT = {**TEXT, "maxLength": 8}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"a": TEXT, "b": TEXT}, {"a": "Wiener Neustadt", "b": "Rome"}),
        ({"a": SHORT, "b": TEXT}, {"a": "emulated", "b": "Wiener Neustadt"}),
        ({"a": SHORT, "b": SHORT}, {"a": "emulated", "b": "emulated"}),
        ({"a": {"enum": ["emulated"]}, "b": TEXT}, {"b": "Wiener Neustadt"}),
    ],
)
def test_a_property_takes_the_next_word_if_it_can(
    api: httpx.Client, parameters: dict[str, Any], expected: dict[str, Any]
) -> None:
    tool = WEATHER | {"parameters": {"properties": parameters}}
    answer = create(api, input="in Wiener Neustadt or Rome", tools=[tool])
    assert calls(answer) == [("get_weather", {"a": "emulated"} | expected)]


def test_no_property_takes_a_word_that_the_whole_schema_forbids(
    api: httpx.Client,
) -> None:
    limit = {"allOf": [{"properties": {"a": {"maxLength": 8}}}]}
    tool = WEATHER | {"parameters": {"properties": {"a": TEXT, "b": TEXT}, **limit}}
    answer = create(api, input="in Wiener Neustadt or Rome", tools=[tool])
    assert calls(answer) == [("get_weather", {"a": "emulated", "b": "emulated"})]


def test_the_name_of_a_function_is_no_argument(api: httpx.Client) -> None:
    tool = WEATHER | {"name": "Weather"}
    answer = create(api, input="call Weather in Paris", tools=[CLOCK, tool])
    assert calls(answer) == [("Weather", {"city": "Paris"})]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ONE),
        ("any", ONE),
        ("validated", ONE),
        ("none", []),
        ({"allowed_tools": {"mode": "any", "tools": ["get_time"]}}, TIME),
        ({"allowed_tools": {"tools": ["get_time", "get_weather"]}}, ONE),
        ({"allowed_tools": {"mode": "none", "tools": ["get_time"]}}, []),
        ({"allowed_tools": {"mode": "auto", "tools": ["notes"]}}, []),
        ({"allowed_tools": {"mode": "auto"}}, []),
    ],
)
def test_tool_choice_is_honoured(
    api: httpx.Client, choice: object, expected: list[tuple[str, Any]]
) -> None:
    server = {"type": "mcp_server", "name": "notes", "url": "https://example.com"}
    config = {"tool_choice": choice}
    tools = [*BOTH, server]
    answer = create(api, input="Hello", tools=tools, generation_config=config)
    assert calls(answer) == expected
    if not expected:
        assert text(answer) == "This is an emulated answer to: Hello"
    named = create(api, input="get_weather", tools=tools, generation_config=config)
    assert calls(named) == (expected if expected == TIME else expected and ONE)


SAID = [
    "start 1",
    "delta 1 This is an emulated text before",
    "delta 1 a call.",
    "stop 1",
]
END = "interaction.completed None"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "now",
            ["start 1", 'delta 1 {"city":"e', 'delta 1 mulated"}', "stop 1", END],
        ),
        (
            "after text",
            [
                *SAID,
                "start 2",
                'delta 2 {"city":"e',
                'delta 2 mulated"}',
                "stop 2",
                END,
            ],
        ),
        ("get_time", ["start 1", "delta 1 {", "delta 1 }", "stop 1", END]),
        (
            "get_time twice",
            [
                *("start 1", "delta 1 {", "delta 1 }", "stop 1"),
                *("start 2", "delta 2 {", "delta 2 }", "stop 2", END),
            ],
        ),
        (
            "get_time interleaved",
            [
                *("start 1", "start 2", "delta 1 {", "delta 2 {"),
                *("delta 1 }", "delta 2 }", "stop 1", "stop 2", END),
            ],
        ),
        (
            "get_time and get_weather, interleaved, in pieces",
            [
                *("start 1", "start 2"),
                *("delta 1 {", "delta 2 {", "delta 1 }", 'delta 2 "'),
                *(f"delta 2 {c}".strip() for c in 'city": "emulated"}'),
                *("stop 1", "stop 2", END),
            ],
        ),
        (
            'in pieces "é\\😀"',
            [
                "start 1",
                *(
                    f"delta 1 {c}".strip()
                    for c in '{"city": "\\u00e9\\\\\\ud83d\\ude00"}'
                ),
                *("stop 1", END),
            ],
        ),
    ],
)
def test_the_prompt_says_how_it_is_told(prompt: str, expected: list[str]) -> None:
    assert sentences(prompt, tools=BOTH) == expected


@pytest.mark.parametrize("kept", [{}, {"store": False}, {"background": True}])
@pytest.mark.parametrize(
    ("prompt", "status"),
    [
        (PARIS, "requires_action"),
        ("both after text", "requires_action"),
        ("interleaved in pieces", "requires_action"),
        ("in Paris, status completed", "completed"),
    ],
)
def test_the_stream_says_what_the_answer_says(
    prompt: str, status: str, kept: dict[str, bool]
) -> None:
    body: dict[str, Any] = {"input": prompt, "tools": BOTH}
    with emulate() as api:
        whole = create(api, **body)
        streamed = stream(api, **body, **kept)
    ended = assembled(streamed)
    assert (whole["status"], ended["status"]) == (status, status)
    assert ended["steps"] == whole["steps"]
    assert ended["usage"] == whole["usage"]
    assert len(whole["steps"]) > len(called(whole)) > 0


def test_a_run_in_the_background_ends_with_its_calls() -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        create(api, input=PARIS, tools=[WEATHER], background=True)
        path = "/v1beta/interactions/v1_1"
        running = api.get(path).json()
        assert (running["status"], called(running)) == ("in_progress", [])
        clock.time += 1
        ended = api.get(path).json()
        assert (ended["status"], called(ended)) == ("requires_action", [PARIS_CALL])
        assert ended["usage"] == USAGE
        assert_refused(
            api.post(f"{path}/cancel"),
            "Interaction 'v1_1' is requires_action: "
            "only one that runs in the background can be cancelled.",
        )


def test_a_cancelled_run_wants_no_results_and_forgets_those_it_got(
    api: httpx.Client,
) -> None:
    create(api, input=PARIS, tools=[WEATHER], background=True)
    api.post("/v1beta/interactions/v1_1/cancel").raise_for_status()
    chained = {"previous_interaction_id": "v1_1"}
    body = {"model": MODEL, "input": [result(PARIS_CALL, "Snow")], **chained}
    assert api.post("/v1beta/interactions", json=body).status_code == 400
    (call,) = called(create(api, input="Hello", tools=[CLOCK], **chained))
    chained = {"previous_interaction_id": "v1_2"}
    create(api, input=[result(call, "8:00")], background=True, **chained)
    api.post("/v1beta/interactions/v1_3/cancel").raise_for_status()
    chained = {"previous_interaction_id": "v1_3"}
    answer = create(api, input="So?", **chained)
    assert text(answer).splitlines() == [
        "This is an emulated answer to: So?",
        "I saw 2 earlier turns, the last one was: Hello",
    ]


def test_a_call_comes_after_a_search_and_before_json(api: httpx.Client) -> None:
    wanted = {"type": "text", "mime_type": "application/json"}
    more = {"tools": [{"type": "google_search"}, CLOCK], "response_format": wanted}
    (call,) = called(first := create(api, input="Hello", **more))
    searched = ("google_search_call", "google_search_result")
    kinds = [step["type"] for step in first["steps"]]
    assert kinds == [*searched, "thought", "function_call"]
    chained = {"previous_interaction_id": "v1_1"}
    last = create(api, input=[result(call, "8:00")], **more, **chained)
    assert [step["type"] for step in last["steps"]] == ["thought", "model_output"]
    assert text(last) == '{"emulated": true}'


def declared(**fields: object) -> dict[str, Any]:
    return {"tools": [{"type": "function", "name": "f", **fields}]}


def chosen(choice: object) -> dict[str, Any]:
    return {"tools": BOTH, "generation_config": {"tool_choice": choice}}


CHOICE = "Invalid value for parameter 'generation_config.tool_choice"
MODES = "must be one of auto, any, none, validated."
PARAMETERS = "Invalid value for 'parameters' of function 'f': "


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"tools": [{"type": "function"}]}, "'tools[0].name' is required."),
        (declared(name=""), "'tools[0].name' is required."),
        (
            declared(name=7),
            "Invalid value for parameter 'tools[0].name': must be a string.",
        ),
        (
            declared(description=7),
            "Invalid value for parameter 'tools[0].description': must be a string.",
        ),
        (
            declared(parameters=True),
            "Invalid value for parameter 'tools[0].parameters': must be an object.",
        ),
        (
            declared(parameters={"type": "string"}),
            "'tools[0].parameters.type' must be 'object'.",
        ),
        (
            declared(parameters={"properties": {"a": {"type": "text"}}}),
            "Invalid value for 'tools[0].parameters': "
            "the schema has an invalid 'type'.",
        ),
        (
            declared(parameters={"$ref": "#/$defs/a"}),
            PARAMETERS + "the schema has no '#/$defs/a'.",
        ),
        (
            declared(parameters={"properties": {"a": False}, "required": ["a"]}),
            PARAMETERS + "no value was found that satisfies the schema.",
        ),
        (
            declared(
                parameters={"properties": {"a": {"type": "integer", "minimum": 1e21}}}
            ),
            PARAMETERS + "Integer exceeds 64-bit range.",
        ),
        (chosen("always"), f"{CHOICE}': {MODES}"),
        (chosen(None), f"{CHOICE}': must be a string or an object."),
        (
            chosen({"allowed_tools": ["get_time"]}),
            f"{CHOICE}.allowed_tools': must be an object.",
        ),
        (
            chosen({"allowed_tools": {"mode": "always"}}),
            f"{CHOICE}.allowed_tools.mode': {MODES}",
        ),
        (
            chosen({"allowed_tools": {"tools": "get_time"}}),
            f"{CHOICE}.allowed_tools.tools': must be an array.",
        ),
        (
            chosen({"allowed_tools": {"tools": [7]}}),
            f"{CHOICE}.allowed_tools.tools[0]': must be a string.",
        ),
        (
            chosen({"allowed_tools": {"tools": ["get_time", "x"]}}),
            "Invalid value for 'generation_config.tool_choice': no tool is named 'x'.",
        ),
        (
            {"agent": RESEARCH, "background": True, "tools": BOTH},
            f"Agent '{RESEARCH}' cannot call functions.",
        ),
    ],
)
def test_refuses(api: httpx.Client, body: dict[str, Any], message: str) -> None:
    served_by = {} if "agent" in body else {"model": MODEL}
    asked = {**served_by, "input": "Hello", **body}
    assert_refused(api.post("/v1beta/interactions", json=asked), message)


@pytest.mark.parametrize(("levels", "status"), [(31, 200), (32, 400)])
def test_calls_can_be_sent_back_however_deep_their_arguments(
    api: httpx.Client, levels: int, status: int
) -> None:
    inner: dict[str, Any] = {"type": "string"}
    definitions = {}
    for level in range(levels):
        listed = {"type": "array", "items": inner}
        definitions[str(level)] = {"type": "object", "properties": {"a": listed}}
        inner = {"$ref": f"#/$defs/{level}"}
    tools = declared(parameters={"$defs": definitions, "properties": {"a": inner}})
    body = {"model": MODEL, "input": "Hello", "store": False, **tools}
    response = api.post("/v1/interactions", json=body)
    assert response.status_code == status
    if status == 400:
        assert_refused(response, PARAMETERS + "the schema is too complex.")
    else:
        (call,) = called(answer := response.json())
        history = [HELLO_INPUT, *answer["steps"], result(call, "x")]
        assert text(create(api, input=history, store=False)).endswith(" returned: x")


SCHEMAS = st.recursive(
    st.booleans() | st.integers() | st.sampled_from(["string", "object", "é", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "required", "items", "a", "enum", "minimum"]
            ),
            inner,
            max_size=3,
        )
    ),
)


@given(SCHEMAS, SCHEMAS, st.text())
def test_never_fails(parameters: object, choice: object, prompt: str) -> None:
    body = {**declared(parameters=parameters), "generation_config": {}}
    if choice:
        body["generation_config"] = {"tool_choice": choice}
    with emulate() as api:
        asked = {"model": MODEL, "input": prompt, "stream": True, **body}
        response = api.post("/v1beta/interactions", json=asked)
    assert response.status_code in {200, 400}
