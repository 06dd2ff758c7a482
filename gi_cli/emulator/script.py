"""What the fake model says: the same words for the same request, always."""

from __future__ import annotations

import re
from binascii import b2a_base64, crc32
from typing import Any

from gi_cli.emulator.prompt import Prompt

_COUNT = re.compile(r"\bcount from (-?[0-9]{1,15}) to (-?[0-9]{1,15})\b", re.IGNORECASE)
_MOST_NUMBERS = 10_000
_QUOTED = 200


def steps(body: dict[str, Any], prompt: Prompt) -> list[dict[str, Any]]:
    """Return the steps that are generated for a request."""
    thought: dict[str, Any] = {"type": "thought", "signature": _signature(prompt)}
    if _wants_summaries(body):
        thought["summary"] = [{"type": "text", "text": thinking(prompt)}]
    text = answer(prompt, body.get("system_instruction", ""))
    return [
        thought,
        {"type": "model_output", "content": [{"type": "text", "text": text}]},
    ]


def answer(prompt: Prompt, system_instruction: str = "") -> str:
    """Count if the prompt asks for it, otherwise tell what was asked."""
    if counting := _COUNT.search(prompt.text):
        return _count(int(counting[1]), int(counting[2]))
    lines = ["This is an emulated answer."]
    if prompt.text:
        lines = [f"This is an emulated answer to: {_shortened(prompt.text)}"]
    if prompt.given:
        lines.append(f"I was given: {', '.join(prompt.given)}")
    if prompt.earlier:
        turns = "1 earlier turn" if len(prompt.earlier) == 1 else "{} earlier turns"
        lines.append(
            f"I saw {turns.format(len(prompt.earlier))}, "
            f"the last one was: {_shortened(prompt.earlier[-1])}"
        )
    if system_instruction:
        lines.append(f"I was instructed: {_shortened(system_instruction)}")
    return "\n".join(lines)


def thinking(prompt: Prompt) -> str:
    """Return the summary of a thought, which is paid for even when it is not shown."""
    return (
        "**Reading the prompt**\n\n"
        f"It has {len(prompt.text)} characters. I answer by rule, without a model."
    )


def _wants_summaries(body: dict[str, Any]) -> bool:
    return any(
        body.get(config, {}).get("thinking_summaries") == "auto"
        for config in ("generation_config", "agent_config")
    )


def _signature(prompt: Prompt) -> str:
    checksum = crc32("\0".join(prompt.texts).encode())
    return b2a_base64(b"emulated thought %08x" % checksum, newline=False).decode()


def _count(first: int, last: int) -> str:
    step = 1 if first <= last else -1
    numbers = range(first, last + step, step)[:_MOST_NUMBERS]
    return ", ".join(map(str, numbers)) + "."


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
