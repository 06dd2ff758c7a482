"""`gi request`: fields to the query of a GET, or to the exact body of another."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Done, Gi
from tests.profiles import profile
from tests.scripted import ScriptedServer, json_reply

OK = json_reply({})
V = "/v1beta"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "role.txt").write_text("A role.\n")
    (tmp_path / "body.json").write_text('{"of": "file"}')
    monkeypatch.chdir(tmp_path)


QUERIES = [
    (["-F", "a=1"], "?a=1"),
    (["-F", "a=true", "-F", "b=null"], "?a=true&b=null"),
    (["-F", "a=1.50", "-F", "b=-2"], "?a=1.5&b=-2"),
    (["-F", "a=x y&z"], "?a=x+y%26z"),
    (["-F", "a="], "?a="),
    (["-F", 'a={"b": [1, "c"]}'], "?a=%7B%22b%22%3A%5B1%2C%22c%22%5D%7D"),
    (["-F", "a=1", "-F", "a=2"], "?a=1&a=2"),
    (["-F", "a[]=1", "-F", "a[]=2"], "?a%5B%5D=1&a%5B%5D=2"),
    (["-F", "a.b=1"], "?a.b=1"),
    (["-F", "a=b=c"], "?a=b%3Dc"),
    (["-f", "a=true", "-f", "b=@c"], "?a=true&b=%40c"),
    (["-F", "a=@@b"], "?a=%40b"),
    (["-F", "a=@role.txt"], "?a=A+role.%0A"),
    (["-F", "a=caf\xe9"], "?a=caf%C3%A9"),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("argv", "query"), QUERIES)
def test_fields_of_a_get(
    argv: list[str],
    query: str,
    method: str,
    gi: Gi,
    server: ScriptedServer,
) -> None:
    server.expect(method, f"{V}/agents{query}", OK)
    server.expect(method, f"{V}/agents?x=1&{query[1:]}", OK)
    gi("request", method, "agents", "--base-url", server.url, *argv)
    gi("request", method, "agents?x=1", "--base-url", server.url, *argv)
    assert [request.body for request in server.requests] == [b"", b""]


class Body(NamedTuple):
    argv: list[str]
    sent: bytes
    stdin: bytes | None = None


BODIES = {
    "none": Body([], b""),
    "-F": Body(["-F", "a=1", "-F", "b.c=true"], b'{"a":1,"b":{"c":true}}'),
    "-f": Body(["-f", "a=1"], b'{"a":"1"}'),
    "lists": Body(["-F", "a[]=1", "-F", "a[]=2"], b'{"a":[1,2]}'),
    "null": Body(["-F", "a=null"], b'{"a":null}'),
    "--body": Body(["--body", '{"a": [1, 2.50, "x"]}'], b'{"a":[1,2.5,"x"]}'),
    "an empty one": Body(["--body", "{}"], b"{}"),
    "--body with fields": Body(
        ["--body", '{"a":{"b":1}}', "-F", "a.c=2", "-f", "a.b=x"],
        b'{"a":{"b":"x","c":2}}',
    ),
    "a file": Body(["--body", "@body.json"], b'{"of":"file"}'),
    "stdin": Body(["--body", "@-"], b'{"of":"stdin"}', b'{"of": "stdin"}'),
    "a field of stdin": Body(["-F", "a=@-"], b'{"a":"text\\n"}', b"text\n"),
    "foreign text": Body(["-f", "a=@x"], b'{"a":"@x"}'),
    "big numbers": Body(
        ["--body", '{"a":123456789012345678901}'], b'{"a":123456789012345678901}'
    ),
    "not ASCII": Body(["-f", "a=caf\xe9"], '{"a":"caf\xe9"}'.encode()),
}


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("name", BODIES)
def test_body(
    name: str,
    method: str,
    gi: Gi,
    server: ScriptedServer,
) -> None:
    argv, sent, stdin = BODIES[name]
    server.expect(method, f"{V}/webhooks/a", OK)
    done = gi(
        *("request", method, "webhooks/a", "--base-url", server.url, *argv),
        stdin=stdin,
    )
    assert done == Done(0, b"{}", "")
    [request] = server.requests
    expected = {
        "accept": "application/json",
        "accept-encoding": "identity",
        "api-revision": "2026-05-20",
        "connection": "keep-alive",
        "host": server.url.removeprefix("http://"),
        "user-agent": f"gi/{__version__}",
        "x-goog-api-key": KEY,
    }
    if sent:
        expected |= {"content-type": "application/json"}
    if sent or method != "DELETE":
        expected |= {"content-length": str(len(sent))}
    assert (request.body, dict(request.headers)) == (sent, expected)


REFUSED: dict[str, tuple[list[str], str, tuple[str, ...]]] = {
    "a body of a GET": (
        ["GET", "agents", "--body", "{}"],
        "--body does not go with GET: -F and -f are its parameters",
        (),
    ),
    "a body of a HEAD": (
        ["head", "agents", "--body", "{}"],
        "--body does not go with HEAD: -F and -f are its parameters",
        (),
    ),
    "no object": (
        ["POST", "agents", "--body", "[1]"],
        "--body: it is not a JSON object",
        (),
    ),
    "a field twice": (
        ["POST", "agents", "-F", "a=1", "-F", "a=2"],
        "-F a and -F a contradict each other",
        (),
    ),
    "no equals": (
        ["GET", "agents", "-F", "a"],
        "-F a: there is no = behind the path",
        (),
    ),
    "two previews": (
        ["GET", "agents", "--dry-run", "--curl"],
        "--dry-run and --curl contradict each other: give one",
        (),
    ),
    "a missing file": (
        ["POST", "agents", "--body", "@none"],
        "--body: none: No such file or directory",
        (),
    ),
    "no word": ([], "there is no METHOD", ("gi request GET agents",)),
    "one word": (["GET"], "there is no PATH", ("gi request GET agents",)),
    "an unset variable": (["GET", ""], "there is no PATH", ("gi request GET agents",)),
    "three words": (
        ["GET", "agents", "x"],
        "Got unexpected extra argument(s) (x)",
        ("gi request --help",),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, why, hints = REFUSED[name]
    done = gi("request", *argv, "--base-url", server.url, code=2)
    lines = [f"gi: error: {why}", *(f"gi: hint: {hint}" for hint in hints)]
    assert (done.out, done.err.splitlines()) == (b"", lines)


@pytest.mark.parametrize(
    ("argv", "accept"),
    [
        (["GET", "x"], "application/json"),
        (["GET", "x?stream=true"], "text/event-stream"),
        (["GET", "x", "-F", "stream=true"], "text/event-stream"),
        (["GET", "x", "-F", "stream=false"], "application/json"),
        (["POST", "x", "-F", "stream=true"], "text/event-stream"),
        (["POST", "x", "-F", "a.stream=true"], "application/json"),
    ],
)
def test_what_is_accepted(argv: list[str], accept: str, gi: Gi) -> None:
    done = gi("request", *argv, "--dry-run", environ={})
    assert json.loads(done.out)["headers"]["accept"] == accept


def test_configured(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    text = f"[request]\nfield = ['pageSize=5']\nbase-url = '{server.url}/v1'"
    own = profile(tmp_path, text)
    server.expect("GET", "/v1/agents?pageSize=5", OK)
    assert gi("request", "GET", "agents", environ=own.environ) == Done(0, b"{}", "")
