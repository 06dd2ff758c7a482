"""Ends that nobody hopes for: what is left of a run, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Step
    from gi_cli.emulator.record import Record

RUNNING = ("queued", "in_progress")
_WITHOUT_THE_LAST = ("failed", "cancelled")
_CUT_SHORT = ("incomplete", "budget_exceeded", "requires_continuation")


def left(steps: list[Step], status: str) -> list[Step]:
    """Return the steps of a run that ends with this status instead of its own."""
    if status in RUNNING:
        return []
    if status in _WITHOUT_THE_LAST:
        return steps[:-1]
    if status in _CUT_SHORT:
        return [*steps[:-1], _cut(steps[-1])]
    return steps


def told(record: Record) -> dict[str, Any]:
    """Return what an interaction has for its status only."""
    if record.status == "failed":
        message = "The interaction fails on demand."
        return {"errors": [{"code": "internal_error", "message": message}]}
    return token(record)


def token(record: Record) -> dict[str, Any]:
    """Return what of it an event tells too."""
    if record.status == "requires_continuation":
        return {"continuation_token": f"continue_{record.id}"}
    return {}


def is_over(record: Record) -> bool:
    """Tell whether it has come to an end of its own."""
    return record.is_whole and record.status not in RUNNING


def _cut(step: Step) -> Step:
    """Return the first half of a text, without citations: their ends are not there."""
    content = step.get("content", [{}])[0]
    if "text" not in content:
        return step
    half = content["text"][: len(content["text"]) // 2]
    return step | {"content": [{"type": "text", "text": half}]}
