"""--once: what a KEY is, what it stands for, and what the next run finds."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gi_cli import once
from gi_cli.errors import GiError, Unreachable, UsageError, WriteFailed
from gi_cli.ledger import Ledger
from gi_cli.ledger.claims import REMEDY, Claimed, Claims
from gi_cli.ledger.database import Database
from gi_cli.waits import Waits
from tests.claiming import FREE
from tests.conftest import FakeClock
from tests.test_ledger import GARBAGE, NOW, newer, opened, turn

BODY = {"agent": "mine", "input": "secret words", "background": True}
WORK = once.Work("o", "k", "research", BODY)
LOCK = "claim-2c90d34b469705a52999ac1d0b600e4a.lock"
SENT = "the interaction may have been created"


@pytest.fixture(autouse=True)
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def no_wait() -> None:
    raise AssertionError("somebody else holds it")


@contextmanager
def claims_at(path: Path, clock: FakeClock) -> Iterator[Claims]:
    with opened(path, clock) as ledger:
        yield once.claims_of(ledger)


NEW_YEAR = 1_798_729_200.0  # 2027-01-01 00:00 in Tokyo, in the last week of 2026
TEMPLATES = {
    "report": (NOW, "report"),
    "r-{date}": (NOW, "r-2026-09-21"),
    "{hour}": (NOW, "2026-09-21T23"),
    "{week}": (NOW, "2026-W39"),
    "{month}/{month}": (NOW, "2026-09/2026-09"),
    "{date} {hour} {week} {month}": (
        NEW_YEAR,
        "2027-01-01 2027-01-01T00 2026-W53 2027-01",
    ),
    "{{date}} {{{date}}}": (NEW_YEAR - 1, "{date} {2026-12-31}"),
    "100% %Y caf\xe9 \n": (NOW, "100% %Y caf\xe9 \n"),
}


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_template(key: str) -> None:
    now, expected = TEMPLATES[key]
    assert once.expanded(key, FakeClock(time=now).now(), "--once") == expected


WRONG = {
    "{day}": "{day}",
    "a {": "{",
    "} b": "}",
    "{}": "{}",
    "{date:%Y}": "{date:%Y}",
    "{ date }": "{ date }",
    "{{date}": "}",
    "{date}}": "}",
    "{da{date}": "{",
}


@pytest.mark.parametrize("key", WRONG)
def test_no_template(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        once.expanded(key, NOW, "--once")
    known = "{date}, {hour}, {week}, {month}; a brace itself is {{ or }}"
    said = f"--once: {key}: {WRONG[key]} is none of {known}"
    assert caught.value.message == said


BODIES: dict[str, tuple[Any, Any, bool]] = {
    "order": ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}, True),
    "order of a list": ({"a": [1, 2]}, {"a": [2, 1]}, False),
    "value": ({"input": "a"}, {"input": "b"}, False),
    "type": ({"a": "1"}, {"a": 1}, False),
    "more": ({"a": 1}, {"a": 1, "b": None}, False),
    "big": ({"a": 10**30}, {"a": 10**30 + 1}, False),
    "half a character": ({"a": "\ud800"}, {"a": "\ud801"}, False),
    "characters": ({"a": "é"}, {"a": "é"}, True),
}


@pytest.mark.parametrize("name", BODIES)
def test_hash(name: str) -> None:
    one, other, same = BODIES[name]
    assert (once.hash_of(one) == once.hash_of(other)) == same


def test_what_the_hash_is() -> None:
    """It stands in ledgers: a newer gi has to give the same."""
    text = b'{"a":[1,null,1.5],"b":"\\u00e9"}'
    found = once.hash_of({"b": "é", "a": [1, None, 1.5]})
    assert found == hashlib.sha256(text).hexdigest()


def claimed(**fields: Any) -> Claimed:
    first = Claimed(
        origin="o",
        key="k",
        body_hash=once.hash_of(BODY),
        phase="claimed",
        id=None,
        command="research",
        model=None,
        agent="mine",
        bytes=57,
        created=NOW,
        updated=NOW,
    )
    return first._replace(**fields)


class Step(NamedTuple):
    """A transition, and how the claim stands after it; each takes a second."""

    go: Callable[[once.Claim], None]
    after: list[Claimed]


SENDING = Step(
    once.Claim.sending,
    [claimed(phase="sending", updated=NOW + 1, sent_at=NOW + 1)],
)
KNOWN = Step(
    lambda claim: claim.known("v1_\ud800"),
    [SENDING.after[0]._replace(phase="id", id="v1_\ufffd", updated=NOW + 2)],
)
ENDED = KNOWN.after[0]._replace(phase="done", exit_code=8, finished=NOW + 3)
DONE = Step(lambda claim: claim.done(8), [ENDED._replace(updated=NOW + 3)])
RELEASED = Step(once.Claim.release, [])
AGAIN = Step(
    once.Claim.sending,
    [claimed(phase="sending", updated=NOW + 3, sent_at=NOW + 3)],
)
PATHS = {
    "claimed": (),
    "sending": (SENDING,),
    "id": (SENDING, KNOWN),
    "done": (SENDING, KNOWN, DONE),
    "released": (SENDING, RELEASED),
    "sending again": (SENDING, RELEASED, AGAIN),
}
FRESH = ("claimed", None, None, None)
FOUND: dict[str, tuple[Any, ...]] = {
    "claimed": FRESH,
    "id": ("id", "v1_\ufffd", None, None),
    "done": ("done", "v1_\ufffd", 8, NOW + 3),
    "released": FRESH,
}


def go(path: Path, steps: tuple[Step, ...]) -> None:
    clock = FakeClock()
    with claims_at(path, clock) as claims, once.held(claims, "o", "k", no_wait):
        claim = once.take(claims, WORK, FREE)
        assert claims.all("o") == [claimed()]
        for step in steps:
            clock.time += 1
            step.go(claim)
            assert claims.all("o") == step.after


def taken(path: Path, work: once.Work) -> tuple[Any, ...]:
    """What the next run finds, a day later."""
    clock = FakeClock(time=NOW + 86_400)
    with claims_at(path, clock) as claims, once.held(claims, "o", "k", no_wait):
        claim = once.take(claims, work, FREE)
        return (claim.phase, claim.id, claim.exit_code, claim.finished)


def error_of(path: Path, work: once.Work) -> GiError:
    with pytest.raises(GiError) as caught:
        taken(path, work)
    return caught.value


@pytest.mark.parametrize("name", PATHS)
def test_phases(name: str, tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    go(path, PATHS[name])
    if name.startswith("sending"):
        error = error_of(path, WORK)
        at = "23:13:21" if name == "sending" else "23:13:23"
        why = f"a run that was ended sent it at 2026-09-21 {at}: {SENT}"
        assert (type(error), error.message) == (Unreachable, f"--once: k: {why}")
        assert (error.hints, error.retryable) == (("gi release k",), False)
    else:
        assert taken(path, WORK) == FOUND[name]


@pytest.mark.parametrize("name", PATHS)
def test_the_same_key_for_another_body(name: str, tmp_path: Path) -> None:
    """As long as nothing was sent, a KEY stands for nothing."""
    path, other = tmp_path / "l.db", {**BODY, "input": "others"}
    go(path, PATHS[name])
    changed = WORK._replace(body=other)
    if name in ("claimed", "released"):
        assert taken(path, changed) == FRESH
        with claims_at(path, FakeClock()) as claims:
            (left,) = claims.all("o")
        assert (left.body_hash, left.created) == (once.hash_of(other), NOW + 86_400)
        return
    error = error_of(path, changed)
    why = "--once: k was claimed for another request at 2026-09-21 23:13:20"
    assert (type(error), error.message) == (UsageError, why)
    assert error.hints == ("another KEY, or gi release k",)


@pytest.mark.parametrize(
    ("key", "typed"), [("k", "k"), ("it's", "'it'\"'\"'s'"), ("-k", "-- -k")]
)
def test_the_command_that_frees_it(key: str, typed: str) -> None:
    assert once.freeing("gi release", key) == f"gi release {typed}"


def test_a_key_belongs_to_an_origin(tmp_path: Path) -> None:
    go(tmp_path / "l.db", (SENDING,))
    with claims_at(tmp_path / "l.db", FakeClock()) as claims:
        for origin, key in (("p", "k"), ("o", "K"), ("o", "it's {k}\n\x1b")):
            with (
                once.held(claims, "o", "k", no_wait),
                once.held(claims, origin, key, no_wait),
            ):
                work = WORK._replace(origin=origin, key=key)
                assert once.take(claims, work, FREE).phase == "claimed"


def test_no_prompt(tmp_path: Path) -> None:
    go(tmp_path / "l.db", PATHS["done"])
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert (b"secret words" in held, b"research" in held) == (False, True)


def test_files(tmp_path: Path) -> None:
    """The lock is beside the ledger itself, whatever name it goes by."""
    (tmp_path / "a").mkdir()
    (tmp_path / "l.db").symlink_to(tmp_path / "a" / "real.db")
    go(tmp_path / "l.db", (SENDING,))
    files = sorted((tmp_path / "a").iterdir())
    assert [file.name for file in files] == [LOCK, "real.db"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_durable(tmp_path: Path) -> None:
    """Only claims are worth waiting for the disk: 2 is FULL, 1 is NORMAL."""
    database = Database(tmp_path / "l.db", Waits(FakeClock()), print)

    def level() -> int:
        assert database._connection
        found = database._connection.execute("PRAGMA synchronous").fetchone()
        return int(found[0])

    Claims(database).save(claimed())
    assert level() == 2
    database.do(lambda db: db.execute("SELECT 1"))
    assert level() == 1
    Claims(database).drop("o", "k")
    assert level() == 2
    database.close()


def test_no_ledger() -> None:
    with pytest.raises(UsageError) as caught:
        once.claims_of(Ledger(None, Waits(FakeClock()), print))
    assert caught.value.message == "GI_LEDGER=off: claims need a ledger"


V1 = """
CREATE TABLE turns (
  origin TEXT NOT NULL, id TEXT, previous_id TEXT,
  command TEXT NOT NULL, model TEXT, agent TEXT, status TEXT,
  created REAL NOT NULL, updated REAL NOT NULL,
  session TEXT, terminal TEXT, claim TEXT, settings TEXT NOT NULL,
  UNIQUE (origin, id)
);
CREATE INDEX turns_by_session ON turns (origin, session);
CREATE INDEX turns_by_terminal ON turns (origin, terminal);
CREATE INDEX turns_by_age ON turns (updated);
INSERT INTO turns VALUES
  ('o', 'v1_1', NULL, 'create', 'm', NULL, 'completed', 1790000000.0, 1790000000.0,
   NULL, NULL, NULL, '{"tools":[]}');
