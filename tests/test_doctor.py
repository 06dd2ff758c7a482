"""`gi doctor`: what the service answers, as the whole document, with its exit code."""

import json
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Gi
from tests.doctoring import (
    MODELS,
    NO_KEY,
    SECRET,
    SET_KEY,
    SOUND,
    TARGET,
    Check,
    document,
    error,
    examined,
    found,
    ok,
    variables,
    wrong,
)
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, raw
from tests.tls import TlsServer, certified

PROXY = "a proxy may have answered: check --base-url and HTTPS_PROXY"
BAD_KEY = {"error": {"code": 400, "message": "API key not valid: " + KEY}}
NOT_FOUND = {"error": {"code": 404, "message": "No route.", "status": "NOT_FOUND"}}
DENIED = {"error": {"code": 403, "message": "Who?", "status": "PERMISSION_DENIED"}}
BUSY = {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}
SPENT = {"error": {"code": 429, "message": "Spent.", "status": "RESOURCE_EXHAUSTED"}}
SIGN_IN = body_reply(b"<html><title>Sign in</title></html>", "text/html")
ELSEWHERE = body_reply(b"", status=302, headers={"location": "https://portal.example"})


REFUSED = "the API refused the request"


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "own.pem", "IP:127.0.0.1")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_nobody_listens(gi: Gi, tmp_path: Path) -> None:
    done = examined(gi, tmp_path, f"http://127.0.0.1:{closed_port()}", "--json", code=5)
    hint = "start what listens there, or correct the base URL"
    changed = {"answer": error("URL: [Errno 111] Connection refused", hint)}
    assert json.loads(done.out) == document(5, changed)
    assert done.err == wrong(5, changed)


ONE = "https://api.example"
THERE = ok(
    "URL/v1beta (GI_BASE_URL)",
    {"base_url": "URL", "api_version": "v1beta"},
    "GI_BASE_URL",
)


def proxied(proxy: str, ca: str, answer: Check) -> dict[str, Check]:
    return {
        "variables": variables("HTTPS_PROXY", "SSL_CERT_FILE"),
        "proxy": ok(f"{proxy} (HTTPS_PROXY)", proxy, "HTTPS_PROXY"),
        "ca": ok(f"{ca} (SSL_CERT_FILE)", [ca], "SSL_CERT_FILE"),
        "answer": answer,
    }


def test_a_dead_proxy(gi: Gi, certificate: Path, tmp_path: Path) -> None:
    address, ca = f"127.0.0.1:{closed_port()}", str(certificate)
    more = {"HTTPS_PROXY": f"http://u:{SECRET}@{address}", "SSL_CERT_FILE": ca}
    done = examined(gi, tmp_path, ONE, "--json", code=5, **more)
    why = f"URL through the proxy http://{address}: [Errno 111] Connection refused"
    hint = "check HTTPS_PROXY, or go without: NO_PROXY=api.example"
    changed = proxied(f"http://{address}", ca, error(why, hint))
    assert json.loads(done.out) == document(5, changed)
    assert done.err == wrong(5, changed)


def test_a_proxy_that_refuses(
    gi: Gi, certificate: Path, server: ScriptedServer, tmp_path: Path
) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    server.expect("CONNECT", "api.example:443", raw(refusal))
    proxy, ca = server.url.replace("//", f"//u:{SECRET}@"), str(certificate)
    more = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": ca}
    done = examined(gi, tmp_path, ONE, "--json", code=5, **more)
    why = "the proxy refused: 407 Proxy Authentication Required"
    hint = "check HTTPS_PROXY, or go without: NO_PROXY=api.example"
    changed = proxied(server.url, ca, error(why, hint))
    assert json.loads(done.out) == document(5, changed)
    assert done.err == wrong(5, changed)


def test_a_certificate_that_is_trusted(
    gi: Gi, certificate: Path, tmp_path: Path
) -> None:
    ca = str(certificate)
    with TlsServer(certificate) as server:
        server.expect("GET", TARGET, MODELS)
        argv = ("--json", "--ca-file", ca)
        folder = {"SSL_CERT_DIR": str(certificate.parent)}
        done = examined(gi, tmp_path, server.url, *argv, code=0, **folder)
    both = [folder["SSL_CERT_DIR"], ca]
    said = f"{both[0]} (SSL_CERT_DIR), {both[1]} (--ca-file)"
    changed = {
        "variables": variables("SSL_CERT_DIR"),
        "ca": ok(said, both, "SSL_CERT_DIR, --ca-file"),
    }
    assert json.loads(done.out) == document(0, changed)
    assert done.err == ""


def test_a_certificate_that_is_not_trusted(
    gi: Gi, certificate: Path, tmp_path: Path
) -> None:
    with TlsServer(certificate) as server:
        folder = {"SSL_CERT_DIR": str(tmp_path)}
        done = examined(gi, tmp_path, server.url, "--json", code=5, **folder)
    assert server.requests == []
    answer = json.loads(done.out)["checks"][7]
    why = "URL: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
    assert answer["message"].startswith(why)
    assert (answer["status"], answer["hints"]) == ("error", ["--ca-file FILE"])
    assert done.err == "gi: error: not in order: answer\n"


def test_a_token_in_place_of_a_key(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("GET", TARGET, json_reply(DENIED, 403))
    argv = ("--json", "-H", f"Authorization: Bearer {SECRET}")
    done = examined(gi, tmp_path, server.url, *argv, code=3)
    refused = "the API refused the request: 403 PERMISSION_DENIED: Who?"
    changed = {
        "key": ok("none is sent beside authorization (from -H)", None, "-H"),
        "answer": error(refused, SET_KEY),
    }
    assert json.loads(done.out) == document(3, changed)
    [request] = server.requests
    assert request.header("x-goog-api-key") is None


def test_no_key_is_worth_less_than_a_key(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    """The service that wants one is there, and that is all that was asked."""
    server.expect("GET", TARGET, json_reply(DENIED, 403))
    none = {"GEMINI_API_KEY": ""}
    done = examined(gi, tmp_path, server.url, "--json", code=3, **none)
    changed = {
        "variables": variables(less=("GEMINI_API_KEY",)),
        "key": NO_KEY,
        "answer": ok("URL/v1beta: the service answers, and wants a key"),
    }
    assert json.loads(done.out) == document(3, changed)
    assert done.err == wrong(3, changed)


WORST = {
    "network before key": ({"GEMINI_API_KEY": ""}, 5, "key, answer"),
    "usage before network": ({"GI_LEDGER": "x"}, 2, "answer, ledger"),
    "usage before both": (
        {"GI_LEDGER": "x", "GEMINI_API_KEY": ""},
        2,
        "key, answer, ledger",
    ),
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_counts(name: str, gi: Gi, tmp_path: Path) -> None:
    more, code, names = WORST[name]
    url = f"http://127.0.0.1:{closed_port()}"
    done = examined(gi, tmp_path, url, "--json", code=code, **more)
    document = json.loads(done.out)
    assert (document["ok"], document["exit_code"]) == (False, code)
    assert done.err == f"gi: error: not in order: {names}\n"


def test_errors_as_json(gi: Gi, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    done = examined(gi, tmp_path, url, "--error-format", "json", code=5)
    assert json.loads(done.err) == {
        "error": {
            "error_type": "network",
            "error_reason": None,
            "message": "not in order: answer",
            "hints": [],
            "status_code": None,
            "retryable": True,
            "interaction_id": None,
        }
    }
