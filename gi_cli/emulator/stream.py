"""An interaction as server-sent events, one chunk of bytes for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import orjson

from gi_cli.emulator import ending, telling
from gi_cli.emulator.answers import timestamp
from gi_cli.emulator.breaking import DONE
from gi_cli.emulator.record import Record

# Only these carry an event_id, and only when the interaction runs in the background.
_RESUMABLE = ("interaction.status_update", "step.delta", "interaction.completed")


class Event(NamedTuple):
    """One event before it is bytes."""

    type: str
    payload: dict[str, Any]
    moment: float = 0  # when it happens
    id: str = ""


class Run(Protocol):
    """An interaction while time passes."""

    def until(self, moment: float) -> Record:
        """Wait, and return what has become of it."""

    def end(self) -> Record:
        """Wait for its end, and return what has become of it."""


def chunks(
    record: Record, run: Run, *, after: str = "", ids: bool = True, queued: float = 0
) -> Iterator[bytes]:
    """Stream an interaction from its start, or from behind the event `after`.

    A run is queued for its first seconds; what happens meanwhile is told late.
    """
    events = _events(record, run, queued)
    if after:
        for event in events:
            if event.id == after:
                break
    for event in events:
        yield _frame(event if ids else event._replace(id=""))
    yield DONE


def has_event(record: Record, event_id: str) -> bool:
    """Tell whether the stream of the interaction has this event in it."""
    count = 0
    for count, event in enumerate(_told(record), 1):  # noqa: B007
        if event.id == event_id:
            return True
    return _last(record, count).id == event_id


def steps_done(record: Record, now: float) -> int:
    """Count the steps that have happened."""
    if record.status == "queued":
        return 0
    if record.is_whole or not record.seconds:
        return len(record.steps)
    return sum(
        event.type == "step.stop" and event.moment <= now for event in _told(record)
    )


def _events(record: Record, run: Run, queued: float) -> Iterator[Event]:
    count = 0
    events = _told(record)
    if queued and record.seconds:
        events = _queued(events, record.created + min(queued, record.seconds))
    for event in events:
        if not _happens(run.until(event.moment), event.moment):
            break
        yield event
        count += 1
    yield _last(run.end(), count)


def _told(record: Record) -> Iterator[Event]:
    """Yield all events but the last, as far as they happen, spread over the run.

    They are made when they are due: a list of them would be most of what a stream
    takes.
    """
    last = sum(1 for _ in _said(record)) - 1 if record.seconds else 1
    for at, event in enumerate(_said(record)):
        moment = record.created + record.seconds * max(0, at - 1) / last
        if not _happens(record, moment):
            return
        yield event._replace(id=_id(record, event.type, at), moment=moment)


def _queued(events: Iterator[Event], until: float) -> Iterator[Event]:
    created = next(events)
    interaction = created.payload["interaction"] | {"status": "queued"}
    yield created._replace(payload={"interaction": interaction})
    for event in events:
        yield event._replace(moment=max(event.moment, until))


def _happens(record: Record, moment: float) -> bool:
    return record.status != "cancelled" or moment <= record.updated


def _last(record: Record, at: int) -> Event:
    kind = "interaction.completed"
    completed = _completed(record) | {"object": "interaction", **record.served_by}
    return Event(kind, {"interaction": completed}, id=_id(record, kind, at))


def _id(record: Record, event_type: str, at: int) -> str:
    resumable = record.body.get("background") and event_type in _RESUMABLE
    return f"evt_{at}" if resumable else ""


def _said(record: Record) -> Iterator[Event]:
    status = {"status": "in_progress"}
    what = {"object": "interaction", **record.served_by}
    created = {"id": record.id} | status | what
    yield Event("interaction.created", {"interaction": created})
    yield Event("interaction.status_update", {"interaction_id": record.id} | status)
    for kind, payload in telling.events(record.steps, record.asked):
        yield Event(kind, payload)


def _completed(record: Record) -> dict[str, Any]:
    usage = {"usage": record.usage} if ending.is_over(record) else {}
    return {
        "id": record.id,
        "status": record.status,
        **usage,
        "created": timestamp(record.created),
        "updated": timestamp(record.updated),
        "service_tier": record.service_tier,
        **ending.token(record),
    }


def _frame(event: Event) -> bytes:
    event_id = {"event_id": event.id} if event.id else {}
    data = orjson.dumps({**event.payload, **event_id, "event_type": event.type})
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), data)
