"""The emulator's Files API: uploads, what is told of them, and where it is kept."""

import hashlib
import re
import sqlite3
import tracemalloc
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.database import StorageError
from gi_cli.emulator.storage import Lenient, Memory, Storage, Stored
from tests.emulated import (
    HELLO,
    MODEL,
    WHAT,
    Clock,
    assert_refused,
    create,
    emulate,
    events,
)

api = pytest.fixture(emulate)
FILES = "/v1beta/files"
UPLOAD = "/upload/v1beta/files"
PDF = b"%PDF-1.7 " + b"x" * 91
HOUR = 3600.0
FILE = {
    "name": "files/file00000001",
    "displayName": "a.pdf",
    "mimeType": "application/pdf",
    "sizeBytes": "100",
    "createTime": "2026-09-30T10:00:00Z",
    "updateTime": "2026-09-30T10:00:00Z",
    "expirationTime": "2026-10-02T10:00:00Z",
    "sha256Hash": b64encode(hashlib.sha256(PDF).digest()).decode(),
    "uri": "http://gi.invalid/v1beta/files/file00000001",
    "state": "ACTIVE",
    "source": "UPLOADED",
}
START = {
    "X-Goog-Upload-Protocol": "resumable",
    "X-Goog-Upload-Command": "start",
    "X-Goog-Upload-Header-Content-Length": "100",
    "X-Goog-Upload-Header-Content-Type": "application/pdf",
}
FINAL = "upload, finalize"


def start(api: httpx.Client, size: int = len(PDF), /, **file: str) -> str:
    headers = START | {"X-Goog-Upload-Header-Content-Length": str(size)}
    response = api.post(UPLOAD, headers=headers, json={"file": file})
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["X-Goog-Upload-Status"] == "active"
    return response.headers["X-Goog-Upload-URL"]


def send(
    api: httpx.Client, url: str, data: bytes = b"", at: int = 0, command: str = FINAL
) -> httpx.Response:
    headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": str(at)}
    return api.post(url, headers=headers, content=data)


def progress(response: httpx.Response) -> tuple[str, str]:
    assert response.status_code == 200, response.text
    headers = response.headers
    return headers["X-Goog-Upload-Status"], headers["X-Goog-Upload-Size-Received"]


def upload(api: httpx.Client, data: bytes = PDF, /, **file: str) -> dict[str, Any]:
    response = send(api, start(api, len(data), **file), data)
    assert progress(response) == ("final", str(len(data)))
    made: dict[str, Any] = response.json()["file"]
    return made


def assert_denied(response: httpx.Response, file_id: str) -> None:
    message = (
        f"You do not have permission to access the File {file_id} or it may not exist."
    )
    error = {"code": 403, "message": message, "status": "PERMISSION_DENIED"}
    assert (response.status_code, response.json()) == (403, {"error": error})


@pytest.mark.parametrize("file", [{"display_name": "a.pdf"}, {"displayName": "a.pdf"}])
def test_uploads_at_once(api: httpx.Client, file: dict[str, str]) -> None:
    response = send(api, start(api, **file), PDF)
    assert (progress(response), response.json()) == (("final", "100"), {"file": FILE})
    for version in ("v1", "v1beta"):
        assert api.get(f"/{version}/files/file00000001").json() == FILE


def test_uploads_in_chunks(api: httpx.Client) -> None:
    url = start(api, display_name="a.pdf")
    assert re.fullmatch(
        r"http://gi\.invalid/upload/v1beta/files"
        r"\?upload_id=[\w-]{32}&upload_protocol=resumable",
        url,
    )
    assert progress(send(api, url, command="query")) == ("active", "0")
    assert progress(send(api, url, PDF[:60], command="upload")) == ("active", "60")
    assert progress(send(api, url, PDF[60:80], 60, "upload")) == ("active", "80")
    assert progress(send(api, url, command="query")) == ("active", "80")
    final = send(api, url, PDF[80:], 80)
    assert (progress(final), final.json()) == (("final", "100"), {"file": FILE})


def test_a_chunk_may_come_without_its_length(api: httpx.Client) -> None:
    url = start(api)
    headers = {"X-Goog-Upload-Command": FINAL, "X-Goog-Upload-Offset": "0"}
    response = api.post(url, headers=headers, content=iter([PDF[:1], PDF[1:]]))
    assert response.json()["file"]["sha256Hash"] == FILE["sha256Hash"]


