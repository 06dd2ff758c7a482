"""`gi files`: upload, list, get and delete, in every shape, and what goes wrong."""

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Done, Gi
from tests.scripted import Reply, ScriptedServer, json_reply, raw
from tests.test_uploads import FILE, GOOGLE, START, expect, final, video

FILES = "/v1beta/files"
PAGE = f"{FILES}?pageSize=100"
FIRST = {
    "name": "files/abc",
    "displayName": "clip\x1b.mp4",
    "mimeType": "video/mp4",
    "sizeBytes": "300000000",
    "state": "ACTIVE",
    "expirationTime": "2026-11-26T14:27:10Z",
    "uri": f"{GOOGLE}/v1beta/files/abc",
}
SECOND = {"name": "files/d", "state": "PROCESSING", "later": [1.0, None]}
NO_FILE = {"error": {"code": 403, "message": "No such.", "status": "DENIED"}}
TOLD = "the API refused the request"
KEY_HINT = "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor\n"
BOTH = "--json and --ndjson contradict each other: give one"


def lines(*records: dict[str, Any]) -> bytes:
    texts = [json.dumps(each, separators=(",", ":")) + "\n" for each in records]
    return "".join(texts).encode()


def indented(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def record(name: str) -> dict[str, Any]:
    return {**FILE, "name": name}


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ((), b"files/a\nfiles/b\n"),
        (("--ndjson",), lines(record("files/a"), record("files/b"))),
        (("--json",), indented([record("files/a"), record("files/b")])),
        (("-q",), b"files/a\nfiles/b\n"),
    ],
)
@pytest.mark.parametrize("same", [False, True], ids=["two", "one twice"])
def test_upload(
    flags: tuple[str, ...],
    out: bytes,
    same: bool,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    paths = [str(video(tmp_path, 100))] * 2
    if not same:
        paths[1] = f"{tmp_path}/notes.md"
        Path(paths[1]).write_text("notes")
    for name in ("files/a", "files/b"):
        expect(server, final(name=name))
    argv = ("files", "upload", *paths, *flags, "--base-url", server.url)
    assert gi(*argv) == Done(0, out, "")
    starts = server.requests[::2]
    assert [request.json for request in starts] == [
        {"file": {"display_name": Path(path).name}} for path in paths
    ]
    types = [r.header("x-goog-upload-header-content-type") for r in starts]
    assert types == ["video/mp4", "video/mp4" if same else "text/plain"]
    pieces = server.requests[1::2]
    assert [r.body for r in pieces] == [Path(path).read_bytes() for path in paths]


def test_upload_of_stdin(gi: Gi, server: ScriptedServer) -> None:
    expect(server, final())
    argv = ("files", "upload", "--base-url", server.url, "--", "-;type=text/csv")
    assert gi(*argv, stdin=b"a,b\n") == Done(0, b"files/abc\n", "")
    start, piece = server.requests
    assert start.json == {"file": {"display_name": "stdin"}}
    assert start.header("x-goog-upload-header-content-type") == "text/csv"
    assert piece.body == b"a,b\n"


REFUSED = json_reply({"error": {"code": 400, "message": "No.", "status": "NO"}}, 400)
WORDLESS = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
NO_ADDRESS = "the service named no address to upload to"


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ((), b"files/b\n"),
        (("--ndjson",), lines(record("files/b"))),
        (("--json",), indented([record("files/b")])),
    ],
)
def test_one_that_fails_does_not_keep_the_others(
    flags: tuple[str, ...], out: bytes, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.md").write_text(name)
    server.expect("POST", START, REFUSED)
    expect(server, final(name="files/b"))
    server.expect("POST", START, WORDLESS)
    paths = [f"{tmp_path}/{name}.md" for name in "abc"]
    argv = ("files", "upload", *paths, *flags, "--base-url", server.url)
    said = (
        f"gi: error: {paths[0]}: {TOLD}: 400 NO: No.\n"
        f"gi: error: {paths[2]}: {NO_ADDRESS}\n"
    )
    assert gi(*argv, code=5) == Done(5, out, said)


@pytest.mark.parametrize(
    ("flags", "out"), [((), b""), (("--ndjson",), b""), (("--json",), b"[]\n")]
)
def test_nothing_is_uploaded(
    flags: tuple[str, ...], out: bytes, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = video(tmp_path, 100)
    server.expect("POST", START, REFUSED)
    argv = ("files", "upload", str(path), *flags, "--base-url", server.url)
    said = f"gi: error: {path}: {TOLD}: 400 NO: No.\n"
    assert gi(*argv, code=1) == Done(1, out, said)


TABLE = b"""\
FILE       TYPE       BYTES      STATE       EXPIRES               NAME
files/abc  video/mp4  300000000  ACTIVE      2026-11-26T14:27:10Z  clip\\x1b.mp4
files/d    -          -          PROCESSING  -                     -
"""
NEXT = "a/b=c&d"
MORE = f"{PAGE}&pageToken=a%2Fb%3Dc%26d"
PAGES: dict[str, list[tuple[str, Any]]] = {
    "one": [(PAGE, {"files": [FIRST, SECOND]})],
    "two": [
        (PAGE, {"files": [FIRST], "nextPageToken": NEXT}),
        (MORE, {"files": [SECOND]}),
    ],
    "an empty one between": [
        (PAGE, {"files": [FIRST], "nextPageToken": "b"}),
        (f"{PAGE}&pageToken=b", {"nextPageToken": NEXT}),
        (MORE, {"files": [SECOND], "nextPageToken": ""}),
    ],
    "the same token again": [
        (PAGE, {"files": [FIRST], "nextPageToken": NEXT}),
        (MORE, {"files": [SECOND, "odd"], "nextPageToken": NEXT}),
    ],
}


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ((), TABLE),
        (("--ndjson",), lines(FIRST, SECOND)),
        (("--json",), indented([FIRST, SECOND])),
    ],
)
@pytest.mark.parametrize("pages", PAGES)
def test_list(
    pages: str, flags: tuple[str, ...], out: bytes, gi: Gi, server: ScriptedServer
) -> None:
    for target, page in PAGES[pages]:
        server.expect("GET", target, json_reply(page))
    done = gi("files", "list", *flags, "--base-url", server.url)
    assert done == Done(0, out, "")
    assert {r.header("x-goog-api-key") for r in server.requests} == {KEY}


