"""Where interactions and files are kept: in memory, or in a file for processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from gi_cli.emulator import record as records
from gi_cli.emulator import resource
from gi_cli.emulator.database import BUSY_TIMEOUT, Database, StorageError
from gi_cli.emulator.record import Record
from gi_cli.emulator.resource import LIFETIME, File

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

T = TypeVar("T")
Place = tuple[float, str]  # of a file among all: when it was created, and its id
_RETENTION = 55 * 24 * 3600  # seconds: as long as the API keeps them at most


class Storage(Protocol):
    """Keeps interactions and files by their ids."""

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

    def file(self, file_id: str) -> File | None:
        """Return the file, if it is kept."""

    def put_file(self, file: File) -> None:
        """Keep the file, in place of one with its id; forget expired ones."""

    def remove_file(self, file_id: str) -> None:
        """Forget the file."""

    def files(self, before: Place, most: int) -> list[File]:
        """Return the newest files of those before a place, the newest first."""


class Memory:
    """Interactions and files for as long as the process lives."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._files: dict[str, File] = {}
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

    def file(self, file_id: str) -> File | None:
        """Return the file, if it is kept."""
        return self._files.get(file_id)

    def put_file(self, file: File) -> None:
        """Keep the file, in place of one with its id; forget expired ones."""
        with self._changing:
            self._files = {
                old.id: old
                for old in self._files.values()
                if old.expires > file.created
            }
            self._files[file.id] = file

    def remove_file(self, file_id: str) -> None:
        """Forget the file."""
        with self._changing:
            self._files.pop(file_id, None)

    def files(self, before: Place, most: int) -> list[File]:
        """Return the newest files of those before a place, the newest first."""
        with self._changing:
            older = [file for file in self._files.values() if _place(file) < before]
        return sorted(older, key=_place, reverse=True)[:most]


class Stored:
    """Interactions and files in a SQLite file, which is opened when it is first needed.

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

    def file(self, file_id: str) -> File | None:
        """Return the file, if it is kept."""
        return self._database.read(lambda database: _get_file(database, file_id))

    def put_file(self, file: File) -> None:
        """Keep the file, in place of one with its id; forget expired ones."""
        self._database.write(lambda database: _put_file(database, file))

    def remove_file(self, file_id: str) -> None:
        """Forget the file."""
        self._database.write(
            lambda database: database.execute(
                "DELETE FROM files WHERE id = ?", (file_id,)
            )
        )

    def files(self, before: Place, most: int) -> list[File]:
        """Return the newest files of those before a place, the newest first."""
        return self._database.read(lambda database: _files(database, before, most))


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

    def file(self, file_id: str) -> File | None:
        """Return the file, if it is kept."""
        return self._try(lambda storage: storage.file(file_id))

    def put_file(self, file: File) -> None:
        """Keep the file, in place of one with its id; forget expired ones."""
        self._try(lambda storage: storage.put_file(file))

    def remove_file(self, file_id: str) -> None:
        """Forget the file."""
        self._try(lambda storage: storage.remove_file(file_id))

    def files(self, before: Place, most: int) -> list[File]:
        """Return the newest files of those before a place, the newest first."""
        return self._try(lambda storage: storage.files(before, most))

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


def _get_file(database: sqlite3.Connection, file_id: str) -> File | None:
    found = database.execute(
        "SELECT record FROM files WHERE id = ?", (file_id,)
    ).fetchone()
    return resource.loads(found[0]) if found else None


def _put_file(database: sqlite3.Connection, file: File) -> None:
    database.execute(
        "INSERT OR REPLACE INTO files (id, created, record) VALUES (?, ?, ?)",
        (file.id, file.created, resource.dumps(file)),
    )
    expired = file.created - LIFETIME
    database.execute("DELETE FROM files WHERE created <= ?", (expired,))


def _files(database: sqlite3.Connection, before: Place, most: int) -> list[File]:
    found = database.execute(
        "SELECT record FROM files WHERE (created, id) < (?, ?) "
        "ORDER BY created DESC, id DESC LIMIT ?",
        (*before, most),
    )
    return [resource.loads(record) for (record,) in found]


def _place(file: File) -> Place:
    return file.created, file.id