def test_a_final_upload_tells_its_file_again(api: httpx.Client) -> None:
    url = start(api, display_name="a.pdf")
    send(api, url, PDF)
    again = send(api, url, command="query")
    assert (progress(again), again.json()) == (("final", "100"), {"file": FILE})
    assert_refused(send(api, url, b"", 100), "The upload is final.")


def test_an_empty_file(api: httpx.Client) -> None:
    file = upload(api, b"")
    empty = b64encode(hashlib.sha256().digest()).decode()
    assert (file["sizeBytes"], file["sha256Hash"]) == ("0", empty)


@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("Protocol", "multipart", "must be 'resumable'"),
        ("Protocol", "", "must be 'resumable'"),
        ("Command", "upload", "must be 'start'"),
        ("Header-Content-Length", "", "must be a number of bytes"),
        ("Header-Content-Length", "-1", "must be a number of bytes"),
        ("Header-Content-Length", "many", "must be a number of bytes"),
        ("Header-Content-Length", "9" * 5000, "must be a number of bytes"),
        ("Header-Content-Length", str(2**31 + 1), "a file has 2 GB at most"),
        ("Header-Content-Type", "", "must be a MIME type"),
        ("Header-Content-Type", "pdf", "must be a MIME type"),
    ],
)
def test_refuses_to_start(api: httpx.Client, header: str, value: str, why: str) -> None:
    headers = START | {f"X-Goog-Upload-{header}": value}
    assert_refused(
        api.post(UPLOAD, headers=headers, json={"file": {}}),
        f"Invalid value for header 'X-Goog-Upload-{header}': {why}.",
    )


NAME = (
    "'file.name' must be 'files/' and up to 40 lower-case letters, digits and dashes, "
    "with no dash at an end."
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The request body is not valid JSON."),
        (b"[]", "The request body must be a JSON object."),
        (b'{"file": "a"}', "'file' must be an object."),
        (b'{"file": {"name": 7}}', "'file.name' must be a string."),
        (b'{"file": {"name": "a"}}', NAME),
        (b'{"file": {"name": "files/-a"}}', NAME),
        (b'{"file": {"name": "files/%b"}}' % (b"a" * 41), NAME),
        (b'{"file": {"display_name": []}}', "'file.display_name' must be a string."),
        (b'{"file": {"mimeType": "pdf"}}', "'file.mimeType' must be a MIME type."),
    ],
)
def test_refuses_a_description(api: httpx.Client, body: bytes, message: str) -> None:
    assert_refused(api.post(UPLOAD, headers=START, content=body), message)


COMMAND = (
    "Invalid value for header 'X-Goog-Upload-Command': "
    "must be 'upload', 'upload, finalize' or 'query'."
)
OFFSET = "Invalid value for header 'X-Goog-Upload-Offset': must be a number of bytes."


@pytest.mark.parametrize(
    ("data", "at", "command", "message", "received"),
    [
        (PDF[60:], "59", FINAL, "The upload goes on at offset 60, not at 59.", "60"),
        (b"", "61", "upload", "The upload goes on at offset 60, not at 61.", "60"),
        (PDF[60:], "-1", "upload", OFFSET, "60"),
        (PDF[60:], "", "upload", OFFSET, "60"),
        (PDF[59:], "60", "upload", "The upload has more bytes than 100.", "60"),
        (PDF[60:99], "60", FINAL, "The upload has 99 bytes of 100.", "99"),
        (PDF[60:], "60", "finalize", COMMAND, "60"),
        (PDF[60:], "60", "", COMMAND, "60"),
        (PDF[60:], "60", "start", COMMAND, "60"),
    ],
)
def test_refuses_a_chunk(
    api: httpx.Client, data: bytes, at: str, command: str, message: str, received: str
) -> None:
    url = start(api, display_name="a.pdf")
    send(api, url, PDF[:60], command="upload")
    headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": at}
    assert_refused(api.post(url, headers=headers, content=data), message)
    assert progress(send(api, url, command="query")) == ("active", received)
    rest = send(api, url, PDF[int(received) :], int(received))
    assert rest.json() == {"file": FILE}


def test_refuses_too_many_bytes_that_come_without_their_length(
    api: httpx.Client,
) -> None:
    url = start(api)
    headers = {"X-Goog-Upload-Command": FINAL, "X-Goog-Upload-Offset": "0"}
    response = api.post(url, headers=headers, content=iter([PDF, b"x"]))
    assert_refused(response, "The upload has more bytes than 100.")


