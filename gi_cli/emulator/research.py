"""What a fake agent does: two searches and a short report in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi_cli.emulator.blocks import Step, cited, search, thought
from gi_cli.emulator.words import in_a_line, seen

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt

THOUGHTS = (
    "**Planning the research**\n\nI pretend to look for two sources, without a model.",
    "**Comparing the sources**\n\nBoth of them say what the emulator makes them say.",
)


def steps(body: dict[str, Any], prompt: Prompt) -> list[Step]:
    """Return what an agent does and says."""
    asked = in_a_line(prompt.text) or "nothing in words"
    first, second = (thought(body, prompt, summary) for summary in THOUGHTS)
    return [
        first,
        *search(prompt, 1, asked),
        second,
        *search(prompt, 2, f"{asked} (a second opinion)"),
        _report(asked, seen(prompt, body.get("system_instruction", ""))),
    ]


def _report(asked: str, notes: list[str]) -> Step:
    more = "".join(f"\n\n{note}" for note in notes)
    return cited(
        ("# Emulated report\n\n## Findings\n\n", 0),
        (f"This is an emulated report on: {asked}", 1),
        ("\n\n## Method\n\n", 0),
        ("Two searches were emulated, nothing was looked up.", 2),
        (more + "\n", 0),
    )
