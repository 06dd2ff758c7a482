"""The local record of interactions, for the API has no list call.

One SQLite file for all processes. It holds what the next turn needs and what `gi list`
shows: no prompt, no answer, no secret. A ledger that cannot be written is one warning,
never a failure.
"""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gi_cli.waits import Waits
from gi_cli.wire import codec
from gi_cli.wire.status import NOT_STORED

KEPT = 60 * 86_400.0  # seconds; the service itself keeps 55 days at most
BUSY = 0.2  # seconds that SQLite waits for a lock, uninterruptibly
PATIENCE = 20.0  # seconds until a lock counts as a fault
MIGRATIONS = (
    """
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
    """,
)
COLUMNS = (
    "origin, id, previous_id, command, model, agent, status, created, updated,"
    " session, terminal, settings"
)
PRUNE = "DELETE FROM turns WHERE updated < ? AND claim IS NULL"
T = TypeVar("T")


class Turn(NamedTuple):
    """One interaction; times are seconds since the epoch, `settings` is the part of
    the body that the next turn repeats."""

    origin: str
    id: str | None  # None until the service has told it
    previous_id: str | None
    command: str
    model: str | None
    agent: str | None
    status: str | None
    created: float
    updated: float
    session: str | None
    terminal: str | None
    settings: dict[str, Any]


