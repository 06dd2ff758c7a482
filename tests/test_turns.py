"""`gi continue`: which turn it goes on from, and the whole of what it sends."""

import json
import os
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import KEY, Gi
from tests.processes import GI, Terminal, environment, run
from tests.scripted import Reply, ScriptedServer, json_reply, sse

TARGET = "/v1beta/interactions"
MODEL = "gemini-3-flash-preview"
RESEARCH = "deep-research-preview-04-2026"
SETTINGS = {
    "tools": [{"type": "google_search"}, {"type": "code_execution"}],
    "generation_config": {"temperature": 0.5, "tool_choice": "auto"},
    "response_format": {"type": "text", "mime_type": "text/plain"},
}
FULL = ("-m", "gemini-9", "-s", "Be.", "--body", json.dumps(SETTINGS))
REPEATED = {"model": "gemini-9", "system_instruction": "Be.", **SETTINGS}
VARIABLES = {"GEMINI_API_KEY": KEY}
ON_MODEL = {**VARIABLES, "GI_MODEL": "gemini-0"}
CHOICES = "".join(f"gi: hint: {c}\n" for c in ("--session NAME", "--id ID", "--last"))


def answer(id: str, **fields: Any) -> Reply:
    step = {"type": "model_output", "content": [{"type": "text", "text": "ok"}]}
    whole = {"id": id, "status": "completed", "steps": [step], **fields}
    data = {"event_type": "interaction.completed", "interaction": whole}
    return sse(b"data: " + json.dumps(data).encode() + b"\n\n")


def body(**fields: Any) -> dict[str, Any]:
    return {"input": "more", "stream": True, **fields}


def typed(**fields: Any) -> tuple[str, str]:
    return "--body", json.dumps(fields)


class Case(NamedTuple):
    first: tuple[str, ...]
    then: tuple[str, ...]
    expected: dict[str, Any]
    environ: dict[str, str] = VARIABLES
    told: dict[str, Any] = {}  # noqa: RUF012


FUNCTION = {
    "type": "function",
    "name": "start",
    "parameters": {
        "type": "object",
        "properties": {"env": {"type": "string"}, "headers": {"type": "object"}},
    },
}
AGENT = ("--agent", "mine", *typed(agent_config={"type": "dynamic", "depth": 2}))
SANDBOX = ("--agent", "mine", *typed(environment={"type": "remote"}))
REPORT = typed(background=True, tools=[{"type": "url_context"}])
DEEP = ("--agent", RESEARCH, "--thoughts", *REPORT)
INHERITED = {
    "everything": Case(FULL, (), REPEATED),
    "another model": Case(FULL, ("-m", "gemini-8"), {**REPEATED, "model": "gemini-8"}),
    "another system": Case(
        FULL, ("-s", "Do."), REPEATED | {"system_instruction": "Do."}
    ),
    "other tools": Case(FULL, typed(tools=[]), {**REPEATED, "tools": []}),
    "variable": Case(FULL, (), REPEATED, ON_MODEL),
    "nothing": Case(FULL, ("--no-inherit",), {"model": MODEL}),
    "nothing but the variable": Case(
        FULL, ("--no-inherit",), {"model": "gemini-0"}, ON_MODEL
    ),
    "store": Case(("--store",), (), {"model": MODEL}),
    "thoughts": Case(
        ("--thoughts",),
        (),
        {"model": MODEL, "generation_config": {"thinking_summaries": "auto"}},
    ),
    "background": Case(
        ("--agent", "mine", *typed(background=True)), (), {"agent": "mine"}
    ),
    "agent": Case(
        AGENT, (), {"agent": "mine", "agent_config": {"type": "dynamic", "depth": 2}}
    ),
    "model after an agent": Case(AGENT, ("-m", "gemini-9"), {"model": "gemini-9"}),
    "environment": Case(
        SANDBOX,
        (),
        {"agent": "mine", "environment": "env_7"},
        told={"environment_id": "env_7"},
    ),
    "after research": Case(DEEP, (), {"model": MODEL}),
    "after research, variable": Case(DEEP, (), {"model": "gemini-0"}, ON_MODEL),
    "research after a model": Case(
        FULL,
        ("--agent", RESEARCH, *typed(background=True)),
        {
            "agent": RESEARCH,
            "background": True,
            "tools": [{"type": "google_search"}, {"type": "code_execution"}],
        },
    ),
    "parameters named like secrets": Case(
        typed(tools=[FUNCTION]), (), {"model": MODEL, "tools": [FUNCTION]}
    ),
}


