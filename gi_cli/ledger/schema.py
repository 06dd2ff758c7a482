"""The tables of the ledger, and how an older file gets them."""

import sqlite3
from contextlib import closing

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
    """
    CREATE TABLE claims (
      origin TEXT NOT NULL, key TEXT NOT NULL, body_hash TEXT NOT NULL,
      phase TEXT NOT NULL, id TEXT,
      command TEXT NOT NULL, model TEXT, agent TEXT, bytes INTEGER NOT NULL,
      created REAL NOT NULL, updated REAL NOT NULL, sent_at REAL,
      exit_code INTEGER, finished REAL,
      PRIMARY KEY (origin, key)
    );
    """,
)


def migrate(db: sqlite3.Connection) -> None:
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


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
