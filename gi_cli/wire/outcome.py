"""How an interaction ended: the error it stands for, or None for a full success."""

import shlex

from gi_cli.errors import (
    ActionRequired,
    Empty,
    Failed,
    GiError,
    Incomplete,
    StillRunning,
    Unreachable,
    Untold,
)
from gi_cli.wire import failure, status
from gi_cli.wire.assemble import Assembler


def judge(state: Assembler) -> GiError | None:
    """Decide from an error event, the status, unanswered calls and the output.

    A stream that stopped without its terminal event is a failure, whatever it said.
    """
    if state.error is not None:
        return failure.error_of(failure.of_value(state.error), "the interaction failed")
    current = state.status
    if current in status.ENDED_BADLY:
        return Failed(f"the interaction ended {current}{_reasons(state)}")
    if not state.completed and current not in status.PARTIAL:
        return Unreachable("the stream ended before the interaction was completed")
    if state.unread and current not in status.PARTIAL:
        return Unreachable("an event of the stream could not be read")
    if current in status.PARTIAL:
        return Incomplete(f"the interaction ended {current}{_reasons(state)}")
    calls = [shlex.quote(str(c.get("name", ""))) for c in state.unanswered()]
    if calls or current == status.REQUIRES_ACTION:
        if not calls:
            return ActionRequired("the model waits for an action that it did not name")
        return ActionRequired(f"the model called a function: {', '.join(calls)}")
    if current == status.COMPLETED:
        empty = Empty("the interaction completed, but its output is empty")
        return None if state.delivered else empty
    return _unfinished(current)


def _unfinished(current: str | None) -> GiError:
    """A status that is neither an end nor a call: running, or unknown to gi."""
    if current == status.REQUIRES_CONTINUATION:
        return Incomplete("the interaction stopped at the decode limit")
    if current in status.RUNNING:
        return StillRunning(f"the interaction is still {current}")
    if current is None:
        return Untold("the end of the answer tells no status")
    return StillRunning(f"gi does not know the status {current!r} of the interaction")


def _reasons(state: Assembler) -> str:
    """What the server gave as the cause: `errors[]`, `error`, or a step's own."""
    listed = state.head.get("errors")
    found = [*listed] if isinstance(listed, list) else [listed]
    found += [state.head.get("error"), *(s.value.get("error") for s in state.steps)]
    said = [failure.readable(each) for each in found if each]
    return f": {'; '.join(said)}" if said else ""
