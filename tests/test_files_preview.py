"""`gi files` with --dry-run and --curl: what is shown is what would be sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Done, Gi
from tests.processes import environment, run
from tests.scripted import Request, ScriptedServer, json_reply
from tests.test_files import FILES, PAGE
from tests.test_uploads import GOOGLE, START, THERE, active, expect, final, video

PREVIEWS: dict[str, tuple[tuple[str, ...], list[tuple[str, str, Any]]]] = {
    "upload": (
        ("upload", "{folder}/clip.mp4", "{folder}/a.md"),
        [
            ("POST", START, {"file": {"display_name": "clip.mp4"}}),
            ("POST", START, {"file": {"display_name": "a.md"}}),
        ],
    ),
    "list": (("list",), [("GET", PAGE, None)]),
    "get": (("get", "files/abc"), [("GET", f"{FILES}/abc", None)]),
    "delete": (
        ("delete", "files/abc", "d"),
        [("DELETE", f"{FILES}/abc", None), ("DELETE", f"{FILES}/d", None)],
    ),
}


@pytest.mark.parametrize("command", PREVIEWS)
def test_dry_run(command: str, gi: Gi, tmp_path: Path) -> None:
    argv, expected = PREVIEWS[command]
    video(tmp_path, 100)
    (tmp_path / "a.md").write_text("notes")
    words = [word.format(folder=tmp_path) for word in argv]
    done = gi("files", *words, "--dry-run", environ={})
    rest, found = done.out.decode(), []
    while rest.strip():
        value, end = json.JSONDecoder().raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        found.append((value["method"], value["url"], value["body"]))
        assert value["headers"]["x-goog-api-key"] == "[redacted]"
    assert found == [
        (method, GOOGLE + target, body) for method, target, body in expected
    ]
    assert done.err == ""


def serve(server: ScriptedServer, command: str, pieces: tuple[int, int]) -> None:
    """Answer the requests of a command, with so many pieces of each of its files."""
    if command != "upload":
        for method, target, _ in PREVIEWS[command][1]:
            server.expect(method, target, json_reply({}))
        return
    for count in pieces:
        expect(server, *[active()] * (count - 1), final())


def heard(requests: list[Request]) -> list[Any]:
    """What came; the pieces of a file are joined, their headers are the protocol's."""
    found: list[Any] = []
    for each in requests:
        if each.target == THERE and found[-1][0] == THERE:
            found[-1] = (THERE, found[-1][1] + each.body)
        elif each.target == THERE:
            assert each.header("x-goog-api-key") is None
            found.append((THERE, each.body))
        else:
            headers = {k: v for k, v in each.headers if k != "connection"}
            found.append((each.method, each.target, headers, each.body))
    return found


@pytest.mark.parametrize("command", PREVIEWS)
def test_the_curl_command_does_the_same(
    command: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    folder = tmp_path / "odd [{1}]"
    folder.mkdir()
    video(folder, 9 << 20)
    (folder / "a.md").write_text("notes")
    words = [word.format(folder=folder) for word in PREVIEWS[command][0]]
    argv = ("files", *words, "--base-url", server.url)
    shown = gi(*argv, "--curl", environ={})
    assert shown.err == ""
    serve(server, command, (1, 1))
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    run("-c", shown.out.decode(), program="bash", env=env)
    by_curl = heard(server.requests)
    server.requests.clear()
    serve(server, command, (2, 1))
    gi(*argv)
    assert heard(server.requests) == by_curl


def test_stdin_has_no_curl_command(gi: Gi, tmp_path: Path) -> None:
    argv = ("files", "upload", "-", "--curl")
    why = "--curl needs the name of a file, and a pipe has none"
    done = gi(*argv, code=2, stdin=b"x", environ={})
    assert done == Done(2, b"", f"gi: error: {why}\n")
    named = tmp_path / "stdin"
    named.write_text("x")
    assert gi("files", "upload", str(named), "--curl", environ={}).err == ""
