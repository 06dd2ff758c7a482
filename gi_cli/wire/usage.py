"""Token counts: added up over requests, and said in a line."""

from collections.abc import Iterable
from typing import Any

KINDS = (
    ("total_input_tokens", "input"),
    ("total_cached_tokens", "cached"),
    ("total_output_tokens", "output"),
    ("total_thought_tokens", "thought"),
    ("total_tool_use_tokens", "tool use"),
)
NAMES = ("modality", "type")  # what the items of the lists are counted by


def total(usages: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The sum; None if there is none, one alone as it is."""
    whole: dict[str, Any] | None = None
    for each in usages:
        if each is not None:
            whole = each if whole is None else _sum(whole, each)
    return whole


def _sum(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Add numbers, and lists item by item; of anything else the last one counts."""
    added = dict(one)
    for name, value in other.items():
        old = one.get(name)
        if isinstance(value, int) and isinstance(old, int):
            added[name] = old + value
        elif isinstance(value, list) and isinstance(old, list):
            added[name] = _sum_lists(old, value)
        elif value is not None:
            added[name] = value
    return added


def _sum_lists(one: list[Any], other: list[Any]) -> list[Any]:
    merged = {_name(item): item for item in one}
    for item in other:
        old = merged.get(_name(item), {})
        summable = isinstance(old, dict) and isinstance(item, dict)
        merged[_name(item)] = _sum(old, item) if summable else item
    return list(merged.values())


def _name(item: Any) -> Any:
    found = item if isinstance(item, dict) else {}
    return next((str(found[name]) for name in NAMES if name in found), repr(item))


def line(usage: dict[str, Any] | None) -> str:
    """The counts in words."""
    if usage is None:
        return "the server told no token counts"
    counts = {k: v for k, v in usage.items() if isinstance(v, int)}
    parts = [f"{counts[key]} {name}" for key, name in KINDS if counts.get(key)]
    whole = counts.get("total_tokens", "an unknown number of")
    return f"{whole} tokens" + (f": {', '.join(parts)}" if parts else "")
