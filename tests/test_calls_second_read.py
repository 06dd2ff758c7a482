"""What a hostile reader of the calls found, held with tests."""

import json
from pathlib import Path

import pytest

from tests.calling import (
    DECLARED,
    Json,
    call,
    calling,
    event,
    follow_up,
    result,
    run,
    saying,
    sent,
    stream,
)
from tests.conftest import KEY, FakeClock, Gi
from tests.following import runs_on
from tests.scripted import Reply, ScriptedServer, json_reply, sse

REFUSED = json_reply({"error": {"code": "invalid", "message": "No."}}, status=400)
BEGUN = event("interaction.created", interaction={"id": "v1_2", "status": "x"})
NOTE = "get=sh -c 'echo ran | tee -a ran'"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept() -> list[Json]:
    return [json.loads(path.read_text()) for path in Path().glob("gi-results-*")]


@pytest.mark.parametrize(
    ("flags", "reply", "code", "keeps"),
    [
        ((), sse(BEGUN), 5, False),  # gi wait tells what came of it
        ((), sse(stream(id="v1_2", status="failed")), 1, True),
        (("--no-store",), sse(event("interaction.created", interaction={})), 5, True),
        (("--no-store",), sse(stream(id="", status="failed")), 1, True),
    ],
    ids=["cut", "failed", "unstored and cut", "unstored and failed"],
)
def test_a_follow_up_that_ends_badly(
    flags: tuple[str, ...],
    reply: Reply,
    code: int,
    keeps: bool,
    gi: Gi,
    server: ScriptedServer,
) -> None:
    first = calling(call(), id="" if flags else "v1_1")
    argv, clock = (*flags, "--exec", NOTE), FakeClock()
    runs_on(server, "v1_2")
    run(gi, server, *argv, replies=(first, reply), code=code, clock=clock)
    whole = sent(server) if flags else [result("ran\n")]
    assert kept() == ([whole] if keeps else [])
    assert Path("ran").read_text() == "ran\n"


def test_a_call_that_came_twice(gi: Gi, server: ScriptedServer) -> None:
    replies = calling(call(), call()), saying()
    run(gi, server, "--exec", NOTE, replies=replies)
    assert sent(server) == follow_up(result("ran\n"))
    assert Path("ran").read_text() == "ran\n"


def test_two_calls_of_one_id(gi: Gi, server: ScriptedServer) -> None:
    replies = (calling(call(), call(name="put")),)
    done = run(gi, server, "--exec", NOTE, replies=replies, code=7)
    assert done.err.splitlines() == [
        "gi: call A: get {}",
        "gi: call A: put {}",
        "gi: error: the model called a function: get, put; two calls share an id, so "
        "neither can be answered",
        "gi: id: v1_1",
    ]
    assert list(Path().iterdir()) == []


def test_an_id_with_an_equals_sign(gi: Gi, server: ScriptedServer) -> None:
    step = call("ab==", arguments={})
    replies = (calling(step),)
    done = run(gi, server, replies=replies, code=7)
    given = "--result ab===VALUE"
    hint = f"gi: hint: gi continue --base-url {server.url} --id v1_1 {given}"
    assert hint in done.err.splitlines()
    timeline = {"id": "v1_1", "status": "requires_action", "steps": [step]}
    server.expect("GET", "/v1beta/interactions/v1_1", json_reply(timeline))
    command = ("continue", "--id", "v1_1")
    argv = ("--result", "ab===a=b")
    run(gi, server, *argv, command=command, replies=(saying(),))
    assert sent(server)["input"] == [result("a=b", "ab==")]


def test_no_credential_reaches_a_command(
    gi: Gi, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"PATH": "/usr/bin:/bin", "GEMINI_API_KEY": KEY, "COPY": f"x{KEY}y"}
    environ |= {"TOKEN": "HEADERSECRET9", "OTHER": "kept"}
    server.expect("POST", "/v1beta/interactions", calling(call()))
    server.expect("POST", "/v1beta/interactions", saying())
    header = ("-H", "Authorization: Bearer HEADERSECRET9")
    argv = ("create", "hi", *DECLARED, "--exec", "get=env", *header)
    gi(*argv, "--base-url", server.url, environ=environ)
    text = sent(server)["input"][0]["result"][0]["text"]
    assert sorted(line.partition("=")[0] for line in text.splitlines()) == [
        "GI_CALL_ID",
        "GI_FUNCTION_NAME",
        "GI_INTERACTION_ID",
        "OTHER",
        "PATH",
    ]


def test_a_folder_that_is_gone(gi: Gi, server: ScriptedServer, folder: Path) -> None:
    """The results are kept beside the ledger then."""
    inner = folder / "inner"
    inner.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inner)
        command = f"get=sh -c 'rmdir {inner}; echo ran'"
        replies = calling(call()), REFUSED
        done = run(gi, server, "--exec", command, replies=replies, code=1)
    hint = next(x for x in done.err.splitlines() if "--results" in x)
    assert json.loads(Path(hint.split()[-1]).read_text()) == [result("ran\n")]
