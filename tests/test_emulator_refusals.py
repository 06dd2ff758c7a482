"""What the emulator refuses, with the API's status and body."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulated import (
    CALL,
    HELLO,
    IMAGE,
    MODEL,
    RESEARCH,
    USER,
    WHAT,
    assert_refused,
    create,
    emulate,
)

api = pytest.fixture(emulate)
AGENT = {"agent": RESEARCH, "background": True, "input": "Hello"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({**HELLO, "x": 1}, "Unknown parameter 'x'."),
        ({**HELLO, "tool_choice": "any"}, "Unknown parameter 'tool_choice'."),
        ({"input": "Hello"}, "One of 'model' and 'agent' is required."),
        ({**HELLO, **AGENT}, "Only one of 'model' and 'agent' may be set."),
        (
            {**HELLO, "model": None},
            "Invalid value for parameter 'model': must be a string.",
        ),
        (
            {**HELLO, "stream": "true"},
            "Invalid value for parameter 'stream': must be a boolean.",
        ),
        (
            {**HELLO, "response_format": "json"},
            "Invalid value for parameter 'response_format': "
            "must be an object or an array.",
        ),
        (
            {**HELLO, "service_tier": "cheap"},
            "Invalid value for parameter 'service_tier': "
            "must be one of standard, flex, priority, deferred.",
        ),
        (
            {**AGENT, "generation_config": {}},
            "'generation_config' cannot be used with 'agent'.",
        ),
        (
            {**HELLO, "agent_config": {"type": "dynamic"}},
            "'agent_config' cannot be used with 'model'.",
        ),
        (
            {"agent": RESEARCH, "input": "Hello"},
            f"Agent '{RESEARCH}' requires background=true.",
        ),
        (
            {**AGENT, "store": False},
            "'background' cannot be used with store=false.",
        ),
        (
            {**HELLO, "store": False, "previous_interaction_id": "v1_1"},
            "'previous_interaction_id' cannot be used with store=false.",
        ),
        (
            {**HELLO, "tools": ["x"]},
            "Invalid value for parameter 'tools[0]': must be an object.",
        ),
        ({**HELLO, "tools": [{}]}, "'tools[0].type' is required."),
        ({"model": MODEL}, "'input' is required."),
        ({"model": MODEL, "input": ""}, "'input' is required."),
        ({"model": MODEL, "input": []}, "'input' is required."),
        ({"model": MODEL, "continuation_token": "more"}, "'input' is required."),
    ],
)
def test_refuses(api: httpx.Client, body: dict[str, Any], message: str) -> None:
    assert_refused(api.post("/v1beta/interactions", json=body), message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "Invalid value for parameter 'input': must be a string or an object or"),
        (["Hello"], "Invalid value for parameter 'input[0]': must be an object."),
        ([{"role": "user", "content": "Hello"}], "'input[0].type' is required."),
        (
            {"type": "poem"},
            "Invalid value for parameter 'input.type': must be one of text,",
        ),
        (
            [WHAT, {"type": "poem"}],
            "Invalid value for parameter 'input[1].type': must be one of text,",
        ),
        ([WHAT, USER], "'input' must not mix contents and steps."),
        (
            {"type": "text"},
            "'input.text' is required.",
        ),
        ({"type": "image"}, "'input' needs 'data' or 'uri'."),
        (
            {**IMAGE, "data": 7},
            "Invalid value for parameter 'input.data': must be a string.",
        ),
        (
            [{"type": "user_input", "content": "Hi"}],
            "Invalid value for parameter 'input[0].content': must be an",
        ),
        (
            [{"type": "user_input", "content": [{"type": "text"}]}],
            "'input[0].content[0].text' is required.",
        ),
        (
            [USER, {"type": "function_result", "result": "4"}],
            "'input[1].call_id' is required.",
        ),
        (
            [USER, {**CALL, "arguments": "{}"}],
            "Invalid value for parameter 'input[1].arguments': must be an object.",
        ),
        ([USER, {"type": "thought"}], "Request contains an invalid argument."),
    ],
)
def test_refuses_input(api: httpx.Client, given: object, message: str) -> None:
    body = {"model": MODEL, "input": given}
    response = api.post("/v1beta/interactions", json=body)
    found = response.json()["error"]["message"]
    assert found.startswith(message)
    assert_refused(response, found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The request body is not valid JSON."),
        (b'{"model":', "The request body is not valid JSON."),
        (b"[]", "The request body must be a JSON object."),
    ],
)
def test_refuses_bodies(api: httpx.Client, content: bytes, message: str) -> None:
    assert_refused(api.post("/v1beta/interactions", content=content), message)
    chunked = api.post("/v1beta/interactions", content=iter([content]))
    assert_refused(chunked, message)


@pytest.mark.parametrize(
    ("levels", "status"), [(97, 200), (98, 400), (900, 400), (9000, 400)]
)
def test_refuses_what_is_nested_too_deeply(
    api: httpx.Client, levels: int, status: int
) -> None:
    deep = f'"a{levels}"'.encode()
    deep = b'{"x":' * levels + deep + b"}" * levels
    body = b'{"model":"m","input":[%b],"background":true}' % b",".join(
        [
            b'{"type":"thought","signature":"s"}',
            b'{"type":"function_call","id":"c","name":"f","arguments":{}}',
            b'{"type":"function_result","call_id":"c","name":"f","result":%b}' % deep,
        ]
    )
    response = api.post("/v1/interactions", content=body)
    assert response.status_code == status
    if status == 200:
        for query in ("", "?include_input=true", "?stream=true"):
            assert api.get(f"/v1/interactions/v1_1{query}").status_code == 200
    elif levels == 98:
        assert_refused(response, "The request body is nested too deeply.")


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/v1beta/interactions", "GET /v1beta/interactions does not exist."),
        ("PUT", "/v1/interactions/a", "PUT /v1/interactions/a does not exist."),
        ("POST", "/v2/interactions", "POST /v2/interactions does not exist."),
        ("GET", "/", "GET / does not exist."),
        ("GET", "/v1/interactions/a", "Interaction 'a' not found."),
        ("DELETE", "/v1/interactions/a", "Interaction 'a' not found."),
        ("POST", "/v1/interactions/a/cancel", "Interaction 'a' not found."),
    ],
)
def test_finds_nothing(api: httpx.Client, method: str, path: str, message: str) -> None:
    assert_refused(api.request(method, path), message, "not_found")


def test_continues_nothing_unknown_or_unfinished(api: httpx.Client) -> None:
    body = HELLO | {"previous_interaction_id": "v1_1"}
    response = api.post("/v1beta/interactions", json=body)
    assert_refused(response, "Interaction 'v1_1' not found.", "not_found")
    create(api, input="Hello", background=True)
    response = api.post("/v1beta/interactions", json=body)
    assert_refused(response, "Interaction 'v1_1' is still in_progress.")


def test_refuses_to_cancel_what_is_done(api: httpx.Client) -> None:
    create(api, input="Hello")
    assert_refused(
        api.post("/v1beta/interactions/v1_1/cancel"),
        "Interaction 'v1_1' is completed: "
        "only one that runs in the background can be cancelled.",
    )


def test_refuses_a_flag_that_is_no_flag(api: httpx.Client) -> None:
    create(api, input="Hello")
    assert_refused(
        api.get("/v1beta/interactions/v1_1?stream=yes"),
        "Invalid value for parameter 'stream': must be true or false.",
    )


def test_refuses_the_invalid_key(api: httpx.Client) -> None:
    headers = {"x-goog-api-key": "invalid"}
    response = api.post("/v1beta/interactions", json=HELLO, headers=headers)
    assert (response.status_code, response.json()) == (
        400,
        {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "API_KEY_INVALID",
                        "domain": "googleapis.com",
                        "metadata": {"service": "generativelanguage.googleapis.com"},
                    }
                ],
            }
        },
    )
    headers = {"x-goog-api-key": "any other"}
    response = api.post("/v1beta/interactions", json=HELLO, headers=headers)
    assert response.status_code == 200


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "data", "result", "x"]),
            inner | st.sampled_from(["text", "image", "user_input", "function_result"]),
        )
    ),
)


@given(JUNK, st.dictionaries(st.sampled_from(["tools", "labels", "store"]), JUNK))
def test_never_fails(given_input: object, more: dict[str, Any]) -> None:
    with emulate() as api:
        body = {"model": MODEL, "input": given_input} | more
        response = api.post("/v1beta/interactions", json=body)
    assert response.status_code in {200, 400}