PRAGMA user_version = 1;
"""


def test_migration(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(V1)
    go(path, PATHS["done"])
    with opened(path) as ledger:
        old = turn("v1_1", status="completed", settings={"tools": []})
        assert ledger.turns("o") == [old]
        assert once.claims_of(ledger).all("o") == DONE.after
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)


def test_claims_are_never_pruned(tmp_path: Path) -> None:
    go(tmp_path / "l.db", PATHS["done"])
    with opened(tmp_path / "l.db", FakeClock(time=NOW + 9e8)) as ledger:
        ledger.add(turn("v1_1"))
        assert (ledger.prune(), once.claims_of(ledger).all("o")) == (1, DONE.after)


def under_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


UNUSABLE = "the ledger cannot be used: {path}"
LOST = "--once: k: only {aside}, which is damaged, knows whether it was sent"
NO_LOCK = "{lock}: File exists: without it nothing can be claimed"
FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "newer": (newer, f"{UNUSABLE}: it belongs to a newer gi (99)", REMEDY),
    "directory": (Path.mkdir, f"{UNUSABLE}: Is a directory", REMEDY),
    "under a file": (under_a_file, NO_LOCK, REMEDY),
    "corrupt": (
        lambda path: path.write_bytes(GARBAGE),
        LOST,
        "if it was not: rm {aside}*",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_error(name: str, tmp_path: Path) -> None:
    spoil, why, hint = FAULTS[name]
    path = tmp_path / "state" / "l.db"
    path.parent.mkdir()
    spoil(path)
    for _ in range(2):  # what was moved aside is not forgotten
        told: list[str] = []
        ledger = Ledger(path, Waits(FakeClock()), told.append)
        claims = once.claims_of(ledger)
        with (
            pytest.raises(WriteFailed) as caught,
            once.held(claims, "o", "k", no_wait),
        ):
            once.take(claims, WORK, FREE)
        ledger.close()
        aside = Path(f"{path}.corrupt-{NOW:.0f}")
        names = {"path": path, "aside": aside, "lock": path.with_name(LOCK)}
        assert caught.value.message == why.format(**names)
        assert caught.value.hints == (hint.format(**names),)
    if name == "corrupt":
        aside.unlink()
        assert taken(path, WORK) == FRESH
