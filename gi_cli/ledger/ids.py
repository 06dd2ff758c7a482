"""The ids that completions offer: a small text file beside the ledger.

A line for each turn that is new or still runs, newest first, its fields separated by
tabs: the id, `running` or `ended`, `offline` or the service's host, words for people.
"""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from gi_cli.wire.status import NOT_STORED, is_over

NEWEST, MOST = 30, 100  # turns of any status, and with older ones that still run
LISTED = """
SELECT id, origin, status, command, coalesce(agent, model, ''), created FROM turns
WHERE id IS NOT NULL AND status IS NOT 'gone' AND (
    rowid > (SELECT max(rowid) FROM turns) - ?
    OR coalesce(status, 'queued') IN ('queued', 'in_progress')
) ORDER BY rowid DESC LIMIT ?
"""


def write(db: sqlite3.Connection, ledger: Path) -> None:
    """Make the file anew. A transaction that changes the ledger does it, so processes
    take turns; without the file completions offer less, and that is all."""
    rows = db.execute(LISTED, (NEWEST, MOST))
    lines = [_line(*row) for row in rows if _is_plain(row[0])]
    path, new = Path(f"{ledger}.ids"), Path(f"{ledger}.ids.new")
    with suppress(OSError):
        new.unlink(missing_ok=True)  # left by a kill, or a link or pipe of others
        number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8", errors="replace") as file:
            file.write("".join(lines))
        new.replace(path)


def _line(
    id: str, origin: str, status: str | None, command: str, asked: str, created: float
) -> str:
    phase = "ended" if is_over(status) or status == NOT_STORED else "running"
    host = urlsplit(origin).netloc or origin
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(created))
    words = f"{command} {asked}, {status or 'unknown'}, {when}"
    return "\t".join((id, phase, host, "".join(filter(str.isprintable, words)))) + "\n"


def _is_plain(id: str) -> bool:
    """Tell whether a terminal may show it as it is, and a shell take it as a word."""
    return id.isprintable() and " " not in id
