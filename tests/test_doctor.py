"""`gi doctor`: what the service answers, as the whole document, with its exit code."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Gi
from tests.doctoring import (
    MODELS,
    SET_KEY,
    SOUND,
    TARGET,
    Check,
    document,
    error,
    examined,
    found,
    wrong,
)
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply

PROXY = "a proxy may have answered: check --base-url and HTTPS_PROXY"
BAD_KEY = {"error": {"code": 400, "message": "API key not valid: " + KEY}}
NOT_FOUND = {"error": {"code": 404, "message": "No route.", "status": "NOT_FOUND"}}
DENIED = {"error": {"code": 403, "message": "Who?", "status": "PERMISSION_DENIED"}}
BUSY = {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}
SPENT = {"error": {"code": 429, "message": "Spent.", "status": "RESOURCE_EXHAUSTED"}}
SIGN_IN = body_reply(b"<html><title>Sign in</title></html>", "text/html")
ELSEWHERE = body_reply(b"", status=302, headers={"location": "https://portal.example"})


class Answer(NamedTuple):
    reply: Reply
    code: int
    answer: Check


ANSWERS = {
    "a list": Answer(MODELS, 0, SOUND["answer"]),
    "a wrong key": Answer(
        json_reply(BAD_KEY, 400),
        3,
        error(
            "the API refused the request: 400: API key not valid: [redacted]", SET_KEY
        ),
    ),
    "a key without rights": Answer(
        json_reply(DENIED, 403),
        3,
        error("the API refused the request: 403 PERMISSION_DENIED: Who?", SET_KEY),
    ),
    "no list of models": Answer(
        json_reply(NOT_FOUND, 404),
        0,
        found(
            "warning",
            "the API refused the request: 404 NOT_FOUND: No route.: it answers, but "
            "has no list of models to try a key on",
            "check that GI_BASE_URL is what is meant",
        ),
    ),
    "a dead address": Answer(
        body_reply(b"<title>Not here</title>", "text/html", 404),
        1,
        error(
            "the API refused the request: 404: an HTML page (Not here)",
            "check the base URL and --api-version",
        ),
    ),
    "a quota": Answer(
        json_reply(SPENT, 429),
        4,
        error(
            "the API refused the request: 429 RESOURCE_EXHAUSTED: Spent.",
            "try again later",
        ),
    ),
    "trouble": Answer(
        json_reply(BUSY, 503),
        5,
        error("the API refused the request: 503 UNAVAILABLE: Busy.", "try again later"),
    ),
    "a captive portal": Answer(
        SIGN_IN,
        5,
        error("the answer is no list of models: 200: an HTML page (Sign in)", PROXY),
    ),
    "a redirection": Answer(
        ELSEWHERE,
        5,
        error(
            "the API refused the request: 302: redirects are not followed: "
            "https://portal.example",
            PROXY,
        ),
    ),
    "other JSON": Answer(
        json_reply({"hello": "world"}),
        5,
        error("the answer is no list of models", PROXY),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    reply, code, answer = ANSWERS[name]
    server.expect("GET", TARGET, reply)
    done = examined(gi, tmp_path, server.url, "--json", code=code)
    changed = {"answer": answer}
    assert json.loads(done.out) == document(code, changed)
    assert done.err == wrong(code, changed)
    assert server.requests[0].header("x-goog-api-key") == KEY
