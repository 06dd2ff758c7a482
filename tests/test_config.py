"""config.toml: what it sets, what wins over it, and what -v says of it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import Gi
from tests.profiles import profile

MODEL = "gemini-3-flash-preview"
GOOGLE = "https://generativelanguage.googleapis.com"


def body(**fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": "hi", **fields, "stream": True}


class Levels(NamedTuple):
    """The same option in all four places, and the body with ever more of them."""

    key: str
    top: str
    table: str
    variable: dict[str, str]
    typed: list[str]
    bodies: list[dict[str, Any]]  # built in, top level, table, variable, flag


def config(**settings: Any) -> dict[str, Any]:
    return body(generation_config=settings)


A, B, C = (
    {"type": name} for name in ("google_search", "url_context", "code_execution")
)
LEVELS = [
    Levels(
        *("model", '"top"', '"table"', {"GI_MODEL": "env"}, ["-m", "flag"]),
        [body(model=each) for each in (MODEL, "top", "table", "env", "flag")],
    ),
    Levels(
        *("system", '"top"', '"table"', {}, ["-s", "flag"]),
        [body()]
        + [body(system_instruction=s) for s in ("top", "table", "table", "flag")],
    ),
    Levels(
        *("seed", "1", "2", {}, ["--seed", "3"]),
        [body(), *(config(seed=n) for n in (1, 2, 2, 3))],
    ),
    Levels(
        *("temperature", "0.5", "1", {}, ["--temperature", "1.5"]),
        [body(), *(config(temperature=n) for n in (0.5, 1, 1, 1.5))],
    ),
    Levels(
        *("store", "true", "false", {}, ["--store"]),
        [body(), *(body(store=on) for on in (True, False, False, True))],
    ),
    Levels(
        *("thoughts", "true", "false", {}, ["--thoughts"]),
        [
            *(body(), config(thinking_summaries="auto"), body(), body()),
            config(thinking_summaries="auto"),
        ],
    ),
    Levels(
        *("tool", '"google_search"', '["url_context", "code_execution"]', {}),
        ["--tool", "google_search"],
        [body(), *(body(tools=t) for t in ([A], [B, C], [B, C], [A]))],
    ),
]


@pytest.mark.parametrize("at", range(5), ids=["none", "top", "table", "env", "flag"])
@pytest.mark.parametrize("levels", LEVELS, ids=lambda levels: levels.key)
def test_precedence(levels: Levels, at: int, gi: Gi, tmp_path: Path) -> None:
    lines = [f"{levels.key} = {levels.top}", "[create]"][: at and 2]
    lines += [f"{levels.key} = {levels.table}"] if at > 1 else []
    variables = levels.variable if at > 2 else {}
    own = profile(tmp_path, "\n".join(lines), **variables)
    typed = levels.typed if at > 3 else []
    done = gi("create", "hi", "--dry-run", *typed, environ=own.environ)
    assert (json.loads(done.out)["body"], done.err) == (levels.bodies[at], "")


URLS = [
    ("", {}, [], GOOGLE),
    ("base-url = 'https://a.example'", {}, [], "https://a.example"),
    ("base-url = 'https://a.example/v1'", {}, [], "https://a.example/v1"),
    (
        "base-url = 'https://a.example'\n[create]\nbase-url = 'https://b.example'",
        *({}, [], "https://b.example"),
    ),
    (
        "[create]\nbase-url = 'https://b.example'",
        *({"GOOGLE_GEMINI_BASE_URL": "https://c.example"}, [], "https://c.example"),
    ),
    (
        "base-url = 'https://a.example'",
        *({"GI_BASE_URL": "https://d.example"}, [], "https://d.example"),
    ),
    (
        "[create]\nbase-url = 'https://b.example'",
        *({"GI_BASE_URL": "https://d.example"}, ["--base-url", "https://e.example"]),
        "https://e.example",
    ),
    ("offline = true", {}, [], "http://localhost"),
    ("offline = true", {"GI_OFFLINE": "0"}, [], GOOGLE),
    ("offline = false", {"GI_OFFLINE": "on"}, [], "http://localhost"),
    ("offline = true\n[create]\noffline = false", {}, [], GOOGLE),
    ("offline = false", {"GI_OFFLINE": "no"}, ["--offline"], "http://localhost"),
    ("api-version = 'v1'", {}, ["--api-version", "v1beta"], GOOGLE),
]


@pytest.mark.parametrize(("text", "variables", "typed", "url"), URLS)
def test_where_it_goes(
    text: str,
    variables: dict[str, str],
    typed: list[str],
    url: str,
    gi: Gi,
    tmp_path: Path,
) -> None:
    own = profile(tmp_path, text, **variables)
    done = gi("create", "hi", "--dry-run", *typed, environ=own.environ)
    version = "" if url.endswith("/v1") else "/v1beta"
    assert json.loads(done.out)["url"] == f"{url}{version}/interactions"
    assert done.err == ""


YIELDING: dict[str, tuple[str, dict[str, str], list[str], dict[str, Any]]] = {
    "GI_MODEL to an agent": ("", {"GI_MODEL": "m"}, ["--agent", "a"], {"agent": "a"}),
    "model to an agent": ("model = 'm'", {}, ["--agent", "a"], {"agent": "a"}),
    "agent to a model": ("agent = 'a'", {}, ["-m", "m"], {"model": "m"}),
    "agent to a model of --body": (
        *("agent = 'a'", {}, ["--body", '{"model":"m"}']),
        {"model": "m"},
    ),
    "agent to a model of -F": ("agent = 'a'", {}, ["-F", "model=m"], {"model": "m"}),
    "agent to GI_MODEL": ("agent = 'a'", {"GI_MODEL": "m"}, [], {"model": "m"}),
    "top model to an agent of the command": (
        *("model = 'm'\n[create]\nagent = 'a'", {}, [], {"agent": "a"}),
    ),
    "top agent to a model of the command": (
        *("agent = 'a'\n[create]\nmodel = 'm'", {}, [], {"model": "m"}),
    ),
    "settings to an agent": ("seed = 1", {}, ["--agent", "a"], {"agent": "a"}),
    "system to research": (
        *("system = 'x'\ntool = 'google_search'", {}, ["--agent", "deep-research-x"]),
        {"agent": "deep-research-x", "tools": [A]},
    ),
    "thoughts to an agent": ("thoughts = true", {}, ["--agent", "a"], {"agent": "a"}),
    "a setting to --body": (
        *("temperature = 1", {}, ["--body", '{"generation_config":{"temperature":2}}']),
        {"model": MODEL, "generation_config": {"temperature": 2}},
    ),
    "a setting to -F": (
        *("seed = 1", {}, ["-F", "generation_config.seed=2"]),
        {"model": MODEL, "generation_config": {"seed": 2}},
    ),
    "the store to the background": (
        *("store = false", {}, ["-F", "background=true"]),
        {"model": MODEL, "background": True},
    ),
}


@pytest.mark.parametrize("name", YIELDING)
def test_what_was_not_typed_yields(name: str, gi: Gi, tmp_path: Path) -> None:
    text, variables, typed, expected = YIELDING[name]
    own = profile(tmp_path, text, **variables)
    done = gi("create", "hi", "--dry-run", *typed, environ=own.environ)
    made = json.loads(done.out)["body"]
    assert (made, done.err) == ({**expected, "input": "hi", "stream": True}, "")


def test_a_turn_that_was_typed_wins(gi: Gi, tmp_path: Path) -> None:
    own = profile(tmp_path, "[continue]\nlast = true\nmodel = 'm'\nseed = 1")
    argv = ("continue", "hi", "--id", "v1_a", "--no-inherit", "--dry-run")
    done = gi(*argv, environ=own.environ)
    made = config(seed=1) | {"model": "m", "previous_interaction_id": "v1_a"}
    assert (json.loads(done.out)["body"], done.err) == (made, "")


SHOWN = {
    "--curl over GI_OFFLINE": ("", {"GI_OFFLINE": "1"}, ["--curl"], b"curl "),
    "--curl over offline": ("offline = true", {}, ["--curl"], b"curl "),
}


@pytest.mark.parametrize("name", SHOWN)
def test_previews_yield(name: str, gi: Gi, tmp_path: Path) -> None:
    text, variables, typed, begins = SHOWN[name]
    own = profile(tmp_path, text, **variables)
    done = gi("create", "hi", *typed, environ=own.environ)
    assert (done.out[: len(begins)], done.err) == (begins, "")
    assert GOOGLE.encode() in done.out


ANSWER = b"This is an emulated answer to: hi\n"
OFFLINE = "gi: offline: emulated answer\n"
FORMATS = [
    ("format = 'ndjson'", ["--json"], b"{\n", OFFLINE),
    ("format = 'ndjson'", ["--sse"], b"event: ", OFFLINE),
    ("json = true", ["--format", "ndjson"], b'{"', OFFLINE),
    ("sse = true", ["--format", "text"], ANSWER, OFFLINE),
    ("ndjson = true", ["--ndjson"], b'{"', OFFLINE),
    ("ndjson = true", [], b'{"', OFFLINE),
    ("ndjson = false\njson = true", [], b"{\n", OFFLINE),
    ("extract = true", ["--json"], b"{\n", OFFLINE),
    ("citations = true", ["--format", "sse"], b"event: ", OFFLINE),
    ("json = true", ["--citations"], ANSWER, OFFLINE),
    ("citations = true", ["--schema", "{}"], b'{"emulated":', OFFLINE),
]


@pytest.mark.parametrize(("text", "typed", "begins", "said"), FORMATS)
def test_formats_yield(
    text: str, typed: list[str], begins: bytes, said: str, gi: Gi, tmp_path: Path
) -> None:
    own = profile(tmp_path, f"[create]\n{text}")
    done = gi("create", "hi", "--offline", *typed, environ=own.environ)
    assert (done.out[: len(begins)], done.err) == (begins, said)


def test_text_does_not_rule_out_what_is_for_text(gi: Gi, tmp_path: Path) -> None:
    own = profile(tmp_path, "[create]\nextract = true")
    argv = ("create", "hi", "--offline", "--format", "text")
    done = gi(*argv, code=8, environ=own.environ)
    why = "the answer has no fenced code block (--extract)"
    told = f"gi: error: {why}; --extract is from {own} [create]"
    assert (done.out, done.err.splitlines()[2]) == (b"", told)


def home(folder: Path, *, relative: bool = False) -> dict[str, str]:
    """The environment of a user without XDG_CONFIG_HOME, or with one of no use."""
    own = folder / ".config" / "gi"
    own.mkdir(parents=True)
    (own / "config.toml").write_text("model = 'of-home'")
    odd = {"XDG_CONFIG_HOME": "config"} if relative else {}
    return {"HOME": str(folder), **odd}


@pytest.mark.parametrize("relative", [False, True])
def test_place_without_xdg(
    relative: bool, gi: Gi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = home(tmp_path, relative=relative)
    profile(tmp_path, "model = 'of-here'")
    monkeypatch.chdir(tmp_path)
    done = gi("create", "hi", "--dry-run", environ=environ)
    assert json.loads(done.out)["body"] == body(model="of-home")
    assert done.err == ""


def test_no_file_is_no_configuration(gi: Gi, tmp_path: Path) -> None:
    for base in (f"{tmp_path}/none", "/dev/null"):
        done = gi("create", "hi", "--dry-run", environ={"XDG_CONFIG_HOME": base})
        assert (json.loads(done.out)["body"], done.err) == (body(), "")


HOMES = [
    ("system = '@~/role.txt'", body(system_instruction="A role.\n")),
    ("system = '~/role.txt'", body(system_instruction="~/role.txt")),
    ("schema = '@~/schema.json'", None),
    ("tool = ['@~/tool.json', 'url_context']", body(tools=[A, B])),
]


@pytest.mark.parametrize(("text", "expected"), HOMES)
def test_home_is_filled_in(
    text: str, expected: dict[str, Any] | None, gi: Gi, tmp_path: Path
) -> None:
    (tmp_path / "role.txt").write_text("A role.\n")
    (tmp_path / "tool.json").write_text(json.dumps(A))
    (tmp_path / "schema.json").write_text('{"type":"object"}')
    own = profile(tmp_path, f"[create]\n{text}")
    done = gi("create", "hi", "--dry-run", environ=own.environ)
    wanted = {"type": "text", "mime_type": "application/json"}
    schema = body(response_format={**wanted, "schema": {"type": "object"}})
    assert (json.loads(done.out)["body"], done.err) == (expected or schema, "")
