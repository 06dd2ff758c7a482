"""Whether bytes hold a completed interaction, told without any code of gi.

It is generous: it may find one where gi does not, never the other way round.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

LINE = re.compile("\r\n|\n|\r")
COMPLETED = ("interaction.completed", "interaction.complete")
GOOD = ("completed", "done")


def has_completed(bodies: Iterable[bytes]) -> bool:
    """Tell whether any of them tells of an interaction that completed: a stream, the
    same as NDJSON, or JSON."""
    return any(
        _streamed(each) or _whole(each)
        for body in bodies
        for each in (body, b"data: " + body.replace(b"\n", b"\n\ndata: "))
    )


def _streamed(body: bytes) -> bool:
    """Tell whether a stream has a terminal event, and a success as the last status
    that is known then or later."""
    good = ended = False
    for name, data in _events(body.decode("utf-8", "replace")):
        value = _value(data)
        if not isinstance(value, dict):
            continue
        stated = value.get("event_type")
        kind = stated if isinstance(stated, str) and stated else name
        inner = value.get("interaction")
        own = inner if isinstance(inner, dict) else value
        status = own.get("status", value.get("status"))
        good = _is_good(status) or (status is None and good)
        ended |= kind in COMPLETED
        if ended and good:
            return True
        if kind == "gi.recovered" and _is_good(value.get("status")):
            return True
    return False


def _whole(body: bytes) -> bool:
    """Tell whether it is the JSON of an interaction that completed."""
    value = _value(body.decode("utf-8", "replace"))
    return isinstance(value, dict) and _is_good(value.get("status"))


def _is_good(status: Any) -> bool:
    return isinstance(status, str) and status.lower() in GOOD


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _events(text: str) -> Iterator[tuple[str, str]]:
    """The name and the data of each event, with what the end leaves unfinished."""
    name, values = "", list[str]()
    for line in [*LINE.split(text.removeprefix("\ufeff")), ""]:
        field, _, value = line.partition(":")
        if line == "":
            if values:
                yield name, "\n".join(values)
            name, values = "", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            values.append(value.removeprefix(" "))
