"""`gi request`: methods and paths to addresses; the key never leaves the origin."""

import json

import pytest

from tests.conftest import Done, Gi
from tests.scripted import ScriptedServer, json_reply

OK = json_reply({})
ONE = "https://one.example"
GATE = "https://one.example:8443/gate"
V6 = "http://[::1]:8080"
V = "/v1beta"

PATHS = [
    ("agents", f"{V}/agents"),
    ("/agents", f"{V}/agents"),
    ("agents/", f"{V}/agents/"),
    ("/v1beta/agents", "/v1beta/agents"),
    ("v1/agents", "/v1/agents"),
    ("v1beta2/agents/a", "/v1beta2/agents/a"),
    ("v1", "/v1"),
    ("v1_a", f"{V}/v1_a"),
    ("voices", f"{V}/voices"),
    ("interactions/v1_a/cancel", f"{V}/interactions/v1_a/cancel"),
    ("upload/v1beta/files", "/upload/v1beta/files"),
    ("/upload/v1/files?a=1", "/upload/v1/files?a=1"),
    ("upload/files", "/upload/v1beta/files"),
    ("uploads", f"{V}/uploads"),
    ("agents?pageSize=2&x=a%20b", f"{V}/agents?pageSize=2&x=a%20b"),
    ("webhooks/a:ping", f"{V}/webhooks/a:ping"),
    ("environments/e/files/a.b?alt=media", f"{V}/environments/e/files/a.b?alt=media"),
    ("agents?uri=https://two.example/x", f"{V}/agents?uri=https://two.example/x"),
    ("agents?a[]=1&b={c}|d", f"{V}/agents?a%5B%5D=1&b=%7Bc%7D%7Cd"),
    ('agents/a b?q="c d"', f"{V}/agents/a%20b?q=%22c%20d%22"),
    ("agents/caf\xe9", f"{V}/agents/caf%C3%A9"),
    ("agents/100%?x=5%zz%2F", f"{V}/agents/100%25?x=5%25zz%2F"),
    ("agents/a'b;c=d,e!$&*()~@+", f"{V}/agents/a'b;c=d,e!$&*()~@+"),
    ("agents?..=../..", f"{V}/agents?..=../.."),
    ("agents/...", f"{V}/agents/..."),
    ("https:agents", f"{V}/https:agents"),
]


@pytest.mark.parametrize("base", [ONE, GATE, f"{GATE}/v1beta/", V6])
@pytest.mark.parametrize(("path", "target"), PATHS)
def test_path(path: str, target: str, base: str, gi: Gi) -> None:
    done = gi("request", "GET", path, "--dry-run", "--base-url", base, environ={})
    url = base.removesuffix("/v1beta/") + target
    assert (json.loads(done.out)["url"], done.err) == (url, "")


def test_version(gi: Gi) -> None:
    argv = ("request", "GET", "--dry-run", "--api-version", "v1", "--base-url")
    for path, target in (("agents", "/v1/agents"), ("v1beta/agents", "/v1beta/agents")):
        done = gi(*argv, ONE, path, environ={})
        assert json.loads(done.out)["url"] == f"{ONE}{target}"


SAME = [
    (ONE, f"{ONE}/v1beta/agents?x=1", f"{ONE}/v1beta/agents?x=1"),
    (ONE, "HTTPS://One.Example/agents", f"{ONE}/agents"),
    (ONE, f"{ONE}:443/agents", f"{ONE}/agents"),
    (f"{ONE}:443", f"{ONE}/agents", f"{ONE}:443/agents"),
    (ONE, ONE, f"{ONE}/"),
    (ONE, f"{ONE}?x=1", f"{ONE}/?x=1"),
    (ONE, f"{ONE}/a b?c=[d]", f"{ONE}/a%20b?c=%5Bd%5D"),
    (GATE, f"{GATE}/v1/agents", f"{GATE}/v1/agents"),
    (GATE, "https://one.example:8443/x", "https://one.example:8443/x"),
    (V6, f"{V6}/agents", f"{V6}/agents"),
    ("http://127.0.0.1", "http://127.0.0.1:80/x", "http://127.0.0.1/x"),
]


