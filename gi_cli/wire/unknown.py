"""What gi does not know of an event. It is passed on all the same, and -v tells."""

from collections.abc import Iterator
from typing import Any

from gi_cli.wire import events, legacy
from gi_cli.wire.assemble import SHOWN
from gi_cli.wire.events import Event
from gi_cli.wire.status import STATUSES
from gi_cli.wire.steps import CONTENTS, holds_text, kind_of

SERVED = (
    *("google_search", "code_execution", "url_context", "file_search", "google_maps"),
    *("retrieval", "processing", "tool_search", "mcp_server_tool"),
)
TOOLS = frozenset(f"{name}_{part}" for name in SERVED for part in ("call", "result"))
STEPS = TOOLS | {"user_input", "model_output", "thought"}
STEPS |= {"function_call", "function_result"}
DELTAS = STEPS | {*SHOWN, "thought_summary", "thought_signature", "arguments_delta"}
EVENTS = {events.CREATED, events.COMPLETED, events.ERROR, events.DONE}
EVENTS |= {events.STEP_START, events.STEP_DELTA, events.STEP_STOP, *legacy.NAMES}
EVENTS |= {"interaction.status_update", "interaction.error"}
EVENTS |= {f"interaction.{status}" for status in STATUSES}
LONGEST = 100  # characters of a name that are shown


def unknown(event: Event) -> Iterator[str]:
    """Name what gi does not know of it, for people."""
    if event.type == events.UNPARSED:
        yield "an event that is no JSON"
        return
    if event.type not in EVENTS:
        yield f"the event {_shown(event.type)}"
    data = legacy.modern(event).data
    step, delta = data.get("step"), data.get("delta")
    if isinstance(step, dict):
        kind = step.get("type", "model_output")
        if not isinstance(kind, str) or kind not in STEPS:
            yield f"the step {_shown(kind)}"
        elif kind == "model_output":
            yield from _contents(step.get("content"))
    if isinstance(delta, dict) and delta:
        kind = kind_of(delta, "model_output")
        if kind not in DELTAS or (kind == "text" and not holds_text(delta)):
            yield f"the delta {_shown(kind)}"
    elif "delta" in data:
        yield f"the delta {_shown(delta)}"


def _contents(found: Any) -> Iterator[str]:
    for content in found if isinstance(found, list) else ():
        kind = content.get("type", "text") if isinstance(content, dict) else None
        if kind not in CONTENTS:
            yield f"the content {_shown(kind)}"


def _shown(value: Any) -> str:
    """What should be a short word may be anything."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
