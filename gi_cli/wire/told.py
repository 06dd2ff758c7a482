"""What a run has shown of an interaction, so that nothing is shown twice or left out.

After a cut the service tells the rest, or all of it again, and only some events have an
id. So what counts is the place in each step: text by characters, audio by bytes, and
everything else by number.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from gi_cli.wire import codec, legacy
from gi_cli.wire.align import aligned, text_in
from gi_cli.wire.events import (
    COMPLETED,
    CREATED,
    DONE,
    ERROR,
    PART,
    STEP_DELTA,
    STEP_START,
    STEP_STOP,
    SYNTHETIC,
    UNPARSED,
    Event,
    is_unread,
)
from gi_cli.wire.medium import MEDIA, decoded
from gi_cli.wire.replay import NOT_GENERATED
from gi_cli.wire.shown import Shown, checksum
from gi_cli.wire.steps import kind_of

STREAMED = ("model_output", "thought", "function_call")  # their wholes have deltas
LONGEST_CURSOR = 1 << 11  # characters that a URL surely has room for
IDS = 1 << 8  # events that are known again by their id
ALWAYS = frozenset({COMPLETED, DONE, ERROR, UNPARSED})
ARGUMENTS = "arguments_delta"
CITED = "text_annotation_delta"
Step = dict[str, Any]


class Told:
    """`fresh` takes each event that comes, and gives what is new of it."""

    def __init__(self) -> None:
        self.cursor = ""  # the last event id that was not empty
        self._ids: dict[str, int] = {}  # the last ones, with checksums of their events
        self.doubtful = False  # an event could not be read, and so was not shown
        self.contradicted = False  # what was shown is not what the service has
        self._steps: dict[Any, Shown] = {}
        self._touched: dict[Any, Shown] = {}  # since the cursor
        self._others: Counter[str] = Counter()  # events of no step
        self._others_seen: Counter[str] = Counter()
        self._others_marked: dict[str, int] = {}
        self.replaying = False

    def _shown(self) -> list[tuple[Any, Shown]]:
        """The generated steps that were shown, in order."""
        steps = self._steps.items()
        return [(i, s) for i, s in steps if s.type not in NOT_GENERATED]

    def ordered(self, steps: Sequence[Step]) -> list[tuple[Any, Step]]:
        """Generated steps, as the service keeps them, in the order in which they are
        shown, with the index that the stream gave to each; what it did not tell has a
        new one, and does not come between a text and its rest."""
        shown = self._shown()
        numbers = (i for i, _ in shown if isinstance(i, int))
        new = count(max(numbers, default=-1) + 1)
        places = aligned([step for _, step in shown], steps)
        named = [
            (next(new) if at is None else shown[at][0], step)
            for at, step in zip(places, steps, strict=True)
        ]
        begun = [at is not None and shown[at][1].text.length > 0 for at in places]
        last = max((n for n, has_text in enumerate(begun) if has_text), default=-1)
        order = sorted(
            range(len(named)), key=lambda n: 2 if n > last else places[n] is None
        )
        return [named[n] for n in order]

    def contradicts(self, steps: Sequence[Step]) -> bool:
        """Tell whether generated steps, as the service keeps them, have other text."""
        shown = [step for _, step in self._shown()]
        places = aligned(shown, steps)
        lost = [s for i, s in enumerate(shown) if i not in places and s.is_output]
        if any(not step.text.agrees("") for step in lost):
            return True
        if _comes_late(shown, places, steps):
            return True
        pairs = (
            (shown[i], step)
            for i, step in zip(places, steps, strict=True)
            if i is not None
        )
        return self.doubtful and any(_is_ambiguous(*pair) for pair in pairs)

    def resume(self) -> None:
        """What comes now follows the cursor; without one it begins with the start."""
        if not self.cursor:
            self.restart()
            return
        self.replaying = True
        self._others_seen = Counter(self._others_marked)
        for step in self._steps.values():
            step.resume()

    def restart(self) -> None:
        """What comes now begins with the first event."""
        self.replaying = True
        self._others_seen.clear()
        for step in self._steps.values():
            step.rewind()

    def fresh(self, event: Event) -> Event | None:
        """The event, or the part of it that is new; None if nothing is."""
        same = legacy.modern(event)
        if same.type == STEP_DELTA:
            new = self._delta(event, same.data)
        elif same.type == STEP_START:
            new = self._start(event, same.data)
        elif same.type == STEP_STOP:
            new = self._stop(event, same.data)
        else:
            new = self._other(event, same.type)
        if new is not None and (cursor := event.data.get("event_id")):
            self._move(cursor, event)
        return new

    def _move(self, cursor: Any, event: Event) -> None:
        if not isinstance(cursor, str) or len(cursor) > LONGEST_CURSOR:
            return
        self.cursor = cursor
        self._ids[cursor] = checksum(event.raw)
        if len(self._ids) > IDS:
            del self._ids[next(iter(self._ids))]
        for step in self._touched.values():
            step.mark()
        self._touched.clear()
        self._others_marked = {**self._others}

    def _other(self, event: Event, kind: str) -> Event | None:
        if kind in ALWAYS:
            self.doubtful |= is_unread(event)
            return event
        if kind == CREATED and self._others[CREATED]:
            self.restart()
        self._others_seen[kind] += 1
        if self._others_seen[kind] <= self._others[kind]:
            return None
        self._others[kind] += 1
        return event

    def _at(self, data: dict[str, Any]) -> Shown:
        index = _index(data)
        if index is None and self._steps:
            index = next(reversed(self._steps))
        step = self._steps.get(index)
        if step is None:
            step = self._steps[index] = Shown(data.get("step"))
        self._touched[index] = step
        return step

    def _start(self, event: Event, data: dict[str, Any]) -> Event | None:
        known = _index(data) in self._steps
        step = self._at(data)
        if known and self.replaying:
            step.rewind()
        new = step.new_of(text_in(data.get("step")))
        if not known or not self.replaying:
            return event
        if not new and SYNTHETIC in data:
            return _grown(event, step, data["step"])
        return _delta_of(event, {"type": "text", "text": new}) if new else None

    def _stop(self, event: Event, data: dict[str, Any]) -> Event | None:
        step = self._at(data)
        self.contradicted |= step.is_contradicted
        if step.stopped and self.replaying:
            return None
        step.stopped = True
        return event

    def _delta(self, event: Event, data: dict[str, Any]) -> Event | None:
        step, delta = self._at(data), data.get("delta")
        if self.replaying and not step.rewound and self._repeats(event):
            return None
        if not isinstance(delta, dict):
            return event
        kind, text = kind_of(delta, ""), delta.get("text")
        if kind == "text" and isinstance(text, str):
            return self._text(event, step, delta, text)
        if kind == "audio" and isinstance(delta.get("data"), str):
            return self._audio(event, step, delta)
        if kind == CITED and isinstance(delta.get("annotations"), list):
            new_ones = [a for a in delta["annotations"] if step.is_new(CITED)]
            if len(new_ones) == len(delta["annotations"]):
                return event
            cited = {**delta, "annotations": new_ones}
            return _delta_of(event, cited) if new_ones else None
        partial = step.counts[kind] > 0 and not step.stopped
        if step.is_new(kind):
            return event
        if kind == ARGUMENTS and (partial or self.doubtful) and SYNTHETIC in data:
            return _replacing(event, delta)  # a part of them was shown
        return None

    def _repeats(self, event: Event) -> bool:
        """Tell whether the service went back behind the cursor with this event."""
        known = self._ids.get(str(event.data.get("event_id")))
        return known is not None and known == checksum(event.raw)

    def _text(
        self, event: Event, step: Shown, delta: dict[str, Any], text: str
    ) -> Event | None:
        new = step.new_of(text)
        if not text and self.replaying and step.counts[CITED]:
            return None  # its citations were shown without it
        if len(new) == len(text):
            return event
        return _delta_of(event, {**delta, "text": new}) if new else None

    def _audio(self, event: Event, step: Shown, delta: dict[str, Any]) -> Event | None:
        try:
            data = decoded(delta["data"])
        except ValueError:
            return event if step.is_new("audio") else None
        new = step.new_bytes(data)
        if len(new) == len(data):
            return event
        text = base64.b64encode(new).decode()
        return _delta_of(event, {**delta, "data": text}) if new else None


def _index(data: dict[str, Any]) -> Any:
    """The step that an event names; what cannot be one is only told apart."""
    index = data.get("index")
    return repr(index) if isinstance(index, list | dict) else index


def _grown(event: Event, step: Shown, whole: dict[str, Any]) -> Event | None:
    """What a tool's step has in the whole, and had not when it started."""
    more = {k: v for k, v in whole.items() if k not in step.fields}
    if step.type in STREAMED or not more or step.counts[str(step.type)]:
        return None
    step.counts[str(step.type)] += 1
    return _delta_of(event, {"type": step.type, **more})


