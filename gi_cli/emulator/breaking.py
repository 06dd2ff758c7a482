"""How faults look on the wire: answers that refuse, streams that break."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import takewhile
from typing import Any

import orjson

from gi_cli.emulator import web
from gi_cli.emulator.faults import Faults

DONE = b"event: done\ndata: [DONE]\n\n"
_ENDS = (b"event: interaction.completed\n", DONE)
_PAGE = b"<html><head><title>%d</title></head><body>A proxy's page.</body></html>\n"
_CODES = {
    400: ("invalid_request", "INVALID_ARGUMENT"),
    401: ("unauthenticated", "UNAUTHENTICATED"),
    403: ("permission_denied", "PERMISSION_DENIED"),
    404: ("not_found", "NOT_FOUND"),
    409: ("aborted", "ABORTED"),
    429: ("rate_limit_exceeded", "RESOURCE_EXHAUSTED"),
    499: ("cancelled", "CANCELLED"),
    500: ("internal_error", "INTERNAL"),
    501: ("not_implemented", "UNIMPLEMENTED"),
    503: ("unavailable", "UNAVAILABLE"),
    504: ("gateway_timeout", "DEADLINE_EXCEEDED"),
}


class BrokenError(Exception):
    """The connection does not end the way HTTP says."""


class Dropped(BrokenError):
    """It is cut."""


class Stalled(BrokenError):
    """It stays open, and nothing comes any more."""


def refusal(faults: Faults) -> web.Answer | None:
    """Return the answer to a request that is refused on demand."""
    if faults.status:
        return _refused(faults.status, faults.shape)
    if faults.rate_limit is None:
        return None
    retry = {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": f"{faults.rate_limit:.0f}s",
    }
    error = _classic(429, "The rate limit is exceeded on demand.")
    return web.json({"error": error | {"details": [retry]}}, status=429)


def answer(whole: web.Answer, faults: Faults) -> web.Answer:
    """Break an answer that is ready; raises what breaks it before it begins."""
    if faults.drop:
        raise Dropped
    if faults.stall:
        raise Stalled
    if faults.chunk:
        return whole._replace(chunks=_recut(whole.chunks, faults.chunk))
    return whole


def stream(
    events: Iterator[bytes], faults: Faults, sleep: Callable[[float], None]
) -> Iterator[bytes]:
    """Break a stream of which each event is a chunk."""
    if faults.truncate:
        events = takewhile(lambda event: not event.startswith(_ENDS), events)
    if faults.slow:
        events = _slow(events, faults.slow, sleep)
    if faults.error_after < math.inf:
        events = _failing(events, int(faults.error_after))
    stall_after = min(faults.stall_after, faults.resume_then_silent)
    if stall_after < math.inf:
        events = _stalling(events, int(stall_after), faults.ping, sleep)
    if faults.drop_after < math.inf:
        events = _dropping(events, int(faults.drop_after))
    return events


def _slow(
    events: Iterator[bytes], seconds: float, sleep: Callable[[float], None]
) -> Iterator[bytes]:
    for event in events:
        sleep(seconds)
        yield event


def _failing(events: Iterator[bytes], after: int) -> Iterator[bytes]:
    if (yield from _first(events, after)):
        error = {"message": "The stream fails on demand.", "code": "internal_error"}
        yield _event({"error": error, "event_type": "error"})
        yield DONE


def _stalling(
    events: Iterator[bytes], after: int, ping: float, sleep: Callable[[float], None]
) -> Iterator[bytes]:
    if (yield from _first(events, after)):
        while ping:
            sleep(ping)
            yield b": ping\n\n"
        raise Stalled


def _dropping(events: Iterator[bytes], after: int) -> Iterator[bytes]:
    if (yield from _first(events, after)):
        raise Dropped


def _first(events: Iterator[bytes], count: int) -> Generator[bytes, None, bool]:
    """Yield so many events, and tell whether there were so many."""
    for _ in range(count):
        event = next(events, None)
        if event is None:
            return False
        yield event
    return True


def _recut(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Join the chunks and cut them anew; what came before a break comes before it."""
    held = b""
    try:
        for chunk in chunks:
            held += chunk
            full = len(held) - len(held) % size
            for at in range(0, full, size):
                yield held[at : at + size]
            held = held[full:]
    except BrokenError:
        yield held
        raise
    yield held


def _refused(status: int, shape: str) -> web.Answer:
    message = f"The request is refused on demand with {status}."
    code, _ = _CODES.get(status, ("unknown", "UNKNOWN"))
    error = {"error": {"message": message, "code": code}}
    match shape:
        case "classic":
            return web.json({"error": _classic(status, message)}, status=status)
        case "list":
            return web.json([{"error": _classic(status, message)}], status=status)
        case "events":
            return framed(status, error)
        case "page":
            kind = ("Content-Type", "text/html; charset=UTF-8")
            return web.Answer([kind], [_PAGE % status], status)
    return web.json(error, status=status)


def framed(status: int, error: dict[str, Any]) -> web.Answer:
    """Refuse with an event; its last line break is missing, as it is at times."""
    body = _event(error | {"event_type": "error"})[:-1]
    return web.Answer([("Content-Type", "text/event-stream")], [body], status)


def _classic(status: int, message: str) -> dict[str, Any]:
    _, name = _CODES.get(status, ("unknown", "UNKNOWN"))
    return {"code": status, "message": message, "status": name}


def _event(error: dict[str, Any]) -> bytes:
    return b"event: error\ndata: %b\n\n" % orjson.dumps(error)