@pytest.mark.parametrize(
    ("flags", "out"), [((), b""), (("--ndjson",), b""), (("--json",), b"[]\n")]
)
def test_no_file_to_list(
    flags: tuple[str, ...], out: bytes, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("GET", PAGE, json_reply({}))
    assert gi("files", "list", *flags, "--base-url", server.url) == Done(0, out, "")


@pytest.mark.parametrize("flags", [(), ("--ndjson",), ("--json",)])
def test_a_page_that_is_refused(
    flags: tuple[str, ...], gi: Gi, server: ScriptedServer
) -> None:
    server.expect("GET", PAGE, json_reply({"files": [FIRST], "nextPageToken": "b"}))
    server.expect("GET", f"{PAGE}&pageToken=b", REFUSED)
    done = gi("files", "list", *flags, "--base-url", server.url, code=1)
    assert done == Done(1, b"", f"gi: error: {TOLD}: 400 NO: No.\n")


@pytest.mark.parametrize("id", ["abc", "files/abc"])
def test_get(id: str, gi: Gi, server: ScriptedServer) -> None:
    server.expect("GET", f"{FILES}/abc", json_reply(FIRST))
    server.expect("GET", f"{FILES}/abc", json_reply(NO_FILE, 403))
    argv = ("files", "get", id, "--base-url", server.url)
    assert gi(*argv) == Done(0, indented(FIRST), "")
    why = f"gi: error: {TOLD}: 403 DENIED: No such.\n{KEY_HINT}"
    assert gi(*argv, code=3) == Done(3, b"", why)


@pytest.mark.parametrize(
    ("replies", "code", "said"),
    [
        ([json_reply({})] * 3, 0, ""),
        (
            [json_reply({}), json_reply(NO_FILE, 403), REFUSED],
            3,
            f"gi: error: x/y: {TOLD}: 400 NO: No.\n"
            f"gi: error: files/b: {TOLD}: 403 DENIED: No such.\n{KEY_HINT}",
        ),
    ],
)
def test_delete(
    replies: list[Reply], code: int, said: str, gi: Gi, server: ScriptedServer
) -> None:
    for name, reply in zip(("a", "b", "x%2Fy"), replies, strict=True):
        server.expect("DELETE", f"{FILES}/{name}", reply)
    argv = ("files", "delete", "a", "files/b", "x/y", "--base-url", server.url)
    assert gi(*argv, code=code) == Done(code, b"", said)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("upload",), "there is no FILE"),
        (("upload", "/none/a.png"), "FILE: /none/a.png: No such file or directory"),
        (("upload", "/"), "FILE: / is a directory"),
        (("upload", "-"), "FILE: stdin is empty"),
        (("upload", "x", "--json", "--ndjson"), BOTH),
        (("list", "--json", "--ndjson"), BOTH),
        (("get",), "'' is not the ID of a file"),
        (("get", "files/"), "'files/' is not the ID of a file"),
        (("get", ".."), "'..' is not the ID of a file"),
        (("delete",), "there is no ID"),
        (("delete", "abc", "files/.."), "'files/..' is not the ID of a file"),
    ],
)
def test_what_cannot_be_done(
    argv: tuple[str, ...], said: str, gi: Gi, server: ScriptedServer
) -> None:
    done = gi("files", *argv, "--base-url", server.url, code=2)
    assert done == Done(2, b"", f"gi: error: {said}\n")
    assert server.requests == []


def test_a_bad_file_keeps_the_good_ones_from_being_sent(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = video(tmp_path, 100)
    argv = ("files", "upload", str(path), str(tmp_path), "--base-url", server.url)
    said = f"gi: error: FILE: {tmp_path} is a directory\n"
    assert gi(*argv, code=2) == Done(2, b"", said)
    assert server.requests == []


def test_offline(gi: Gi, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    said = "gi: offline: emulated answer\n"

    def files(*argv: str, code: int = 0, stdin: bytes | None = None) -> bytes:
        done = gi(*argv, "--offline", environ=environ, code=code, stdin=stdin)
        assert done.err.startswith(said)
        return done.out

    one = files("files", "upload", f"{tmp_path}/a.csv").decode().strip()
    two = files("files", "upload", "-", stdin=b"notes").decode().strip()
    record = json.loads(files("files", "get", one))
    known = ("name", "displayName", "mimeType", "sizeBytes", "state", "sha256Hash")
    digest = b64encode(hashlib.sha256(b"a,b\n").digest()).decode()
    values = (one, "a.csv", "text/csv", "4", "ACTIVE", digest)
    assert tuple(record[name] for name in known) == values
    listed = json.loads(files("files", "list", "--json"))
    assert [each["name"] for each in listed] == [two, one]
    assert listed[1] == record
    answer = files("create", "-i", one, "-i", two, "what")
    given = "I was given: document (text/csv), document (text/plain)"
    assert answer.decode() == f"This is an emulated answer to: what\n{given}\n"
    assert files("files", "delete", one) == b""
    assert files("files", "delete", one, two, code=1) == b""
    assert files("files", "list") == b""