class Ledger:
    """Opened at the first use; `path` None records nothing."""

    def __init__(
        self, path: Path | None, waits: Waits, warn: Callable[[str], None]
    ) -> None:
        self.path, self._waits, self._warn = path, waits, warn
        self.fault: str | None = None  # why there is no ledger
        self._connection: sqlite3.Connection | None = None

    def _now(self) -> float:
        return self._waits.clock.now()

    def add(self, turn: Turn, *, patience: float = PATIENCE) -> int | None:
        """Record a turn and give the number of its row; old turns are dropped.

        None where there is no ledger, or none that was free within `patience` seconds.
        """
        row = (*turn[:-1], codec.dumps(turn.settings).decode())
        marks = ", ".join("?" * len(row))
        insert = f"INSERT OR REPLACE INTO turns ({COLUMNS}) VALUES ({marks})"  # noqa: S608

        def work(db: sqlite3.Connection) -> int | None:
            db.execute(PRUNE, (turn.updated - KEPT,))
            return db.execute(insert, row).lastrowid

        return self._do(work, patience=patience)

    def know(self, row: int, turn: Turn, *, patience: float = PATIENCE) -> None:
        """Record what is newly known of a turn: its id, status and settings."""
        change = (
            "UPDATE OR REPLACE turns SET id = ?, status = ?, updated = ?, settings = ?"
        )
        settings = codec.dumps(turn.settings).decode()
        values = (turn.id, turn.status, turn.updated, settings, row)
        self._do(
            lambda db: db.execute(f"{change} WHERE rowid = ?", values),
            patience=patience,
        )

    def set_status(self, origin: str, id: str, status: str | None) -> None:
        """Note the status of a turn, if it is recorded."""
        row = (status, self._now(), origin, id)
        change = "UPDATE turns SET status = ?, updated = ? WHERE origin = ? AND id = ?"
        self._do(lambda db: db.execute(change, row))

    def drop(self, row: int) -> None:
        """Drop a turn that came to nothing."""
        self._do(lambda db: db.execute("DELETE FROM turns WHERE rowid = ?", (row,)))

    def forget(self, origin: str, id: str) -> None:
        """Drop a turn."""
        change = "DELETE FROM turns WHERE origin = ? AND id = ?"
        self._do(lambda db: db.execute(change, (origin, id)))

    def prune(self) -> int:
        """Drop what the service no longer keeps, and tell how many turns that were."""
        row = (self._now() - KEPT,)
        return self._do(lambda db: db.execute(PRUNE, row).rowcount) or 0

    def find(self, origin: str, id: str) -> Turn | None:
        """The turn with this id."""
        return self._one("origin = ? AND id = ?", (origin, id))

    def last(
        self, origin: str, *, session: str | None = None, terminal: str | None = None
    ) -> Turn | None:
        """The newest turn of a session or a terminal; of any if neither is given."""
        where = f"origin = ? AND (id IS NOT NULL OR status = '{NOT_STORED}')"
        if session is not None:
            return self._one(f"{where} AND session = ?", (origin, session))
        if terminal is not None:
            where += " AND terminal = ? AND session IS NULL"
            return self._one(where, (origin, terminal))
        return self._one(where, (origin,))

    def turns(self, origin: str) -> list[Turn]:
        """All turns, newest first."""
        return self._select("origin = ?", (origin,))

    def _one(self, where: str, values: tuple[str, ...]) -> Turn | None:
        return next(iter(self._select(where, values, " LIMIT 1")), None)

    def _select(
        self, where: str, values: tuple[str, ...], limit: str = ""
    ) -> list[Turn]:
        query = (
            f"SELECT {COLUMNS} FROM turns WHERE {where}"  # noqa: S608
            f" ORDER BY rowid DESC{limit}"
        )
        rows = self._do(lambda db: db.execute(query, values).fetchall()) or []
        return [Turn._make((*row[:-1], _settings(row[-1]))) for row in rows]

    def _do(
        self, work: Callable[[sqlite3.Connection], T], *, patience: float = PATIENCE
    ) -> T | None:
        """Do it in one transaction; None where there is no ledger."""
        give_up = self._waits.clock.monotonic() + patience
        while self.path is not None:
            try:
                with self._transaction() as db:
                    return work(db)
            except sqlite3.OperationalError as error:
                if not _is_locked(error):
                    self._disable(f"{self.path}: {error}")
                elif self._waits.clock.monotonic() < give_up:
                    self._waits.sleep(0.01)
                elif patience == PATIENCE:
                    self._disable(f"{self.path}: {error}")
                else:
                    return None  # this once
            except sqlite3.DatabaseError as error:
                if self._waits.clock.monotonic() > give_up or not self._set_aside(
                    self.path, error
                ):
                    self._disable(f"{self.path}: {error}")
            except OSError as error:
                self._disable(f"{self.path}: {error.strerror}")
            except (OverflowError, UnicodeError) as error:  # a value no column takes
                self._disable(f"{self.path}: {error}")
        return None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._connection = self._connection or self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _opened(self) -> sqlite3.Connection:
        assert self.path is not None  # noqa: S101
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(
            self.path, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")  # stays DELETE on a network drive
            db.execute("PRAGMA synchronous = NORMAL")
            _migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, path: Path, error: sqlite3.DatabaseError) -> bool:
        """Move a corrupt ledger away, to begin anew; False if that does not help.

        Another process may have done it already, which once is worth a new try.
        """
        was_open = self._connection is not None
        self.close()
        if not _is_damaged(path):
            return not was_open
        aside = _free(path.with_name(f"{path.name}.corrupt-{self._now():.0f}"))
        try:
            for suffix in ("", "-wal", "-shm"):
                damaged = path.with_name(path.name + suffix)
                if damaged.exists():
                    damaged.replace(aside.with_name(aside.name + suffix))
        except OSError:
            return False
        self._warn(f"gi: warning: the ledger was damaged ({error}): now {aside}")
        return True

    def _disable(self, why: str) -> None:
        self.close()
        self.path, self.fault = None, why
        self._warn(f"gi: warning: there is no ledger: {why} (GI_LEDGER=off)")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date, once among all processes.

    A ledger of a newer gi raises OperationalError, and is left as it is.
    """
    if _version(db) == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    with closing(db.cursor()) as cursor:
        version = _version(db)
        if version > len(MIGRATIONS):
            cursor.execute("ROLLBACK")
            raise sqlite3.OperationalError(f"it belongs to a newer gi ({version})")
        for script in MIGRATIONS[version:]:
            for statement in filter(str.strip, script.split(";")):
                cursor.execute(statement)
        cursor.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        cursor.execute("COMMIT")


def _free(path: Path) -> Path:
    """The path, or the first of its kind that no file has."""
    numbered = (path.with_name(f"{path.name}-{n}") for n in itertools.count(2))
    return next(p for p in itertools.chain((path,), numbered) if not p.exists())


def _is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=BUSY)) as db:
            return str(db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _settings(text: str) -> dict[str, Any]:
    try:
        value = codec.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
