"""One SQLite file for many threads and processes, opened late and never trusted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

# What makes each version of the schema of the one before, from 1 on.
_MIGRATIONS = (
    (
        "CREATE TABLE interactions ("
        "id TEXT PRIMARY KEY, created REAL NOT NULL, record BLOB NOT NULL)",
        "CREATE INDEX interactions_created ON interactions (created)",
    ),
    (
        "CREATE TABLE files ("
        "id TEXT PRIMARY KEY, created REAL NOT NULL, record BLOB NOT NULL)",
        "CREATE INDEX files_created ON files (created, id)",
    ),
)
_VERSION = len(_MIGRATIONS)
BUSY_TIMEOUT = 2.0  # seconds that SQLite waits for a lock
_ATTEMPTS = 4
_PAUSE = 0.02  # seconds, longer with each attempt

# Results of SQLite, see https://www.sqlite.org/rescode.html
_IN_USE = (5, 6, 15)  # BUSY, LOCKED, PROTOCOL (a race for the WAL's index)
_CORRUPT = (11, 26)  # CORRUPT, NOTADB
_MOVED = 1032  # READONLY_DBMOVED: somebody has set it aside

# A file that is closed takes all of the process's locks on it with it, those of
# SQLite too: nobody may open the database while its file is being created.
_creating = threading.Lock()


class StorageError(Exception):
    """The file cannot be used; the message names it."""


class Database:
    """The file and this process's connections to it, each for one thread at a time.

    A connection takes three descriptors and some memory, and most threads wait for
    something else. So those that write wait for each other here, and not in SQLite.
    """

    def __init__(self, path: Path, warn: Callable[[str], None], busy: float) -> None:
        self._path = path.absolute()
        self._warn, self._busy = warn, busy
        self._idle: list[_Closing] = []
        self._writing = threading.Lock()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do what is one statement at most."""
        return self._do(work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work in a transaction of its own; it may be done more than once."""

        def transaction(raw: sqlite3.Connection) -> T:
            with _transaction(raw):
                return work(raw)

        with self._writing:
            return self._do(transaction)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._repeated(work)
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror}") from error

    def _repeated(self, work: Callable[[sqlite3.Connection], T]) -> T:
        import sqlite3

        for attempt in count(1):
            try:
                with self._connection() as raw:
                    return work(raw)
            except sqlite3.Error as error:
                if attempt == _ATTEMPTS or not self._may_pass(error):
                    raise StorageError(f"{self._path}: {error}") from error
            time.sleep(_PAUSE * attempt)
        raise AssertionError  # count() never ends

    def _may_pass(self, error: sqlite3.Error) -> bool:
        """Do something about the error, if possible."""
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF in _CORRUPT:
            self._set_aside()
            return True
        return code & 0xFF in _IN_USE or code == _MOVED

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; what is wrong with one is wrong with all."""
        import sqlite3

        try:
            kept = self._idle.pop()
        except IndexError:
            kept = self._new()
        try:
            yield kept.raw
        except sqlite3.Error:
            kept.raw.close()
            self._idle.clear()
            raise
        except BaseException:
            self._idle.append(kept)
            raise
        self._idle.append(kept)

    def _new(self) -> _Closing:
        kept = _Closing(_open(self._path, self._busy))
        try:
            _prepare(kept.raw, self._path)
        except BaseException:
            kept.raw.close()
            raise
        return kept

    def _set_aside(self) -> None:
        """Move a corrupt file out of the way, unless another process has done so."""
        with _locked(self._path.parent):
            if _is_sound(self._path):
                return
            aside = next(filter(_is_free, _names(self._path)))
            for suffix in ("-wal", "-shm", ""):  # the file last: the others are its own
                with_suffix = Path(f"{self._path}{suffix}")
                if with_suffix.exists():
                    with_suffix.rename(f"{aside}{suffix}")
        self._warn(f"{self._path} was corrupt, it is now {aside.name}")


class _Closing:
    """A connection that is closed when nobody needs it any more."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def __del__(self) -> None:
        self.raw.close()


def _open(path: Path, busy: float) -> sqlite3.Connection:
    """Open the file; SQLite gives its companions the mode that it has."""
    import sqlite3

    with _creating:
        if not path.exists():
            _make_folder(path.parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            os.close(os.open(path, flags, mode=0o600))
    return sqlite3.connect(
        path,
        timeout=busy,
        isolation_level=None,  # transactions begin where they are written
        check_same_thread=False,  # one after another use it
    )


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _prepare(raw: sqlite3.Connection, path: Path) -> None:
    if _version(raw, path) < _VERSION:
        with _transaction(raw):
            _migrate(raw, path)
    use_journal(raw)
    raw.execute("PRAGMA synchronous = NORMAL")


def _version(raw: sqlite3.Connection, path: Path) -> int:
    version: int = raw.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise StorageError(
            f"{path} was written by a newer version "
            f"(its schema is {version}, this one knows {_VERSION})"
        )
    return version


def _migrate(raw: sqlite3.Connection, path: Path) -> None:
    version = _version(raw, path)  # another process may have been faster
    if not version and raw.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise StorageError(f"{path} is the database of another program")
    for statements in _MIGRATIONS[version:]:
        for statement in statements:
            raw.execute(statement)
    raw.execute(f"PRAGMA user_version = {_VERSION}")


def use_journal(raw: sqlite3.Connection) -> None:
    """Write ahead where the file system can, which a network's cannot."""
    import sqlite3

    try:
        mode = raw.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _IN_USE:
            raise
        mode = None
    if mode != "wal":
        raw.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _transaction(raw: sqlite3.Connection) -> Iterator[None]:
    with raw:  # commits, or rolls back what has raised
        raw.execute("BEGIN IMMEDIATE")  # a reader that turns writer could not wait
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import fcntl

    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _is_sound(path: Path) -> bool:
    import sqlite3

    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as raw:
            return bool(raw.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF not in _CORRUPT


def _names(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.name}.corrupt-{number}") for number in count(1))


def _is_free(path: Path) -> bool:
    return not path.exists()
