"""Function calls in a conversation, and the results that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gi_cli.emulator.refusal import invalid, late

if TYPE_CHECKING:
    from gi_cli.emulator.blocks import Step

_Open = dict[str, str]  # the calls that have no result yet: id and name


def check(said: list[Step], steps: list[Step]) -> None:
    """Refuse results that answer no call, and calls that are left unanswered.

    `said` is what was generated in the interaction before, `steps` are the input. All
    calls of a turn must have their results before the user speaks again.
    """
    calls = {step["id"]: step["name"] for step in said if _is_call(step)}
    signed = False  # a thought has come that the calls after it can rest on
    for at, step in enumerate(steps):
        match step["type"]:
            case "user_input":
                _check_none_is_open(calls)
                signed = False
            case "function_result":
                _close(calls, step, f"input[{at}]")
                signed = False
            case "thought":
                signed = True
            case "function_call":
                signed = signed or bool(step.get("signature"))
                if not signed:
                    # The API says no more.
                    raise late("Request contains an invalid argument.")
                calls[step["id"]] = step["name"]
    _check_none_is_open(calls)


def _is_call(step: Step) -> bool:
    return bool(step["type"] == "function_call")


def _close(calls: _Open, result: Step, where: str) -> None:
    call_id, name = result["call_id"], result.get("name")
    if not name:
        raise _received(f"'{where}.name' is required.")
    if call_id not in calls:
        raise _received(f"'{where}.call_id' is '{call_id}', no call waits for that.")
    called = calls.pop(call_id)
    if name != called:
        raise _received(f"'{where}.name' is '{name}', '{call_id}' called '{called}'.")


def _check_none_is_open(calls: _Open) -> None:
    if calls:
        missing = ", ".join(f"'{call_id}'" for call_id in calls)
        raise _received(f"no function_result for {missing}.")


def _received(why: str) -> Exception:
    # The API says no more than the first words.
    return invalid(f"Invalid input received: {why}")
