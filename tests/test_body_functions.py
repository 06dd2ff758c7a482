"""Functions: declared in every shape, their schemas made fit for the API."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bodies import (
    Refusal,
    Row,
    body,
    check_refused,
    check_sent,
    of_agent,
    typed,
    write_files,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city \N{SUN BEHIND CLOUD}",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "minLength": 1}},
        "required": ["city"],
    },
}
BARE = {name: value for name, value in WEATHER.items() if name != "type"}
PLAIN = {"type": "function", "name": "f"}


def declared(**parameters: Any) -> str:
    return json.dumps({"name": "f", "parameters": parameters})


def with_parameters(**parameters: Any) -> dict[str, Any]:
    return body(tools=[{"type": "function", "name": "f", "parameters": parameters}])


FUNCTIONS = {
    "a function, bare": Row(("--function", json.dumps(BARE)), body(tools=[WEATHER])),
    "a function, as a tool": Row(
        ("--function", json.dumps(WEATHER)), body(tools=[WEATHER])
    ),
    "a function, wrapped": Row(
        ("--function", json.dumps({"type": "function", "function": BARE})),
        body(tools=[WEATHER]),
    ),
    "functions of every shape": Row(
        (
            "--function",
            json.dumps([BARE, PLAIN, {"type": "function", "function": {"name": "g"}}]),
        ),
        body(tools=[WEATHER, PLAIN, {"type": "function", "name": "g"}]),
    ),
    "functions one by one": Row(
        ("--function", '{"name":"f"}', "--function", '{"name":"g","later":1}'),
        body(tools=[PLAIN, {"type": "function", "name": "g", "later": 1}]),
    ),
    "functions from a file": Row(
        ("--function", "@functions.json"),
        body(tools=[PLAIN, {"type": "function", "name": "g"}]),
    ),
    "a function from stdin": Row(
        ("--function", "@-"), body(tools=[PLAIN]), b'{"name": "f"}\n'
    ),
    "a function named function": Row(
        ("--function", '{"name":"function"}'),
        body(tools=[{"type": "function", "name": "function"}]),
    ),
    "requires nothing": Row(
        ("--function", declared(type="object", required=[])),
        with_parameters(type="object"),
    ),
    "requires nothing, deeper": Row(
        (
            "--function",
            declared(
                properties={"a": {"required": [], "items": {"required": []}}},
                anyOf=[{"required": []}, {"required": ["b"]}],
            ),
        ),
        with_parameters(
            properties={"a": {"items": {}}}, anyOf=[{}, {"required": ["b"]}]
        ),
    ),
    "what is no schema stays": Row(
        (
            "--function",
            declared(
                default={"required": []},
                enum=[{"required": []}],
                const={"required": []},
                examples=[{"required": []}],
            ),
        ),
        with_parameters(
            default={"required": []},
            enum=[{"required": []}],
            const={"required": []},
            examples=[{"required": []}],
        ),
    ),
    "properties of those names": Row(
        (
            "--function",
            declared(
                properties={"required": [], "default": {"required": []}},
                required=["required"],
            ),
        ),
        with_parameters(
            properties={"required": [], "default": {}}, required=["required"]
        ),
    ),
    "a tool's parameters": Row(
        ("--tool", json.dumps({**PLAIN, "parameters": {"required": []}})),
        with_parameters(),
    ),
    "a big number of a schema": Row(
        ("--function", declared(maximum=123456789012345678901)),
        with_parameters(maximum=123456789012345678901),
    ),
    "a function of an agent": Row(
        ("--agent", "mine", "--function", '{"name":"f"}'),
        of_agent("mine", tools=[PLAIN]),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, FUNCTIONS[name])


NO_NAME = "--function: a declaration has no name"
REFUSED = {
    "a function of no name": Refusal(("--function", "{}"), NO_NAME),
    "a wrapped one of no name": Refusal(
        ("--function", '{"type":"function","function":{"name":""}}'), NO_NAME
    ),
    "another tool": Refusal(
        ("--function", '{"type":"url_context","name":"f"}'),
        "--function: 'url_context' is another type of tool",
    ),
    "functions by name": Refusal(
        ("--function", '["f"]'),
        "--function: it is neither a JSON object nor a list of them",
    ),
    "no JSON": Refusal(
        ("--function", "f"),
        "--function: it is not JSON: Expecting value: line 1 column 1 (char 0)",
        ("--function @f reads a file",),
    ),
    "twice": Refusal(
        ("--function", '{"name":"f"}', *typed(tools=[PLAIN])),
        "--function: 'f' is declared twice",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_refused(gi, server, REFUSED[name])
