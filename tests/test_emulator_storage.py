"""Interactions in a file: across emulators, threads and processes, and in trouble."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.database import StorageError, use_journal
from gi_cli.emulator.storage import Stored
from gi_cli.transport import offline
from tests.emulated import (
    HELLO,
    MODEL,
    RESEARCH,
    Clock,
    assert_refused,
    create,
    emulate,
    text,
)

PATH = "/v1/interactions"
DAY = 24 * 3600


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "gi" / "emulator.db"


def client(transport: httpx.BaseTransport) -> httpx.Client:
    return httpx.Client(transport=transport, base_url="http://gi.invalid")


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(sql).fetchall()


def write(file: Path, *statements: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as database:
        for statement in statements:
            database.execute(statement)


def test_two_emulators_share_a_file(file: Path) -> None:
    with emulate(Stored(file)) as api:
        first = create(api, input="One")
    with emulate(Stored(file), ids="v1_b") as other:
        kept = other.get(f"{PATH}/v1_1").json()
        assert kept["steps"][1:] == first["steps"]
        second = create(other, input="Two", previous_interaction_id="v1_1")
    with emulate(Stored(file), ids="v1_c") as api:
        third = create(api, input="Three", previous_interaction_id=second["id"])
        assert text(third).endswith("I saw 2 earlier turns, the last one was: Two")
        api.delete(f"{PATH}/{second['id']}").raise_for_status()
    with emulate(Stored(file), ids="v1_d") as api:
        body = HELLO | {"previous_interaction_id": second["id"]}
        refused = api.post(PATH, json=body)
        assert_refused(refused, f"Interaction '{second['id']}' not found.", "not_found")


@pytest.mark.parametrize("watch", [False, True])
def test_a_run_goes_on_in_any_process(file: Path, watch: bool) -> None:
    clock = Clock()
    body = {"agent": RESEARCH, "input": "Hello", "background": True}
    with emulate(Stored(file), clock) as api:
        api.post(PATH, json=body).raise_for_status()
    with emulate(Stored(file), clock) as api:
        assert api.get(f"{PATH}/v1_1").json()["status"] == "in_progress"
        if watch:
            api.get(f"{PATH}/v1_1?stream=true").raise_for_status()
            clock.time -= 2.5  # it stays completed, as the stream has said
        else:
            clock.time += 2.5
    with emulate(Stored(file), clock) as api:
        kept = api.get(f"{PATH}/v1_1").json()
        assert kept["status"] == "completed"
        assert kept["updated"] == "2026-09-30T10:00:02Z"


def test_a_run_is_cancelled_while_another_emulator_streams_it(file: Path) -> None:
    clock = Clock()
    watching, cancelling = emulate(Stored(file), clock), emulate(Stored(file), clock)
    body = {"model": MODEL, "input": "Hello", "background": True, "stream": True}
    with watching.stream("POST", PATH, json=body) as response:
        chunks = response.iter_raw()
        next(chunks)
        cancelling.post(f"{PATH}/v1_1/cancel").raise_for_status()
        assert b'"status":"cancelled"' in b"".join(chunks)


def test_the_file_is_private_and_comes_late(file: Path) -> None:
    with emulate(Stored(file)) as api:
        create(api, input="Hello", store=False)
        assert api.post(PATH, json={}).status_code == 400
        assert not file.parent.parent.exists()
        create(api, input="Hello")
        assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {
            0o600
        }
        for folder in (file.parent, file.parent.parent):
            assert folder.stat().st_mode & 0o777 == 0o700
    assert rows(file, "PRAGMA journal_mode") == [("wal",)]
    assert rows(file, "PRAGMA user_version") == [(2,)]


def test_no_secret_reaches_the_file(file: Path) -> None:
    tool = {"type": "mcp_server", "url": "u", "headers": {"Authorization": "hunter2"}}
    with emulate(Stored(file)) as api:
        create(api, input="Hello", tools=[tool], webhook_config={"uris": ["hunter2"]})
    for path in file.parent.iterdir():
        assert b"hunter2" not in path.read_bytes()


def test_sqlite_is_not_imported_before_it_is_needed(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from gi_cli.transport.offline import emulator\n"
        "emulator(Path(sys.argv[1])); print('sqlite3' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, check=True
    )
    assert (ran.stdout, file.exists()) == (b"False\n", False)


def test_interactions_expire(file: Path) -> None:
    clock = Clock()
    with emulate(Stored(file), clock) as api:
        create(api, input="Old")
        clock.time += 54 * DAY
        create(api, input="Newer")
        clock.time += 2 * DAY
        create(api, input="New")
        found = [api.get(f"{PATH}/v1_{n}").status_code for n in (1, 2, 3)]
    assert found == [404, 200, 200]


@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_a_file(file: Path, shared: bool) -> None:
    one = Emulator(storage=Stored(file))

    def work(_: int) -> list[str]:
        app = one if shared else Emulator(storage=Stored(file))
        with client(httpx.WSGITransport(app=app)) as api:
            return [create(api, input="Hello")["id"] for _ in range(100)]

    with ThreadPoolExecutor(8) as pool:
        ids = [made for ids in pool.map(work, range(8)) for made in ids]
    kept = rows(file, "SELECT id FROM interactions")
    assert sorted(ids) == sorted(row[0] for row in kept)
    assert len(set(ids)) == 800


def test_only_one_of_many_cancels(file: Path) -> None:
    clock = Clock()
    with emulate(Stored(file), clock) as api:
        create(api, input="Hello", background=True)

    def cancel(_: int) -> int:
        with emulate(Stored(file), clock) as api:
            return api.post(f"{PATH}/v1_1/cancel").status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(cancel, range(8))) == [200] + [400] * 7


def test_processes_share_a_file(file: Path) -> None:
    code = (
        "import sys, httpx; from pathlib import Path\n"
        "from gi_cli.transport.offline import emulator\n"
        "api = httpx.Client(transport=emulator(Path(sys.argv[1]), sys.exit))\n"
        "for _ in range(50):\n"
        "    url = 'http://gi.invalid/v1/interactions'\n"
        f"    api.post(url, json={HELLO!r}).raise_for_status()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, file]) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    assert rows(file, "SELECT count(*) FROM interactions") == [(200,)]


CORRUPT = [b"no database" * 999, b"short", b"SQLite format 3\0" + b"x" * 8192]


@pytest.mark.parametrize("content", CORRUPT)
def test_a_corrupt_file_is_moved_aside(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True)
    warned: list[str] = []
    for number in (1, 2):
        file.write_bytes(content)
        use(Stored(file, warned.append))
        aside = file.with_name(f"emulator.db.corrupt-{number}")
        assert aside.read_bytes() == content
        assert warned.pop() == f"{file} was corrupt, it is now {aside.name}"
        assert warned == []
        assert rows(file, "SELECT id FROM interactions") == [("v1_1",)]


def use(storage: Stored) -> None:
    with emulate(storage) as api:
        create(api, input="Hello" * 999)
        assert api.get(f"{PATH}/v1_1").status_code == 200


def test_a_file_with_a_tear_in_it_is_moved_aside(file: Path) -> None:
    warned: list[str] = []
    use(Stored(file))
    with file.open("r+b") as torn:
        torn.seek(4096)
        torn.write(b"\xff" * 4096 * 4)
    use(Stored(file, warned.append))
    assert len(warned) == 1


def test_one_of_many_moves_a_corrupt_file(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database" * 999)
    warned: list[str] = []

    def work(number: int) -> None:
        with emulate(Stored(file, warned.append), ids=f"v1_{number}_") as api:
            create(api, input="Hello")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(warned) == 1
    assert rows(file, "SELECT count(*) FROM interactions") == [(8,)]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["PRAGMA user_version = 3"],
            "{} was written by a newer version (its schema is 3, this one knows 2)",
        ),
        (["CREATE TABLE songs (name)"], "{} is the database of another program"),
    ],
)
def test_a_file_of_others_is_left_alone(
    file: Path, statements: list[str], message: str
) -> None:
    write(file, *statements)
    before = file.read_bytes()
    message = message.format(file)
    with pytest.raises(StorageError) as raised:
        Stored(file).open()
    assert str(raised.value) == message
    with emulate(Stored(file)) as api:
        response = api.post(PATH, json=HELLO)
    error = {"error": {"message": message, "code": "internal_error"}}
    assert (response.status_code, response.json()) == (500, error)
    warned: list[str] = []
    with client(offline.emulator(file, warned.append)) as api:
        assert create(api, input="Hello")["status"] == "completed"
    assert warned == [f"emulated interactions are not kept: {message}"]
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file, no folder")
    warned: list[str] = []
    file = tmp_path / "state" / "emulator.db"
    with client(offline.emulator(file, warned.append)) as api:
        first = create(api, input="Hello")
        api.get(f"{PATH}/{first['id']}").raise_for_status()
        create(api, input="On", background=True, previous_interaction_id=first["id"])
        api.delete(f"{PATH}/{first['id']}").raise_for_status()
        assert api.get(f"{PATH}/{first['id']}").status_code == 404
    reason = "Not a directory"
    assert warned == [f"emulated interactions are not kept: {file}: {reason}"]


def test_without_a_file_interactions_live_in_memory() -> None:
    with client(offline.emulator()) as api:
        first = create(api, input="Hello")
        api.get(f"{PATH}/{first['id']}").raise_for_status()
    with client(offline.emulator()) as api:
        assert api.get(f"{PATH}/{first['id']}").status_code == 404


def test_a_locked_file_is_waited_for_but_not_for_ever(file: Path) -> None:
    Stored(file).open()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with emulate(Stored(file, busy=0.05)) as api:
            response = api.post(PATH, json=HELLO)
            message = f"{file}: database is locked"
            error = {"error": {"message": message, "code": "internal_error"}}
            assert (response.status_code, response.json()) == (500, error)
            other.execute("ROLLBACK")
            create(api, input="Hello")


class NoWriteAhead(sqlite3.Connection):
    """As on a file system without shared memory."""

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql == "PRAGMA journal_mode = WAL":
            sql = "PRAGMA journal_mode"
        return super().execute(sql, *args)


def test_a_rollback_journal_will_do(file: Path) -> None:
    Stored(file).open()
    write(file, "PRAGMA journal_mode = TRUNCATE")
    with closing(sqlite3.connect(file, factory=NoWriteAhead)) as database:
        use_journal(database)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_answers_need_no_closing(file: Path) -> None:
    heads: list[str] = []
    app = Emulator(storage=Stored(file))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"{PATH}/v1_1"}

    def start(status: str, *_: object) -> Any:
        heads.append(status)

    parts = app(environ, start)
    assert (heads, type(parts)) == (["404 Not Found"], list)
