"""Every response format and setting of the API, in each of the ways to say it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bodies import (
    MODEL,
    WAYS,
    Row,
    body,
    check_sent,
    fields,
    of_agent,
    said,
    typed,
    write_files,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    "required": ["a"],
}
OF_TEXT = {"type": "text", "mime_type": "application/json", "schema": SCHEMA}
OF_IMAGE = {
    "type": "image",
    "aspect_ratio": "21:9",
    "image_size": "2K",
    "mime_type": "image/jpeg",
    "delivery": "uri",
}
CONFIG = {
    "max_output_tokens": 100,
    "thinking_level": "xhigh",
    "thinking_summaries": "auto",
    "tool_choice": {"allowed_tools": {"mode": "validated", "tools": ["f"]}},
    "seed": -1,
    "stop_sequences": ["\n\n", "END"],
    "temperature": 0.0,
    "top_p": 0.95,
    "speech_config": {
        "speakers": [{"voice": "Kore", "language": "de-DE", "speaker": "Ida"}]
    },
    "video_config": {"task": "image_to_video"},
    "transcription_config": {
        "language_codes": ["de"],
        "custom_vocabulary": ["gi"],
        "mode": {"type": "verbatim", "timestamp_granularities": ["word"]},
    },
    "image_config": {"aspect_ratio": "1:1", "image_size": "1K"},
    "later": None,
}
SANDBOX = {
    "type": "remote",
    "environment_id": "env_1",
    "sources": [
        {"type": "inline", "content": "eA==", "encoding": "base64", "target": "/x"},
        {"type": "repository", "source": "https://a.test/x.git"},
    ],
    "network": {"allowlist": [{"domain": "a.test", "transform": {"x": "y"}}]},
    "env": {"A": "b", "TOKEN": {"value": "t", "credential": "c"}},
}
SETTINGS: dict[str, tuple[str, Any]] = {
    "plain text": ("response_format", {"type": "text", "mime_type": "text/plain"}),
    "structured text": ("response_format", OF_TEXT),
    "image": ("response_format", OF_IMAGE),
    "audio": (
        "response_format",
        {"type": "audio", "mime_type": "audio/wav", "sample_rate": 8000, "bit_rate": 1},
    ),
    "video": (
        "response_format",
        {
            "type": "video",
            "aspect_ratio": "9:16",
            "resolution": "4k",
            "duration": "8s",
            "gcs_uri": "gs://a/b",
        },
    ),
    "text and image": ("response_format", [{"type": "text"}, OF_IMAGE]),
    "a free object": ("response_format", {"type": "object", "later": {"x": [1.5]}}),
    "a bare schema": ("response_format", SCHEMA),
    "modalities": ("response_modalities", ["text", "image"]),
    **{f"config: {k}": ("generation_config", {k: v}) for k, v in CONFIG.items()},
    "the whole config": ("generation_config", CONFIG),
    "speakers, as before": ("generation_config", {"speech_config": [{"voice": "A"}]}),
    "transcript mode": (
        "generation_config",
        {"transcription_config": {"mode": "smart"}},
    ),
    "an environment": ("environment", SANDBOX),
    "a new environment": ("environment", "remote"),
    "no network": ("environment", {"type": "remote", "network": "disabled"}),
    "webhook": (
        "webhook_config",
        {"uris": ["https://a.test/hook"], "user_metadata": {"run": 7, "a b": None}},
    ),
    "labels": ("labels", {"team": "x", "cost-centre_1": "a-1"}),
    "safety": (
        "safety_settings",
        [
            {"type": "jailbreak", "threshold": "off"},
            {"type": "harassment", "threshold": "block_none", "method": "severity"},
        ],
    ),
    "tier": ("service_tier", "deferred"),
    "cache": ("cached_content", "cachedContents/x"),
    "previous": ("previous_interaction_id", "v1_x"),
    "old type": ("response_mime_type", "application/json"),
}


KINDS = ("image", "audio", "video")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name: str, way: str, gi: Gi, server: ScriptedServer) -> None:
    field, value = SETTINGS[name]
    argv, stdin = said(way, field, value)
    expected = body(**{field: value})
    if field == "previous_interaction_id":
        expected = {"model": MODEL, field: value, "input": "hi", "stream": True}
    kind = value.get("type") if field == "response_format" and name in KINDS else ""
    check_sent(gi, server, Row(argv, expected, stdin), lacks=kind)


AGENTS: dict[str, Json] = {
    "deep-research": {
        "type": "deep-research",
        "thinking_summaries": "auto",
        "visualization": "off",
        "collaborative_planning": True,
        "enable_bigquery_tool": False,
    },
    "antigravity": {"type": "antigravity", "max_total_tokens": 9, "model": "gemini-9"},
    "code-mender": {
        "type": "code-mender",
        "session_id": "s",
        "session_config": {"max_rounds": 2},
        "find_request": {
            "mode": "scan",
            "source_files": [{"path": "a.c", "content": "int x;\n"}],
        },
    },
    "dynamic": {"type": "dynamic", "any": {"depth": [1]}},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", AGENTS)
def test_agents(name: str, way: str, gi: Gi, server: ScriptedServer) -> None:
    argv, stdin = said(way, "agent_config", AGENTS[name])
    row = Row(
        ("--agent", f"{name}-1", *argv),
        of_agent(f"{name}-1", agent_config=AGENTS[name]),
        stdin,
    )
    check_sent(gi, server, row)


FLAGS = {
    "every setting": Row(
        (
            *("--thinking", "low", "--thoughts", "--max-output-tokens", "100"),
            *("--temperature", "0.70", "--seed", "123456789012345678901"),
            *("--tool-choice", "auto", "--service-tier", "flex", "--store"),
        ),
        body(
            generation_config={
                "tool_choice": "auto",
                "thinking_level": "low",
                "max_output_tokens": 100,
                "temperature": 0.7,
                "seed": 123456789012345678901,
                "thinking_summaries": "auto",
            },
            service_tier="flex",
            store=True,
        ),
    ),
    "a whole temperature": Row(
        ("--temperature", "1"), body(generation_config={"temperature": 1})
    ),
    "a small temperature": Row(
        ("--temperature", "1e-2"), body(generation_config={"temperature": 0.01})
    ),
    "a negative seed": Row(("--seed", "-7"), body(generation_config={"seed": -7})),
    "background": Row(fields("background=true"), body(background=True)),
    "a setting of an agent that gi knows nothing about": Row(
        ("--agent", "mine", *fields("generation_config.seed=1")),
        of_agent("mine", generation_config={"seed": 1}),
    ),
    "no store": Row(("--no-store",), body(store=False)),
    "schema": Row(("--schema", json.dumps(SCHEMA)), body(response_format=OF_TEXT)),
    "an empty schema": Row(
        ("--schema", "{}"), body(response_format={**OF_TEXT, "schema": {}})
    ),
    "a schema from a file": Row(
        ("--schema", "@object.json"),
        body(response_format={**OF_TEXT, "schema": {"a": [1, None]}}),
    ),
    "a schema over a base": Row(
        ("--schema", "{}", *typed(response_format=[OF_IMAGE])),
        body(response_format={**OF_TEXT, "schema": {}}),
    ),
    "a schema that requires nothing": Row(
        ("--schema", '{"required": [], "properties": {"required": {"required": []}}}'),
        body(response_format={**OF_TEXT, "schema": {"properties": {"required": {}}}}),
    ),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, FLAGS[name])
