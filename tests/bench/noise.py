"""Streams in which something is wrong: one for each seed, the same each time.

A stream of the grammar is changed as JSON, as events, as lines and as bytes, and comes
in reads of any size. Some are nothing but random bytes.
"""

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from tests.bench.grammar import ERRORS, Json, story
from tests.bench.junk import (
    BYTES,
    ENDS,
    INDEXES,
    JSON,
    JUNK,
    KEYS,
    KINDS,
    LINES,
    PAGE,
    PAGES,
    SPELLED,
    STATUSES,
    STREAM,
)

SURROGATE = re.compile("[\ud800-\udfff]")
DONE = b"event: done\ndata: [DONE]\n\n"


class Answer(NamedTuple):
    """A response: its body comes in `sizes`, and may break off behind them."""

    body: bytes
    status: int = 200
    type: str = STREAM
    broken: bool = False
    sizes: tuple[int, ...] = ()  # of the reads; the last goes on

    def chunks(self) -> list[bytes]:
        """The reads."""
        found, at = [], 0
        for size in self.sizes:
            found.append(self.body[at : at + size])
            at += size
        found.append(self.body[at:])
        return [chunk for chunk in found if chunk]


class Noise(NamedTuple):
    """What the service says to a seed: to the POST, then to each GET."""

    seed: int
    first: Answer
    later: tuple[Answer, ...]
    code: int | None  # of the run, where nothing was changed
    text: str  # of the model then
    events: int


def noise(seed: int) -> Noise:
    """Return the stream of a seed."""
    chance = Random(seed)  # noqa: S311
    if chance.random() < 0.03:
        body = chance.randbytes(chance.choice((0, 1, 9, 99, 999)))
        return Noise(seed, _answer(chance, body), (), None, "", 0)
    events, code, text = story(chance)
    events, changed = _changed(chance, events)
    framed = _framed(chance, events)
    body, broken = _bytes_changed(chance, framed)
    first = _answer(chance, body)
    sound = first.status == 200 and first.type == STREAM
    if changed or broken or not sound or first.broken:
        code = None
    later = tuple(_later(chance, events) for _ in range(chance.choice((1, 1, 2, 3))))
    return Noise(seed, first, later, code, text, len(events))


def _answer(chance: Random, body: bytes) -> Answer:
    status, kind, luck = 200, STREAM, chance.random()
    if luck < 0.03:
        status, kind = chance.choice(STATUSES), chance.choice((STREAM, JSON, PAGE))
    elif luck < 0.07:
        kind = chance.choice((JSON, PAGE, "", "text/plain", "text/event-stream; x"))
    broken = chance.random() < 0.08
    return Answer(body, status, kind, broken, _sizes(chance, body))


