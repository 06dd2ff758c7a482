"""Conversations with the emulator: what a turn knows of those before, and what not."""

from typing import Any

import httpx
import pytest

from tests.emulated import (
    HELLO,
    HELLO_INPUT,
    IMAGE,
    MODEL,
    RESEARCH,
    SAID,
    THOUGHT,
    USER,
    WEATHER,
    assert_refused,
    called,
    create,
    emulate,
    result,
    text,
)

api = pytest.fixture(emulate)
SEARCH = {"type": "google_search"}
FUNCTION = {
    "type": "function",
    "name": "call",
    "parameters": {"properties": {"headers": {"type": "object"}}},
}


def test_remembers_the_turns_before(api: httpx.Client) -> None:
    create(api, input="One")
    create(api, input="Two", previous_interaction_id="v1_1")
    third = create(api, input="Three", previous_interaction_id="v1_2")
    assert third["previous_interaction_id"] == "v1_2"
    assert text(third) == (
        "This is an emulated answer to: Three\n"
        "I saw 2 earlier turns, the last one was: Two"
    )
    token = {"continuation_token": "more", "previous_interaction_id": "v1_3"}
    assert text(create(api, **token)) == text(third)
    timeline = api.get("/v1/interactions/v1_4", params={"include_input": "true"}).json()
    assert [step["type"] for step in timeline["steps"]] == ["thought", "model_output"]
    assert "input" not in timeline


def test_results_belong_to_the_turn_before(api: httpx.Client) -> None:
    create(api, input="One")
    chained = {"previous_interaction_id": "v1_1"}
    (call,) = called(create(api, input="Then", tools=[WEATHER], **chained))
    chained = {"previous_interaction_id": "v1_2"}
    answer = create(api, input=[result(call, "Snow")], **chained)
    assert text(answer) == (
        "This is an emulated answer to: Then\n"
        "get_weather returned: Snow\n"
        "I saw 1 earlier turn, the last one was: One"
    )


def test_history_that_the_client_keeps_counts(api: httpx.Client) -> None:
    create(api, input="Before")
    steps = [USER, THOUGHT, SAID, HELLO_INPUT]
    assert text(create(api, input=steps, store=False)).splitlines() == [
        "This is an emulated answer to: Hello",
        "I saw 1 earlier turn, the last one was: What is it?",
    ]
    chained = create(api, input=steps, previous_interaction_id="v1_1")
    assert text(chained).endswith(
        "\nI saw 2 earlier turns, the last one was: What is it?"
    )


def test_a_chain_may_be_long(api: httpx.Client) -> None:
    previous = create(api, input="Turn 0")
    for turn in range(1, 300):
        more = {"previous_interaction_id": previous["id"]}
        previous = create(api, input=f"Turn {turn}", **more)
    assert text(previous).endswith(
        "I saw 299 earlier turns, the last one was: Turn 298"
    )
    said = sum(len(f"Turn {turn}") for turn in range(299))
    expected = -(-said // 4) + 2
    assert previous["usage"]["total_input_tokens"] == expected


def test_nothing_but_the_words_is_inherited(api: httpx.Client) -> None:
    create(api, input="Hello", tools=[SEARCH], system_instruction="Be brief.")
    answer = create(api, input="Go on", previous_interaction_id="v1_1")
    assert [step["type"] for step in answer["steps"]] == ["thought", "model_output"]
    assert "I was instructed" not in text(answer)
    kept = api.get("/v1/interactions/v1_2").json()
    assert not {"tools", "system_instruction"} & kept.keys()


def test_continues_nothing_deleted_or_unfinished(api: httpx.Client) -> None:
    body = HELLO | {"previous_interaction_id": "v1_1"}
    missing = "Interaction 'v1_1' not found."
    path = "/v1beta/interactions"
    assert_refused(api.post(path, json=body), missing, "not_found")
    create(api, input="Hello", background=True)
    running = "Interaction 'v1_1' is still in_progress."
    assert_refused(api.post(path, json=body), running)
    api.post(f"{path}/v1_1/cancel").raise_for_status()
    assert api.post(path, json=body).status_code == 200
    api.delete(f"{path}/v1_1").raise_for_status()
    assert_refused(api.post(path, json=body), missing, "not_found")
    go_on = HELLO | {"previous_interaction_id": "v1_2"}
    answer = api.post(path, json=go_on).json()  # its own first turn is gone
    assert text(answer).endswith("I saw 2 earlier turns, the last one was: Hello")


@pytest.mark.parametrize(
    "settings",
    [
        {
            "model": MODEL,
            "system_instruction": "Be brief.",
            "tools": [FUNCTION, SEARCH],
            "generation_config": {"temperature": 0.5},
            "response_format": {"type": "text"},
            "labels": {"team": "a"},
        },
        {
            "agent": RESEARCH,
            "background": True,
            "agent_config": {"type": "deep-research", "visualization": "off"},
            "environment": "remote",
        },
        {"model": MODEL, "response_format": [{"type": "text"}], "tools": []},
    ],
)
def test_get_echoes_the_settings_of_a_turn(
    api: httpx.Client, settings: dict[str, Any]
) -> None:
    create(api, input="Before")
    previous = {"previous_interaction_id": "v1_1"}
    body = settings | previous | {"input": "Hello", "webhook_config": {"uris": ["u"]}}
    answer = api.post("/v1/interactions", json=body).json()
    echoed = api.get("/v1/interactions/v1_2").json()
    extra = {"background"} & settings.keys()
    expected = {name: settings[name] for name in settings if name not in extra}
    found = {name: echoed[name] for name in echoed if name in body}
    assert found == expected | previous
    assert echoed.keys() - answer.keys() - {"steps"} == (
        expected.keys() - {"model", "agent"}
    )


def test_secrets_are_not_kept(api: httpx.Client) -> None:
    server = {"type": "mcp_server", "name": "notes", "url": "https://a.example/mcp"}
    rules = [{"domain": "a.example", "transform": [{"Authorization": "Bearer x"}]}]
    env = {"TOKEN": "x", "OTHER": {"value": "x", "credential": "x"}}
    sandbox = {"type": "remote", "sources": [{"type": "inline", "content": "y"}]}
    create(
        api,
        input="Hello",
        tools=[server | {"headers": {"Authorization": "x", "B": "x"}}, FUNCTION],
        environment=sandbox | {"env": env, "network": {"allowlist": rules}},
    )
    echoed = api.get("/v1/interactions/v1_1").json()
    named = {"headers": {"Authorization": "", "B": ""}}
    assert echoed["tools"] == [server | named, FUNCTION]
    rules = [{"domain": "a.example", "transform": [{"Authorization": ""}]}]
    env = {"TOKEN": "", "OTHER": {"value": "", "credential": ""}}
    assert echoed["environment"] == (
        sandbox | {"env": env, "network": {"allowlist": rules}}
    )


def test_media_of_a_turn_before_are_not_given_again(api: httpx.Client) -> None:
    create(api, input=[IMAGE])
    answer = create(api, input="Hello", previous_interaction_id="v1_1")
    assert text(answer).splitlines()[1:] == ["I saw 1 earlier turn, the last one was: "]