@pytest.mark.parametrize(("base", "path", "url"), SAME)
def test_same_origin(base: str, path: str, url: str, gi: Gi) -> None:
    done = gi("request", "GET", path, "--dry-run", "--base-url", base, environ={})
    assert (json.loads(done.out)["url"], done.err) == (url, "")


OTHERS = [
    "https://two.example/v1beta/agents",
    "http://one.example/agents",
    "https://one.example:444/agents",
    "https://one.example.two.example/agents",
    "https://two.example/one.example",
    "https://one.example@two.example/agents",
    "https://one.example:443@two.example/agents",
    "https://user@one.example/agents",
    "https://user:secret@one.example/agents",
    "https://@one.example/agents",
    "https://one.example%40two.example/agents",
    "https://one.example./agents",
    "https:///agents",
    "ftp://one.example/agents",
    "file:///etc/passwd",
    "javascript://one.example/%0aagents",
]


@pytest.mark.parametrize("path", OTHERS)
def test_other_origin(path: str, gi: Gi) -> None:
    done = gi("request", "GET", path, "--base-url", ONE, code=2)
    why = f"PATH: {path} is not at {ONE}, whose key it would get"
    assert done == Done(2, b"", f"gi: error: {why}\n")


def test_an_address_of_a_server_gets_no_key_of_another(
    gi: Gi, server: ScriptedServer
) -> None:
    with ScriptedServer() as other:
        path = f"{other.url}/v1beta/agents"
        done = gi("request", "GET", path, "--base-url", server.url, code=2)
    why = f"PATH: {path} is not at {server.url}, whose key it would get"
    assert done == Done(2, b"", f"gi: error: {why}\n")


NO_PATHS = [
    *("/", "//", "?x=1", "/?x=1", "//two.example/agents", "///agents"),
    *("..", "../agents", "agents/..", "agents/../x", "./agents", "agents/.", "/../x"),
    *("%2e%2e/x", "agents/%2E./x", "a%2f..%2fx", "agents/.?x=1", "../v1/agents"),
    *("\\\\two.example\\x", "agents\\..\\x", "/\\two.example", "https:\\\\two.example"),
    *("agents\n", "a\tb", "a\rb", "agents\x00", "\x7fagents", "a\x1b[0m", "a\u202eb"),
    *("agents#x", "#", "agents?x=1#y", f"{ONE}/#x", f"{ONE}/a/../b", f"{ONE}/a\\b"),
    *(f"{ONE}/a\nb", f"{ONE}\n.two.example/x", "a\u2028b", "agents?x=a\nb"),
]


@pytest.mark.parametrize("path", NO_PATHS, ids=repr)
def test_no_path(path: str, gi: Gi) -> None:
    done = gi("request", "GET", path, "--base-url", ONE, code=2)
    why = f"PATH: {path!r} is not the path of an endpoint"
    assert done == Done(2, b"", f"gi: error: {why}\n")


BAD_URLS = [
    ("https://[::1/agents", "Invalid IPv6 URL"),
    ("https://one.example:99999/x", "Port out of range 0-65535"),
    (
        "https://one.example:x/x",
        "Port could not be cast to integer value as 'x'",
    ),
]


@pytest.mark.parametrize(("path", "why"), BAD_URLS)
def test_no_url(path: str, why: str, gi: Gi) -> None:
    done = gi("request", "GET", path, "--base-url", ONE, code=2)
    said = f"PATH: {path!r} is not a URL: {why}"
    assert done == Done(2, b"", f"gi: error: {said}\n")


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "post", "PaTcH", "PUT"])
def test_method(method: str, gi: Gi, server: ScriptedServer) -> None:
    server.expect(method.upper(), f"{V}/agents", OK)
    done = gi("request", method, "agents", "--base-url", server.url)
    empty = method == "HEAD"
    assert done == Done(0, b"" if empty else b"{}", "")


@pytest.mark.parametrize("method", ["G E T", "GET\n", "G-T", "1", "\xdf", "/agents"])
def test_no_method(method: str, gi: Gi, server: ScriptedServer) -> None:
    done = gi("request", method, "agents", "--base-url", server.url, code=2)
    why = f"METHOD: {method!r} is not an HTTP method"
    assert done == Done(2, b"", f"gi: error: {why}\n")
