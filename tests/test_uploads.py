"""Uploads: the exact exchange, what is sent again, where the bytes and the key go."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.scripted import Reply, Request, Reset, ScriptedServer, Wait, json_reply, raw

PIECE = 8 << 20
MP4 = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42"
START = "/upload/v1beta/files"
QUERY = "?upload_id=AAwnv3IAThe-id_of-it&upload_protocol=resumable"
THERE = START + QUERY
GOOGLE = "https://generativelanguage.googleapis.com"
FILE = {
    "name": "files/abc",
    "mimeType": "video/mp4",
    "uri": f"{GOOGLE}/v1beta/files/abc",
    "state": "ACTIVE",
}
SENT = Done(0, b"files/abc\n", "")
UNAVAILABLE = {"error": {"code": 503, "message": "Later.", "status": "UNAVAILABLE"}}
GONE = {"error": {"code": 404, "message": "No such upload.", "status": "NOT_FOUND"}}
TOLD = "the API refused the request"
OFFSET = {"error": {"code": 400, "message": "Wrong offset.", "status": "INVALID"}}


def active(**more: str) -> Reply:
    return json_reply({}, headers={"x-goog-upload-status": "active", **more})


def final(**fields: Any) -> Reply:
    headers = {"x-goog-upload-status": "final"}
    return json_reply({"file": {**FILE, **fields}}, headers=headers)


def received(size: int) -> Reply:
    return active(**{"x-goog-upload-size-received": str(size)})


def started(address: str) -> Reply:
    headers = {"x-goog-upload-url": address, "x-goog-upload-status": "active"}
    return json_reply({}, headers=headers)


def expect(server: ScriptedServer, *replies: Reply, address: str = "") -> None:
    """A start, then an answer to each request to the address that it names."""
    server.expect("POST", START, started(address or server.url + THERE))
    for reply in replies:
        server.expect("POST", THERE, reply)


def video(folder: Path, size: int) -> Path:
    path = folder / "clip.mp4"
    path.write_bytes(MP4)
    os.truncate(path, size)
    return path


def upload(gi: Gi, server: ScriptedServer, path: Path, *argv: str, **at: Any) -> Done:
    return gi("files", "upload", str(path), *argv, "--base-url", server.url, **at)


def sent(requests: list[Request]) -> list[tuple[str | None, str | None, int]]:
    """Command, offset and length of each request to an upload's address."""
    names = ("x-goog-upload-command", "x-goog-upload-offset")
    return [(*(r.header(n) for n in names), len(r.body)) for r in requests]  # type: ignore[misc]


