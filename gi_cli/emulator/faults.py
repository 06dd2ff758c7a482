"""Faults on demand: `x-gi-fault: drop-after=3, on=RESUME, times=2; slow=20`.

A fault is NAME or NAME=VALUE. Commas separate the faults of a group and the conditions
that the group has; semicolons separate groups. Of two groups with the same fault the
later one counts, those of the header come after those that the emulator always has.

Of a stream (N counts events, `done` is one):

    drop-after=N            it is cut after N events, each resumed one again
    stall-after=N           after N events nothing comes, the connection stays open
    ping=MS                 ... but a comment does, every MS milliseconds
    error-after=N           after N events an error event comes, and the end
    truncate                it ends without interaction.completed and done
    slow=MS                 MS milliseconds pass before each event
    no-event-ids            its events have no event_id

Of a GET with stream=true:

    replay                  it starts from the beginning, whatever last_event_id says
    resume-then-silent=N    it stalls after N events
    resume-refused          it is refused with 400

Of an interaction:

    end=STATUS              the one that is being created ends like this
    queued=MS               one in the background is queued at first
    gone                    GET does not find it

Of any request:

    status=CODE             it is refused, nothing is done
    shape=NAME              ... with a body of the shape api (default), classic, list,
                            events or page
    rate-limit[=SECONDS]    it is refused with 429 and a RetryInfo
    drop                    it is done, and the connection cut before the answer
    stall                   it is done, and no answer comes
    chunk=BYTES             the body comes in pieces of this size

Conditions:

    on=KIND                 POST, GET, DELETE, CREATE, CANCEL, READ (the GET of an
                            interaction), STREAM, RESUME (the GET of a stream) or UPLOAD
    times=N                 it happens N times, while the emulator lives
    chance=P                it happens with the probability P, from 0 to 1
    seed=TEXT               draws from the same numbers each time

`times` and `chance` count the requests that one of the faults concerns. They start
anew for a group that is written differently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

SHAPES = ("api", "classic", "list", "events", "page")
ANY = "ANY"
KINDS = (
    *("POST", "GET", "DELETE", "CREATE", "CANCEL"),
    *("READ", "STREAM", "RESUME", "UPLOAD"),
)


class FaultError(ValueError):
    """A text that asks for no fault; the message says why."""


class Faults(NamedTuple):
    """What happens to one request; times are in seconds."""

    drop_after: float = math.inf
    stall_after: float = math.inf
    error_after: float = math.inf
    resume_then_silent: float = math.inf
    ping: float = 0
    slow: float = 0
    truncate: bool = False
    no_event_ids: bool = False
    replay: bool = False
    resume_refused: bool = False
    end: str = ""
    queued: float = 0
    gone: bool = False
    status: int = 0
    shape: str = "api"
    rate_limit: float | None = None
    drop: bool = False
    stall: bool = False
    chunk: int = 0


class Rule(NamedTuple):
    """A group of faults, and when they happen."""

    text: str
    faults: dict[str, tuple[str, Any]]  # what each concerns, and its value
    on: str
    times: float
    chance: float
    seed: str | None


def parse(text: str) -> list[Rule]:
    """Read groups of faults; raises FaultError."""
    return [_rule(group.strip()) for group in text.split(";") if group.strip()]


def _rule(group: str) -> Rule:
    faults: dict[str, tuple[str, Any]] = {}
    conditions: dict[str, Any] = {}
    for word in group.split(","):
        name, _, value = (part.strip() for part in word.partition("="))
        field = name.replace("-", "_")
        if field in faults or field in conditions:
            raise FaultError(f"'{name}' is given twice")
        if name in _CONDITIONS:
            conditions[field] = _value(_CONDITIONS[name], name, value)
        elif name in _FAULTS:
            kind, read = _FAULTS[name]
            faults[field] = kind, _value(read, name, value)
        else:
            raise FaultError(f"'{name}' is unknown")
    if not faults:
        raise FaultError(f"'{group}' has no fault")
    return Rule(group, faults, **_ALWAYS | conditions)


def _value(read: Callable[[str], Any], name: str, value: str) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise FaultError(f"'{name}' {error}") from error


def _nothing(value: str) -> bool:
    if value:
        raise ValueError("takes no value")
    return True


def _something(value: str) -> str:
    if not value:
        raise ValueError("needs a value")
    return value


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ValueError("must be a whole number")
    return int(value)


def _size(value: str) -> int:
    if not (size := _count(value)):
        raise ValueError("must be a number from 1 on")
    return size


def _milliseconds(value: str) -> float:
    return _count(value) / 1000


def _seconds(value: str) -> float:
    return _count(value or "1")


def _probability(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 <= number <= 1:
        raise ValueError("must be a number from 0 to 1")
    return number


def _status(value: str) -> int:
    status = _count(value)
    if not 400 <= status <= 599:
        raise ValueError("must be a status from 400 to 599")
    return status


def _one_of(values: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return read


_ALWAYS: dict[str, Any] = {"on": ANY, "times": math.inf, "chance": 1.0, "seed": None}
_CONDITIONS: dict[str, Callable[[str], Any]] = {
    "on": _one_of(KINDS),
    "times": _count,
    "chance": _probability,
    "seed": _something,
}
_FAULTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "drop-after": ("STREAM", _count),
    "stall-after": ("STREAM", _count),
    "ping": ("STREAM", _milliseconds),
    "error-after": ("STREAM", _count),
    "truncate": ("STREAM", _nothing),
    "slow": ("STREAM", _milliseconds),
    "no-event-ids": ("STREAM", _nothing),
    "replay": ("RESUME", _nothing),
    "resume-then-silent": ("RESUME", _count),
    "resume-refused": ("RESUME", _nothing),
    "end": ("CREATE", _something),
    "queued": ("INTERACTION", _milliseconds),
    "gone": ("READ", _nothing),
    "status": (ANY, _status),
    "shape": (ANY, _one_of(SHAPES)),
    "rate-limit": (ANY, _seconds),
    "drop": (ANY, _nothing),
    "stall": (ANY, _nothing),
    "chunk": (ANY, _size),
}
