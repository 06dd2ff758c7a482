"""Deltas that differ from the one before only in their text: there may be very many."""

import json
from collections.abc import Sequence
from typing import Any

import orjson

from gi_cli.wire import codec
from gi_cli.wire.events import STEP_DELTA, Event, decode

PLAIN, TEXTS = {"event_type", "index", "delta"}, {"type", "text"}  # keys
NOWHERE = "\0"  # no JSON begins like this


class Texts:
    """Takes the JSON of deltas that are like another one, and gives them as one event.

    Only their text is parsed: what stands around it is the same.
    """

    def __init__(self) -> None:
        self._raws: list[str] = []
        self.stop()

    def stop(self) -> None:
        """Take nothing more."""
        self._model: Event | None = None
        self._before = self._behind = NOWHERE

    def follow(self, event: Event) -> None:
        """Take what comes next as long as it is like this event."""
        if event.joined:
            return
        self.stop()
        if event.type == STEP_DELTA and event.portable and _is_plain(event.data):
            text = event.data["delta"]["text"]
            if not self._learn(event, codec.dumps(text).decode()):
                self._learn(event, json.dumps(text))  # all but ASCII is escaped

    def _learn(self, model: Event, literal: str) -> bool:
        """Note what stands around the text, if the text is written so."""
        before, found, behind = model.raw.partition(literal)
        if not found or "\n" in model.raw:
            return False
        try:
            empty = codec.loads(f'{before}""{behind}')
        except ValueError:  # it stood between two strings: ","
            return False
        if empty != _with(model.data, ""):
            return False
        self._model, self._before, self._behind = model, f'{before}"', f'"{behind}'
        return True

    def take(self, raw: str) -> bool:
        """Take an event, if it is like that one."""
        if raw.startswith(self._before) and raw.endswith(self._behind):
            self._raws.append(raw)
            return True
        return False

    def joined(self) -> list[Event]:
        """Give what was taken, once: as one event, or as it came if one is no text."""
        if not self._raws:
            return []
        raws, self._raws = self._raws, []
        texts = self._parsed(raws)
        if self._model is None or texts is None:
            return [decode("", raw) for raw in raws]
        data = _with(self._model.data, "".join(texts))
        return [Event(STEP_DELTA, data, "\n".join(raws), joined=True)]

    def _parsed(self, raws: Sequence[str]) -> list[str] | None:
        """The texts; None if one is no JSON string, or might be closed by the next."""
        inside = slice(len(self._before) - 1, 1 - len(self._behind))
        found = [raw[inside] for raw in raws]
        literals = ",".join(found)
        if min(map(len, found)) < 2 or '\\","' in literals or literals.endswith('\\"'):
            return None
        try:
            texts = orjson.loads(f"[{literals}]")
        except ValueError:
            return None
        return texts if len(texts) == len(raws) else None


def _is_plain(data: dict[str, Any]) -> bool:
    """Tell whether a delta has nothing but text, for a step that it names."""
    delta = data.get("delta")
    if {*data} != PLAIN or not isinstance(delta, dict) or {*delta} != TEXTS:
        return False
    text = delta["text"]
    return type(data["index"]) is int and isinstance(text, str) and text != ""


def _with(data: dict[str, Any], text: str) -> dict[str, Any]:
    """The same delta with another text."""
    return {**data, "delta": {**data["delta"], "text": text}}
