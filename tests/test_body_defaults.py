"""What nobody typed: GI_MODEL and config.toml fill what is unset, or yield."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.bodies import (
    RESEARCH,
    Refusal,
    Row,
    body,
    check_refused,
    check_sent,
    environment,
    fields,
    of_agent,
    typed,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer, json_reply

SEARCH, URL = {"type": "google_search"}, {"type": "url_context"}
PLAIN = {"type": "function", "name": "f"}
OF_TEXT = {"type": "text", "mime_type": "application/json", "schema": {}}


class Filled(NamedTuple):
    """A configuration, a command line, and the body that comes of both."""

    config: str
    argv: tuple[str, ...]
    body: dict[str, Any]
    model: str = ""


EVERYTHING = """
model = "gemini-7"
system = "Be."
tool = ["google_search", "url_context"]
function = '{"name": "f"}'
tool-choice = "auto"
thinking = "low"
max-output-tokens = 10
temperature = 0.5
seed = 123456789012345678
schema = "{}"
service-tier = "flex"
store = false
"""
CONFIG = {
    "tool_choice": "auto",
    "thinking_level": "low",
    "max_output_tokens": 10,
    "temperature": 0.5,
    "seed": 123456789012345678,
}
SETTINGS = {
    "system_instruction": "Be.",
    "tools": [SEARCH, URL, PLAIN],
    "generation_config": CONFIG,
    "response_format": OF_TEXT,
    "service_tier": "flex",
    "store": False,
}
FIELDS = (
    "[create]\nfield = ['generation_config.top_p=0.5', 'a[].b=1', 'a[].c=x', 'a[].b=2']"
)
FILLED = {
    "everything": Filled(EVERYTHING, (), {**body(**SETTINGS), "model": "gemini-7"}),
    "everything of an agent": Filled(
        EVERYTHING,
        ("--agent", "mine"),
        of_agent(
            "mine", **{k: v for k, v in SETTINGS.items() if k != "generation_config"}
        ),
    ),
    "everything of research": Filled(
        EVERYTHING,
        ("--agent", RESEARCH, *fields("background=true")),
        of_agent(RESEARCH, background=True, tools=[SEARCH, URL], service_tier="flex"),
    ),
    "a base with all of it": Filled(
        EVERYTHING,
        (
            *typed(model="m", tools=[], generation_config=None, store=True),
            *("-s", "", "--service-tier", "priority"),
            *fields("response_format=null"),
        ),
        {
            "model": "m",
            "input": "hi",
            "tools": [],
            "generation_config": None,
            "store": True,
            "system_instruction": "",
            "service_tier": "priority",
            "response_format": None,
            "stream": True,
        },
    ),
    "settings one by one": Filled(
        "seed = 1\ntemperature = 0.5",
        ("--seed", "2", *fields("generation_config.top_p=1")),
        body(generation_config={"seed": 2, "top_p": 1, "temperature": 0.5}),
    ),
    "a setting as a field": Filled(
        "seed = 1",
        fields("generation_config.seed=2"),
        body(generation_config={"seed": 2}),
    ),
    "no settings at all": Filled(
        "seed = 1", fields("generation_config=x"), body(generation_config="x")
    ),
    "tools as a whole": Filled(
        'tool = "google_search"', ("--tool", "url_context"), body(tools=[URL])
    ),
    "tools as a field": Filled(
        'tool = "google_search"', fields("tools[].type=url_context"), body(tools=[URL])
    ),
    "no tools": Filled('tool = "google_search"', fields("tools=[]"), body(tools=[])),
    "a model as a field": Filled(
        'model = "a"', fields("model=b"), {**body(), "model": "b"}, "c"
    ),
    "an agent as a field": Filled('model = "a"', fields("agent=b"), of_agent("b"), "c"),
    "an agent of the base": Filled("", typed(agent="b"), of_agent("b"), "c"),
    "the variable": Filled('model = "a"', (), {**body(), "model": "c"}, "c"),
    "an agent": Filled('agent = "a"', (), of_agent("a")),
    "an agent, and a model typed": Filled(
        'agent = "a"', ("-m", "b"), {**body(), "model": "b"}
    ),
    "thoughts of an agent": Filled("thoughts = true", ("--agent", "a"), of_agent("a")),
    "thoughts, none": Filled(
        "thoughts = true",
        fields("generation_config.thinking_summaries=none"),
        body(generation_config={"thinking_summaries": "none"}),
    ),
    "thoughts, no object": Filled(
        "thoughts = true", fields("generation_config=1"), body(generation_config=1)
    ),
    "no store, background": Filled(
        "store = false", fields("background=true"), body(background=True)
    ),
    "fields": Filled(
        FIELDS,
        ("--seed", "1"),
        body(
            generation_config={"seed": 1, "top_p": 0.5},
            a=[{"b": 1, "c": "x"}, {"b": 2}],
        ),
    ),
    "fields, and the same typed": Filled(
        FIELDS,
        typed(generation_config={"top_p": 1}, a=[]),
        body(generation_config={"top_p": 1}, a=[]),
    ),
    "fields, and others typed": Filled(FIELDS, fields("b=1"), body(b=1)),
    "an agent among the fields": Filled(
        "[create]\nseed = 1\nfield = 'agent=mine'", (), of_agent("mine")
    ),
    "a field beside a setting": Filled(
        "[create]\nseed = 1\nfield = 'generation_config.top_p=1'",
        (),
        body(generation_config={"seed": 1, "top_p": 1}),
    ),
    "raw fields": Filled("[create]\nraw-field = 'a.b=1'", (), body(a={"b": "1"})),
    "fields of an agent": Filled(
        FIELDS, ("--agent", "a"), of_agent("a", a=[{"b": 1, "c": "x"}, {"b": 2}])
    ),
    "fields that do not fit": Filled(
        "[create]\n"
        "field = ['background=true', 'agent_config.type=dynamic', 'b[0].c=1']",
        ("--no-store",),
        body(store=False, b=[{"c": 1}]),
    ),
}


@pytest.mark.parametrize("name", FILLED)
def test_filled(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    config, argv, expected, model = FILLED[name]
    environ = environment(tmp_path, config, model)
    check_sent(gi, server, Row(argv, expected), environ=environ)


def test_a_configured_value_that_is_wrong(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    environ = environment(tmp_path, "[create]\nfield = 'a..b=1'")
    refusal = Refusal(
        (),
        "-F a..b: the path breaks at '..b'; "
        f"-F is from {tmp_path}/gi/config.toml [create]",
    )
    check_refused(gi, server, refusal, environ=environ)


def test_configured_fields_of_any_request(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    environ = environment(tmp_path, "[request]\nfield = 'a.b=1'")
    server.expect("POST", "/v1beta/agents", json_reply({}))
    gi("request", "POST", "agents", "--base-url", server.url, environ=environ)
    assert server.requests[0].json == {"a": {"b": 1}}
