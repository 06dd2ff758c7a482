"""Saved streams, taken apart: the bytes of each event, and what they tell."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from gi_cli.wire import replay
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import CREATED, RECOVERED, Event, decode

LINE = re.compile(r"\r\n|\n|\r")
FRAME = re.compile(
    rb".*?(?>\r\n|\n|\r){2}|.+", re.DOTALL
)  # to a blank line, or the end
BEGINNINGS = (CREATED, "interaction.start")
CUT_OFF = "incomplete"  # the status where no event tells the end


class Recorded:
    """One answer: the bytes of its events, each behind its event_id."""

    def __init__(self) -> None:
        self.events: list[tuple[str, bytes]] = []
        self.told = False  # by any event
        self._state = Assembler(keep=True)
        self._whole: dict[str, Any] | None = None  # as GET has told it

    def add(self, event: Event | None, frame: bytes) -> None:
        """Take in an event, or what is none; what GET told is no part of the stream."""
        self.told |= event is not None
        if event and event.type == RECOVERED:
            steps = replay.generated(event.data)
            self._whole = {**event.data, "steps": steps}
            return
        if event:
            self._state.feed(event)
        named = event.data.get("event_id") if event else None
        self.events.append((named if isinstance(named, str) else "", frame))

    def is_before(self, event: Event) -> bool:
        """Tell whether the event begins another answer; one that is not stored has the
        id ""."""
        if event.type not in BEGINNINGS or not self._state.head:
            return False
        inner = event.data.get("interaction", event.data)
        id = inner.get("id") if isinstance(inner, dict) else None
        return id != self._state.id if id else self._state.completed

    def interaction(self) -> dict[str, Any]:
        """The interaction with its steps and the status that it has in the end."""
        if self._whole:
            return _plain({"status": CUT_OFF, **self._whole})
        status = self._state.status if self._state.completed else None
        ended = status or ("failed" if self._state.error else CUT_OFF)
        return _plain({**self._state.document(), "status": ended})


def recorded(data: bytes) -> list[Recorded]:
    """The answers that a file of --save-events or --sse holds, one after another."""
    found: list[Recorded] = []
    for event, frame in _events(data):
        if not found or (event and found[-1].is_before(event)):
            found.append(Recorded())
        found[-1].add(event, frame)
    return [each for each in found if each.told]


def _plain(interaction: dict[str, Any]) -> dict[str, Any]:
    """The interaction as orjson writes it: without big integers and half characters."""
    text = json.dumps(interaction, ensure_ascii=False)
    plain: dict[str, Any] = orjson.loads(text.encode(errors="replace"))
    return plain


def _events(data: bytes) -> Iterator[tuple[Event | None, bytes]]:
    """Each event and its bytes; None for comments."""
    for match in FRAME.finditer(data):
        frame = match[0]
        name, values = "", []
        text = frame.decode("utf-8", "replace").removeprefix("\ufeff")
        for line in LINE.split(text):
            field, _, value = line.partition(":")
            if field == "event":
                name = value.removeprefix(" ")
            elif field == "data":
                values.append(value.removeprefix(" "))
        yield decode(name, "\n".join(values)) if values else None, frame
