"""--dry-run: the whole request, nothing sent, no secret shown, in --curl neither."""

import json
from pathlib import Path
from typing import Any

import pytest

from gi_cli import __version__
from tests.conftest import Done, Gi
from tests.scripted import ScriptedServer

MODEL = "gemini-3-flash-preview"
CREATE = "/v1beta/interactions"
READ = {
    "accept": "application/json",
    "accept-encoding": "identity",
    "api-revision": "2026-05-20",
    "user-agent": f"gi/{__version__}",
    "x-goog-api-key": "[redacted]",
}
WRITE = {**READ, "content-type": "application/json"}
STREAM = {**WRITE, "accept": "text/event-stream"}


def shown(
    method: str, target: str, headers: dict[str, str] = READ, body: Any = None
) -> dict[str, Any]:
    return {"method": method, "url": target, "headers": headers, "body": body}


def upload(name: str, size: int) -> dict[str, Any]:
    more = {
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": str(size),
        "x-goog-upload-header-content-type": "text/plain",
    }
    body = {"file": {"display_name": name}}
    return shown("POST", "/upload/v1beta/files", {**WRITE, **more}, body)


ASK = {"model": MODEL, "input": "hi"}
COMMANDS: dict[str, list[dict[str, Any]]] = {
    "create hi": [shown("POST", CREATE, STREAM, {**ASK, "stream": True})],
    "create hi --no-stream": [shown("POST", CREATE, WRITE, ASK)],
    "create hi -H x-goog-api-client: -H X-A:b": [
        shown("POST", CREATE, {**STREAM, "x-a": "b"}, {**ASK, "stream": True})
    ],
    "create hi -H Authorization:Bearer": [
        shown(
            *("POST", CREATE),
            {k: v for k, v in STREAM.items() if k != "x-goog-api-key"}
            | {"authorization": "[redacted]"},
            {**ASK, "stream": True},
        )
    ],
    "continue hi --id v1_a --no-inherit": [
        shown(
            *("POST", CREATE, STREAM),
            {**ASK, "previous_interaction_id": "v1_a", "stream": True},
        )
    ],
    "get a/b": [shown("GET", f"{CREATE}/a%2Fb")],
    "delete a b": [shown("DELETE", f"{CREATE}/{id}") for id in ("a", "b")],
    "files upload a.txt b.txt": [upload("a.txt", 1), upload("b.txt", 2)],
    "files list": [shown("GET", "/v1beta/files?pageSize=100")],
    "files get files/a": [shown("GET", "/v1beta/files/a")],
    "files delete a b": [shown("DELETE", f"/v1beta/files/{id}") for id in ("a", "b")],
    "request GET agents -F a=1": [shown("GET", "/v1beta/agents?a=1")],
    "request POST a -F b=1": [shown("POST", "/v1beta/a", WRITE, {"b": 1})],
    "request POST a -F stream=true": [
        shown("POST", "/v1beta/a", STREAM, {"stream": True})
    ],
    "request DELETE a": [shown("DELETE", "/v1beta/a")],
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("bb")
    monkeypatch.chdir(tmp_path)


def documents(out: bytes) -> list[Any]:
    found, text, decoder = [], out.decode().lstrip(), json.JSONDecoder()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_whole(command: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    state = tmp_path / "state"
    environ = {"GI_BASE_URL": server.url, "XDG_STATE_HOME": str(state)}
    done = gi(*command.split(), "--dry-run", environ=environ)
    wanted = [{**one, "url": server.url + one["url"]} for one in COMMANDS[command]]
    assert (documents(done.out), done.err) == (wanted, "")
    assert state.exists() == command.startswith("continue")  # the ledger is asked


def test_no_file_is_made(gi: Gi, tmp_path: Path) -> None:
    files = ("-o", "out", "--save-events", "events", "--id-file", "id")
    gi("create", "hi", "--dry-run", *files, environ={})
    gi("request", "GET", "agents", "--curl", "-o", "out", environ={})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_plain_http_is_shown(gi: Gi) -> None:
    argv = ("get", "v1_a", "--dry-run", "--base-url", "http://api.example")
    assert json.loads(gi(*argv, environ={}).out)["url"].startswith("http://api.example")


HIDDEN = "[redacted]"
MCP = '{"type":"mcp_server","name":"a","url":"https://m.example","headers":{"X":"sesame"}}'
SEEN_MCP = {**json.loads(MCP), "headers": {"X": HIDDEN}}
OPEN = {"type": "object", "properties": {"headers": {"type": "string"}}}
FUNCTION = {"name": "f", "parameters": {"env": "x", **OPEN}}
RULES = '[{"domain":"a.example","credential":"sesame"}]'
BODIES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "headers of a tool": (["--tool", MCP], {"tools": [SEEN_MCP]}),
    "headers of no object": (
        ["-F", 'tools=[{"type":"x","headers":["sesame"]}]'],
        {"tools": [{"type": "x", "headers": HIDDEN}]},
    ),
    "env": (
        ["-F", "environment.type=remote", "-F", "environment.env.A=sesame"],
        {"environment": {"type": "remote", "env": {"A": HIDDEN}}},
    ),
    "env with a credential": (
        ["-F", 'environment.env={"A":{"value":"sesame","credential":"sesame"}}'],
        {"environment": {"env": {"A": HIDDEN}}},
    ),
    "credential": (
        ["-F", f"environment.network.allowlist={RULES}"],
        {
            "environment": {
                "network": {
                    "allowlist": [{"domain": "a.example", "credential": HIDDEN}]
                }
            }
        },
    ),
    "anywhere": (
        ["-F", 'new={"deep":[{"credential":"sesame"}]}'],
        {"new": {"deep": [{"credential": HIDDEN}]}},
    ),
    "names of the user's own": (
        ["--function", json.dumps(FUNCTION)],
        {"tools": [{"type": "function", **FUNCTION}]},
    ),
    "a schema": (
        ["--schema", json.dumps(OPEN)],
        {
            "response_format": {
                "type": "text",
                "mime_type": "application/json",
                "schema": OPEN,
            }
        },
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_secrets_of_a_body(name: str, gi: Gi) -> None:
    argv, fields = BODIES[name]
    done = gi("create", "hi", "--dry-run", *argv, environ={})
    assert json.loads(done.out)["body"] == {**ASK, **fields, "stream": True}
    assert done.err == ""
    curl = gi("create", "hi", "--curl", *argv, environ={})
    [line] = [line for line in curl.out.splitlines() if line.startswith(b"{")]
    assert json.loads(line) == {**ASK, **fields, "stream": True}
    hidden = HIDDEN in json.dumps(fields)
    told = f"gi: put the secrets in again where it says {HIDDEN}\n"
    assert curl.err == (told if hidden else "")
    assert b"sesame" not in done.out + curl.out


@pytest.mark.parametrize("command", ["request POST a", "request DELETE a"])
def test_secrets_of_any_body(command: str, gi: Gi) -> None:
    argv = (*command.split(), "-f", "a.headers.X=sesame", "-f", "b=x")
    done = gi(*argv, "--dry-run", environ={})
    assert json.loads(done.out)["body"] == {"a": {"headers": {"X": HIDDEN}}, "b": "x"}


@pytest.mark.parametrize(
    "command", ["create hi", "get a", "delete a", "files upload a.txt", "request GET a"]
)
def test_the_notice_of_curl(command: str, gi: Gi) -> None:
    argv = (*command.split(), "--curl", "-H", "X-Token: sesame")
    done = gi(*argv, environ={})
    told = f"gi: put the secrets in again where it says {HIDDEN}\n"
    assert (done.err, b"sesame" in done.out) == (told, False)
    assert gi(*argv, "-q", environ={}) == Done(0, done.out, "")


@pytest.mark.parametrize("command", ["create hi", "get a", "files upload a.txt"])
def test_curl_trusts_the_same(command: str, gi: Gi) -> None:
    done = gi(*command.split(), "--curl", "--ca-file", "a b.pem", environ={})
    lines = [line for line in done.out.decode().splitlines() if "curl -sS" in line]
    trusting = [" --cacert 'a b.pem' " in line for line in lines]
    assert (trusting, done.err) == ([True] * len(lines), "")
    assert len(lines) == 1 + command.startswith("files")
