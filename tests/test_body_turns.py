"""`gi continue`: the turn before, setting by setting, under what was typed."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.bodies import (
    MODEL,
    RESEARCH,
    TARGET,
    Refusal,
    Row,
    answer,
    check_refused,
    check_sent,
    environment,
    fields,
    typed,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer, json_reply

SEARCH, URL = {"type": "google_search"}, {"type": "url_context"}
OF_TEXT = {"type": "text", "mime_type": "application/json", "schema": {}}


class Turns(NamedTuple):
    """The first turn, the one that goes on, and what of it is sent."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    body: dict[str, Any]
    config: str = ""
    model: str = ""


def more(who: str = MODEL, **settings: Any) -> dict[str, Any]:
    ids = {"previous_interaction_id": "v1_1", "input": "more"}
    return {"model": who, **ids, **settings, "stream": True}


def agent_more(who: str, **settings: Any) -> dict[str, Any]:
    _, *items = more(**settings).items()
    return {"agent": who, **dict(items)}


SEEDED = ("--seed", "1", "--tool-choice", "any")
FULL = ("-m", "gemini-9", "-s", "Be.", "--tool", "google_search", "--schema", "{}")
DEEP = ("--agent", RESEARCH, *typed(background=True, tools=[URL]))
TURNS = {
    "a setting more": Turns(
        SEEDED,
        ("--temperature", "0.5"),
        more(generation_config={"tool_choice": "any", "seed": 1, "temperature": 0.5}),
    ),
    "a setting anew": Turns(
        SEEDED,
        ("--seed", "2"),
        more(generation_config={"tool_choice": "any", "seed": 2}),
    ),
    "a setting as a field": Turns(
        SEEDED,
        fields("generation_config.seed=null"),
        more(generation_config={"tool_choice": "any", "seed": None}),
    ),
    "thoughts": Turns(
        SEEDED,
        ("--thoughts",),
        more(
            generation_config={
                "tool_choice": "any",
                "seed": 1,
                "thinking_summaries": "auto",
            }
        ),
    ),
    "one of many anew": Turns(
        FULL,
        ("-s", "Do.", "--tool", "url_context"),
        more(
            "gemini-9",
            response_format=OF_TEXT,
            system_instruction="Do.",
            tools=[URL],
        ),
    ),
    "a tool as a field": Turns(
        FULL[:6],
        fields("tools[].type=url_context"),
        more("gemini-9", system_instruction="Be.", tools=[URL]),
    ),
    "nothing": Turns(FULL, ("--no-inherit",), more()),
    "nothing but the variable": Turns(
        FULL,
        ("--no-inherit", "--seed", "1"),
        more("gemini-0", generation_config={"seed": 1}),
        model="gemini-0",
    ),
    "what is configured yields": Turns(
        (*SEEDED, "--tool", "google_search", "-s", "Be."),
        (),
        more(
            tools=[SEARCH],
            system_instruction="Be.",
            generation_config={"tool_choice": "any", "seed": 1, "temperature": 0.5},
        ),
        config='[continue]\nseed = 7\ntemperature = 0.5\ntool = "x"\nsystem = "No."',
        model="gemini-0",
    ),
    "what is configured fills": Turns(
        (),
        (),
        more(system_instruction="Yes.", service_tier="flex"),
        config='[continue]\nsystem = "Yes."\nservice-tier = "flex"\nstore = false',
    ),
    "after an agent": Turns(
        ("--agent", "mine", "-s", "Be.", *typed(agent_config={"depth": 1})),
        fields("agent_config.width=2"),
        agent_more(
            "mine", system_instruction="Be.", agent_config={"depth": 1, "width": 2}
        ),
        config="seed = 1",
        model="gemini-0",
    ),
    "the same agent again": Turns(
        ("--agent", "mine", "-s", "Be."),
        ("--agent", "mine"),
        agent_more("mine", system_instruction="Be."),
    ),
    "research again": Turns(
        (*DEEP, "--thoughts"),
        ("--agent", RESEARCH, *fields("background=true")),
        agent_more(
            RESEARCH,
            tools=[URL],
            agent_config={"type": "deep-research", "thinking_summaries": "auto"},
            background=True,
        ),
    ),
    "another agent": Turns(
        (*FULL, "--function", '{"name":"f"}'),
        ("--agent", "mine"),
        agent_more("mine", tools=[SEARCH]),
    ),
    "another agent, tools of no list": Turns(
        typed(tools={"type": "later"}), ("--agent", "mine"), agent_more("mine")
    ),
    "a model after research": Turns(
        DEEP, ("--seed", "1"), more(generation_config={"seed": 1})
    ),
    "nulls": Turns(typed(tools=None, system_instruction=None), (), more()),
}


@pytest.mark.parametrize("name", TURNS)
def test_turns(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    turns = TURNS[name]
    environ = environment(tmp_path, "")
    server.expect("POST", TARGET, answer(id="v1_1"))
    at = ("--session", "s", "--base-url", server.url)
    gi("create", "hi", *at, *turns.first, environ=environ)
    check_sent(
        gi,
        server,
        Row(turns.then, turns.body),
        command=("continue", "more", "--session", "s"),
        environ=environment(tmp_path, turns.config, turns.model),
    )
    assert len(server.requests) == 2


def test_nulls_of_an_echo(gi: Gi, server: ScriptedServer) -> None:
    """The service may echo what a turn did not set."""
    echo = {"id": "v1_1", "model": "m", "tools": None, "generation_config": None}
    server.expect("GET", f"{TARGET}/v1_1", json_reply(echo))
    row = Row(("--seed", "1"), more("m", generation_config={"seed": 1}))
    check_sent(gi, server, row, command=("continue", "more", "--id", "v1_1"))
    server.expect("GET", f"{TARGET}/v1_1", json_reply(echo))
    row = Row(("--agent", "a"), agent_more("a"))
    check_sent(gi, server, row, command=("continue", "more", "--id", "v1_1"))


REFUSED = {
    "a setting of the same agent": Refusal(
        ("--seed", "1"), "--seed does not go with --agent mine"
    ),
    "no store": Refusal(
        ("--no-store",),
        "--no-store and gi continue contradict each other",
    ),
    "store=false": Refusal(
        fields("store=false"),
        "store=false and previous_interaction_id contradict each other",
    ),
    "model and agent": Refusal(
        ("-m", "a", "--agent", "b"),
        "--model and --agent contradict each other: give one",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, answer(id="v1_1"))
    gi("create", "hi", "--session", "s", "--agent", "mine", "--base-url", server.url)
    command = ("continue", "more", "--session", "s")
    check_refused(gi, server, REFUSED[name], command=command)