def test_knows_no_other_upload(api: httpx.Client) -> None:
    url = f"{UPLOAD}?upload_id=nope"
    assert_refused(send(api, url, PDF), "Upload 'nope' not found.", "not_found")


def test_the_url_of_an_upload_is_its_key(api: httpx.Client) -> None:
    api.headers["x-goog-api-key"] = "invalid"
    for method, path in (("POST", UPLOAD), ("GET", FILES), ("DELETE", f"{FILES}/a")):
        response = api.request(method, path, headers=START, json={"file": {}})
        assert response.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    del api.headers["x-goog-api-key"]
    url = start(api)
    api.headers["x-goog-api-key"] = "invalid"
    assert progress(send(api, url, PDF)) == ("final", "100")


class Zeros:
    """A request body of zeros that breaks off after so many of them."""

    def __init__(self, left: int) -> None:
        self.left, self.largest = left, 0
        self._zeros = bytes(64 * 1024)

    def read(self, size: int) -> bytes:
        assert size > 0
        self.largest = max(self.largest, size)
        piece = self._zeros[: min(size, self.left)]
        self.left -= len(piece)
        return piece


def chunk(app: Emulator, url: str, source: Zeros, size: int) -> str:
    heads: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": UPLOAD,
        "QUERY_STRING": url.partition("?")[2],
        "HTTP_X_GOOG_UPLOAD_COMMAND": FINAL,
        "HTTP_X_GOOG_UPLOAD_OFFSET": "0",
        "CONTENT_LENGTH": str(size),
        "SERVER_NAME": "gi.invalid",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": source,
    }

    def begin(status: str, *_: object) -> Any:
        heads.append(status)

    b"".join(app(environ, begin))
    return heads[0]


def client(app: Emulator) -> httpx.Client:
    transport = httpx.WSGITransport(app=app)
    return httpx.Client(transport=transport, base_url="http://gi.invalid")


def test_an_upload_costs_no_memory() -> None:
    app, size = Emulator(), 300 * 1024**2
    with client(app) as api:
        url, source = start(api, size), Zeros(size)
    tracemalloc.start()
    assert chunk(app, url, source, size) == "200 OK"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.largest == 64 * 1024
    assert peak < 1024**2


def test_what_came_of_a_chunk_counts() -> None:
    app = Emulator()
    with client(app) as api:
        url = start(api, 200_000)
        assert chunk(app, url, Zeros(150_000), 200_000) == "400 Bad Request"
        assert progress(send(api, url, command="query")) == ("active", "150000")
        file = send(api, url, bytes(50_000), 150_000).json()["file"]
    digest = hashlib.sha256(bytes(200_000)).digest()
    assert file["sha256Hash"] == b64encode(digest).decode()


def test_only_one_of_many_sends_a_chunk() -> None:
    app = Emulator()
    with client(app) as api:
        url = start(api)

    def work(_: int) -> int:
        with client(app) as api:
            return send(api, url, PDF).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [200] + [400] * 7


def test_an_upload_that_nobody_goes_on_with_is_forgotten() -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        url = start(api)
        clock.time += 47 * HOUR
        start(api)
        assert progress(send(api, url, PDF[:1], command="upload")) == ("active", "1")
        clock.time += HOUR
        start(api)
        assert send(api, url, command="query").status_code == 404


def test_makes_ids_of_its_own() -> None:
    with client(Emulator()) as api:
        first, second = upload(api)["name"], upload(api)["name"]
    assert re.fullmatch("files/[a-z0-9]{12}", first)
    assert first != second


def test_a_name_may_be_asked_for(api: httpx.Client) -> None:
    file = upload(api, name="files/my-file", mime_type="text/plain; charset=utf-8")
    assert (file["name"], file["uri"]) == (
        "files/my-file",
        "http://gi.invalid/v1beta/files/my-file",
    )
    assert file["mimeType"] == "text/plain; charset=utf-8"
    assert "displayName" not in file
    taken = api.post(UPLOAD, headers=START, json={"file": {"name": "files/my-file"}})
    message = "The File my-file already exists."
    error = {"code": 409, "message": message, "status": "ALREADY_EXISTS"}
    assert (taken.status_code, taken.json()) == (409, {"error": error})
    api.delete(f"{FILES}/my-file").raise_for_status()
    upload(api, name="files/my-file")