def _comes_late(
    shown: Sequence[Shown], places: Sequence[int | None], steps: Sequence[Step]
) -> bool:
    """Tell whether there is a text, never told, before one that was."""
    missing = False
    for at, step in zip(places, steps, strict=True):
        if at is None:
            missing |= bool(text_in(step).strip())
        elif missing and shown[at].is_output and not shown[at].text.agrees(""):
            return True
    return False


def _is_ambiguous(shown: Shown, whole: dict[str, Any]) -> bool:
    """Tell whether only some media were shown, so that nobody knows which."""
    found = whole.get("content")
    contents = (
        [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
    )
    kinds = Counter(str(content.get("type")) for content in contents)
    bytes_of_audio = bool(kinds["audio"] and shown.counts["bytes"])
    return bytes_of_audio or any(0 < shown.counts[k] < kinds[k] for k in MEDIA)


def _delta_of(event: Event, delta: dict[str, Any]) -> Event:
    """A part of an event, as an event of its own."""
    rest = {k: v for k, v in event.data.items() if k not in ("step", "content")}
    data = {**rest, "event_type": STEP_DELTA, "delta": delta}
    data |= {SYNTHETIC: True, PART: True}
    return Event(STEP_DELTA, data, codec.dumps(data).decode())


def _replacing(event: Event, delta: dict[str, Any]) -> Event:
    """Arguments as an object: it takes the place of what came before."""
    whole = codec.loads(str(delta.get("arguments") or "{}"))
    return _delta_of(event, {**delta, "arguments": whole})
