"""Whose input it is: a prompt's, a field's, a transcript's; what yields to what."""

from pathlib import Path
from typing import Any

import pytest

from tests.bodies import MODEL, TARGET, answer, environment, fields, typed
from tests.conftest import Done, Gi
from tests.scripted import ScriptedServer

THINKING = {"thinking_summaries": "none", "seed": 1}
BODIES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "a token beside a prompt": (
        ("hi", "--no-store", *fields("continuation_token=t")),
        {"input": "hi", "store": False, "continuation_token": "t"},
    ),
    "a token in place of a prompt": (
        fields("continuation_token=t", "previous_interaction_id=v1_a"),
        {"previous_interaction_id": "v1_a", "continuation_token": "t"},
    ),
    "thoughts over the base": (
        ("hi", "--thoughts", *typed(generation_config=THINKING)),
        {
            "input": "hi",
            "generation_config": {**THINKING, "thinking_summaries": "auto"},
        },
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, expected = BODIES[name]
    server.expect("POST", TARGET, answer())
    gi("create", *argv, "--base-url", server.url)
    assert server.requests[0].json == {"model": MODEL, **expected, "stream": True}


def test_thoughts_over_the_turn_before(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    environ = environment(tmp_path, "")
    at = ("--session", "s", "--base-url", server.url)
    server.expect("POST", TARGET, answer())
    server.expect("POST", TARGET, answer(id="v1_b"))
    gi("create", "hi", *typed(generation_config=THINKING), *at, environ=environ)
    gi("continue", "hi", "--thoughts", *at, environ=environ)
    assert server.requests[1].json == {
        "model": MODEL,
        "previous_interaction_id": "v1_a",
        "input": "hi",
        "generation_config": {**THINKING, "thinking_summaries": "auto"},
        "stream": True,
    }


def test_a_configured_no_stream_yields(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    environ = environment(tmp_path, "[create]\nno-stream = true\n")
    server.expect("POST", TARGET, answer())
    argv = ("create", "hi", *fields("stream=true"), "--base-url", server.url)
    gi(*argv, environ=environ)
    assert server.requests[0].json == {"model": MODEL, "input": "hi", "stream": True}


@pytest.mark.parametrize(
    ("argv", "who"),
    [(fields("input=more"), "-F input"), (typed(input="more"), "--body")],
)
def test_a_transcript_is_an_input(
    argv: tuple[str, ...], who: str, gi: Gi, tmp_path: Path
) -> None:
    file = str(tmp_path / "talk")
    done = gi("create", "--transcript", file, *argv, code=2)
    said = f"{who} has an input, and so has --transcript: give one"
    assert done == Done(2, b"", f"gi: error: {said}\n")


def test_stdin_that_a_field_took_is_no_prompt(gi: Gi) -> None:
    done = gi("create", *fields("labels.a=@-"), stdin=b"x", code=2)
    hint = 'gi: hint: gi create "Why is the sky blue?"\n'
    assert done == Done(2, b"", f"gi: error: there is no prompt\n{hint}")


def test_what_an_agent_says_before_its_last_tool(
    gi: Gi, server: ScriptedServer
) -> None:
    said = [
        {"type": "model_output", "content": [{"type": "text", "text": "I look."}]},
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["x"]}},
        {"type": "model_output", "content": [{"type": "text", "text": "{}"}]},
    ]
    server.expect("POST", TARGET, answer(steps=said))
    argv = ("hi", "--agent", "mine", "--schema", "{}", "--base-url", server.url)
    assert gi("create", *argv) == Done(0, b"{}\n", "")
