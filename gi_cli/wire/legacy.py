"""The schema before 2026-05-20, translated: recordings and proxies still have it."""

from typing import Any

from gi_cli.wire.events import (
    COMPLETED,
    CREATED,
    STEP_DELTA,
    STEP_START,
    STEP_STOP,
    Event,
)

NAMES = {
    "interaction.start": CREATED,
    "interaction.complete": COMPLETED,
    "content.start": STEP_START,
    "content.delta": STEP_DELTA,
    "content.stop": STEP_STOP,
}
NOT_CONTENT = ("index", "event_type", "event_id")
MEDIA = ("text", "image", "audio", "video", "document")


def modern(event: Event) -> Event:
    """The same event in the steps schema; any other event as it is."""
    name = NAMES.get(event.type)
    if name is None:
        return event
    data = event.data
    if name == STEP_START:
        data = {**data, "step": step(data.get("content") or data)}
    elif name in (CREATED, COMPLETED):
        nested = data.get("interaction")
        flat = nested if isinstance(nested, dict) else data
        data = {"interaction": interaction(flat)}
    return event._replace(type=name, data=data)


def interaction(value: dict[str, Any]) -> dict[str, Any]:
    """An interaction with `outputs` as one with `steps`."""
    value = dict(value)
    value.pop("event_type", None)
    if value.get("status") == "done":
        value["status"] = "completed"
    outputs = value.pop("outputs", None)
    if isinstance(outputs, list) and "steps" not in value:
        value["steps"] = [step(content) for content in outputs]
    return value


def step(content: Any) -> dict[str, Any]:
    """One of the old contents as a step: media were the model's output."""
    if not isinstance(content, dict):
        return {"type": "model_output"}
    kind = content.get("type")
    if kind not in MEDIA:
        unknown = kind or "model_output"
        return {k: v for k, v in content.items() if k not in NOT_CONTENT} | {
            "type": unknown
        }
    bare = {k: v for k, v in content.items() if k not in NOT_CONTENT}
    filled = len(bare) > 1  # content.start may name only the type
    return {"type": "model_output", **({"content": [bare]} if filled else {})}
