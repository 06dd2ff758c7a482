"""Where a value in force was set: with -v, and in the error that it leads to."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Done, Gi
from tests.profiles import profile
from tests.scripted import ScriptedServer, json_reply

GOOGLE = "https://generativelanguage.googleapis.com"
BUILT_IN = f"the service is {GOOGLE} (built in)"


class Told(NamedTuple):
    """`{}` stands for the path of the file, `{0}/x` for one beside it."""

    text: str
    variables: dict[str, str]
    argv: list[str]
    lines: list[str]


TOLD = {
    "nothing set": Told("", {}, [], [BUILT_IN]),
    "typed": Told(
        "model = 'm'\nretries = 1", {}, ["-m", "n", "--retries", "2"], [BUILT_IN]
    ),
    "variables": Told(
        "",
        {"GI_MODEL": "m", "GI_BASE_URL": "https://a.example/v1/"},
        [],
        [
            "model = m (from GI_MODEL)",
            "the service is https://a.example (GI_BASE_URL)",
        ],
    ),
    "the other variable": Told(
        "base-url = 'https://b.example'",
        {"GOOGLE_GEMINI_BASE_URL": "https://a.example"},
        [],
        ["the service is https://a.example (GOOGLE_GEMINI_BASE_URL)"],
    ),
    "typed URL": Told(
        "base-url = 'https://b.example'",
        {"GI_BASE_URL": "https://a.example"},
        ["--base-url", "https://c.example"],
        ["the service is https://c.example (--base-url)"],
    ),
    "configured URL": Told(
        "[create]\nbase-url = 'https://b.example'",
        {},
        [],
        ["the service is https://b.example ({} [create]: base-url)"],
    ),
    "every kind": Told(
        "model = 'm'\nseed = 1\ntemperature = 0.5\nthoughts = true\n"
        "[create]\nstore = false\ntimeout = 90\nretries = 0",
        {},
        [],
        [
            "thoughts = true (from {})",
            "temperature = 0.5 (from {})",
            "seed = 1 (from {})",
            "model = m (from {})",
            "store = false (from {} [create])",
            "timeout = 90 (from {} [create])",
            "retries = 0 (from {} [create])",
            BUILT_IN,
        ],
    ),
    "what may be long or secret": Told(
        "system = 'sesame'\ntool = ['google_search']\nmcp = ['a=https://x.example?key=sesame']\n"
        "[create]\nraw-field = ['environment.env.X=sesame']",
        {},
        [],
        [
            "tool (from {})",
            "mcp (from {})",
            "system (from {})",
            "raw-field (from {} [create])",
            BUILT_IN,
        ],
    ),
    "what yields is not in force": Told(
        "agent = 'a'\noffline = true\n[create]\nmodel = 'm'",
        {"GI_OFFLINE": "0"},
        [],
        [
            "model = m (from {} [create])",
            "offline = false (from GI_OFFLINE)",
            BUILT_IN,
        ],
    ),
    "offline by variable": Told(
        "base-url = 'https://b.example'",
        {"GI_OFFLINE": "1"},
        [],
        [
            "offline = true (from GI_OFFLINE)",
            "the service is http://localhost (GI_OFFLINE)",
        ],
    ),
    "offline by file": Told(
        "offline = true",
        {"GI_BASE_URL": "https://a.example"},
        [],
        ["offline = true (from {})", "the service is http://localhost ({})"],
    ),
    "verbose by file": Told(
        "verbose = true", {}, [], ["verbose = true (from {})", BUILT_IN]
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_verbose_tells(name: str, gi: Gi, tmp_path: Path) -> None:
    text, variables, argv, lines = TOLD[name]
    own = profile(tmp_path, text, **variables)
    typed = [] if name == "verbose by file" else ["-v"]
    done = gi("create", "hi", "--dry-run", *typed, *argv, environ=own.environ)
    wanted = sorted(f"gi: {line.format(own)}" for line in lines)
    assert (sorted(done.err.splitlines()), json.loads(done.out)["method"]) == (
        wanted,
        "POST",
    )
    quiet = gi("create", "hi", "--dry-run", *argv, environ=own.environ)
    assert (quiet.out, quiet.err if typed else "") == (done.out, "")


class Found(NamedTuple):
    text: str
    variables: dict[str, str]
    source: str
    typed: bool = False


FILE, COMMAND = "api-key-file = '{key}'\n", "api-key-command = 'cat {key}'\n"
KEYS = [
    Found("", {"GEMINI_API_KEY": KEY}, "GEMINI_API_KEY"),
    Found("", {"GOOGLE_API_KEY": KEY, "GEMINI_API_KEY": KEY}, "GOOGLE_API_KEY"),
    Found(FILE, {"GEMINI_API_KEY": KEY}, "GEMINI_API_KEY"),
    Found(FILE, {}, "{key}", typed=True),
    Found(FILE, {}, "{key} ({path})"),
    Found("api-key-file = '~/key'", {}, "{key} ({path})"),
    Found(f"[request]\n{FILE}", {}, "{key} ({path} [request])"),
    Found(COMMAND, {}, "api-key-command ({path})"),
    Found(COMMAND + FILE, {}, "{key} ({path})"),
]


@pytest.mark.parametrize("found", KEYS)
def test_verbose_tells_of_the_key(
    found: Found, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    own = profile(tmp_path, found.text.format(key=key), PATH=os.defpath)
    environ = {**own.environ, "GEMINI_API_KEY": "", **found.variables}
    server.expect("GET", "/v1beta/agents", json_reply({"agents": []}))
    argv = ["--api-key-file", str(key)] if found.typed else []
    argv = ["request", "GET", "agents", "-v", "--base-url", server.url, *argv]
    done = gi(*argv, environ=environ)
    assert done.err.splitlines()[:2] == [
        f"gi: the service is {server.url} (--base-url)",
        f"gi: the key is from {found.source.format(key=key, path=own)}",
    ]
    sent = server.requests[0].header("x-goog-api-key")
    assert (KEY in done.err, sent) == (False, KEY)


AT = "is from {} [create]"
BLAMED = {
    "time": (
        "timeout = '1d'",
        [],
        "--timeout: '1d' is not a time like 90, 90s, 70m or 2h; --timeout {at}",
    ),
    "negative": ("retries = -1", [], "--retries: -1 is negative; --retries {at}"),
    "temperature": (
        "temperature = 'hot'",
        [],
        "--temperature: 'hot' is not a number; --temperature {at}",
    ),
    "infinite": (
        "temperature = inf",
        [],
        "--temperature: 'inf' is not a number; --temperature {at}",
    ),
    "file": (
        "schema = '@none'",
        [],
        "--schema: none: No such file or directory; --schema {at}",
    ),
    "format": (
        "format = 'xml'",
        [],
        "--format: 'xml' is none of text, ndjson, json, sse; --format {at}",
    ),
    "errors": (
        "error-format = 'xml'",
        [],
        "--error-format: 'xml' is neither text nor json; --error-format {at}",
    ),
    "URL": (
        "base-url = 'x'",
        [],
        "{} [create]: base-url: 'x' is not a URL; it begins with https://",
    ),
    "typed beside it": (
        "timeout = '1d'\nretries = 3",
        ["--timeout", "2d"],
        "--timeout: '2d' is not a time like 90, 90s, 70m or 2h",
    ),
}


@pytest.mark.parametrize("name", BLAMED)
def test_an_error_tells_where_its_value_stands(
    name: str, gi: Gi, tmp_path: Path
) -> None:
    text, argv, why = BLAMED[name]
    own = profile(tmp_path, f"[create]\n{text}")
    done = gi("create", "hi", *argv, code=2, environ=own.environ)
    why = why.format(own, at=AT.format(own))
    assert done == Done(2, b"", f"gi: error: {why}\n")


def test_a_variable_is_blamed(gi: Gi) -> None:
    environ = {"GEMINI_API_KEY": KEY, "GI_OFFLINE": "maybe"}
    done = gi("create", "hi", code=2, environ=environ)
    assert done == Done(2, b"", "gi: error: GI_OFFLINE: 'maybe' is neither 1 nor 0\n")
