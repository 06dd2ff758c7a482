"""Where a field is: `a.b`, `a[0].b`, `a.0.b`, `a[]`, `a["x.y"]`, `a[b][c]`; pure."""

import json
import re
from typing import Any

KEY = re.compile(r'[^.\[\]="]+')
QUOTED = re.compile(r'\["((?:[^"\\]|\\.)*)"\]')
BRACKETS = re.compile(r'\[([^\[\]"]*)\]')
INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
SHORTEST_PLAIN = re.compile(r"[^.\[\]=\"\s]+")


class PathError(ValueError):
    """What is wrong with a path, or why it does not fit the body."""


Segment = str | int | None  # a key, an index (or a key of digits), None appends
Path = tuple[Segment, ...]
Place = tuple[str | int, ...]


def split(text: str) -> tuple[Path, str]:
    """The path before the first `=` that is not quoted, and the value behind it.

    Raises PathError that says what is wrong with the path.
    """
    path: list[Segment] = []
    at = 0
    while at < len(text) and text[at] != "=":
        segment, at = _segment(text, at, first=not path)
        path.append(segment)
    if not path:
        raise PathError("there is no path before the =")
    if at == len(text):
        raise PathError("there is no = behind the path")
    return tuple(path), text[at + 1 :]


def _segment(text: str, at: int, *, first: bool) -> tuple[Segment, int]:
    if found := QUOTED.match(text, at):
        try:
            return json.loads(f'"{found[1]}"'), found.end()
        except ValueError:
            raise PathError(f'["{found[1]}"] is not a JSON string') from None
    if found := BRACKETS.match(text, at):
        return _bare(found[1]) if found[1] else None, found.end()
    dot = text[at] == "."
    found = None if dot is first else KEY.match(text, at + dot)
    if not found:
        raise PathError(f"the path breaks at {text[at:].partition('=')[0]!r}")
    return _bare(found[0]), found.end()


def _bare(word: str) -> Segment:
    return int(word) if INDEX.fullmatch(word) else word


def assign(body: Any, path: Path, value: Any) -> Place:
    """Set the value, make what is missing on the way, and tell the place it got.

    A number counts in a list and names a key in an object; null makes room for either.
    `a[].b` goes on with the last element of `a` as long as that has no `b`, as in
    `gh api`. Raises PathError where the path meets anything else.
    """
    node, place = body, list[str | int]()
    for at, segment in enumerate(path):
        rest = path[at + 1 :]
        key = _key(node, segment, rest, place)
        place.append(key)
        if not rest:
            value_at = value
        elif _has(node, key) and node[key] is not None:
            value_at = node[key]
        else:
            value_at = {} if isinstance(rest[0], str) else []
        if isinstance(node, list) and key == len(node):
            node.append(value_at)
        else:
            node[key] = value_at
        node = value_at
    return tuple(place)


def _key(node: Any, segment: Segment, rest: Path, place: list[str | int]) -> str | int:
    """The segment as a key of this very container."""
    if isinstance(node, dict) and segment is not None:
        return str(segment)
    if not isinstance(node, list):
        kind = "a list" if segment is None else "an object"
        raise PathError(f"{shown(place) or 'the body'} is not {kind}")
    if segment is None:
        goes_on = bool(node and rest) and _is_free(node[-1], rest)
        return len(node) - goes_on
    if isinstance(segment, str):
        raise PathError(f"{shown(place)} is a list, and {segment!r} is no index")
    if segment > len(node):
        held = f"{len(node)} element{'' if len(node) == 1 else 's'}"
        raise PathError(f"{shown(place)} has {held}, there is no place {segment}")
    return segment


def _has(node: Any, key: str | int) -> bool:
    return key in node if isinstance(node, dict) else int(key) < len(node)


def _is_free(node: Any, path: Path) -> bool:
    """Tell whether setting the path would replace nothing."""
    first, rest = path[0], path[1:]
    if isinstance(node, dict) and first is not None:
        inner = node.get(str(first))
        return str(first) not in node or (bool(rest) and _is_free(inner, rest))
    if isinstance(node, list) and not isinstance(first, str):
        if first is None or first >= len(node):
            return True
        return bool(rest) and _is_free(node[first], rest)
    return False


def at(body: Any, place: Place) -> Any:
    """The value at a place, or None."""
    for key in place:
        inside = isinstance(body, dict if isinstance(key, str) else list)
        if not inside or not _has(body, key):
            return None
        body = body[key]
    return body


def keys(path: Path) -> tuple[str, ...]:
    """The keys that the path begins with, up to a place in a list."""
    found: list[str] = []
    for each in path:
        if not isinstance(each, str):
            break
        found.append(each)
    return tuple(found)


def is_set(body: Any, keys: tuple[str, ...]) -> bool:
    """Tell whether keys lead to a value."""
    for key in keys:
        if not isinstance(body, dict) or key not in body:
            return not isinstance(body, dict)
        body = body[key]
    return True


def holds(now: Any, was: Any) -> bool:
    """Tell whether all that was there still is; more may have come."""
    if isinstance(was, dict):
        return isinstance(now, dict) and all(
            key in now and holds(now[key], value) for key, value in was.items()
        )
    if isinstance(was, list):
        longer = isinstance(now, list) and len(now) >= len(was)
        return longer and all(map(holds, now, was))
    return isinstance(now, bool) == isinstance(was, bool) and bool(now == was)


def shown(place: list[str | int] | Place) -> str:
    """A place as people write it."""
    text = ""
    for key in place:
        if isinstance(key, int):
            text += f"[{key}]"
        elif SHORTEST_PLAIN.fullmatch(key) and not key.isdigit():
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
    return text