def _sizes(chance: Random, body: bytes) -> tuple[int, ...]:
    """Reads of one byte, of random sizes, cut at an odd place, or all at once."""
    luck, size = chance.random(), len(body)
    if luck < 0.02 and size < 1000:
        return (1,) * size
    if luck < 0.45:
        return tuple(
            chance.randint(1, 1 + size // 4) for _ in range(chance.randint(2, 6))
        )
    if luck < 0.65:
        odd = [i for i in (body.find(b"\n", size // 2), body.find(b"\xf0")) if i > 0]
        return (chance.choice(odd) + chance.randrange(3),) if odd else ()
    return ()


def _later(chance: Random, events: Sequence[Json]) -> Answer:
    """What GET says: the interaction as it is kept, or something else."""
    luck = chance.random()
    if luck < 0.2:
        return Answer(b"", 403, JSON)
    if luck < 0.3:
        return Answer(_framed(chance, _changed(chance, list(events))[0]))
    kept: Any = {
        "id": "v1_kept",
        "status": chance.choice(("completed", "completed", "failed", "in_progress")),
        "steps": [e["step"] for e in events if isinstance(e, dict) and "step" in e],
    }
    if chance.random() < 0.4:
        kept = _mutated(chance, kept)
    body = _dumps(chance, kept)
    return Answer(body if chance.random() < 0.9 else chance.choice(PAGES), 200, JSON)


def _changed(chance: Random, events: list[Any]) -> tuple[list[Any], bool]:
    """Change values, then the order of events."""
    values = chance.choice((0, 0, 0, 1, 1, 2, 4)) if events else 0
    for _ in range(values):
        at = chance.randrange(len(events))
        events[at] = _mutated(chance, events[at])
    moves = chance.choice((0, 0, 0, 1, 2)) if events else 0
    for _ in range(moves):
        chance.choice(MOVES)(chance, events)
    return events, bool(values or moves)


def _mutated(chance: Random, value: Any) -> Any:
    """The value with something else somewhere in it."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.03:
        return chance.choice(JUNK)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        changed = _mutated(chance, value[at])
        return [*value[:at], *[changed] * chance.choice((1, 1, 2, 0)), *value[at + 1 :]]
    value = dict(value)
    luck, name = chance.random(), chance.choice([*value])
    if luck < 0.55:
        value[name] = _mutated(chance, value[name])
    elif luck < 0.65:
        del value[name]
    elif luck < 0.75:
        value["event_type" if "event_type" in value else "type"] = chance.choice(KINDS)
    elif luck < 0.85:
        value["index"] = chance.choice(INDEXES)
    else:
        value[chance.choice(KEYS)] = chance.choice(JUNK)
    return value


def _dropped(chance: Random, events: list[Any]) -> None:
    if events:
        del events[chance.randrange(len(events))]


def _doubled(chance: Random, events: list[Any]) -> None:
    if events:
        one = chance.choice(events)
        events.insert(chance.randrange(len(events) + 1), one)


def _moved(chance: Random, events: list[Any]) -> None:
    if events:
        one = events.pop(chance.randrange(len(events)))
        events.insert(chance.randrange(len(events) + 1), one)


def _cut(chance: Random, events: list[Any]) -> None:
    del events[chance.randrange(len(events) + 1) :]


def _repeated(chance: Random, events: list[Any]) -> None:
    """The service tells it again from somewhere."""
    events += events[chance.randrange(len(events) + 1) :]


def _failed(chance: Random, events: list[Any]) -> None:
    error = {"event_type": "error", "error": chance.choice(ERRORS)}
    events.insert(chance.randrange(len(events) + 1), error)


MOVES: tuple[Callable[[Random, list[Any]], None], ...] = (
    *(_dropped, _doubled, _moved, _cut, _repeated, _failed),
)


def _dumps(chance: Random, value: Any) -> bytes:
    """JSON in one of its spellings, and what is none."""
    luck = chance.random()
    separators = (",", ":") if luck < 0.8 else None
    text = json.dumps(value, ensure_ascii=luck < 0.5, separators=separators)
    if "@" in text:
        for mark, spelled in SPELLED.items():
            text = text.replace(mark, spelled)
    if SURROGATE.search(text):  # halves that make a pair are a character
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return text.encode("utf-8", "surrogatepass")


def _framed(chance: Random, events: Sequence[Any]) -> bytes:
    """The events as lines."""
    end = chance.choice(ENDS)
    named, odd = chance.random() < 0.8, chance.random() < 0.15
    parts: list[bytes] = []
    for event in events:
        data = _dumps(chance, event)
        kind = event.get("event_type") if isinstance(event, dict) else None
        if named and isinstance(kind, str) and kind.isascii():
            parts += [b"event: ", kind.encode(), end]
        if odd and chance.random() < 0.3:
            data = data.replace(b',"', b"," + end + b'data: "')
        space = b" " if not odd else chance.choice((b"", b" ", b"  "))
        parts += [b"data:", space, data, end, end]
    if chance.random() < 0.7:
        parts.append(DONE.replace(b"\n", end))
    return b"".join(parts)


def _bytes_changed(chance: Random, body: bytes) -> tuple[bytes, bool]:
    """Change lines and bytes; tell whether anything may differ."""
    before = body
    if chance.random() < 0.2:
        body = _lines_changed(chance, body)
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 3, 9))):
        at = chance.randrange(len(body) + 1)
        luck = chance.random()
        if luck < 0.4:
            body = body[:at] + chance.choice(BYTES) + body[at:]
        elif luck < 0.6:
            body = body[:at] + body[at + chance.choice((1, 1, 2, 50)) :]
        elif luck < 0.9 and at < len(body):
            flipped = body[at] ^ (1 << chance.randrange(8))
            body = body[:at] + bytes((flipped,)) + body[at + 1 :]
        else:
            body = body[:at]
    return body, body != before


def _lines_changed(chance: Random, body: bytes) -> bytes:
    lines = body.split(b"\n")
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(lines) + 1)
        luck = chance.random()
        if luck < 0.6:
            lines.insert(at, chance.choice(LINES))
        elif luck < 0.7:
            lines[at:at] = [b""] * chance.choice((1, 3, 1000))
        elif luck < 0.8:
            del lines[at : at + 1]
        elif luck < 0.9:
            lines[at:at] = lines[at : at + 3]
        else:
            lines.insert(0, b"\xef\xbb\xbf")
    return b"\n".join(lines)
