"""The local record of interactions, for the API has no list call.

One SQLite file for all processes. It holds what the next turn needs and what `gi list`
shows: no prompt, no answer, no secret. A ledger that cannot be written is one warning,
never a failure, except to claims.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gi_cli.ledger import ids
from gi_cli.ledger.claims import Claims
from gi_cli.ledger.database import PATIENCE, Database, Locked, Unusable
from gi_cli.waits import Waits
from gi_cli.wire import codec
from gi_cli.wire.status import NOT_STORED

KEPT = 60 * 86_400.0  # seconds; the service itself keeps 55 days at most
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
        self.fault: str | None = None  # why there is no ledger
        self._clock, self._warn = waits.clock, warn
        self._database = Database(path, waits, warn) if path else None

    @cached_property
    def claims(self) -> Claims | None:
        """The claims of --once; None where nothing is recorded."""
        return Claims(self._database) if self._database else None

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

        return self._change(work, patience=patience)

    def know(self, row: int, turn: Turn, *, patience: float = PATIENCE) -> None:
        """Record what is newly known of a turn: its id, status and settings."""
        change = (
            "UPDATE OR REPLACE turns SET id = ?, status = ?, updated = ?, settings = ?"
        )
        settings = codec.dumps(turn.settings).decode()
        values = (turn.id, turn.status, turn.updated, settings, row)
        self._change(
            lambda db: db.execute(f"{change} WHERE rowid = ?", values),
            patience=patience,
        )

    def set_status(self, origin: str, id: str, status: str | None) -> None:
        """Note the status of a turn, if it is recorded."""
        row = (status, self._clock.now(), origin, id)
        change = "UPDATE turns SET status = ?, updated = ? WHERE origin = ? AND id = ?"
        self._change(lambda db: db.execute(change, row))

    def drop(self, row: int) -> None:
        """Drop a turn that came to nothing."""
        self._change(lambda db: db.execute("DELETE FROM turns WHERE rowid = ?", (row,)))

    def forget(self, origin: str, id: str) -> None:
        """Drop a turn."""
        change = "DELETE FROM turns WHERE origin = ? AND id = ?"
        self._change(lambda db: db.execute(change, (origin, id)))

    def prune(self) -> int:
        """Drop what the service no longer keeps, and tell how many turns that were."""
        row = (self._clock.now() - KEPT,)
        return self._change(lambda db: db.execute(PRUNE, row).rowcount) or 0

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

    def _change(
        self, work: Callable[[sqlite3.Connection], T], *, patience: float = PATIENCE
    ) -> T | None:
        """Do what changes turns, and keep the ids of completions current."""

        def both(db: sqlite3.Connection) -> T:
            done = work(db)
            if self._database:
                ids.write(db, self._database.path)
            return done

        return self._do(both, patience=patience)

    def _do(
        self, work: Callable[[sqlite3.Connection], T], *, patience: float = PATIENCE
    ) -> T | None:
        """Do it in one transaction; None where there is no ledger."""
        if self._database is None or self.fault:
            return None
        try:
            return self._database.do(work, patience=patience)
        except Unusable as error:
            if patience == PATIENCE or not isinstance(error, Locked):
                self._disable(str(error))
            return None  # else this once

    def _disable(self, why: str) -> None:
        self.close()
        self.fault = why
        self._warn(f"gi: warning: there is no ledger: {why} (GI_LEDGER=off)")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._database is not None:
            self._database.close()


def local_time(seconds: float) -> str:
    """A time of the ledger, for people."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _settings(text: str) -> dict[str, Any]:
    try:
        value = codec.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
