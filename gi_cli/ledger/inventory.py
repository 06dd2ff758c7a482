"""What a ledger holds, for people who look for what is wrong."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gi_cli.ledger.database import Database
from gi_cli.waits import Waits

PATIENCE = 2.0  # seconds until a lock is told


class Inventory(NamedTuple):
    """Numbers of rows, and damaged files that were moved aside."""

    schema: int
    turns: int
    claims: int
    damaged: list[str]


def take(path: Path, waits: Waits, warn: Callable[[str], None]) -> Inventory:
    """Open the ledger as any command does, and count; raises Unusable."""
    database = Database(path, waits, warn)
    try:
        schema, turns, claims = database.do(_count, patience=PATIENCE)
    finally:
        database.close()
    return Inventory(schema, turns, claims, [str(each) for each in database.aside()])


def _count(db: sqlite3.Connection) -> tuple[int, int, int]:
    [schema] = db.execute("PRAGMA user_version").fetchone()
    [turns] = db.execute("SELECT count(*) FROM turns").fetchone()
    [claims] = db.execute("SELECT count(*) FROM claims").fetchone()
    return schema, turns, claims
