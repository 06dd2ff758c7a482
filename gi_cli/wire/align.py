"""Which of the steps that the service keeps are those that a stream has told.

The service may keep fewer steps than it streamed (no thoughts), or more, so places
alone do not tell. Two are the same if their kinds are, and their texts as far as they
go.
"""

from collections.abc import Sequence
from typing import Any

from gi_cli.wire.shown import Shown
from gi_cli.wire.steps import text_of

MOST = 1 << 18  # pairs that are compared; of more only those in the same place


def aligned(shown: Sequence[Shown], kept: Sequence[dict[str, Any]]) -> list[int | None]:
    """Give for each kept step the place of the one that was shown, in order, so that
    the most are found."""
    first = 0
    for old, step in zip(shown, kept, strict=False):
        if not is_same(old, step):
            break
        first += 1
    rest, others = shown[first:], kept[first:]
    if len(rest) * len(others) > MOST:
        pairs = zip(rest, others, strict=False)
        found = [i if is_same(*pair) else None for i, pair in enumerate(pairs)]
        found += [None] * (len(others) - len(found))
    else:
        found = _paired(rest, others)
    return [*range(first), *(None if i is None else first + i for i in found)]


def _paired(shown: Sequence[Shown], kept: Sequence[dict[str, Any]]) -> list[int | None]:
    same = [[is_same(old, step) for step in kept] for old in shown]
    most = _most(same, len(kept))
    found: list[int | None] = []
    i = 0
    for j in range(len(kept)):
        while most[i][j] > most[i][j + 1] and not same[i][j]:
            i += 1
        pair = most[i][j] > 0 and same[i][j]
        found.append(i if pair else None)
        i += pair
    return found


def _most(same: Sequence[Sequence[bool]], width: int) -> list[list[int]]:
    """How many can be paired behind each pair of places."""
    most = [[0] * (width + 1) for _ in range(len(same) + 1)]
    for i in reversed(range(len(same))):
        for j in reversed(range(width)):
            pair = most[i + 1][j + 1] + same[i][j]
            most[i][j] = max(pair, most[i + 1][j], most[i][j + 1])
    return most


def is_same(shown: Shown, kept: dict[str, Any]) -> bool:
    """Tell whether a step that the service keeps may be the one that was shown; one
    whose start was not seen has no kind."""
    if shown.type and kept.get("type") and shown.type != kept["type"]:
        return False
    return shown.text.agrees(text_in(kept)) or not shown.is_output


def text_in(step: Any) -> str:
    """The text that a step holds from its start."""
    found = step.get("content") if isinstance(step, dict) else None
    return "".join(map(text_of, found)) if isinstance(found, list) else ""
