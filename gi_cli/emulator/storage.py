"""Where interactions are kept: in memory, or in a file that processes share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from gi_cli.emulator import record as records
from gi_cli.emulator.database import BUSY_TIMEOUT, Database, StorageError
from gi_cli.emulator.record import Record

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

T = TypeVar("T")
_RETENTION = 55 * 24 * 3600  # seconds: as long as the API keeps them at most


class Storage(Protocol):
    """Keeps interactions by their id."""

    def get(self, interaction_id: str) -> Record | None:
        """Return the interaction, if it is kept."""

    def put(self, record: Record) -> None:
        """Keep the interaction, in place of one with its id."""

    def remove(self, interaction_id: str) -> None:
        """Forget the interaction."""

    def change(
        self, interaction_id: str, change: Callable[[Record], Record]
    ) -> Record | None:
        """Put what `change` makes of the interaction, with nothing in between.

        Returns it, or None if there is no such interaction. Nothing is changed if
        `change` raises.
        """


class Memory:
    """Interactions for as long as the process lives."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._changing = threading.Lock()

    def get(self, interaction_id: str) -> Record | None:
        """Return the interaction, if it is kept."""
        return self._records.get(interaction_id)

    def put(self, record: Record) -> None:
        """Keep the interaction, in place of one with its id."""
        self._records[record.id] = record

    def remove(self, interaction_id: str) -> None:
        """Forget the interaction."""
        with self._changing:
            self._records.pop(interaction_id, None)

    def change(
        self, interaction_id: str, change: Callable[[Record], Record]
    ) -> Record | None:
        """Put what `change` makes of the interaction, if it is kept."""
        with self._changing:
            record = self.get(interaction_id)
            if record:
                record = change(record)
                self.put(record)
            return record


class Stored:
    """Interactions in a SQLite file, which is opened when it is first needed.

    Safe under concurrent threads and processes. Every method raises StorageError if
    the file cannot be used. A corrupt one is moved aside, and `warn` is told.
    """

    def __init__(
        self,
        path: Path,
        warn: Callable[[str], None] = lambda _: None,
        *,
        busy: float = BUSY_TIMEOUT,
    ) -> None:
        self._database = Database(path, warn, busy)

    def open(self) -> None:
        """Open the file now: for a server that should rather not start without it."""
        self._database.read(lambda _: None)

    def get(self, interaction_id: str) -> Record | None:
        """Return the interaction, if it is kept."""
        return self._database.read(lambda database: _get(database, interaction_id))

    def put(self, record: Record) -> None:
        """Keep the interaction, in place of one with its id; forget expired ones."""
        self._database.write(lambda database: _put(database, record))

    def remove(self, interaction_id: str) -> None:
        """Forget the interaction."""
        self._database.write(
            lambda database: database.execute(
                "DELETE FROM interactions WHERE id = ?", (interaction_id,)
            )
        )

    def change(
        self, interaction_id: str, change: Callable[[Record], Record]
    ) -> Record | None:
        """Put what `change` makes of the interaction, in one transaction."""

        def changed(database: sqlite3.Connection) -> Record | None:
            record = _get(database, interaction_id)
            if record:
                record = change(record)
                _put(database, record)
            return record

        return self._database.write(changed)


class Lenient:
    """Another storage as long as it works, and memory from its first failure on."""

    def __init__(self, storage: Storage, warn: Callable[[str], None]) -> None:
        self._storage, self._warn = storage, warn

    def get(self, interaction_id: str) -> Record | None:
        """Return the interaction, if it is kept."""
        return self._try(lambda storage: storage.get(interaction_id))

    def put(self, record: Record) -> None:
        """Keep the interaction, in place of one with its id."""
        self._try(lambda storage: storage.put(record))

    def remove(self, interaction_id: str) -> None:
        """Forget the interaction."""
        self._try(lambda storage: storage.remove(interaction_id))

    def change(
        self, interaction_id: str, change: Callable[[Record], Record]
    ) -> Record | None:
        """Put what `change` makes of the interaction, if it is kept."""
        return self._try(lambda storage: storage.change(interaction_id, change))

    def _try(self, work: Callable[[Storage], T]) -> T:
        try:
            return work(self._storage)
        except StorageError as error:
            self._warn(f"emulated interactions are not kept: {error}")
            self._storage = Memory()
            return work(self._storage)


def _get(database: sqlite3.Connection, interaction_id: str) -> Record | None:
    found = database.execute(
        "SELECT record FROM interactions WHERE id = ?", (interaction_id,)
    ).fetchone()
    return records.loads(found[0]) if found else None


def _put(database: sqlite3.Connection, record: Record) -> None:
    database.execute(
        "INSERT OR REPLACE INTO interactions (id, created, record) VALUES (?, ?, ?)",
        (record.id, record.created, records.dumps(record)),
    )
    expired = record.created - _RETENTION
    database.execute("DELETE FROM interactions WHERE created < ?", (expired,))
