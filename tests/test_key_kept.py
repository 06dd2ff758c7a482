"""The key stays out of every output, and waiting for it ends when it is told to."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Gi
from tests.processes import Running, environment, run
from tests.profiles import profile
from tests.scripted import ScriptedServer, json_reply, sse

KEY = "AIzaUniqueKey-43-zyx"
TARGET = "/v1beta/interactions"
ECHO = {"error": {"code": 400, "message": f"API key not valid: {KEY}"}}


@pytest.mark.parametrize("format", ["text", "ndjson", "json"])
@pytest.mark.parametrize("source", ["typed", "file", "command"])
def test_no_output_holds_it(
    source: str, format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(0o600)
    text = {
        "typed": "",
        "file": f"api-key-file = '{path}'",
        "command": f"api-key-command = 'echo {KEY}'",
    }[source]
    own = profile(tmp_path, text, PATH=os.defpath, GEMINI_API_KEY="", GI_DEBUG="1")
    server.expect("POST", TARGET, json_reply(ECHO, status=400))
    argv = ["create", "hi", "-v", "--format", format, "--base-url", server.url]
    argv += ["--api-key-file", str(path)] if source == "typed" else []
    done = gi(*argv, code=3, environ=own.environ)
    assert (KEY.encode() in done.out, KEY in done.err) == (False, False)
    assert "API key not valid: [redacted]" in done.err
    assert server.requests[0].header("x-goog-api-key") == KEY
    shown = json.dumps([(r.target, r.body.decode()) for r in server.requests])
    assert KEY not in shown


@pytest.mark.parametrize("key", ["x", "test", "null"])
def test_a_word_for_a_key_changes_no_answer(
    key: str, gi: Gi, server: ScriptedServer
) -> None:
    """Gateways on loopback take any word for a key."""
    text = b'{"text":"x test null","type":"text"}'
    event = b'{"event_type":"step.delta","index":0,"delta":%b}' % text
    start = b'{"event_type":"step.start","index":0,"step":{"type":"model_output"}}'
    end = b'{"event_type":"interaction.completed","interaction":{"status":"completed"}}'
    events = (start, event, end)
    stream = b"".join(b"data: %b\n\n" % each for each in events)
    server.expect("POST", TARGET, sse(stream))
    environ = {"GEMINI_API_KEY": key}
    argv = ("create", "hi", "--ndjson", "--base-url", server.url)
    done = gi(*argv, environ=environ)
    assert done.out.splitlines()[:-1] == list(events)


@pytest.mark.parametrize("flag", ["--dry-run", "--curl"])
@pytest.mark.parametrize(
    "command",
    [
        *("create hi", "continue hi --id v1_a --no-inherit", "get v1_a"),
        *("delete v1_a", "files upload key", "files list", "files get a"),
        *("files delete a", "request GET agents", "request POST agents -F a=1"),
    ],
)
def test_previews_need_none(
    command: str, flag: str, gi: Gi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text(KEY)
    text = "api-key-command = 'touch ran'\napi-key-file = 'key'"
    own = profile(tmp_path, text, PATH=os.defpath, GEMINI_API_KEY="")
    done = gi(*command.split(), flag, environ=own.environ)
    shown = b'"x-goog-api-key": "[redacted]"'
    told = b'  -H "x-goog-api-key: $GEMINI_API_KEY"'
    assert (told if flag == "--curl" else shown) in done.out
    assert (done.err, (tmp_path / "ran").exists()) == ("", False)


SLOW = """#!/bin/sh
echo $$ > pid
exec sleep 60
"""


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, also if nobody has asked how."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


@pytest.fixture(name="hanging")
def _hanging(tmp_path: Path) -> dict[str, str]:
    """The environment of a key command that does not end."""
    program = tmp_path / "slow"
    program.write_text(SLOW)
    program.chmod(0o700)
    own = profile(tmp_path, f"api-key-command = '{program}'")
    env = environment(tmp_path)
    return env | {"XDG_CONFIG_HOME": own.environ["XDG_CONFIG_HOME"]}


def test_the_deadline_ends_the_wait(hanging: dict[str, str], tmp_path: Path) -> None:
    argv = ("get", "v1_a", "--timeout", "1s")
    with Running(*argv, env=hanging, cwd=tmp_path) as gi:
        done = gi.finish()
    said = b"gi: error: the deadline was reached after 1 s (--timeout)\n"
    assert (done.code, done.out, done.err) == (6, b"", said)
    assert gi.took < 3
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_command_gets_none_of_stdin(server: ScriptedServer, tmp_path: Path) -> None:
    own = profile(tmp_path, "api-key-command = 'sh -c \"cat; echo a-key\"'")
    env = environment(tmp_path) | {"XDG_CONFIG_HOME": own.environ["XDG_CONFIG_HOME"]}
    server.expect("POST", TARGET, json_reply({"id": "", "status": "completed"}))
    argv = ("create", "-", "--json", "--no-stream", "--base-url", server.url)
    done = run(*argv, env=env, stdin=b"a prompt", code=8)
    [request] = server.requests
    assert request.json["input"] == "a prompt"
    assert request.header("x-goog-api-key") == "a-key"
    assert json.loads(done.out)["gi"]["exit_code"] == 8
