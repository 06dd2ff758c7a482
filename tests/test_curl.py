"""--curl: the command, run by bash, sends what gi sends."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Done, Gi
from tests.processes import environment
from tests.scripted import (
    Reply,
    Request,
    ScriptedServer,
    body_reply,
    json_reply,
    raw,
    sse,
)

CREATE = "/v1beta/interactions"
AGENTS = "/v1beta/agents"
OK = json_reply({"id": "v1_a", "status": "completed", "model": "m", "steps": []})
END = b'event: interaction.completed\ndata: {"interaction":{"status":"completed"}}\n\n'
TRICKY = "it's $HOME `id` $(id) \\ \"q\" \N{HOT BEVERAGE} %s\nGI_BODY\n'\n"


class Sent(NamedTuple):
    argv: list[str]
    method: str
    target: str
    code: int = 0
    reply: Reply = OK


SENT = {
    "create": Sent(["create", "hi"], "POST", CREATE, 8, sse(END)),
    "create whole": Sent(["create", "hi", "--no-stream"], "POST", CREATE, 8),
    "create odd text": Sent(["create", "--", TRICKY], "POST", CREATE, 8),
    "create from a file": Sent(
        ["create", "a", "-i", "photo.png", "-i", "notes.md", "-s", "@notes.md"],
        *("POST", CREATE, 8),
    ),
    "create with tools": Sent(
        [
            *(
                "create",
                "hi",
                "--tool",
                "google_search",
                "--schema",
                '{"type":"object"}',
            ),
            *("-F", "labels.a=it's", "--seed", "12345678901234567890123"),
        ],
        *("POST", CREATE, 8),
    ),
    "create with headers": Sent(
        ["create", "hi", "-H", 'X-A: it\'s "$HOME" \\', "-H", "accept: a/b"],
        *("POST", CREATE, 8),
    ),
    "create without headers": Sent(
        ["create", "hi", "-H", "content-type:", "-H", "api-revision:"],
        *("POST", CREATE, 8),
    ),
    "create v1": Sent(
        ["create", "hi", "--api-version", "v1"], "POST", "/v1/interactions", 8
    ),
    "continue": Sent(
        ["continue", "hi", "--id", "v1_a", "--no-inherit"], "POST", CREATE, 8
    ),
    "get": Sent(["get", "v1_a"], "GET", f"{CREATE}/v1_a", 8),
    "get odd": Sent(["get", "a/b c?d[1]"], "GET", f"{CREATE}/a%2Fb%20c%3Fd%5B1%5D", 8),
    "delete": Sent(["delete", "v1_a"], "DELETE", f"{CREATE}/v1_a"),
    "files list": Sent(["files", "list"], "GET", "/v1beta/files?pageSize=100"),
    "files get": Sent(["files", "get", "a"], "GET", "/v1beta/files/a"),
    "files delete": Sent(["files", "delete", "files/a"], "DELETE", "/v1beta/files/a"),
    "request GET": Sent(["request", "GET", "agents"], "GET", AGENTS),
    "request GET fields": Sent(
        ["request", "GET", "agents?x[]={1,2}", "-F", "a[]=1", "-f", f"b={TRICKY}"],
        "GET",
        f"{AGENTS}?x%5B%5D=%7B1,2%7D&a%5B%5D=1&b=it%27s+%24HOME+%60id%60+%24%28id%29+"
        "%5C+%22q%22+%E2%98%95+%25s%0AGI_BODY%0A%27%0A",
    ),
    "request GET a stream": Sent(
        ["request", "GET", "agents?stream=true"], "GET", f"{AGENTS}?stream=true"
    ),
    "request HEAD": Sent(
        *(["request", "HEAD", "agents"], "HEAD", AGENTS),
        reply=raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"),
    ),
    **{
        f"request {method} {what}": Sent(
            ["request", method, "agents/a:b", *argv], method, f"{AGENTS}/a:b"
        )
        for method in ("POST", "PATCH", "PUT", "DELETE")
        for what, argv in (
            ("without a body", []),
            ("with an empty body", ["--body", "{}"]),
            ("with a body", ["--body", '{"a": [1]}', "-f", f"b={TRICKY}"]),
        )
    },
    "request POST without a type": Sent(
        ["request", "POST", "agents", "-H", "content-type:"], "POST", AGENTS
    ),
}
IGNORED = ("connection",)  # curl's default is not said


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "notes.md").write_text(f"# {TRICKY}")
    monkeypatch.chdir(tmp_path)


def bash(command: bytes, folder: Path, code: int = 0) -> bytes:
    """Run it as a script, with the key where it looks for it."""
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail"],
        input=command,
        env={**environment(folder), "GEMINI_API_KEY": KEY},
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, b"")
    return done.stdout


def headers(request: Request) -> dict[str, str]:
    return {k: v for k, v in request.headers if k not in IGNORED}


@pytest.mark.parametrize("name", SENT)
def test_the_same_request(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    argv, method, target, code, reply = SENT[name]
    for _ in range(2):
        server.expect(method, target, reply)
    base = [argv[0], "--base-url", server.url, *argv[1:]]
    if argv[0] == "files":
        base = [*argv, "--base-url", server.url]
    gi(*base, code=code)
    at = base.index("--") if "--" in base else len(base)
    shown = gi(*base[:at], "--curl", *base[at:], environ={})
    assert shown.err == ""
    bash(shown.out, tmp_path)
    own, copied = server.requests
    assert (copied.body, headers(copied)) == (own.body, headers(own))


def test_its_answer_is_the_same(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    data = bytes(range(256))
    for _ in range(2):
        server.expect("GET", AGENTS, body_reply(data))
    argv = ("request", "GET", "agents", "--base-url", server.url)
    assert gi(*argv).out == data
    assert bash(gi(*argv, "--curl").out, tmp_path) == data


def test_several(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    for id in ("a", "b"):
        server.expect("DELETE", f"{CREATE}/{id}", body_reply(b""))
    shown = gi("delete", "a", "b", "--curl", "--base-url", server.url)
    assert bash(shown.out, tmp_path) == b""


NAMES = [
    *("a.txt", "a b.txt", 'it\'s "q".txt', "-x.txt", "@x.txt", "{a,b}[1-3].txt"),
    *("$HOME `id`.txt", "caf\xe9.txt", "a\nb.txt", "a;b.txt", "#x%20?.txt", "~"),
    *("sub/a.txt", "--", "-"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 3_000_000])
def test_an_upload(
    size: int, name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    data = b"\n".join((b"a" * 99,) * (size // 100)) + b"\r\n"
    (tmp_path / name).write_bytes(data)
    file = {"name": "files/a", "uri": "u", "mimeType": "text/plain", "state": "ACTIVE"}
    at = {"X-Goog-Upload-URL": f"{server.url}/put?id=a%20b&c=[1]"}
    end = {"x-goog-upload-status": "final"}
    for _ in range(2):
        server.expect("POST", "/upload/v1beta/files", body_reply(b"", headers=at))
        told = json_reply({"file": file}, headers=end)
        server.expect("POST", "/put?id=a%20b&c=[1]", told)
    name = "./-" if name == "-" else name
    argv = ("files", "upload", "--base-url", server.url)
    assert gi(*argv, "--", name) == Done(0, b"files/a\n", "")
    shown = gi(*argv, "--curl", "--", name, environ={})
    assert shown.err == ""
    out = bash(shown.out, tmp_path)
    assert b'"files/a"' in out
    start, piece, copied_start, copied = server.requests
    assert (copied_start.body, headers(copied_start)) == (start.body, headers(start))
    assert (piece.body, copied.body) == (data, data)
    assert (piece.header("x-goog-api-key"), copied.header("x-goog-api-key")) == (
        None,
        None,
    )
    for header in ("content-length", "content-type", "x-goog-upload-offset"):
        assert copied.header(header) == piece.header(header)
    assert copied.header("x-goog-upload-command") == "upload, finalize"


def test_two_uploads(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        at = {"x-goog-upload-url": f"{server.url}/put/{name}"}
        server.expect("POST", "/upload/v1beta/files", body_reply(b"", headers=at))
        server.expect("POST", f"/put/{name}", body_reply(name.encode()))
    shown = gi("files", "upload", "a", "b", "--curl", "--base-url", server.url)
    assert bash(shown.out, tmp_path) == b"ab"


def test_a_refused_upload_sends_nothing(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", "/upload/v1beta/files", body_reply(b"no", status=400))
    shown = gi("files", "upload", "notes.md", "--curl", "--base-url", server.url)
    done = subprocess.run(
        ["/bin/bash"],
        input=shown.out,
        env=environment(tmp_path),
        check=False,
        capture_output=True,
    )
    assert (done.returncode != 0, done.stdout) == (True, b"")


@pytest.mark.parametrize(
    ("keys", "variable"),
    [
        ({}, "GEMINI_API_KEY"),
        ({"GEMINI_API_KEY": KEY}, "GEMINI_API_KEY"),
        ({"GOOGLE_API_KEY": KEY}, "GOOGLE_API_KEY"),
        ({"GOOGLE_API_KEY": KEY, "GEMINI_API_KEY": "other-key"}, "GOOGLE_API_KEY"),
    ],
)
def test_the_key_is_taken_from_where_gi_finds_it(
    keys: dict[str, str], variable: str, gi: Gi
) -> None:
    done = gi("create", "hi", "--curl", environ=keys)
    line = f'  -H "x-goog-api-key: ${variable}" \\'
    assert [each for each in done.out.decode().splitlines() if "api-key" in each] == [
        line
    ]
