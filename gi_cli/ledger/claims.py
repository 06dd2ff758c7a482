"""What --once has claimed: which KEY stands for which request, and how far it came.

A claim decides whether paid work is started, so unlike a turn it is never pruned, it
outlives a power failure, and one that cannot be read or written is an error.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from gi_cli.errors import WriteFailed
from gi_cli.ledger.database import Database, Unusable
from gi_cli.waits import Waits

CLAIMED = "claimed"  # nothing was sent
SENDING = "sending"  # the request may have landed
KNOWN = "id"
DONE = "done"
REMEDY = "make it a file that can be written, or name another with GI_LEDGER=PATH"
T = TypeVar("T")


class Claimed(NamedTuple):
    """One claim; times are seconds since the epoch. It tells what was sent, but no
    prompt."""

    origin: str
    key: str
    body_hash: str
    phase: str
    id: str | None
    command: str
    model: str | None
    agent: str | None
    bytes: int  # of the body
    created: float
    updated: float
    sent_at: float | None = None
    exit_code: int | None = None
    finished: float | None = None


COLUMNS = ", ".join(Claimed._fields)
MARKS = ", ".join("?" * len(Claimed._fields))


class Claims:
    """The claims of a ledger; every method raises WriteFailed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def path(self) -> Path:
        """The file of the ledger."""
        return self._database.path

    @property
    def waits(self) -> Waits:
        """Where a wait for another process may be interrupted."""
        return self._database.waits

    def find(self, origin: str, key: str) -> Claimed | None:
        """The claim of a KEY."""
        return next(iter(self._select("origin = ? AND key = ?", origin, key)), None)

    def all(self, origin: str) -> list[Claimed]:
        """All claims, the one that changed last first."""
        return self._select("origin = ?", origin)

    def save(self, claim: Claimed) -> None:
        """Write the claim as it is now, whatever was there."""
        insert = f"INSERT OR REPLACE INTO claims ({COLUMNS}) VALUES ({MARKS})"  # noqa: S608
        self._do(lambda db: db.execute(insert, claim))

    def drop(self, origin: str, key: str) -> None:
        """Make the KEY free."""
        change = "DELETE FROM claims WHERE origin = ? AND key = ?"
        self._do(lambda db: db.execute(change, (origin, key)))

    def lost(self) -> Path | None:
        """A damaged ledger that may have held claims, until a person removes it."""
        return next(iter(self._database.aside()), None)

    def _select(self, where: str, *values: str) -> list[Claimed]:
        query = f"SELECT {COLUMNS} FROM claims WHERE {where} ORDER BY rowid DESC"  # noqa: S608
        rows = self._do(lambda db: db.execute(query, values).fetchall())
        return [Claimed._make(row) for row in rows]

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._database.do(work, durable=True)
        except Unusable as error:
            raise WriteFailed(
                f"the ledger cannot be used: {error}", hints=(REMEDY,)
            ) from error