@pytest.mark.parametrize("name", INHERITED)
def test_inherited(name: str, gi: Gi, server: ScriptedServer) -> None:
    case = INHERITED[name]
    server.expect("POST", TARGET, answer("v1_1", **case.told))
    server.expect("POST", TARGET, answer("v1_2"))
    at = ("--session", "s", "--base-url", server.url)
    gi("create", "hi", *at, *case.first)
    done = gi("continue", "more", *at, *case.then, environ=case.environ)
    assert (done.out, done.err) == (b"ok\n", "")
    expected = body(previous_interaction_id="v1_1", **case.expected)
    assert server.requests[1].json == expected


WAYS = {
    "id": (("--id", "v1_1"), "v1_1"),
    "session": (("--session", "one"), "v1_1"),
    "other session": (("--session", "two"), "v1_2"),
    "last": (("--last",), "v1_3"),
}


@pytest.mark.parametrize("name", WAYS)
def test_ways(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, previous = WAYS[name]
    begun = (("--session", "one"), ("--session", "two"), ())
    for n, session in enumerate(begun, 1):
        server.expect("POST", TARGET, answer(f"v1_{n}"))
        gi("create", "hi", "--base-url", server.url, "-m", f"gemini-{n}", *session)
    server.expect("POST", TARGET, answer("v1_4"))
    gi("continue", "more", "--base-url", server.url, *argv)
    model = f"gemini-{previous[-1]}"
    expected = body(previous_interaction_id=previous, model=model)
    assert server.requests[3].json == expected


def test_ids_of_another_service_are_unknown(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, answer("v1_1"))
    gi("create", "hi", "--base-url", server.url)
    done = gi("continue", "more", "--last", "--offline", code=2)
    said = "gi: error: there is no turn of the ledger to go on from\n"
    assert (done.out, done.err) == (b"", said + CHOICES)


@pytest.mark.parametrize("ledger", [None, "off"])
def test_unknown_id(ledger: str | None, gi: Gi, server: ScriptedServer) -> None:
    echo = {**REPEATED, "id": "v1_x", "status": "completed", "steps": [], "labels": {}}
    server.expect("GET", f"{TARGET}/v1_x", json_reply(echo))
    server.expect("POST", TARGET, answer("v1_2"))
    environ = {**VARIABLES, **({"GI_LEDGER": ledger} if ledger else {})}
    argv = ("continue", "more", "--id", "v1_x", "--base-url", server.url)
    assert gi(*argv, environ=environ).err == ""
    expected = body(previous_interaction_id="v1_x", **REPEATED)
    assert server.requests[1].json == expected


NAMELESS = "gi: error: nothing tells the model of that turn\n"
NAME_IT = "gi: hint: -m MODEL, or --no-inherit\n"


def test_unknown_id_without_a_model(gi: Gi, server: ScriptedServer) -> None:
    argv = ("continue", "more", "--id", "v1_x", "--base-url", server.url)
    for _ in range(2):
        server.expect("GET", f"{TARGET}/v1_x", json_reply({"tools": []}))
    done = gi(*argv, code=2, environ=ON_MODEL)
    assert (done.out, done.err) == (b"", NAMELESS + NAME_IT)
    server.expect("POST", TARGET, answer("v1_2"))
    gi(*argv, "-m", "gemini-9")
    server.expect("POST", TARGET, answer("v1_2"))
    gi(*argv, "--no-inherit")
    named = body(previous_interaction_id="v1_x", model="gemini-9", tools=[])
    assert server.requests[2].json == named
    assert server.requests[3].json == body(previous_interaction_id="v1_x", model=MODEL)


def test_unknown_id_unknown_to_the_service_too(gi: Gi, server: ScriptedServer) -> None:
    error = {"error": {"code": "not_found", "message": "No."}}
    server.expect("GET", f"{TARGET}/v1_x", json_reply(error, 404))
    done = gi("continue", "a", "--id", "v1_x", "--base-url", server.url, code=1)
    refused = "gi: error: the API refused the request: 404 not_found: No.; it goes on "
    refused += "from v1_x, which is gone if it has expired (after 55 days, 1 on the "
    refused += "free tier) or belongs to another project\n"
    assert (done.out, done.err) == (b"", refused)


def clash(one: str, two: str) -> str:
    return f"{one} and {two} contradict each other: give one\n"


NO_TERMINAL = "there is no terminal whose last turn could be continued\n" + CHOICES
NO_SESSION = "there is no turn of session 'x' to go on from\n" + CHOICES
UNSTORED = "--no-store and gi continue contradict each other\n"
OF_FILE = ("--transcript", "f")
REFUSED = {
    "no terminal": ((), NO_TERMINAL),
    "unknown session": (("--session", "x"), NO_SESSION),
    "id, last": (("--id", "a", "--last"), clash("--id", "--last")),
    "id, file": (("--id", "a", *OF_FILE), clash("--id", "--transcript")),
    "last, file": (("--last", *OF_FILE), clash("--last", "--transcript")),
    "last, session": (("--last", "--session", "s"), clash("--last", "--session")),
    "model, agent": (
        ("--last", "-m", "a", "--agent", "b"),
        clash("--model", "--agent"),
    ),
    "not stored": (("--session", "s", "--no-store"), UNSTORED),
    "not stored, an id": (("--id", "a", "--no-store"), UNSTORED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, said = REFUSED[name]
    server.expect("POST", TARGET, answer("v1_1"))
    at = ("--base-url", server.url)
    gi("create", "hi", "--session", "s", *at)
    done = gi("continue", "more", *argv, *at, code=2)
    assert (done.out, done.err) == (b"", f"gi: error: {said}")


def test_a_refused_turn_is_none(gi: Gi, server: ScriptedServer) -> None:
    at = ("--session", "s", "--base-url", server.url)
    error = {"error": {"code": "invalid_request", "message": "No."}}
    server.expect("POST", TARGET, answer("v1_1"))
    server.expect("POST", TARGET, json_reply(error, 400))
    server.expect("POST", TARGET, answer("v1_2"))
    gi("create", "hi", "--agent", "mine", *at)
    gi("continue", "more", *at, *typed(background=True), code=1)
    gi("continue", "more", *at)
    expected = body(previous_interaction_id="v1_1", agent="mine")
    assert server.requests[2].json == expected


READY = b"=ready=\r\n"
LOOP = """
stty -echo; echo =ready=
while read -r line; do eval "$line"; echo "=$?="; done
"""


def said(prompt: str, *earlier: str) -> str:
    first = f"This is an emulated answer to: {prompt}\n"
    if not earlier:
        return first
    turns = f"{len(earlier)} earlier turn{'s' if earlier[1:] else ''}"
    return f"{first}I saw {turns}, the last one was: {earlier[-1]}\n"


class Shell(Terminal):
    """A shell in a terminal of its own, which starts one gi after the other."""

    def __init__(self, home: Path, *, piped: bool) -> None:
        env = environment(home)
        super().__init__("-c", LOOP, env=env, cwd=home, program="/bin/sh")
        self.out, self.piped = home / f"out-{id(self)}", piped

    def ask(self, *argv: str) -> str:
        line = shlex.join((GI, *argv, "--offline"))
        if self.piped:
            line += f" <{os.devnull} 2>&1 | cat >{shlex.quote(str(self.out))}"
        self.send(f"{line}\n".encode())
        screen = self.read_until(b"=0=\r\n")[:-5].decode().replace("\r\n", "\n")
        shown = self.out.read_text() if self.piped else screen
        kept = [each for each in shown.splitlines() if not each.startswith("gi: ")]
        return "".join(f"{each}\n" for each in kept)


@pytest.mark.parametrize("piped", [True, False], ids=["pipes", "tty"])
def test_conversations_side_by_side(piped: bool, tmp_path: Path) -> None:
    def script(*argv: str) -> str:
        done = run(*argv, "--offline", env=environment(tmp_path), cwd=tmp_path)
        assert done.err == b"gi: offline: emulated answer\n"
        return done.out.decode()

    in_script = ("--session", "nightly build")
    with Shell(tmp_path, piped=piped) as one, Shell(tmp_path, piped=piped) as two:
        one.read_until(READY)
        two.read_until(READY)
        assert one.ask("create", "a1") == said("a1")
        assert two.ask("create", "b1") == said("b1")
        assert script("create", "s1", *in_script) == said("s1")
        assert one.ask("continue", "a2") == said("a2", "a1")
        assert script("create", "cron") == said("cron")
        assert two.ask("create", "t1", *in_script[:1], "own") == said("t1")
        assert two.ask("continue", "b2") == said("b2", "b1")
        assert script("continue", "s2", *in_script) == said("s2", "s1")
        assert two.ask("continue", "b3") == said("b3", "b1", "b2")
        assert one.ask("continue", "a3") == said("a3", "a1", "a2")
        assert script("continue", "s3", *in_script) == said("s3", "s1", "s2")
        assert script("continue", "c2", "--last") == said("c2", "s1", "s2", "s3")
    done = run("continue", "x", "--offline", env=environment(tmp_path), code=2)
    assert (done.out, done.err.decode()) == (b"", f"gi: error: {NO_TERMINAL}")
