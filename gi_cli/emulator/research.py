"""What a fake agent does: two searches and a short report in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi_cli.emulator import tools
from gi_cli.emulator.blocks import Content, Step, citing, search, thought
from gi_cli.emulator.refusal import invalid
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
        *tools.steps(body, prompt, but="google_search"),
        {"type": "model_output", "content": _report(body, prompt, asked)},
    ]


def _report(body: dict[str, Any], prompt: Prompt, asked: str) -> list[Content]:
    """Return a text, or two of them with a chart in between."""
    notes = seen(prompt, body.get("system_instruction", ""))
    findings = (
        ("# Emulated report\n\n## Findings\n\n", 0),
        (f"This is an emulated report on: {asked}", 1),
        ("\n\n", 0),
    )
    method = (
        ("## Method\n\n", 0),
        ("Two searches were emulated, nothing was looked up.", 2),
        ("".join(f"\n\n{note}" for note in notes) + "\n", 0),
    )
    if not _may_chart(body):
        return [citing(*findings, *method)]
    from gi_cli.emulator.media.answer import charted

    return [citing(*findings), charted(prompt), citing(*method)]


def _may_chart(body: dict[str, Any]) -> bool:
    wish = body.get("agent_config", {}).get("visualization", "auto")
    if wish not in ("auto", "off"):
        raise invalid(
            "Invalid value for parameter 'agent_config.visualization': "
            "must be one of auto, off."
        )
    return bool(wish == "auto")
