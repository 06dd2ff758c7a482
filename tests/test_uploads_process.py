"""The executable uploads: little memory, stopped at once, progress on a terminal."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY
from tests.processes import Terminal, environment, run
from tests.reaching import reaching
from tests.scripted import ScriptedServer, json_reply
from tests.test_inputs_process import measured
from tests.test_uploads import (
    FILE,
    GONE,
    START,
    THERE,
    active,
    expect,
    final,
    video,
)

if TYPE_CHECKING:
    from pathlib import Path

VIDEO = 300_000_000
MOST = 80_000  # KiB
CLEARED = b"\r\x1b[K"
SEEN = b"This is an emulated answer to: what\nI was given: video (video/mp4)\n"
OFFLINE = "gi: offline: emulated answer\n"


@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
def test_a_large_video_takes_little_memory(piped: bool, tmp_path: Path) -> None:
    path = video(tmp_path, VIDEO)
    env = environment(tmp_path)
    with path.open("rb") as file:
        given = {"stdin": file.fileno()} if piped else {}
        item = "-" if piped else "clip.mp4"
        argv = ("create", "--offline", "-i", item, "what")
        out, said, peak = measured(*argv, env=env, cwd=tmp_path, **given)
    assert (out, said) == (SEEN, OFFLINE)
    assert peak < MOST, peak


def test_an_upload_takes_little_memory(tmp_path: Path) -> None:
    path = video(tmp_path, VIDEO)
    env = environment(tmp_path)
    argv = ("files", "upload", "--offline", "--json", str(path))
    out, said, peak = measured(*argv, env=env)
    [record] = json.loads(out)
    kept = {k: record[k] for k in ("displayName", "mimeType", "sizeBytes", "state")}
    assert kept == {
        "displayName": "clip.mp4",
        "mimeType": "video/mp4",
        "sizeBytes": str(VIDEO),
        "state": "ACTIVE",
    }
    assert (said, peak < MOST) == (OFFLINE, True), peak
    listed = run("files", "get", "--offline", record["name"], env=env)
    assert json.loads(listed.out) == record


class Service(BaseHTTPRequestHandler):
    """Keeps its connections, as the real one does."""

    protocol_version = "HTTP/1.1"
    connections: list[object]
    sizes: list[int]

    def setup(self) -> None:
        super().setup()
        self.connections.append(self)

    def do_POST(self) -> None:
        left = size = int(self.headers["content-length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 16)))
        self.sizes.append(size)
        command = self.headers["x-goog-upload-command"]
        body = json.dumps({"file": FILE}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        if command == "start":
            self.send_header("x-goog-upload-url", f"http://x.example{THERE}")
        last = command == "upload, finalize"
        self.send_header("x-goog-upload-status", "final" if last else "active")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_one_connection_serves_all_pieces(tmp_path: Path) -> None:
    connections: list[object] = []
    sizes: list[int] = []
    path = video(tmp_path, VIDEO)
    kind = type("Own", (Service,), {"connections": connections, "sizes": sizes})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as service:
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{service.server_address[1]}"
        env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=url)
        out, said, peak = measured("files", "upload", str(path), env=env)
        service.shutdown()
    assert (out, said) == (b"files/abc\n", "")
    assert (len(connections), sum(sizes[1:]), len(sizes)) == (1, VIDEO, 37)
    assert peak < MOST, peak


def test_progress_on_a_terminal(server: ScriptedServer, tmp_path: Path) -> None:
    path = video(tmp_path, 20 << 20)
    expect(server, active(), active(), final(state="PROCESSING"))
    server.expect("GET", "/v1beta/files/abc", json_reply(FILE))
    env = reaching(server, tmp_path)
    argv = ("files", "upload", path.name)
    with Terminal(*argv, env=env, tty=("stderr",), cwd=tmp_path) as child:
        result = child.finish()
    assert (result.code, result.out) == (0, b"files/abc\n")
    lines = [f"gi: uploading clip.mp4: {done} of 21 MB" for done in (0, 8, 17)]
    shown = b"".join(CLEARED + line.encode() for line in lines)
    waited = CLEARED + b"gi: files/abc is being processed"
    assert child.screen == shown + CLEARED + waited + CLEARED


def test_progress_goes_away_before_an_error(
    server: ScriptedServer, tmp_path: Path
) -> None:
    name = "a\x1b[31m" + "b" * 100 + ".mp4"
    video(tmp_path, 100).rename(tmp_path / name)
    expect(server, json_reply(GONE, 404), json_reply(GONE, 404))
    env = reaching(server, tmp_path)
    argv = ("files", "upload", name)
    with Terminal(*argv, env=env, tty=("stderr",), cwd=tmp_path) as child:
        result = child.finish()
    shown = name.replace("\x1b", "\\x1b")
    line = f"gi: uploading {shown}"[:79].encode()
    why = "the API refused the request: 404 NOT_FOUND: No such upload."
    error = f"gi: error: {shown}: {why}\r\n".encode()
    assert (result.code, result.out) == (1, b"")
    assert child.screen == CLEARED + line + CLEARED + error


@pytest.mark.parametrize("flags", [(), ("-q",), ("-v",)])
def test_progress_is_not_for_a_pipe_or_the_quiet(
    flags: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    path = video(tmp_path, 100)
    env = reaching(server, tmp_path)
    argv = ("files", "upload", str(path), *flags)
    expect(server, final())
    piped = run(*argv, env=env)
    assert piped.out == b"files/abc\n"
    assert b"\r" not in piped.err
    assert bool(piped.err) == ("-v" in flags)
    if flags == ("-q",):
        expect(server, final())
        with Terminal(*argv, env=env, tty=("stderr",)) as child:
            result = child.finish()
        assert (result.out, child.screen) == (b"files/abc\n", b"")
    assert server.requests[0].target == START