def test_deletes(api: httpx.Client) -> None:
    upload(api)
    path = f"{FILES}/file00000001"
    response = api.delete(path)
    assert (response.status_code, response.json()) == (200, {})
    for method in ("GET", "DELETE"):
        assert_denied(api.request(method, path), "file00000001")
    assert api.get(FILES).json() == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", FILES), ("DELETE", FILES), ("GET", f"{FILES}/a/b"), ("GET", UPLOAD)],
)
def test_has_no_other_route(api: httpx.Client, method: str, path: str) -> None:
    response = api.request(method, path)
    assert_refused(response, f"{method} {path} does not exist.", "not_found")


@pytest.fixture(params=["memory", "file"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return Memory() if request.param == "memory" else Stored(tmp_path / "emulator.db")


def pages(api: httpx.Client, **query: str | int) -> list[list[str]]:
    found = []
    while True:
        page = api.get(FILES, params=query).raise_for_status().json()
        found.append([file["name"][-2:] for file in page["files"]])
        if "nextPageToken" not in page:
            return found
        query["pageToken"] = page["nextPageToken"]


def test_lists_the_newest_first(storage: Storage) -> None:
    clock = Clock()
    with emulate(storage, clock) as api:
        assert api.get(FILES).json() == {}
        assert api.get(f"{FILES}?pageSize=&pageToken=").json() == {}
        for number in range(1, 13):
            clock.time += number % 2  # some at the same time
            file = upload(api, display_name="a.pdf")
        names = [f"{number:02}" for number in range(12, 0, -1)]
        assert pages(api) == [names[:10], names[10:]]
        assert pages(api, pageSize=6) == [names[:6], names[6:]]
        assert pages(api, pageSize=100) == [names]
        assert api.get(f"{FILES}?pageSize=1").json()["files"] == [file]


def test_a_page_goes_on_behind_what_was_deleted(storage: Storage) -> None:
    with emulate(storage) as api:
        for _ in range(3):
            upload(api)
        token = api.get(f"{FILES}?pageSize=1").json()["nextPageToken"]
        api.delete(f"{FILES}/file00000003").raise_for_status()
        assert pages(api, pageSize=1, pageToken=token) == [["02"], ["01"]]


SIZE = "Invalid value for parameter 'pageSize': must be a number from 1 to 100."
BAD_PLACE = "Invalid value for parameter 'pageToken'."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        *(({"pageSize": size}, SIZE) for size in ("0", "101", "-1", "ten", "9" * 5000)),
        *(
            ({"pageToken": token.hex()}, BAD_PLACE)
            for token in (b"x", b"[]", b"[1.5]", b'["a",1.5]', b'[1.5,"a",2]')
        ),
        ({"pageToken": "nope"}, BAD_PLACE),
        ({"pageToken": "ä"}, BAD_PLACE),
    ],
)
def test_refuses_a_page(api: httpx.Client, query: dict[str, str], message: str) -> None:
    assert_refused(api.get(FILES, params=query), message)


def test_files_expire(storage: Storage) -> None:
    clock = Clock()
    with emulate(storage, clock) as api:
        upload(api)
        clock.time += 47 * HOUR
        upload(api)
        clock.time += HOUR
        assert pages(api) == [["02"]]
        assert_denied(api.get(f"{FILES}/file00000001"), "file00000001")
        upload(api)
        assert [file.id for file in storage.files((clock.time + 1, ""), 9)] == [
            "file00000003",
            "file00000002",
        ]


@pytest.mark.parametrize(
    ("mime_type", "states"),
    [
        ("video/mp4", ["PROCESSING", "PROCESSING", "ACTIVE"]),
        ("VIDEO/webm", ["PROCESSING", "PROCESSING", "ACTIVE"]),
        ("audio/mp3", ["ACTIVE", "ACTIVE", "ACTIVE"]),
    ],
)
def test_a_video_is_processed_first(mime_type: str, states: list[str]) -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        found = [upload(api, mimeType=mime_type)]
        for seconds in (0.5, 0.5):
            clock.time += seconds
            found.append(api.get(f"{FILES}/file00000001").json())
    assert [file["state"] for file in found] == states
    updated = "2026-09-30T10:00:01Z" if "PROCESSING" in states else FILE["updateTime"]
    assert found[-1]["updateTime"] == updated


