"""What the fake model says: the same words for the same request, always."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt

_COUNT = re.compile(r"\bcount from (-?[0-9]{1,15}) to (-?[0-9]{1,15})\b", re.IGNORECASE)
_MOST_NUMBERS = 100_000
_QUOTED = 200
MOST_SPOKEN = 125


def answer(prompt: Prompt, system_instruction: str = "") -> str:
    """Count if the prompt asks for it, otherwise tell what was asked."""
    if counting := _COUNT.search(prompt.text):
        numbers = _count(int(counting[1]), int(counting[2]))
        return "\n".join([numbers, *_results(prompt)])
    first = "This is an emulated answer."
    if prompt.text:
        first = f"This is an emulated answer to: {shortened(prompt.text)}"
    return "\n".join([first, *seen(prompt, system_instruction)])


def seen(prompt: Prompt, system_instruction: str = "") -> list[str]:
    """Tell what came besides the text of the prompt, a line for each kind.

    What functions have returned is quoted as a whole.
    """
    lines = _results(prompt)
    if prompt.given:
        lines.append(f"I was given: {', '.join(prompt.given)}")
    if count := prompt.earlier.turns:
        turns = "1 earlier turn" if count == 1 else f"{count} earlier turns"
        last = shortened(prompt.earlier.last)
        lines.append(f"I saw {turns}, the last one was: {last}")
    if count := prompt.earlier.images:
        images = "1 earlier image" if count == 1 else f"{count} earlier images"
        lines.append(f"I saw {images}")
    if system_instruction:
        lines.append(f"I was instructed: {shortened(system_instruction)}")
    return lines


def thinking(prompt: Prompt) -> str:
    """Return the summary of a thought, which is paid for even when it is not shown."""
    return (
        "**Reading the prompt**\n\n"
        f"It has {len(prompt.text)} characters. I answer by rule, without a model."
    )


def spoken(prompt: Prompt) -> int:
    """Count the words that are read aloud; there is no silence."""
    return min(MOST_SPOKEN, len(prompt.text.split()) or 1)


def shortened(text: str) -> str:
    """Return what is quoted of a text."""
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def in_a_line(text: str) -> str:
    """Return what is quoted of a text where a line break would do harm."""
    return shortened(" ".join(text.split()))


def _results(prompt: Prompt) -> list[str]:
    return [
        f"{name} {'failed' if is_error else 'returned'}: {text}"
        for name, text, is_error in prompt.results
    ]


def _count(first: int, last: int) -> str:
    step = 1 if first <= last else -1
    numbers = range(first, last + step, step)[:_MOST_NUMBERS]
    return ", ".join(map(str, numbers)) + "."
