"""The key goes to the service's origin in one header, and nowhere else."""

from pathlib import Path

import pytest

from tests.processes import Running, environment, run
from tests.scripted import (
    Pause,
    ScriptedServer,
    body_reply,
    json_reply,
    sse,
)
from tests.test_streams import TARGET, last_id, stream

KEY = "AIzaUniqueKey-42-zyx"
ECHO = {"error": {"code": 400, "message": f"API key not valid: {KEY}"}}
FORMATS = ["text", "ndjson", "json", "sse"]


def everything(folder: Path, *outputs: bytes) -> bytes:
    """All that a run left behind."""
    kept = [p.read_bytes() for p in folder.rglob("*") if p.is_file()]
    return b"\0".join([*outputs, *kept])


REPLIES = {
    "success": (sse(stream("text")), 0),
    "refused with the key": (json_reply(ECHO, status=400), 3),
    "an error event with the key": (
        sse(f'event: error\ndata: {{"error":{{"message":"bad {KEY}"}}}}\n\n'.encode()),
        1,
    ),
    "a page with the key": (
        body_reply(f"<html><title>{KEY}</title>".encode(), "text/html", 502),
        5,
    ),
    "cut": (sse(stream("truncated-thoughts")), 5),
}


@pytest.mark.parametrize("format", FORMATS[:3])
@pytest.mark.parametrize("name", REPLIES)
def test_no_output_holds_the_key(name: str, format: str, tmp_path: Path) -> None:
    reply, code = REPLIES[name]
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_DEBUG="1")
    with ScriptedServer() as server:
        server.expect("POST", TARGET, reply)
        if name == "cut":
            asked = f"{TARGET}/{last_id('truncated-thoughts')}"
            server.expect("GET", asked, json_reply(ECHO, status=501))
        argv = ("create", "hi", "-v", "--usage", "--format", format)
        done = run(*argv, "--base-url", server.url, env=env, code=code)
        for request in server.requests:
            assert KEY not in request.target
            holding = [(n, v) for n, v in request.headers if KEY in v]
            assert holding == [("x-goog-api-key", KEY)]
    assert KEY.encode() not in everything(tmp_path, done.out, done.err)


@pytest.mark.parametrize("flag", ["--dry-run", "--curl"])
def test_no_preview_holds_the_key(flag: str, tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GOOGLE_API_KEY=KEY + "2")
    done = run("create", "hi", "-v", flag, env=env)
    assert KEY.encode() not in everything(tmp_path, done.out, done.err)


def test_a_bug_does_not_show_the_key(tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=f"{KEY} {KEY}", GI_DEBUG="1")
    done = run("create", "hi", "-v", env=env, code=3)
    assert KEY.encode() not in everything(tmp_path, done.out, done.err)


def test_the_key_is_in_no_argv(tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with ScriptedServer() as server:
        server.expect("POST", TARGET, sse(stream("text")[:300], Pause(20)))
        with Running("create", "hi", "--sse", "--base-url", server.url, env=env) as gi:
            gi.read_until(b"event:")
            lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline")]
    assert [line for line in lines if KEY.encode() in line] == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_gets_the_key(status: int, tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with ScriptedServer() as server, ScriptedServer() as target:
        place = {"location": f"{target.url}/elsewhere"}
        server.expect("POST", TARGET, body_reply(b"", "text/plain", status, place))
        done = run("create", "hi", "--base-url", server.url, env=env, code=5)
        assert (len(server.requests), target.requests) == (1, [])
    said = f"redirects are not followed: {place['location']}"
    assert said.encode() in done.err.splitlines()[0]


@pytest.mark.parametrize("url", ["http://api.invalid", "http://10.0.0.1:8080/v1"])
def test_the_key_is_not_sent_in_the_clear(url: str, tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=KEY, HTTP_PROXY="")
    done = run("create", "hi", "--base-url", url, env=env, code=2)
    shown = url.removesuffix("/v1")
    assert done.err.decode() == (
        f"gi: error: {shown}: the API key is only sent over https\n"
        f"gi: hint: --base-url https{shown[4:]}\n"
    )
