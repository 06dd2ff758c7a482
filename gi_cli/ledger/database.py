"""The SQLite file of the ledger: opened at the first use, shared by all processes."""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from gi_cli.ledger.schema import migrate
from gi_cli.waits import Waits

BUSY = 0.2  # seconds that SQLite waits for a lock, uninterruptibly
PATIENCE = 20.0  # seconds until a lock counts as a fault
ASIDE = "corrupt-"  # behind the name of a ledger that was damaged
T = TypeVar("T")


class Unusable(Exception):
    """Why there is no ledger."""


class Locked(Unusable):
    """Another process had it all the time."""


class Database:
    """The file, and the faults that it may have."""

    def __init__(self, path: Path, waits: Waits, warn: Callable[[str], None]) -> None:
        self.path, self.waits, self._warn = path, waits, warn
        self._connection: sqlite3.Connection | None = None

    def do(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        patience: float = PATIENCE,
        durable: bool = False,
    ) -> T:
        """Do it in one transaction; raises Unusable.

        A `durable` one outlives a power failure once this has returned, any other the
        end of the process. A damaged file is moved aside, and a new one begun.
        """
        give_up = self.waits.clock.monotonic() + patience
        while True:
            try:
                with self._transaction("FULL" if durable else "NORMAL") as db:
                    return work(db)
            except sqlite3.OperationalError as error:
                if not _is_locked(error):
                    raise Unusable(f"{self.path}: {error}") from error
                if self.waits.clock.monotonic() >= give_up:
                    raise Locked(f"{self.path}: {error}") from error
                self.waits.sleep(0.01)
            except sqlite3.DatabaseError as error:
                late = self.waits.clock.monotonic() > give_up
                if late or not self._set_aside(error):
                    raise Unusable(f"{self.path}: {error}") from error
            except OSError as error:
                raise Unusable(f"{self.path}: {error.strerror}") from error
            except (OverflowError, UnicodeError) as error:  # a value no column takes
                raise Unusable(f"{self.path}: {error}") from error

    @contextmanager
    def _transaction(self, level: str) -> Iterator[sqlite3.Connection]:
        db = self._connection = self._connection or self._opened()
        db.execute(f"PRAGMA synchronous = {level}")
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(
            self.path, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")  # stays DELETE on a network drive
            migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, error: sqlite3.DatabaseError) -> bool:
        """Move a corrupt ledger away, to begin anew; False if that does not help.

        Another process may have done it already, which once is worth a new try.
        """
        was_open = self._connection is not None
        self.close()
        if not _is_damaged(self.path):
            return not was_open
        name = self.path.name
        now = self.waits.clock.now()
        aside = _free(self.path.with_name(f"{name}.{ASIDE}{now:.0f}"))
        try:
            for suffix in ("", "-wal", "-shm"):
                damaged = self.path.with_name(name + suffix)
                if damaged.exists():
                    damaged.replace(aside.with_name(aside.name + suffix))
        except OSError:
            return False
        self._warn(f"gi: warning: the ledger was damaged ({error}): now {aside}")
        return True

    def aside(self) -> list[Path]:
        """Damaged ledgers that were moved aside and are still there."""
        prefix, beside = f"{self.path.name}.{ASIDE}", ("-wal", "-shm")
        found = [p for p in self.path.parent.iterdir() if p.name.startswith(prefix)]
        return sorted(p for p in found if not p.name.endswith(beside))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


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


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return "locked" in str(error) or "busy" in str(error)
