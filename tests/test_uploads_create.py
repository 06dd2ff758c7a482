"""What gi uploads by itself, and how it waits until a file can be used."""

import json
import os
import shlex
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.scripted import ScriptedServer, json_reply, sse
from tests.test_create import DONE, MODEL
from tests.test_inputs import HI, asked
from tests.test_uploads import (
    FILE,
    GOOGLE,
    SENT,
    START,
    THERE,
    expect,
    final,
    started,
    upload,
    video,
)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
CREATE = "/v1beta/interactions"
FITS = 15_000_000  # bytes that are 20 MB in base64


def image(folder: Path, name: str, size: int) -> str:
    path = folder / name
    path.write_bytes(PNG)
    os.truncate(path, size)
    return str(path)


def inline(path: str) -> dict[str, str]:
    data = b64encode(Path(path).read_bytes()).decode()
    return {"type": "image", "data": data, "mime_type": "image/png"}


@pytest.mark.parametrize(
    ("sizes", "uploaded"),
    [
        ([FITS], []),
        ([FITS + 1], [0]),
        ([FITS - 3, 3], []),
        ([FITS, 1], [0]),
        ([100, 12_000_000, 6_000_000, 100], [1]),
        ([6_000_000, 9_000_000, 12_000_000], [2]),
        ([6_000_000, 9_000_000, 12_000_000, 1], [1, 2]),
        ([14_000_000, 14_000_000, 14_000_000], [0, 1]),
    ],
    ids=str,
)
def test_the_largest_are_uploaded_until_the_others_fit(
    sizes: list[int], uploaded: list[int], gi: Gi, tmp_path: Path
) -> None:
    paths = [image(tmp_path, f"{n}.png", size) for n, size in enumerate(sizes)]
    items = ["-q", *(word for path in paths for word in ("-i", path))]
    expected = [inline(path) for path in paths]
    assert asked(gi, "hi", *items, "--inline") == [HI, *expected]
    for n in uploaded:
        uri = f"<upload of {paths[n]}>"
        expected[n] = {"type": "image", "uri": uri, "mime_type": "image/png"}
    assert asked(gi, "hi", *items) == [HI, *expected]


def test_text_and_addresses_are_not_counted(gi: Gi, tmp_path: Path) -> None:
    path = image(tmp_path, "a.png", FITS)
    (tmp_path / "a.md").write_text("x" * 1_000_000)
    items = ("-i", f"{tmp_path}/a.md", "-i", path, "-i", "https://youtu.be/x")
    text = {"type": "text", "text": "x" * 1_000_000}
    there = {"type": "video", "uri": "https://youtu.be/x"}
    assert asked(gi, "hi", *items) == [HI, text, inline(path), there]


