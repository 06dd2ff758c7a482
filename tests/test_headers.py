"""-H: what is added, replaced, taken away or refused, and what of it is shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.following import runs_on
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply

TARGET = "/v1beta/webhooks"
OWN = {
    "accept": "application/json",
    "accept-encoding": "identity",
    "api-revision": "2026-05-20",
    "connection": "keep-alive",
    "content-length": "7",
    "content-type": "application/json",
    "user-agent": f"gi/{__version__}",
    "x-goog-api-key": KEY,
}
OK = json_reply({})


def without(*names: str) -> dict[str, str]:
    return {k: v for k, v in OWN.items() if k not in names}


SENT = {
    "none": ([], OWN),
    "one": (["X-A: b"], {**OWN, "x-a": "b"}),
    "no space": (["x-a:b"], {**OWN, "x-a": "b"}),
    "spaces": ([" X-A :  b  c \t"], {**OWN, "x-a": "b  c"}),
    "colons": (["X-A: b:c"], {**OWN, "x-a": "b:c"}),
    "a tab inside": (["X-A: b\tc"], {**OWN, "x-a": "b\tc"}),
    "quotes": (["X-A: \"b\" 'c' $d \\e"], {**OWN, "x-a": "\"b\" 'c' $d \\e"}),
    "odd name": (["x_a.b!#$%&'*+^`|~: c"], {**OWN, "x_a.b!#$%&'*+^`|~": "c"}),
    "two": (["X-A: b", "X-B: c"], {**OWN, "x-a": "b", "x-b": "c"}),
    "twice the same": (["X-A: b", "x-a:b"], {**OWN, "x-a": "b"}),
    "no accept": (["accept:"], {k: v for k, v in OWN.items() if k != "accept"}),
    "no user agent": (
        ["User-Agent:"],
        {k: v for k, v in OWN.items() if k != "user-agent"},
    ),
    "accept": (["ACCEPT: */*"], {**OWN, "accept": "*/*"}),
    "user agent": (["User-Agent: me/1"], {**OWN, "user-agent": "me/1"}),
    "revision": (["Api-Revision: 2027-01-01"], {**OWN, "api-revision": "2027-01-01"}),
    "content type": (
        ["content-type: application/json; charset=utf-8"],
        {**OWN, "content-type": "application/json; charset=utf-8"},
    ),
    "no revision": (["api-revision:"], without("api-revision")),
    "no content type": (["Content-Type: "], without("content-type")),
    "none of it": (["X-A:"], OWN),
    "project": (["x-goog-user-project: p"], {**OWN, "x-goog-user-project": "p"}),
    "authorized": (
        ["Authorization: Bearer sesame"],
        {**without("x-goog-api-key"), "authorization": "Bearer sesame"},
    ),
    "authorized in vain": (["Authorization:"], OWN),
}


def flags(headers: list[str]) -> list[str]:
    return [word for header in headers for word in ("-H", header)]


@pytest.mark.parametrize("name", SENT)
def test_sent(name: str, gi: Gi, server: ScriptedServer) -> None:
    headers, expected = SENT[name]
    server.expect("POST", TARGET, OK)
    argv = ("request", "POST", "webhooks", "-F", "a=1", "--base-url", server.url)
    assert gi(*argv, *flags(headers)) == Done(0, b"{}", "")
    [request] = server.requests
    host = server.url.removeprefix("http://")
    assert dict(request.headers) == {**expected, "host": host}
    assert len(request.headers) == len(expected) + 1


NAME = "-H: a header is NAME: VALUE"
PLAIN = "the value is not plain ASCII on one line"
FRAME = "gi sets this header itself"
KEY_HINTS = ("--api-key-file FILE", "GEMINI_API_KEY in the environment")
REFUSED = {
    "no colon": (["X-A"], NAME),
    "empty": ([""], NAME),
    "no name": ([": b"], NAME),
    "a space in the name": (["X A: b"], NAME),
    "not ASCII in the name": (["X-\xc4: b"], NAME),
    "a line break in the name": (["X-A\nX-B: c"], NAME),
    "a colon first": ([":authority: b"], NAME),
    "a line break": (["X-A: b\nX-B: c"], f"-H 'x-a': {PLAIN}"),
    "a carriage return": (["X-A: b\rX-B: c"], f"-H 'x-a': {PLAIN}"),
    "not ASCII": (["X-A: caf\xe9"], f"-H 'x-a': {PLAIN}"),
    "a control character": (["X-A: b\x1bc"], f"-H 'x-a': {PLAIN}"),
    "two values": (["X-A: b", "x-a: c"], "-H 'x-a' is given twice, with two values"),
    **{
        name: ([f"{name}: 1"], f"-H '{name.lower()}': {FRAME}")
        for name in ("Host", "Content-Length", "Transfer-Encoding", "Connection")
    },
    **{
        name: ([f"{name}: 1"], f"-H '{name.lower()}': {FRAME}")
        for name in ("Accept-Encoding", "Expect", "TE", "Trailer", "Upgrade")
    },
    "framing taken away": (["Content-Length:"], f"-H 'content-length': {FRAME}"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", ["create hi", "request GET agents"])
def test_refused(name: str, command: str, gi: Gi, server: ScriptedServer) -> None:
    headers, why = REFUSED[name]
    argv = (*command.split(), "--base-url", server.url, *flags(headers))
    assert gi(*argv, code=2) == Done(2, b"", f"gi: error: {why}\n")


@pytest.mark.parametrize("name", ["x-goog-api-key", "X-Goog-Api-Key", "X-GOOG-API-KEY"])
@pytest.mark.parametrize("value", ["sesame-sesame", ""])
def test_no_flag_takes_the_key(
    name: str, value: str, gi: Gi, server: ScriptedServer
) -> None:
    argv = ("create", "hi", "-H", f"{name}: {value}", "--base-url", server.url)
    done = gi(*argv, code=2)
    why = "-H 'x-goog-api-key': no flag takes the key itself, others could read it"
    lines = [f"gi: error: {why}", *(f"gi: hint: {hint}" for hint in KEY_HINTS)]
    assert (done.out, done.err.splitlines()) == (b"", lines)


SECRETS = {
    "Authorization": "Bearer sesame-one",
    "Cookie": "id=sesame-two",
    "X-My-Token": "sesame-three",
    "x-other-key": "sesame-four",
    "Client-Secret": "sesame-five",
    "X-Password": "sesame-six",
}
OPEN = {"X-Team": "red", "x-goog-user-project": "p"}
GIVEN = [f"{name}: {value}" for name, value in {**SECRETS, **OPEN}.items()]
SHOWN = {
    **{name.lower(): "[redacted]" for name in SECRETS},
    **{name.lower(): value for name, value in OPEN.items()},
}


def test_dry_run_redacts(gi: Gi) -> None:
    done = gi("request", "GET", "agents", "--dry-run", *flags(GIVEN), environ={})
    names = ("accept", "accept-encoding", "api-revision", "user-agent")
    assert json.loads(done.out)["headers"] == {**{k: OWN[k] for k in names}, **SHOWN}
    assert done.err == ""


def test_curl_redacts(gi: Gi) -> None:
    done = gi("request", "GET", "agents", "--curl", *flags(GIVEN), environ={})
    lines = {f"  -H '{name}: {value}'" for name, value in SHOWN.items()}
    told = {line.removesuffix(" \\") for line in done.out.decode().splitlines()}
    assert (lines - told, b"sesame" in done.out) == (set(), False)
    assert done.err == "gi: put the secrets in again where it says [redacted]\n"


ECHO = f"I do not take {' or '.join(SECRETS.values())}"


@pytest.mark.parametrize("format", ["text", "ndjson", "json"])
def test_verbose_and_errors_redact(format: str, gi: Gi, server: ScriptedServer) -> None:
    answer = json_reply(
        {"error": {"code": 400, "message": ECHO}}, 400, {"set-cookie": "sesame=1"}
    )
    server.expect("POST", "/v1beta/interactions", answer)
    argv = ("create", "hi", "-v", "--format", format, "--base-url", server.url)
    done = gi(*argv, *flags(GIVEN), code=1, environ={"GI_DEBUG": "1"})
    assert ("sesame" in done.err, b"sesame" in done.out) == (False, False)
    assert "authorization: [redacted]; cookie: [redacted]" in done.err
    assert "set-cookie: [redacted]" in done.err
    assert ": I do not take Bearer [redacted] or [redacted] or [redacted]" in done.err
    assert "gi: no key is sent beside authorization (from -H)\n" in done.err
    [request] = server.requests
    sent = {name: request.header(name) for name in SECRETS}
    assert (sent, request.header("x-goog-api-key")) == (SECRETS, None)


def test_a_token_that_is_echoed_alone(gi: Gi, server: ScriptedServer) -> None:
    told = {"error": {"code": 401, "message": "sesame-one has expired"}}
    server.expect("GET", "/v1beta/agents", json_reply(told, 401))
    argv = ("request", "GET", "agents", "--base-url", server.url)
    done = gi(*argv, "-H", "Authorization: Bearer sesame-one", code=3)
    assert (done.out, "sesame" in done.err) == (b"", False)
    assert ": [redacted] has expired\n" in done.err


@pytest.mark.parametrize("header", ["Authorization: Bearer sesame", "Cookie: sesame"])
@pytest.mark.parametrize("host", ["192.0.2.1", "localhost.example"])
def test_no_secret_goes_in_the_clear(header: str, host: str, gi: Gi) -> None:
    argv = ("request", "GET", "agents", "--base-url", f"http://{host}")
    done = gi(*argv, "-H", header, "--connect-timeout", "1", code=2)
    why = f"http://{host}: the API key is only sent over https"
    hint = f"gi: hint: --base-url https://{host}\n"
    assert done == Done(2, b"", f"gi: error: {why}\n{hint}")


WHOLE = json_reply({"id": "v1_a", "status": "completed", "model": "m", "steps": []})
FILE = {"name": "files/a", "uri": "u", "mimeType": "text/plain", "state": "ACTIVE"}
CREATE = "/v1beta/interactions"
COMMANDS: dict[str, list[tuple[str, str, Reply]]] = {
    "create hi --no-stream --json": [("POST", CREATE, WHOLE)],
    "continue hi --id v1_a --no-stream --json": [
        ("GET", f"{CREATE}/v1_a", WHOLE),
        ("POST", CREATE, WHOLE),
    ],
    "get v1_a --json": [("GET", f"{CREATE}/v1_a", WHOLE)],
    "delete v1_a v1_b": [
        ("DELETE", f"{CREATE}/v1_a", OK),
        ("DELETE", f"{CREATE}/v1_b", OK),
    ],
    "files list": [("GET", "/v1beta/files?pageSize=100", OK)],
    "files get a": [("GET", "/v1beta/files/a", json_reply(FILE))],
    "files delete a": [("DELETE", "/v1beta/files/a", OK)],
    "request GET agents": [("GET", "/v1beta/agents", OK)],
    "request PUT agents": [("PUT", "/v1beta/agents", OK)],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_connects(
    command: str, gi: Gi, server: ScriptedServer
) -> None:
    for exchange in COMMANDS[command]:
        server.expect(*exchange)
    argv = (*command.split(), "--base-url", server.url, "-H", "X-Team: red")
    gi(*argv, code=8 if "--json" in argv else 0)
    teams = [request.header("x-team") for request in server.requests]
    assert teams == ["red"] * len(COMMANDS[command])


def test_an_upload_too(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello")
    at = {"x-goog-upload-url": f"{server.url}/put?id=1"}
    end = {"x-goog-upload-status": "final"}
    server.expect("POST", "/upload/v1beta/files", body_reply(b"", headers=at))
    server.expect("POST", "/put?id=1", json_reply({"file": FILE}, headers=end))
    argv = ("files", "upload", str(path), "--base-url", server.url, "-v")
    done = gi(*argv, "-H", "X-Team: red", "-H", "Authorization: Bearer sesame")
    assert done.out == b"files/a\n"
    told = [(r.header("x-team"), r.header("authorization")) for r in server.requests]
    assert told == [("red", "Bearer sesame")] * 2
    assert ("put?id=1" in done.err, "sesame" in done.err) == (False, False)


def test_list_refreshes_with_it(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    environ: dict[str, Any] = {"GEMINI_API_KEY": KEY, "XDG_STATE_HOME": str(tmp_path)}
    running = {"id": "v1_a", "status": "in_progress", "steps": []}
    server.expect("POST", CREATE, json_reply(running))
    runs_on(server, "v1_a")
    end = ("--base-url", server.url, "-H", "X-Team: red")
    create = ("create", "hi", "--no-stream", *end)
    gi(*create, code=6, environ=environ, clock=FakeClock())
    before = len(server.requests)
    gi("list", "--refresh", *end, environ=environ)
    assert len(server.requests) == before + 1
    assert {r.header("x-team") for r in server.requests} == {"red"}