def test_the_exchange(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    path = video(tmp_path, 20 << 20)
    expect(server, active(), active(), final())
    assert upload(gi, server, path) == SENT
    start, *pieces = server.requests
    common = {
        "host": server.url.removeprefix("http://"),
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": f"gi/{__version__}",
        "api-revision": "2026-05-20",
    }
    assert start.body == b'{"file":{"display_name":"clip.mp4"}}'
    assert dict(start.headers) == {
        **common,
        "content-type": "application/json",
        "x-goog-api-key": KEY,
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": "20971520",
        "x-goog-upload-header-content-type": "video/mp4",
        "content-length": "36",
    }
    rows = [("upload", 0, PIECE), ("upload", PIECE, PIECE)]
    rows.append(("upload, finalize", 2 * PIECE, PIECE // 2))
    assert [dict(piece.headers) for piece in pieces] == [
        {
            **common,
            "x-goog-upload-command": command,
            "x-goog-upload-offset": str(offset),
            "content-length": str(size),
        }
        for command, offset, size in rows
    ]
    assert b"".join(piece.body for piece in pieces) == path.read_bytes()


@pytest.mark.parametrize(
    ("size", "pieces"),
    [(1, [1]), (PIECE, [PIECE]), (PIECE + 1, [PIECE, 1]), (2 * PIECE, [PIECE] * 2)],
)
def test_sizes(
    size: int, pieces: list[int], gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(b"x" * size)
    expect(server, *[active()] * (len(pieces) - 1), final())
    done = gi("files", "upload", f"{path};type=audio/l16", "--base-url", server.url)
    assert done == SENT
    assert [len(r.body) for r in server.requests[1:]] == pieces


ONE, TWO = ("upload", "0", PIECE), ("upload, finalize", str(PIECE), 5)
ASK = ("query", None, 0)
BAD = json_reply(OFFSET, 400)
BUSY = json_reply(UNAVAILABLE, 503)
CUT = raw(Reset())
SILENT = json_reply({"file": FILE})
AGAIN: dict[str, tuple[list[Reply], list[tuple[str, str | None, int]]]] = {
    "twice in the middle": (
        [BUSY, CUT, active(), final()],
        [ONE, ONE, ONE, TWO],
    ),
    "twice at the end": ([active(), CUT, BUSY, final()], [ONE, TWO, TWO, TWO]),
    "a quota": (
        [json_reply({"error": {"message": "Slow down."}}, 429), active(), final()],
        [ONE, ONE, TWO],
    ),
    "without a status": (
        [SILENT, active(), SILENT, SILENT, final()],
        [ONE, ONE, TWO, TWO, TWO],
    ),
    "it was there already": (
        [CUT, BAD, received(PIECE), final()],
        [ONE, ONE, ASK, TWO],
    ),
    "half of it was there already": (
        [CUT, BAD, received(PIECE - 95), final()],
        [ONE, ONE, ASK, ("upload, finalize", str(PIECE - 95), 100)],
    ),
    "the end was there already": (
        [active(), CUT, BAD, final()],
        [ONE, TWO, TWO, ASK],
    ),
    "all was there, but not final": (
        [active(), CUT, BAD, received(PIECE + 5), final()],
        [ONE, TWO, TWO, ASK, ("upload, finalize", str(PIECE + 5), 0)],
    ),
    "not final yet": (
        [active(), active(), final()],
        [ONE, TWO, ("upload, finalize", str(PIECE + 5), 0)],
    ),
}


@pytest.mark.parametrize("name", AGAIN)
def test_a_piece_is_sent_again_and_not_the_file(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    replies, rows = AGAIN[name]
    path = video(tmp_path, PIECE + 5)
    expect(server, *replies)
    assert upload(gi, server, path, clock=FakeClock()) == SENT
    assert sent(server.requests[1:]) == rows
    data = path.read_bytes()
    for request in server.requests[1:]:
        offset = int(request.header("x-goog-upload-offset") or 0)
        assert request.body == data[offset : offset + len(request.body)]


def judged(status: str, **more: str) -> Reply:
    headers = {"x-goog-upload-status": status, **more}
    return json_reply({"file": FILE}, headers=headers)


UNCONFIRMED = "the upload broke: a piece of the file was not confirmed"
WRONG = f"{TOLD}: 400 INVALID: Wrong offset."
SEVEN = {"x-goog-upload-size-received": "7"}
MOVED = json_reply({}, 307, {"location": "https://x.example/"})
STOPS: dict[str, tuple[list[Reply], int, str]] = {
    "refused": (
        [json_reply(GONE, 404)] * 2,
        1,
        f"{TOLD}: 404 NOT_FOUND: No such upload.",
    ),
    "refused, and nothing there": ([BAD, received(0)], 1, WRONG),
    "refused, and too much there": ([BAD, received(9 * PIECE)], 1, WRONG),
    "refused, and no number": ([BAD, active()], 1, WRONG),
    "refused, and final too early": ([BAD, judged("final", **SEVEN)], 1, WRONG),
    "forbidden": (
        [json_reply({}, 403)],
        3,
        f"{TOLD}: 403: {{}}\n"
        "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor",
    ),
    "unavailable": ([BUSY] * 5, 5, f"{TOLD}: 503 UNAVAILABLE: Later."),
    "never confirmed": ([SILENT] * 4, 5, UNCONFIRMED),
    "cancelled": ([judged("cancelled")] * 4, 5, UNCONFIRMED),
    "final too early": ([final()] * 4, 5, UNCONFIRMED),
    "without a file": (
        [active(), json_reply({}, headers={"x-goog-upload-status": "final"})],
        5,
        "the service did not say what became of it",
    ),
    "redirected": (
        [MOVED],
        5,
        f"{TOLD}: 307: redirects are not followed: https://x.example/\n"
        "gi: hint: a proxy may have answered: check --base-url and HTTPS_PROXY",
    ),
}


@pytest.mark.parametrize("name", STOPS)
def test_what_stops_an_upload(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    replies, code, why = STOPS[name]
    path = video(tmp_path, PIECE + 5)
    expect(server, *replies)
    done = upload(gi, server, path, code=code, clock=FakeClock())
    assert done == Done(code, b"", f"gi: error: {path}: {why}\n")


@pytest.mark.parametrize("address", ["", "https://[x"])
def test_no_address(
    address: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", START, started(address))
    path = video(tmp_path, 100)
    done = upload(gi, server, path, code=5)
    why = "the service named no address to upload to"
    assert done == Done(5, b"", f"gi: error: {path}: {why}\n")


@pytest.mark.parametrize("size", [PIECE + 9, PIECE + 5, PIECE + 4])
def test_a_file_that_changes_under_way(
    size: int, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = video(tmp_path, PIECE + 5)
    gate, shorter = threading.Event(), size < PIECE + 5
    expect(server, raw(Wait(gate), *active().actions))
    if not shorter:
        server.expect("POST", THERE, final())

    def change() -> None:
        while len(server.requests) < 2:
            time.sleep(0.01)
        os.truncate(path, size)
        gate.set()

    thread = threading.Thread(target=change)
    thread.start()
    done = upload(gi, server, path, code=9 if shorter else 0)
    thread.join()
    said = f"gi: error: {path} became shorter while it was uploaded\n"
    assert done == (Done(9, b"", said) if shorter else SENT)
    assert sent(server.requests[1:]) == ([ONE] if shorter else [ONE, TWO])
