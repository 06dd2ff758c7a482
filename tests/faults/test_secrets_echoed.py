"""A server that repeats the key: in an error, a page, an event, a place, a header."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests import images
from tests.calling import DECLARED, call, calling
from tests.conftest import FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.leaks import KEYS, forms
from tests.faults.rows import CREATED, FOUND, PLAIN, START, TARGET, ended, said
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, raw, sse

FORMATS = ("text", "ndjson", "json")  # --sse passes on what came
ECHO = "API key not valid: KEY"
PAGE = f"<html><title>No {ECHO}</title>{ECHO}</html>"


class Echo(NamedTuple):
    """What the server says, KEY being the key, and what is told of it."""

    body: str
    kind: str
    status: int
    code: int
    told: str
    headers: Mapping[str, str] = MappingProxyType({})


def error(message: str = ECHO, **more: object) -> str:
    return json.dumps({"error": {"code": 400, "message": message, **more}})


def event(kind: str, **fields: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'event_type': kind, **fields})}\n\n"


SHOWN = ECHO.replace("KEY", "[redacted]")
BEGUN = (CREATED + START).decode()
ECHOES = {
    "JSON": Echo(error(), "application/json", 400, 3, SHOWN),
    "a list": Echo(f"[{error()}]", "application/json", 400, 3, SHOWN),
    "JSON in the message": Echo(error(error()), "application/json", 400, 3, SHOWN),
    "a code": Echo(
        json.dumps({"error": {"code": "KEY", "message": "No."}}),
        *("application/json", 400, 1, "400 [redacted]: No."),
    ),
    "another shape": Echo(
        '{"detail": "KEY"}', "application/json", 400, 1, "[redacted]"
    ),
    "text": Echo(ECHO, "text/plain", 403, 3, SHOWN),
    "a page": Echo(PAGE, "text/html", 404, 1, f"(No {SHOWN})"),
    "a page in place of an answer": Echo(PAGE, "text/html", 200, 5, f"(No {SHOWN})"),
    "quota": Echo(error(code=429), "application/json", 429, 4, SHOWN),
    "a redirect": Echo(
        *(
            f"Go to https://x/?key={ECHO}",
            "text/plain",
            302,
            5,
            "//x/?key=[redacted]&a",
        ),
        {"location": "https://x/?key=KEY&a"},
    ),
    "200 with an error": Echo(error(), "application/json", 200, 3, SHOWN),
    "an error event": Echo(
        event("error", error={"message": ECHO}), "text/event-stream", 200, 3, SHOWN
    ),
    "an error event later": Echo(
        BEGUN + event("error", error={"message": ECHO}),
        *("text/event-stream", 200, 3, SHOWN),
    ),
    "no event": Echo(
        BEGUN + error("No: KEY", code="prohibited_content"),
        *("text/event-stream", 200, 1, "No: [redacted]"),
    ),
    "errors of an interaction": Echo(
        BEGUN + ended("failed", errors=[{"code": "KEY", "message": "KEY"}]).decode(),
        *("text/event-stream", 200, 1, "[redacted]"),
    ),
}
EVERYWHERE = {"x-echo": "KEY", "x-goog-request-key": "KEY", "www-authenticate": "a=KEY"}


def reply_of(echo: Echo, key: str) -> Reply:
    headers = {**EVERYWHERE, **echo.headers}
    filled = {name: value.replace("KEY", key) for name, value in headers.items()}
    body = echo.body.replace("KEY", key).encode()
    return body_reply(body, echo.kind, echo.status, filled)


@held("F152", "the key in an error body")
@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("errors", ["text", "json"])
@pytest.mark.parametrize("name", ECHOES)
def test_echo(
    name: str, errors: str, format: str, key: str, gi: Gi, server: ScriptedServer
) -> None:
    """It is redacted wherever people or programs read, with -v and a traceback."""
    echo = ECHOES[name]
    server.expect("POST", TARGET, reply_of(echo, key))
    server.always("GET", FOUND[1], reply_of(ECHOES["JSON"], key))
    flags = ("-v", "--format", format, "--error-format", errors, "--retries", "0")
    argv = ("create", "hi", *flags, "--base-url", server.url)
    environ = {"GEMINI_API_KEY": key, "GI_DEBUG": "1"}
    done = gi(*argv, code=echo.code, environ=environ, clock=FakeClock())
    everything = done.out + b"\0" + done.err.encode()
    assert [form for form in forms(key) if form in everything] == []
    assert echo.told in done.err
    assert "x-echo: [redacted]" in done.err
    if format != "text":
        last = done.out.splitlines()[-1] if format == "ndjson" else done.out
        value = json.loads(last)
        found = value if format == "ndjson" else value["gi"]
        assert echo.told in json.dumps(found["error"])


@held("F152", "the key in an error body")
@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_call_that_nobody_answers(
    format: str, key: str, gi: Gi, server: ScriptedServer
) -> None:
    """Its arguments are shown to people, and stand in gi.result."""
    asked = call(arguments={"key": key})
    server.expect("POST", TARGET, calling(asked))
    argv = ("create", "hi", *DECLARED, "--format", format, "--base-url", server.url)
    done = gi(*argv, code=7, environ={"GEMINI_API_KEY": key})
    everything = done.out + b"\0" + done.err.encode()
    assert [form for form in forms(key) if form in everything] == []
    assert b"[redacted]" in everything


@held("F152", "the key in an error body")
@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
def test_what_the_model_says_on_stderr(
    key: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, images.showing(images.text(f"I know {key}.")))
    argv = ("image", "a fox", "--base-url", server.url)
    done = gi(*argv, code=8, environ={"GEMINI_API_KEY": key})
    assert "I know [redacted]." in done.err
    assert [form for form in forms(key) if form in done.err.encode()] == []


@held("F152", "the key in an error body")
def test_a_stream_is_passed_on_as_it_came(gi: Gi, server: ScriptedServer) -> None:
    """--sse promises the very bytes, and text those of the model."""
    key = KEYS[0]
    stream = (*PLAIN[:3], said(key), *PLAIN[4:])
    for format, out in (("sse", b"".join(stream)), ("text", f"one {key}\n".encode())):
        server.expect("POST", TARGET, sse(*stream))
        argv = ("create", "hi", "--format", format, "--base-url", server.url)
        done = gi(*argv, environ={"GEMINI_API_KEY": key})
        assert (done.out, done.err) == (out, "")


@held("F152", "the key in an error body")
def test_a_status_line(gi: Gi, server: ScriptedServer) -> None:
    key = KEYS[0]
    head = f"HTTP/1.1 400 {key}\r\ncontent-length: 0\r\n\r\n".encode()
    server.expect("POST", TARGET, raw(head))
    argv = ("create", "hi", "-v", "--base-url", server.url)
    done = gi(*argv, code=1, environ={"GEMINI_API_KEY": key, "GI_DEBUG": "1"})
    assert key not in done.err


@held("F152", "the key in an error body")
def test_an_id(gi: Gi, server: ScriptedServer) -> None:
    key = KEYS[0]
    head = {"id": key, "status": "failed"}
    server.expect("POST", TARGET, json_reply({**head, "steps": []}))
    argv = ("create", "hi", "--no-stream", "--base-url", server.url)
    done = gi(*argv, code=1, environ={"GEMINI_API_KEY": key})
    assert key not in done.err


@held("F152", "the key in an error body")
@pytest.mark.parametrize("format", ["ndjson", "json"])
@pytest.mark.parametrize("token", ["ya29.a-token_of~mine", "dXNlcjpz/ZXNhbWU+"])
def test_a_token_in_place_of_the_key(
    token: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    events = (*PLAIN[:2], said(token), *PLAIN[4:])
    server.expect("POST", TARGET, sse(*events, headers={"x-echo": token}))
    login = ("-H", f"Authorization: Bearer {token}")
    argv = ("create", "hi", *login, "-v", "--format", format)
    done = gi(*argv, "--base-url", server.url, environ={})
    everything = done.out + b"\0" + done.err.encode()
    assert [form for form in forms(token) if form in everything] == []
    [request] = server.requests
    assert request.header("authorization") == f"Bearer {token}"
    assert request.header("x-goog-api-key") is None
