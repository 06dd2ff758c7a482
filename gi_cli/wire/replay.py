"""A whole interaction as the events that a stream of it would have been.

What was only seen in one piece (--no-stream, a JSON answer to a stream request) is
shown by the same sinks as a stream. Every event carries `"gi_synthetic":true`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from gi_cli.wire import codec, legacy
from gi_cli.wire.events import (
    COMPLETED,
    STEP_DELTA,
    STEP_START,
    STEP_STOP,
    SYNTHETIC,
    Event,
)

NOT_GENERATED = ("user_input", "function_result")


def events(
    interaction: dict[str, Any],
    *,
    timeline: bool = False,
    ordered: Sequence[tuple[Any, dict[str, Any]]] | None = None,
) -> Iterator[Event]:
    """Yield start, deltas and stop of each generated step, then the end.

    A `timeline` (GET) holds what came before: only what follows the last input counts.
    Anything else is one run, with the results of its calls. `ordered` are the generated
    steps with their indexes, where a stream has told some of them.
    """
    whole = legacy.interaction(interaction)
    steps = steps_of(whole)
    whole.pop("steps", None)
    if ordered is None:
        ordered = list(_generated(steps) if timeline else _said(steps))
    for index, step in ordered:
        start, deltas = _split(step)
        yield _event(STEP_START, index=index, step=start)
        for delta in deltas:
            yield _event(STEP_DELTA, index=index, delta=delta)
        yield _event(STEP_STOP, index=index)
    yield _event(COMPLETED, interaction=whole)


def _said(steps: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((i, s) for i, s in enumerate(steps) if s.get("type") != NOT_GENERATED[0])


def _generated(steps: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What follows the last input."""
    inputs = [i for i, s in enumerate(steps) if s.get("type") in NOT_GENERATED]
    first = inputs[-1] + 1 if inputs else 0
    return ((i, s) for i, s in enumerate(steps) if i >= first)


def generated(interaction: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a timeline that follow the last input."""
    return [step for _, step in _generated(steps_of(interaction))]


def steps_of(interaction: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of an interaction, in whatever form they came."""
    found = interaction.get("steps")
    listed = found if isinstance(found, list) else []
    return [step for step in listed if isinstance(step, dict)]


def _event(kind: str, **payload: Any) -> Event:
    data = {"event_type": kind, SYNTHETIC: True, **payload}
    return Event(kind, data, codec.dumps(data).decode())


def _split(step: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The start of a step, and what its deltas bring."""
    match step.get("type"):
        case "model_output" if isinstance(step.get("content"), list):
            rest = {k: v for k, v in step.items() if k != "content"}
            return rest, [d for c in step["content"] for d in _content(c)]
        case "thought":
            moved = ("summary", "signature")
            rest = {k: v for k, v in step.items() if k not in moved}
            return rest, list(_thought(step))
        case "function_call" if isinstance(step.get("arguments"), dict):
            arguments = codec.dumps(step["arguments"]).decode()
            delta = {"type": "arguments_delta", "arguments": arguments}
            return {**step, "arguments": {}}, [delta]
    return step, []


def _content(content: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(content, dict):
        return
    if content.get("type", "text") != "text":
        yield content
        return
    yield {"type": "text", **{k: v for k, v in content.items() if k != "annotations"}}
    if content.get("annotations"):
        annotations = content["annotations"]
        yield {"type": "text_annotation_delta", "annotations": annotations}


def _thought(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    summary = step.get("summary")
    for item in summary if isinstance(summary, list) else ():
        yield {"type": "thought_summary", "content": item}
    if "signature" in step:
        yield {"type": "thought_signature", "signature": step["signature"]}
