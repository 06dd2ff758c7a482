"""An interaction as server-sent events, one chunk of bytes for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from gi_cli.emulator.record import Record, timestamp

_DONE = b"event: done\ndata: [DONE]\n\n"
_A_FEW_WORDS = re.compile(r"(?:\s*\S+){1,6}\s*|\s+")

# Only these carry an event_id, and only when the interaction runs in the background.
_RESUMABLE = ("interaction.status_update", "step.delta", "interaction.completed")


class Event(NamedTuple):
    """One event before it is bytes."""

    type: str
    payload: dict[str, Any]
    id: str = ""


def chunks(
    record: Record, final: Callable[[], Record], *, after: str = ""
) -> Iterator[bytes]:
    """Stream an interaction from its start, or from behind the event `after`.

    What became of it is asked of `final` when its last event is due.
    """
    events = _events(record, final)
    if after:
        for event in events:
            if event.id == after:
                break
    yield from map(_frame, events)
    yield _DONE


def has_event(record: Record, event_id: str) -> bool:
    """Tell whether the stream of a finished interaction has this event in it."""
    return any(event.id == event_id for event in _events(record, lambda: record))


def _events(record: Record, final: Callable[[], Record]) -> Iterator[Event]:
    events = _said(record, final)
    if not record.body.get("background"):
        return events
    return (
        event._replace(id=f"evt_{at}") if event.type in _RESUMABLE else event
        for at, event in enumerate(events)
    )


def _said(record: Record, final: Callable[[], Record]) -> Iterator[Event]:
    status = {"status": "in_progress"}
    kind = {"object": "interaction", **record.served_by}
    yield Event(
        "interaction.created", {"interaction": {"id": record.id} | status | kind}
    )
    yield Event("interaction.status_update", {"interaction_id": record.id} | status)
    if record.status != "cancelled":
        for index, step in enumerate(record.steps):
            yield from _step(index, step)
    yield Event("interaction.completed", {"interaction": _completed(final()) | kind})


def _step(index: int, step: dict[str, Any]) -> Iterator[Event]:
    yield Event("step.start", {"index": index, "step": {"type": step["type"]}})
    for delta in _deltas(step):
        yield Event("step.delta", {"index": index, "delta": delta})
    yield Event("step.stop", {"index": index})


def _deltas(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for content in step.get("summary", []):
        summary = {"text": content["text"], "type": "text"}
        yield {"content": summary, "type": "thought_summary"}
    for content in step.get("content", []):
        for words in _A_FEW_WORDS.finditer(content["text"]):
            yield {"text": words[0], "type": "text"}
    if "signature" in step:
        yield {"signature": step["signature"], "type": "thought_signature"}


def _completed(record: Record) -> dict[str, Any]:
    usage = {"usage": record.usage} if record.status == "completed" else {}
    return {
        "id": record.id,
        "status": record.status,
        **usage,
        "created": timestamp(record.created),
        "updated": timestamp(record.updated),
        "service_tier": record.service_tier,
    }


def _frame(event: Event) -> bytes:
    event_id = {"event_id": event.id} if event.id else {}
    data = orjson.dumps({**event.payload, **event_id, "event_type": event.type})
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), data)
