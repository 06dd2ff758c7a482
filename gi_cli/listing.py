"""`gi list`: the ledger, its turns or its claims, as a table, NDJSON or JSON."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from gi_cli.console import in_a_line
from gi_cli.errors import OF_SERVER, GiError, UsageError, WriteFailed
from gi_cli.ledger import Turn, local_time
from gi_cli.ledger.claims import Claimed
from gi_cli.lookup import raise_worst
from gi_cli.options.commands import List
from gi_cli.options.groups import Rows
from gi_cli.options.rivals import OF_TURNS
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.transport.send import Sender
from gi_cli.wire import codec
from gi_cli.wire.status import NOT_STORED, is_over, status_of

GONE = "gone"  # the service no longer has it
COLUMNS = ("ID", "STARTED", "STATUS", "COMMAND", "MODEL OR AGENT", "SESSION")
CLAIM_COLUMNS = ("KEY", "PHASE", "ID", "UPDATED")
CLAIM_TIMES = ("created", "updated", "sent_at", "finished")


def show(run: Run, options: List) -> None:
    """Print the turns of this origin, newest first."""
    require_one_shape(options)
    session = Session(run, options)
    if options.claims:
        _show_claims(session, options)
        return
    errors = _refresh(session) if options.refresh else []
    if options.prune:
        session.ledger.prune()
        for turn in session.ledger.turns(session.origin):
            if turn.status == GONE and turn.id:
                session.ledger.forget(session.origin, turn.id)
    turns = session.ledger.turns(session.origin)
    session.ledger.close()
    if session.ledger.fault:
        raise WriteFailed(f"the ledger cannot be used: {session.ledger.fault}")
    wanted = [t for t in turns if options.status in (None, t.status)]
    session.show(
        shaped(options, [_record(turn) for turn in wanted], COLUMNS, map(_row, wanted))
    )
    raise_worst(run, errors)


def _show_claims(session: Session, options: List) -> None:
    for name in OF_TURNS:
        if getattr(options, name):
            raise UsageError(f"--claims and --{name} contradict each other: give one")
    claims = session.ledger.claims
    found = claims.all(session.origin) if claims else []
    session.ledger.close()
    records = [_claim_record(claim) for claim in found]
    session.show(shaped(options, records, CLAIM_COLUMNS, map(_claim_row, found)))


def shaped(
    options: Rows,
    records: Sequence[dict[str, Any]],
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
) -> bytes:
    """Records as NDJSON or JSON, else their rows as a table; without any, nothing."""
    if options.ndjson:
        return b"".join(codec.dumps(record) + b"\n" for record in records)
    if options.json:
        return codec.dumps(records, indent=True) + b"\n"
    return table([head, *rows]).encode() if records else b""


def _record(turn: Turn) -> dict[str, Any]:
    times = {"created": _time(turn.created), "updated": _time(turn.updated)}
    shown = {
        k: v for k, v in turn._asdict().items() if k not in ("settings", "terminal")
    }
    return {**shown, **times}


def _claim_record(claim: Claimed) -> dict[str, Any]:
    shown = {k: v for k, v in claim._asdict().items() if k != "body_hash"}
    times = {k: None if shown[k] is None else _time(shown[k]) for k in CLAIM_TIMES}
    return {**shown, **times}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _refresh(session: Session) -> list[GiError]:
    """Ask how unfinished turns stand; a 404 is a status of its own."""
    turns = session.ledger.turns(session.origin)
    settled = (GONE, NOT_STORED)
    waiting = [
        t for t in turns if t.id and not (is_over(t.status) or t.status in settled)
    ]
    if not waiting:
        return []
    with session.sender() as sender:
        return [e for t in waiting if (e := _ask(session, sender, t.id or ""))]


def _ask(session: Session, sender: Sender, id: str) -> GiError | None:
    try:
        answer = sender.read(session.about("GET", id))
        try:
            status = status_of(answer.value(lambda _: None))
        finally:
            answer.close()
    except OF_SERVER as error:
        if error.status_code != 404:
            error.message = f"{id}: {error.message}"
            return error
        status = GONE
    session.ledger.set_status(session.origin, id, status)
    return None


def require_one_shape(options: Rows) -> None:
    """Refuse --json beside --ndjson."""
    if options.json and options.ndjson:
        raise UsageError("--json and --ndjson contradict each other: give one")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns, aligned, the same on a terminal and in a pipe; the first row is the
    head."""
    cells = [[in_a_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _row(turn: Turn) -> tuple[str, ...]:
    return (
        turn.id or "-",
        local_time(turn.created),
        turn.status or "-",
        turn.command,
        turn.agent or turn.model or "-",
        turn.session or "-",
    )


def _claim_row(claim: Claimed) -> tuple[str, ...]:
    return (claim.key, claim.phase, claim.id or "-", local_time(claim.updated))
