"""Who says what: agents report, models answer, with a search if they have the tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi_cli.emulator import blocks, words

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt


def steps(body: dict[str, Any], prompt: Prompt) -> list[blocks.Step]:
    """Return the steps that are generated for a request."""
    if body.get("agent"):
        from gi_cli.emulator import research

        return research.steps(body, prompt)
    thought = blocks.thought(body, prompt, words.thinking(prompt))
    text = words.answer(prompt, body.get("system_instruction", ""))
    if not _may_search(body):
        return [thought, blocks.output(text)]
    query = words.in_a_line(prompt.text)
    first, end, rest = text.partition("\n")
    answer = blocks.cited((first, 1), (end + rest, 0))
    return [thought, *blocks.search(prompt, 1, query), answer]


def thoughts(body: dict[str, Any], prompt: Prompt) -> tuple[str, ...]:
    """Return what was thought, shown or not."""
    if body.get("agent"):
        from gi_cli.emulator import research

        return research.THOUGHTS
    return (words.thinking(prompt),)


def _may_search(body: dict[str, Any]) -> bool:
    return any(tool["type"] == "google_search" for tool in body.get("tools", []))
