"""Who says what: agents report, models call, or answer in words or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi_cli.emulator import blocks, formats, functions, tools, words
from gi_cli.emulator.refusal import invalid

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt


def steps(body: dict[str, Any], prompt: Prompt, origin: str) -> list[blocks.Step]:
    """Return what is generated for a request that has come to this origin."""
    if body.get("agent"):
        from gi_cli.emulator import research

        return research.steps(body, prompt)
    thought = blocks.thought(body, prompt, words.thinking(prompt))
    if functions.may_call(body):
        from gi_cli.emulator import calling

        if calls := calling.steps(body, prompt):
            return [*_done(body, prompt), thought, *calls]
    used = _done(body, prompt)
    output = _answer(body, prompt, used)
    if wanted := formats.media(body, prompt):
        from gi_cli.emulator.media.answer import Answer

        shown = Answer(body, prompt, wanted, origin)
        thought, output = shown.thought(thought), shown.output(output)
    return [thought, *used, output]


def outcome(steps: list[blocks.Step], prompt: Prompt) -> str:
    """Return the status that an interaction with these steps ends with."""
    if any(step["type"] == "function_call" for step in steps):
        from gi_cli.emulator import calling

        if not calling.manner(prompt).completed:
            return "requires_action"
    return "completed"


def thoughts(body: dict[str, Any], prompt: Prompt) -> tuple[str, ...]:
    """Return what was thought, shown or not."""
    if body.get("agent"):
        from gi_cli.emulator import research

        return research.THOUGHTS
    return (words.thinking(prompt),)


def _done(body: dict[str, Any], prompt: Prompt) -> list[blocks.Step]:
    """Return what is done with the service's own tools: once for the user's words."""
    return [] if prompt.results else tools.steps(body, prompt)


def _answer(
    body: dict[str, Any], prompt: Prompt, used: list[blocks.Step]
) -> blocks.Step:
    found = tools.cited(body, prompt) if used else []
    return blocks.resting_on(_text(body, prompt), found)


def _text(body: dict[str, Any], prompt: Prompt) -> str:
    if wanted := formats.json(body):
        return _structured(wanted)
    return words.answer(prompt, body.get("system_instruction", ""))


def _structured(wanted: dict[str, Any]) -> str:
    import json  # slow to import, and few want it

    from gi_cli.emulator.structured.example import anything, example
    from gi_cli.emulator.structured.keywords import SchemaError

    try:
        value = example(wanted["schema"]) if "schema" in wanted else anything()
    except SchemaError as error:
        message = f"Invalid value for parameter 'response_format': {error}."
        raise invalid(message) from error
    return json.dumps(value, ensure_ascii=False)
