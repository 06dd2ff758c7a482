"""The ledger: its file, what is noted when, faults, and many processes at once."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gi_cli.ledger import Ledger, Turn
from gi_cli.waits import Clock, SystemClock, Waits
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.following import runs_on
from tests.processes import Running, environment, run
from tests.scripted import Reply, ScriptedServer, Wait, sse
from tests.test_turns import MODEL, TARGET, VARIABLES, answer, body, typed

NOW = FakeClock().now()
DAY = 86_400.0
GARBAGE = b"This is no database, whatever its name says.\n" * 30
BACKGROUND = ("--agent", "mine", *typed(background=True))


def turn(id: str | None, at: float = NOW, **fields: Any) -> Turn:
    whole = Turn("o", id, None, "create", "m", None, None, at, at, None, None, {})
    return whole._replace(**fields)


@contextmanager
def opened(path: Path, clock: Clock | None = None) -> Iterator[Ledger]:
    told: list[str] = []
    ledger = Ledger(path, Waits(clock or SystemClock()), told.append)
    yield ledger
    ledger.close()
    assert told == []


def rows(path: Path, columns: str) -> list[Any]:
    """What is noted, oldest first; nothing while there is no table."""
    if not path.exists():
        return []
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT {columns} FROM turns ORDER BY rowid").fetchall()  # noqa: S608
    return []


def create(gi: Gi, server: ScriptedServer, path: Path, reply: Reply, code: int) -> Done:
    server.expect("POST", TARGET, reply)
    environ = {**VARIABLES, "GI_LEDGER": str(path)}
    argv = ("create", "hi", "--base-url", server.url)
    return gi(*argv, environ=environ, code=code, clock=FakeClock())


PLACES = {
    "home": ({"HOME": "{}"}, ".local/state/gi/ledger.db"),
    "state": ({"HOME": "/x", "XDG_STATE_HOME": "{}/s"}, "s/gi/ledger.db"),
    "relative": ({"HOME": "{}", "XDG_STATE_HOME": "s"}, ".local/state/gi/ledger.db"),
    "path": ({"HOME": "/x", "GI_LEDGER": "{}/a/b.db"}, "a/b.db"),
    "empty": ({"HOME": "{}", "GI_LEDGER": ""}, ".local/state/gi/ledger.db"),
    "off": ({"HOME": "{}", "GI_LEDGER": "off"}, None),
}


@pytest.mark.parametrize("name", PLACES)
def test_place(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    variables, place = PLACES[name]
    environ = VARIABLES | {k: v.format(tmp_path) for k, v in variables.items()}
    server.expect("POST", TARGET, answer("v1_1"))
    gi("create", "hi", "--base-url", server.url, environ=environ)
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    both = [f"{place}{end}" for end in ("", ".ids")] if place else []
    assert sorted(files) == [tmp_path / each for each in both]
    for file in files:
        modes = [each.stat().st_mode & 0o777 for each in (file, file.parent)]
        assert modes == [0o600, 0o700]


def newer(path: Path) -> None:
    with opened(path) as ledger:
        ledger.add(turn("v1_0"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


NONE = "there is no ledger: {path}"
DAMAGED = "the ledger was damaged (file is not a database): now {aside}"
FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "newer": (newer, f"{NONE}: it belongs to a newer gi (99) (GI_LEDGER=off)"),
    "directory": (Path.mkdir, f"{NONE}: Is a directory (GI_LEDGER=off)"),
    "corrupt": (lambda path: path.write_bytes(GARBAGE), DAMAGED),
}


@pytest.mark.parametrize("status", ["completed", "failed"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_one_warning(
    name: str, status: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (spoil, warning), path = FAULTS[name], tmp_path / "ledger.db"
    spoil(path)
    code = int(status == "failed")
    done = create(gi, server, path, answer("v1_1", status=status), code)
    aside = next(tmp_path.glob("ledger.db.corrupt-*"), None)
    said = f"gi: warning: {warning.format(path=path, aside=aside)}\n"
    if code:
        said += "gi: error: the interaction ended failed\ngi: id: v1_1\n"
    assert (done.out, done.err) == (b"ok\n" if not code else b"ok", said)
    if name == "newer":
        assert rows(path, "id") == [("v1_0",)]
    elif aside:
        assert rows(path, "id, status") == [("v1_1", status)]
        assert aside.read_bytes() == GARBAGE


def test_pruning(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", FakeClock()
    with opened(path, clock) as ledger:
        for id in ("old", "claimed", "asked"):
            ledger.add(turn(id))
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE turns SET claim = 'k' WHERE id = 'claimed'")
            db.commit()
        clock.time += DAY
        ledger.set_status("o", "asked", "completed")
        clock.time += 59 * DAY
        ledger.add(turn("new", clock.time))
        assert rows(path, "id") == [("old",), ("claimed",), ("asked",), ("new",)]
        clock.time += 1.0
        ledger.add(turn("newer", clock.time))
        assert rows(path, "id") == [("claimed",), ("asked",), ("new",), ("newer",)]
        clock.time += DAY
        assert ledger.prune() == 1
        assert rows(path, "id") == [("claimed",), ("new",), ("newer",)]


CREATED = b"""data: {"event_type":"interaction.created","interaction":\
{"id":"v1_1","status":"in_progress"}}\n\n"""
ENDS = {
    "completed": (answer("v1_1"), 0, "completed"),
    "failed": (answer("v1_1", status="failed"), 1, "failed"),
    "action": (answer("v1_1", status="requires_action"), 7, "requires_action"),
    "cut": (sse(CREATED), 5, "in_progress"),
    "half a character": (answer("v1_1", status="odd\ud800"), 6, "odd\ufffd"),
}


@pytest.mark.parametrize("name", ENDS)
def test_status_at_the_end(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (reply, code, status), path = ENDS[name], tmp_path / "ledger.db"
    runs_on(server, "v1_1", status=status)
    create(gi, server, path, reply, code)
    known = ("v1_1", status, "create", MODEL, NOW)
    assert rows(path, "id, status, command, model, created") == [known]


@pytest.mark.parametrize("argv", [(), BACKGROUND], ids=["foreground", "background"])
def test_when_it_is_noted(
    argv: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    """Nothing before the first event, but background work before it is sent."""
    go, on = threading.Event(), threading.Event()
    head, *rest = answer("v1_1").actions
    server.expect("POST", TARGET, Reply((Wait(go), head, CREATED, Wait(on), *rest)))
    path = tmp_path / "ledger.db"
    env = environment(tmp_path, **VARIABLES, GI_LEDGER=str(path))
    at = ("create", "hi", "--ndjson", "--base-url", server.url)
    with Running(*at, *argv, env=env) as running:
        until = time.monotonic() + 10
        while not server.requests:
            assert time.monotonic() < until
        maps = Path(f"/proc/{running._process.pid}/maps").read_text()
        assert ("_sqlite3" in maps, path.exists()) == (bool(argv), bool(argv))
        if argv:
            assert rows(path, "id, status, agent") == [(None, "sending", "mine")]
        go.set()
        running.read_until(b'"in_progress"}}\n')
        while rows(path, "id, status") != [("v1_1", "in_progress")]:
            assert time.monotonic() < until
        on.set()
        assert running.finish().code == 0
    assert rows(path, "id, status") == [("v1_1", "completed")]


def test_an_id_that_comes_again(server: ScriptedServer, tmp_path: Path) -> None:
    env = environment(tmp_path, **VARIABLES, GI_LEDGER=f"{tmp_path}/l.db")
    for _ in range(2):
        server.expect("POST", TARGET, answer("v1_1"))
        at = ("create", "hi", *BACKGROUND, "--base-url", server.url)
        done = run(*at, env=env, timeout=10)
        assert (done.out, done.err) == (b"ok\n", b"")
    assert rows(tmp_path / "l.db", "id, status") == [("v1_1", "completed")]


def test_no_secret_prompt_or_answer(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    headers = {"Authorization": "Bearer hidden-9f3a"}
    tool = {"type": "mcp_server", "url": "https://mcp.example", "headers": headers}
    path = tmp_path / "state" / "ledger.db"
    environ = {**VARIABLES, "GI_LEDGER": str(path)}
    at = ("--session", "s", "--base-url", server.url)
    for n in (1, 2, 3):
        server.expect("POST", TARGET, answer(f"v1_{n}"))
    gi("create", "first-words", *at, environ=environ)
    with closing(sqlite3.connect(path)) as db:  # so that -wal and -shm stay
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        gi("create", "first-words", *at, *typed(tools=[tool]), environ=environ)
        files = sorted(path.parent.iterdir())
        assert [f.name[9:] for f in files] == ["", "-shm", "-wal", ".ids"]
        held = b"".join(file.read_bytes() for file in files)
    looked_for = ("mcp.example", "hidden", "first-words", '"ok"', KEY)
    assert [w for w in looked_for if w.encode() in held] == ["mcp.example"]
    done = gi("continue", "more", *at, code=2, environ=environ)
    why = "held secrets, which are not kept: give them again, or pass --no-inherit"
    assert done == Done(2, b"", f"gi: error: tools of the turn before {why}\n")
    gi("continue", "more", *at, *typed(tools=[tool]), environ=environ)
    expected = body(previous_interaction_id="v1_2", model=MODEL, tools=[tool])
    assert server.requests[2].json == expected


def worker(folder: Path, name: str) -> None:
    """For each line on stdin, FILE COUNT, note so many turns, and answer."""
    for line in sys.stdin:
        file, count = line.split()
        with opened(folder / file) as ledger:
            for n in range(int(count)):
                assert ledger.add(turn(f"{name}-{n}")) is not None
                ledger.set_status("o", f"{name}-{n}", "completed")
        print("done", flush=True)  # noqa: T201


def started(*argv: str) -> "subprocess.Popen[str]":
    root, pipe = Path(__file__).parent.parent, subprocess.PIPE
    command = (sys.executable, "-m", "tests.test_ledger", *argv)
    return subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True)


def test_eight_processes_at_once(tmp_path: Path) -> None:
    """First they race to create 20 files, then each notes 200 turns in one."""
    names = "abcdefgh"
    workers = [started("write", str(tmp_path), name) for name in names]
    jobs = [*((f"{n}.db", 1) for n in range(20)), ("all.db", 200)]
    for file, count in jobs:
        for each in workers:
            assert each.stdin
            each.stdin.write(f"{file} {count}\n")
            each.stdin.flush()
        for each in workers:
            assert each.stdout
            assert each.stdout.readline() == "done\n"
        found = rows(tmp_path / file, "id, status")
        expected = {(f"{x}-{n}", "completed") for x in names for n in range(count)}
        assert (len(found), set(found)) == (8 * count, expected)
    for each in workers:
        each.communicate()
    assert [each.returncode for each in workers] == [0] * 8


def killed(path: Path, rounds: int) -> None:
    """Kill a writing process again and again; what it announced must be there."""
    chance = random.Random(7)  # noqa: S311
    total = 0
    for number in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with opened(path) as ledger:
                for n in range(1_000_000):
                    ledger.add(turn(f"{number}-{n}"))
                    os.write(writing, f"{number}-{n}\n".encode())
        os.close(writing)
        time.sleep(chance.uniform(0.0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(reading) as pipe:
            announced = set(pipe.read().split())
        total += len(announced)
        found = {id for (id,) in rows(path, "id") if id.startswith(f"{number}-")}
        assert announced <= found
    assert total > rounds
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    with started("kill", str(tmp_path / "l.db"), "200") as process:
        assert process.wait(60) == 0


if __name__ == "__main__":
    job, place, more = sys.argv[1:]
    worker(Path(place), more) if job == "write" else killed(Path(place), int(more))