def test_uploads_take_their_place_in_the_turn(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    large = [image(tmp_path, f"{n}.png", FITS + 3) for n in range(2)]
    small = image(tmp_path, "small.png", 30)
    for n in range(2):
        record = {"name": f"files/{n}", "mimeType": f"image/{n}", "uri": f"x:{n}"}
        server.expect("POST", START, started(server.url + THERE))
        server.expect(
            "POST", THERE, json_reply({}, 200, {"x-goog-upload-status": "active"})
        )
        server.expect("POST", THERE, final(**record))
    server.expect("POST", CREATE, sse(DONE))
    items = ("-i", large[0], "-i", small, "-i", large[1])
    done = gi("create", "hi", *items, "--base-url", server.url)
    assert done == Done(0, b"ok\n", "")
    assert server.requests[-1].json == {
        "model": MODEL,
        "input": [
            HI,
            {"type": "image", "uri": "x:0", "mime_type": "image/0"},
            inline(small),
            {"type": "image", "uri": "x:1", "mime_type": "image/1"},
        ],
        "stream": True,
    }
    pieces = [r for r in server.requests if r.target == THERE]
    assert b"".join(p.body for p in pieces) == b"".join(
        Path(path).read_bytes() for path in large
    )


@pytest.mark.parametrize(
    ("record", "content"),
    [
        ({"name": "files/a"}, ("{base}/v1beta/files/a", "image/png")),
        (
            {"name": "files/a", "mimeType": None, "uri": ""},
            ("{base}/v1beta/files/a", "image/png"),
        ),
        ({"name": "files/a", "uri": "x:1"}, ("x:1", "image/png")),
    ],
)
def test_what_a_record_lacks_is_known(
    record: Any,
    content: tuple[str, str],
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    path = image(tmp_path, "a.png", FITS + 3)
    server.expect("POST", START, started(server.url + THERE))
    headers = {"x-goog-upload-status": "active"}
    server.expect("POST", THERE, json_reply({}, headers=headers))
    headers = {"x-goog-upload-status": "final"}
    server.expect("POST", THERE, json_reply({"file": record}, headers=headers))
    server.expect("POST", CREATE, sse(DONE))
    gi("create", "-i", path, "--base-url", server.url)
    uri, mime_type = content
    uri = uri.format(base=server.url)
    sent = [{"type": "image", "uri": uri, "mime_type": mime_type}]
    assert server.requests[-1].json["input"] == sent


def test_a_refused_upload_is_not_asked_about(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = image(tmp_path, "a.png", FITS + 3)
    full = {"error": {"code": 400, "message": "No room.", "status": "FULL"}}
    server.expect("POST", START, json_reply(full, 400))
    done = gi("create", "hi", "-i", path, "--base-url", server.url, code=1)
    why = "the API refused the request: 400 FULL: No room."
    assert done == Done(1, b"", f"gi: error: {path}: {why}\n")


PROCESSING = {**FILE, "state": "PROCESSING"}
LOOK = "/v1beta/files/abc"


def test_a_file_is_waited_for(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    clock = FakeClock()
    expect(server, final(state="PROCESSING"))
    for state in ("PROCESSING", "PROCESSING", "ACTIVE"):
        server.expect("GET", LOOK, json_reply({**FILE, "state": state}))
    assert upload(gi, server, video(tmp_path, 100), clock=clock) == SENT
    assert clock.slept == [1.0, 1.5, 2.25]
    assert {
        r.header("x-goog-api-key") for r in server.requests if r.method == "GET"
    } == {KEY}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (None, "its processing failed"),
        ("x", "its processing failed"),
        ({"code": 3, "message": "Too dark."}, "Too dark."),
    ],
)
def test_a_file_that_failed(
    error: Any, why: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = video(tmp_path, 100)
    expect(server, final(state="FAILED", error=error))
    done = upload(gi, server, path, code=1, clock=FakeClock())
    said = f"gi: error: {path}: files/abc cannot be used: {why}\n"
    assert done == Done(1, b"", f"{said}gi: uploaded: files/abc\n")


@pytest.mark.parametrize("how", ["upload", "create", "id"])
def test_the_deadline_while_a_file_is_processed(
    how: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    if how != "id":
        video(tmp_path, 100 if how == "upload" else FITS + 3)
        active = json_reply({}, headers={"x-goog-upload-status": "active"})
        expect(
            server, *([active] if how == "create" else []), final(state="PROCESSING")
        )
    argv = {
        "upload": ("files", "upload", f"{tmp_path}/clip.mp4"),
        "create": ("create", "-i", f"{tmp_path}/clip.mp4"),
        "id": ("create", "-i", "files/abc"),
    }[how]
    for _ in range(4 if how == "id" else 3):
        server.expect("GET", LOOK, json_reply(PROCESSING))
    limits = ("--timeout", "5", "--base-url", server.url)
    done = gi(*argv, *limits, code=6, clock=FakeClock())
    why = "the deadline was reached after 5 s (--timeout)"
    hint = f"gi files get --base-url {server.url} files/abc"
    said = f"gi: error: {why}; files/abc is still being processed\ngi: hint: {hint}\n"
    said += "" if how == "id" else "gi: uploaded: files/abc\n"
    assert done == Done(6, b"", said)
    server.expect("GET", LOOK, json_reply(FILE))
    assert json.loads(gi(*shlex.split(hint)[1:]).out) == FILE


def test_an_uploaded_file(gi: Gi, server: ScriptedServer) -> None:
    uri = "https://files.example/v1beta/files/abc"
    record = {"name": "files/abc", "mimeType": "audio/mp3", "uri": uri}
    server.expect("GET", "/v1beta/files/abc", json_reply(record))
    server.expect("POST", "/v1beta/interactions", sse(DONE))
    there = ("--base-url", server.url)
    done = gi("create", "hi", "-i", "files/abc", "-i", "files/b;type=image/png", *there)
    assert done == Done(0, b"ok\n", "")
    looked_up, created = server.requests
    assert looked_up.header("x-goog-api-key") == KEY
    stated = f"{server.url}/v1beta/files/b"
    assert created.json == {
        "model": MODEL,
        "input": [
            HI,
            {"type": "audio", "uri": uri, "mime_type": "audio/mp3"},
            {"type": "image", "uri": stated, "mime_type": "image/png"},
        ],
        "stream": True,
    }


def test_an_uploaded_file_is_not_looked_up_for_a_preview(gi: Gi) -> None:
    unknown = "<type of files/abc>"
    uri = f"{GOOGLE}/v1beta/files/abc"
    sent = {"type": unknown, "uri": uri, "mime_type": unknown}
    assert asked(gi, "hi", "-i", "files/abc") == [HI, sent]


@pytest.mark.parametrize(
    ("status", "record", "code", "why"),
    [
        (404, {}, 1, "the API refused the request: 404 not_found: No."),
        (403, {}, 3, "the API refused the request: 403 not_found: No."),
        (200, {"name": "files/abc"}, 5, "the service does not tell its type"),
    ],
)
def test_an_uploaded_file_that_cannot_be_used(
    status: int, record: Any, code: int, why: str, gi: Gi, server: ScriptedServer
) -> None:
    refused = {"error": {"code": "not_found", "message": "No."}}
    server.expect("GET", "/v1beta/files/abc", json_reply(record or refused, status))
    done = gi("create", "-i", "files/abc", "--base-url", server.url, code=code)
    assert done.out == b""
    assert done.err.splitlines()[0] == f"gi: error: files/abc: {why}"


@pytest.mark.parametrize("item", ["files/abc", "{folder}/a.png"])
def test_curl_cannot_ask_the_service(item: str, gi: Gi, tmp_path: Path) -> None:
    image(tmp_path, "a.png", FITS + 3)
    item = item.format(folder=tmp_path)
    done = gi("create", "hi", "-i", item, "--curl", code=2, environ={})
    said = (
        f"gi: error: --curl cannot ask the service about {item}\n"
        "gi: hint: gi files upload FILE, then -i 'files/ID;type=MIME'\n"
    )
    assert done == Done(2, b"", said)
