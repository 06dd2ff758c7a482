"""One server-sent event as gi sees it (wire: framing, events)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from gi_cli.wire import codec

DONE = "done"
ERROR = "error"
UNPARSED = "gi.unparsed"
RECOVERED = "gi.recovered"  # an answer in one piece, in a file of --sse
CREATED = "interaction.created"
COMPLETED = "interaction.completed"
STEP_START = "step.start"
STEP_DELTA = "step.delta"
STEP_STOP = "step.stop"
ENDS = frozenset({STEP_START, STEP_STOP, COMPLETED, ERROR, "content.stop"})


SYNTHETIC = "gi_synthetic"  # the service told it in one piece, not as an event
PART = "gi_part"  # only the end of a content: the rest was shown before


class Event(NamedTuple):
    """`type` rules; `data` is the JSON object, `raw` its text, lines joined by \\n."""

    type: str
    data: dict[str, Any]
    raw: str
    stated: bool = True  # event_type stands in the data, not only on the event: line
    portable: bool = True  # `raw` is JSON for every reader, NaN is not
    joined: bool = False  # `raw` has the JSON of several events, a line each


def is_whole(data: Mapping[str, Any]) -> bool:
    """Tell whether a delta is a content of its own, which a stream tells in pieces."""
    return SYNTHETIC in data and PART not in data


def decode(name: str, raw: str) -> Event:
    """Understand one event: `event_type` in the data first, then the `event:` line.

    Both happen to be missing or wrong in documented streams; then the part of a step
    that an event holds tells what it is. Never raises: data that is no JSON becomes an
    UNPARSED event, which sinks show.
    """
    try:
        value, portable = _loads(raw)
    except ValueError:
        if raw.strip() == "[DONE]":
            return Event(DONE, {}, raw)
        return Event(UNPARSED, {}, raw, portable=False)
    if isinstance(value, dict):
        stated = value.get("event_type")
        if isinstance(stated, str) and stated:
            return Event(stated, value, raw, portable=portable)
        kind = _kind_of(value, name) if name in ("", "message") else name
        return Event(kind, value, raw, stated=not kind, portable=portable)
    if isinstance(value, list) and len(value) == 1 and _is_error(value[0]):
        return Event(ERROR, value[0], raw, portable=portable)
    return Event(name if portable else UNPARSED, {}, raw, portable=portable)


def is_unread(event: Event) -> bool:
    """Tell whether an event that is no JSON was to be an object: it may have held a
    part of the answer. A word between events, as `ping`, has not."""
    return event.type == UNPARSED and event.raw.lstrip().startswith("{")


def _loads(raw: str) -> tuple[Any, bool]:
    """Read the value, and whether every other reader would read it."""
    try:
        value = orjson.loads(raw)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return codec.loads(raw), not ("NaN" in raw or "Infinity" in raw)
    if not _is_payload(value) and codec.has_big_integer(raw):
        return codec.loads(raw), True
    codec.require_shallow(raw, value)
    return value, True


def _is_payload(value: Any) -> bool:
    """Tell whether digits can only stand in text or base64, where no number is lost:
    this spares the many deltas and the large ones a search."""
    delta = value.get("delta") if isinstance(value, dict) else None
    if not isinstance(delta, dict) or "arguments" in delta or "result" in delta:
        return False
    return "text" in delta or "data" in delta or "signature" in delta


def _kind_of(value: dict[str, Any], name: str) -> str:
    """What an event is that nothing names."""
    if _is_error(value):
        return ERROR
    parts = (("delta", STEP_DELTA), ("step", STEP_START))
    return next((k for part, k in parts if isinstance(value.get(part), dict)), name)


def _is_error(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("error"))
