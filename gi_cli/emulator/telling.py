"""Steps as the events that tell them: a start, deltas and a stop for each."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from gi_cli.emulator.calling import Manner
    from gi_cli.emulator.prompt import Content, Prompt, Step

Told = tuple[str, dict[str, Any]]  # the type of an event, and what it says
_A_FEW_WORDS = re.compile(r"(?:\s*\S+){1,6}\s*|\s+")
_CHUNK = 8000  # bytes of sound: whole samples, and not a multiple of three
_IN_THE_START_ONLY = ("id", "call_id", "search_type")
_NAMES = ("type", "name", "server_name", *_IN_THE_START_ONLY)
_TOLD_LATE = ("arguments", "result", "signature")


def events(steps: list[Step], prompt: Prompt) -> Iterator[Told]:
    """Tell steps; calls are the last ones, and the prompt says how to tell them."""
    said = [step for step in steps if step["type"] != "function_call"]
    for index, step in enumerate(said):
        yield from _one(index, step, _DELTAS.get(step["type"], _whole)(step))
    if calls := steps[len(said) :]:
        from gi_cli.emulator import calling

        yield from _calls(len(said), calls, calling.manner(prompt))


def _calls(first: int, calls: list[Step], manner: Manner) -> Iterator[Told]:
    told = [
        list(_one(index, call, _arguments(call, in_pieces=manner.in_pieces)))
        for index, call in enumerate(calls, first)
    ]
    if manner.interleaved:
        told = _interleaved(told)
    for one in told:
        yield from one


def _interleaved(told: list[list[Told]]) -> list[list[Told]]:
    """Start all, let their deltas take turns, and stop all."""
    turns = zip_longest(*(one[1:-1] for one in told))
    return [
        [one[0] for one in told],
        *([delta for delta in turn if delta] for turn in turns),
        [one[-1] for one in told],
    ]


def _one(index: int, step: Step, deltas: Iterator[dict[str, Any]]) -> Iterator[Told]:
    yield "step.start", {"index": index, "step": _start(step)}
    for delta in deltas:
        yield "step.delta", {"index": index, "delta": delta}
    yield "step.stop", {"index": index}


def _start(step: Step) -> dict[str, Any]:
    if step["type"] in {"thought", "model_output"}:
        return {"type": step["type"]}
    # What comes in deltas is there from the start, but empty.
    empty = {key: type(step[key])() for key in _TOLD_LATE if key in step}
    return {key: step[key] for key in step if key in _NAMES} | empty


def _thought(step: Step) -> Iterator[dict[str, Any]]:
    for content in step.get("summary", []):
        yield {"content": content, "type": "thought_summary"}
    yield {"signature": step["signature"], "type": "thought_signature"}


def _output(step: Step) -> Iterator[dict[str, Any]]:
    for content in step["content"]:
        if content["type"] == "text":
            yield from _text(content)
        elif content["type"] == "audio" and "data" in content:
            yield from _audio(content)
        else:
            yield content


def _text(content: Content) -> Iterator[dict[str, Any]]:
    for words in _A_FEW_WORDS.finditer(content["text"]):
        yield {"text": words[0], "type": "text"}
    if found := content.get("annotations"):
        yield {"annotations": found, "type": "text_annotation_delta"}


def _audio(content: Content) -> Iterator[dict[str, Any]]:
    """Yield sound in chunks: the base64 of each stands alone, with its own padding."""
    data = a2b_base64(content["data"])
    for at in range(0, len(data), _CHUNK):
        chunk = b2a_base64(data[at : at + _CHUNK], newline=False).decode()
        yield content | {"data": chunk}


def _whole(step: Step) -> Iterator[dict[str, Any]]:
    told = {key: step[key] for key in step if key not in _IN_THE_START_ONLY}
    # The step of a file search has no result, its delta has one.
    if step["type"] == "file_search_result":
        told["result"] = []
    yield told


def _arguments(step: Step, *, in_pieces: bool) -> Iterator[dict[str, Any]]:
    """Yield the JSON of arguments in two halves, or letter by letter."""
    text = orjson.dumps(step["arguments"]).decode()
    size = -(-len(text) // 2)
    if in_pieces:
        import json  # escapes what is not ASCII, and that comes in pieces, too

        text, size = json.dumps(step["arguments"]), 1
    for at in range(0, len(text), size):
        yield {"arguments": text[at : at + size], "type": "arguments_delta"}


_DELTAS: dict[str, Callable[[Step], Iterator[dict[str, Any]]]] = {
    "thought": _thought,
    "model_output": _output,
}
