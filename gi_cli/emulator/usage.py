"""How many tokens an emulated interaction claims to have used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from gi_cli.emulator import prompt, script, words

_BYTES_PER_TOKEN = 4
_GROUNDING = ("google_search", "google_maps", "retrieval")
_TOKENS_PER_MEDIUM = 1120  # what an image costs at the default resolution
_TOKENS_PER_SPOKEN_WORD = 2


def usage(
    body: dict[str, Any], asked: prompt.Prompt, steps: list[dict[str, Any]]
) -> dict[str, Any]:
    """Count the tokens of a whole interaction: its history, its thought, its answer."""
    given = _input(body, asked)
    media = _media(asked, steps)
    output = sum(map(_tokens, _output(steps))) + media.total()
    thought = sum(map(_tokens, script.thoughts(body, asked)))
    counted = {
        "total_tokens": given.total() + output + thought,
        "total_input_tokens": given.total(),
        "input_tokens_by_modality": _by_modality(given),
        "total_cached_tokens": 0,
        "total_output_tokens": output,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": thought,
    }
    if media:
        counted["output_tokens_by_modality"] = _by_modality(media)
    calls = Counter(step["type"] for step in steps)
    if grounded := [
        {"type": kind, "count": calls[f"{kind}_call"]}
        for kind in _GROUNDING
        if calls[f"{kind}_call"]
    ]:
        counted["grounding_tool_count"] = grounded
    return counted


def _input(body: dict[str, Any], asked: prompt.Prompt) -> Counter[str]:
    results = [result.text for result in asked.results]
    texts = [body.get("system_instruction", ""), asked.text, *results]
    said = sum(map(_tokens, texts))
    tokens = Counter(text=said + -(-asked.earlier.size // _BYTES_PER_TOKEN))
    for content in prompt.contents(body):
        if content["type"] != "text":
            tokens[content["type"]] += _TOKENS_PER_MEDIUM
    return tokens


def _output(steps: list[dict[str, Any]]) -> Iterator[str]:
    for step in steps:
        yield from prompt.texts(step.get("content", []))
        if step["type"] == "function_call":
            yield step["name"] + orjson.dumps(step["arguments"]).decode()


def _media(asked: prompt.Prompt, steps: list[dict[str, Any]]) -> Counter[str]:
    """Count what is shown and said aloud; text is not listed with it."""
    each = {
        "image": _TOKENS_PER_MEDIUM,
        "video": _TOKENS_PER_MEDIUM,
        "audio": words.spoken(asked) * _TOKENS_PER_SPOKEN_WORD,
    }
    tokens: Counter[str] = Counter()
    for step in steps:
        for content in step.get("content", []):
            tokens[content["type"]] += each.get(content["type"], 0)
    return +tokens


def _by_modality(counted: Counter[str]) -> list[dict[str, Any]]:
    return [
        {"modality": modality, "tokens": tokens}
        for modality, tokens in counted.items()
        if tokens
    ]


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)
