"""--once KEY: of all runs with the same KEY, one starts the work.

Who has the lock on the KEY's own file holds the claim. The kernel lets go of it when
the process ends, however it ends, so no pid is ever judged. What a holder has done is
in the ledger, one phase committed before the next begins.
"""

import fcntl
import hashlib
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gi_cli.errors import Unreachable, UsageError, WriteFailed
from gi_cli.ledger import Ledger, local_time
from gi_cli.ledger.claims import (
    CLAIMED,
    DONE,
    KNOWN,
    REMEDY,
    SENDING,
    Claimed,
    Claims,
)
from gi_cli.waits import Waits
from gi_cli.wire import codec

FORMS = {"date": "%Y-%m-%d", "hour": "%Y-%m-%dT%H", "week": "%G-W%V", "month": "%Y-%m"}
PART = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")


class Work(NamedTuple):
    """What a KEY stands for."""

    origin: str
    key: str  # as `expanded` gave it
    command: str
    body: dict[str, Any]


def expanded(key: str, now: float, source: str) -> str:
    """The KEY with `{date}` and the like filled in, in local time.

    Raises UsageError for other words in braces, and for a lone brace.
    """
    local = time.localtime(now)

    def filled(found: re.Match[str]) -> str:
        part = found[0]
        if part in ("{{", "}}"):
            return part[0]
        if form := FORMS.get(part[1:-1]):
            return time.strftime(form, local)
        known = ", ".join(f"{{{name}}}" for name in FORMS)
        why = f"{part} is none of {known}; a brace itself is {{{{ or }}}}"
        raise UsageError(f"{source}: {key}: {why}")

    return PART.sub(filled, key)


def hash_of(body: dict[str, Any]) -> str:
    """What tells two requests apart, whatever the order of their fields."""
    return hashlib.sha256(codec.canonical(body)).hexdigest()


def claims_of(ledger: Ledger) -> Claims:
    """The claims; raises UsageError where there is no place for them."""
    if ledger.claims is None:
        raise UsageError("GI_LEDGER=off: claims need a ledger")
    return ledger.claims


def freeing(command: str, key: str) -> str:
    """The command line that frees a KEY."""
    return f"{command} {shlex.join(['--', key] if key.startswith('-') else [key])}"


@contextmanager
def held(
    claims: Claims, origin: str, key: str, busy: Callable[[], None]
) -> Iterator[None]:
    """Hold the KEY until the block ends, or the process.

    `busy` is called once if another process holds it; that one is waited for unless
    `busy` raises. Its file is never removed: a new one would be a second lock.
    """
    name = hashlib.sha256(f"{origin}\0{key}".encode()).hexdigest()[:32]
    ledger = Path(os.path.realpath(claims.path))
    path = ledger.with_name(f"claim-{name}.lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _no_lock(path, error) from error
    try:
        try:
            _lock(number, claims.waits, busy)
        except OSError as error:  # a file system without locks
            raise _no_lock(path, error) from error
        yield
    finally:
        os.close(number)


def _lock(number: int, waits: Waits, busy: Callable[[], None]) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        busy()
        with waits:
            fcntl.flock(number, fcntl.LOCK_EX)


def _no_lock(path: Path, error: OSError) -> WriteFailed:
    return WriteFailed(
        f"{path}: {error.strerror}: without it nothing can be claimed", hints=(REMEDY,)
    )


class Claim:
    """A KEY that this process holds. Each method returns when it is committed; all of
    them raise WriteFailed."""

    def __init__(self, claims: Claims, now: Claimed) -> None:
        self._claims, self._now = claims, now

    @property
    def phase(self) -> str:
        """How far it came: CLAIMED is yet to be sent, KNOWN has an id to go on with,
        DONE an answer to deliver again."""
        return self._now.phase

    @property
    def id(self) -> str | None:
        """The interaction, once it is known."""
        return self._now.id

    @property
    def exit_code(self) -> int | None:
        """The code that it was done with."""
        return self._now.exit_code

    @property
    def finished(self) -> float | None:
        """When it was done."""
        return self._now.finished

    def sending(self) -> None:
        """The first byte is about to be sent."""
        self._save(phase=SENDING, sent_at=self._time())

    def known(self, id: str) -> None:
        """The service has told the id."""
        self._save(phase=KNOWN, id=codec.encode(id).decode())

    def done(self, exit_code: int) -> None:
        """It ended, with this code."""
        self._save(phase=DONE, exit_code=int(exit_code), finished=self._time())

    def release(self) -> None:
        """The request surely created nothing: the KEY is free for another."""
        self._claims.drop(self._now.origin, self._now.key)
        self._now = self._now._replace(phase=CLAIMED, sent_at=None)

    def _time(self) -> float:
        return self._claims.waits.clock.now()

    def _save(self, **known: Any) -> None:
        changed = self._now._replace(updated=self._time(), **known)
        self._claims.save(changed)
        self._now = changed


def take(claims: Claims, work: Work, release: str) -> Claim:
    """Claim the KEY that is held, or find what was made of it.

    `release` is the command that frees a KEY. Raises UsageError if the KEY stands for
    another request, Unreachable if nobody knows whether that one has landed.
    """
    found, body_hash = claims.find(work.origin, work.key), hash_of(work.body)
    if found is None:
        _require_whole(claims, work.key)
    if found is None or found.phase == CLAIMED:
        found = _first(work, body_hash, claims.waits.clock.now())
        claims.save(found)
        return Claim(claims, found)
    free = freeing(release, work.key)
    if found.body_hash != body_hash:
        claimed = f"was claimed for another request at {local_time(found.created)}"
        raise UsageError(
            f"--once: {work.key} {claimed}", hints=(f"another KEY, or {free}",)
        )
    if found.phase == SENDING:
        raise Unreachable(
            f"--once: {work.key}: a run that was ended sent it at "
            f"{local_time(found.updated)}: the interaction may have been created",
            hints=(free,),
            retryable=False,
        )
    return Claim(claims, found)


def _require_whole(claims: Claims, key: str) -> None:
    """Refuse to start what a ledger may have known that was damaged since."""
    if lost := claims.lost():
        raise WriteFailed(
            f"--once: {key}: only {lost}, which is damaged, knows whether it was sent",
            hints=(f"if it was not: rm {shlex.quote(str(lost))}*",),
        )


def _first(work: Work, body_hash: str, now: float) -> Claimed:
    body = work.body
    return Claimed(
        origin=work.origin,
        key=work.key,
        body_hash=body_hash,
        phase=CLAIMED,
        id=None,
        command=work.command,
        model=codec.text(body.get("model")),
        agent=codec.text(body.get("agent")),
        bytes=len(codec.dumps(body)),
        created=now,
        updated=now,
    )