@pytest.mark.parametrize("path", ["v1beta/files", "v1/files"])
def test_an_interaction_uses_a_file_when_it_is_active(path: str) -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        file_id = upload(api, mimeType="video/mp4")["name"].removeprefix("files/")
        uri = f"http://gi.invalid/{path}/{file_id}"
        given = [WHAT, {"type": "video", "uri": uri}]
        for items in (given, [{"type": "user_input", "content": given}]):
            body = {"model": MODEL, "input": items, "stream": True}
            response = api.post("/v1/interactions", json=body)
            message = (
                f"The File {file_id} is not in an ACTIVE state "
                "and usage is not allowed."
            )
            error = {"code": 400, "message": message, "status": "FAILED_PRECONDITION"}
            assert (response.status_code, response.json()) == (400, {"error": error})
        clock.time += 1
        assert create(api, input=given)["status"] == "completed"
        assert len(events(api.post("/v1/interactions", json=body))) > 2


@pytest.mark.parametrize(
    ("uri", "is_known"),
    [
        ("http://gi.invalid/v1beta/files/a", False),
        ("http://gi.invalid/v1/files/a", False),
        ("https://gi.invalid/v1/files/a", True),
        ("http://gi.invalid:8080/v1/files/a", True),
        ("http://gi.invalid/v1/files/a/b", True),
        ("https://example.com/v1/files/a", True),
        ("gs://bucket/file", True),
    ],
)
def test_only_its_own_files_are_looked_up(
    api: httpx.Client, uri: str, is_known: bool
) -> None:
    body = HELLO | {"input": {"type": "document", "uri": uri}}
    response = api.post("/v1/interactions", json=body)
    if is_known:
        assert response.status_code == 200
    else:
        assert_denied(response, "a")


def test_other_emulators_see_a_file(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    with emulate(Stored(path)) as api:
        upload(api, display_name="a.pdf")
    with emulate(Stored(path)) as api:
        api.base_url = httpx.URL("https://other.invalid:8080")
        uri = "https://other.invalid:8080/v1beta/files/file00000001"
        assert api.get(f"{FILES}/file00000001").json() == FILE | {"uri": uri}
        create(api, input={"type": "document", "uri": uri})
        api.delete(f"{FILES}/file00000001").raise_for_status()
    with emulate(Stored(path)) as api:
        assert api.get(FILES).json() == {}


def test_a_file_that_cannot_be_kept_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file, no folder")
    warned: list[str] = []
    storage = Lenient(Stored(tmp_path / "state" / "emulator.db"), warned.append)
    with emulate(storage) as api:
        assert upload(api, display_name="a.pdf") == FILE
        assert api.get(FILES).json() == {"files": [FILE]}
        api.delete(f"{FILES}/file00000001").raise_for_status()
    assert len(warned) == 1


def test_an_upload_that_cannot_be_kept_may_be_finished_later(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    Stored(path).open()
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        emulate(Stored(path, busy=0.05)) as api,
    ):
        url = start(api, display_name="a.pdf")
        other.execute("BEGIN IMMEDIATE")
        assert send(api, url, PDF).status_code == 500
        assert progress(send(api, url, command="query")) == ("active", "100")
        other.execute("ROLLBACK")
        assert send(api, url, b"", 100).json()["file"]["name"] == "files/file00000002"
        assert pages(api) == [["02"]]


FIRST_VERSION = (
    "CREATE TABLE interactions ("
    "id TEXT PRIMARY KEY, created REAL NOT NULL, record BLOB NOT NULL)",
    "CREATE INDEX interactions_created ON interactions (created)",
)


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def first_version(path: Path) -> dict[str, Any]:
    """Write a file as the first version did, with an interaction in it."""
    with emulate(Stored(path)) as api:
        interaction = create(api, input="Hello")
    write(path, "DROP TABLE files", "PRAGMA user_version = 1")
    tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    assert rows(path, tables) == [(sql,) for sql in FIRST_VERSION]
    return interaction


def test_a_file_of_the_first_version_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    interaction = first_version(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Stored(path).open(), range(8)))
    assert rows(path, "PRAGMA user_version") == [(2,)]
    with emulate(Stored(path)) as api:
        kept = api.get("/v1/interactions/v1_1").json()
        assert kept["steps"][1:] == interaction["steps"]
        assert upload(api, display_name="a.pdf") == FILE
        assert api.get(FILES).json() == {"files": [FILE]}


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    first_version(path)
    write(path, "CREATE TABLE files_created (x)")  # an index is to have that name
    before = rows(path, "SELECT * FROM sqlite_master")
    with pytest.raises(StorageError) as raised:
        Stored(path).open()
    message = f"{path}: there is already a table named files_created"
    assert str(raised.value) == message
    assert rows(path, "SELECT * FROM sqlite_master") == before
    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert rows(path, "SELECT id FROM interactions") == [("v1_1",)]
