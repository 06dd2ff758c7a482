"""`gi research`: from flags to the body, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.profiles import profile
from tests.researching import AGENT, MAX, Service

ASK = ("research", "why")
SETTINGS = {"type": "deep-research", "thinking_summaries": "auto"}
OFF = {**SETTINGS, "visualization": "off"}
CHARTS = {**SETTINGS, "visualization": "auto"}
OTHER = "antigravity-preview-05-2026"
LOOK = {"type": "function", "name": "look"}
MCP = {"type": "mcp_server", "name": "docs", "url": "https://x.example/mcp"}
NOTE = {"type": "text", "text": "A note.\n"}

Json = dict[str, Any]


def body(agent: str = AGENT, config: Any = OFF, **more: Any) -> Json:
    made = {"agent": agent, "input": "why", "background": True, "store": True}
    settings = {} if config is None else {"agent_config": config}
    return {**made, **settings, "stream": True, **more}


def field(name: str, value: Any) -> tuple[str, str]:
    return "-F", f"{name}={value if isinstance(value, str) else json.dumps(value)}"


BODIES: dict[str, tuple[tuple[str, ...], Json]] = {
    "nothing": ((), body()),
    "max": (("--agent", "max"), body(MAX)),
    "max in full": (("--agent", MAX), body(MAX)),
    "newer": (("--agent", "deep-research-2027"), body("deep-research-2027")),
    "another agent": (("--agent", OTHER), body(OTHER, None)),
    "another agent in a field": (field("agent", OTHER), body(OTHER, None)),
    "another agent in a body": (
        ("--body", json.dumps({"agent": OTHER, "agent_config": {"model": "m"}})),
        body(OTHER, {"model": "m"}),
    ),
    "a file": (("-o", "report.md"), body(config=CHARTS)),
    "a folder": (("--media-dir", "."), body(config=CHARTS)),
    "stdout by name": (("-o", "-"), body()),
    "no charts, a file": (
        ("-o", "report.md", *field("agent_config.visualization", "off")),
        body(),
    ),
    "charts, no file": (
        field("agent_config.visualization", "auto"),
        body(config=CHARTS),
    ),
    "no thoughts": (
        field("agent_config.thinking_summaries", "none"),
        body(config={**OFF, "thinking_summaries": "none"}),
    ),
    "thoughts": (("--thoughts",), body()),
    "a plan": (
        field("agent_config", {"collaborative_planning": True}),
        body(config={"collaborative_planning": True, **OFF}),
    ),
    "a body": (
        ("--body", json.dumps({"agent_config": {"visualization": "auto"}})),
        body(config=CHARTS),
    ),
    "a body with everything": (
        ("--body", json.dumps({"background": False, "labels": {"a": "b"}})),
        body(labels={"a": "b"}),
    ),
    "tools": (
        ("--tool", "google_search", "--mcp", "docs=https://x.example/mcp"),
        body(tools=[{"type": "google_search"}, MCP]),
    ),
    "a tool in a body": (
        ("--body", json.dumps({"tools": [{"type": "url_context"}]})),
        body(tools=[{"type": "url_context"}]),
    ),
    "an input": (
        ("-i", "note.txt"),
        body(input=[{"type": "text", "text": "why"}, NOTE]),
    ),
    "a tier": (("--service-tier", "flex"), body(service_tier="flex")),
    "a label": (field("labels.a", "b"), body(labels={"a": "b"})),
    "the turn before": (
        field("previous_interaction_id", "v1_0"),
        body(previous_interaction_id="v1_0"),
    ),
}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text(NOTE["text"])
    return Service(tmp_path)


def previewed(service: Service, *argv: str, **environ: str) -> Json:
    done = service.gi(*argv, "--dry-run", environ=environ)
    assert (done.err, service.requests) == ("", [])
    found: Json = json.loads(done.out)["body"]
    return found


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str, service: Service) -> None:
    argv, expected = BODIES[name]
    assert previewed(service, *ASK, *argv) == expected


def test_body_without_a_stream(service: Service) -> None:
    expected = body()
    del expected["stream"]
    assert previewed(service, *ASK, "--no-stream") == expected


def test_body_is_what_is_sent(service: Service) -> None:
    service.gi(*ASK, "--agent", "max", "--tool", "google_search")
    assert service.bodies == [body(MAX, tools=[{"type": "google_search"}])]


CONFIGURED = {
    'agent = "max"': body(MAX),
    f'agent = "{OTHER}"': body(OTHER, None),
    'media-dir = "."': body(config=CHARTS),
    'tool = ["google_search"]': body(tools=[{"type": "google_search"}]),
}


@pytest.mark.parametrize("line", CONFIGURED)
def test_body_of_a_configuration(line: str, service: Service, tmp_path: Path) -> None:
    environ = profile(tmp_path, f"[research]\n{line}\n").environ
    assert previewed(service, *ASK, **environ) == CONFIGURED[line]


def test_body_of_variables(service: Service, tmp_path: Path) -> None:
    """The model is for other commands."""
    expected = body(config=CHARTS)
    assert (
        previewed(service, *ASK, GI_MODEL="m", GI_MEDIA_DIR=str(tmp_path)) == expected
    )


UNFIT = f"does not go with --agent {AGENT}"
REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "function as a tool": (("--tool", json.dumps(LOOK)), f"--tool {UNFIT}"),
    "function in a field": (field("tools[]", LOOK), f"tools {UNFIT}"),
    "function in a body": (
        ("--body", json.dumps({"tools": [LOOK]})),
        f"tools {UNFIT}",
    ),
    "system": (field("system_instruction", "x"), f"system_instruction {UNFIT}"),
    "schema": (
        field("response_format", {"type": "text", "mime_type": "application/json"}),
        f"response_format {UNFIT}",
    ),
    "settings": (field("generation_config.seed", 1), f"generation_config {UNFIT}"),
    "foreground": (
        field("background", False),
        "-F background and gi research contradict each other",
    ),
    "not stored": (
        field("store", False),
        "-F store and gi research contradict each other",
    ),
    "model": (field("model", "m"), "model and gi research contradict each other"),
    "model in a body": (
        ("--body", '{"model": "m"}'),
        "model and gi research contradict each other",
    ),
    "thoughts and none": (
        ("--thoughts", *field("agent_config.thinking_summaries", "none")),
        "--thoughts and agent_config.thinking_summaries contradict",
    ),
    "another word in a KEY": (
        ("--once", "{day}"),
        "--once: {day}: {day} is none of {date}, {hour}, {week}, {month}; "
        "a brace itself is {{ or }}",
    ),
    "no folder": (("-o", "no/report.md"), "-o: there is no folder no"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, service: Service) -> None:
    argv, error = REFUSED[name]
    done = service.gi(*ASK, *argv, code=2)
    assert (done.out, done.err.splitlines()[0]) == (b"", f"gi: error: {error}")
    assert service.requests == []


NO_SUCH = (
    *("--model", "--system", "--store", "--no-store", "--background", "--schema"),
    *("--modality", "--voice", "--function", "--tool-choice", "--exec", "--tools-dir"),
    *("--thinking", "--temperature", "--seed", "--max-output-tokens", "--transcript"),
    *("--extract", "--max-rounds", "--confirm"),
)


@pytest.mark.parametrize("flag", NO_SUCH)
def test_no_such_flag(flag: str, service: Service) -> None:
    done = service.gi(*ASK, flag, "1", code=2)
    assert done.err.startswith(f"gi: error: No such option: {flag}")
    assert service.requests == []
