"""The function calls of the fake model: when it makes them, which, and with what.

It calls the first function that it may when the user has spoken, and answers in words
when it has results, also where `tool_choice` is `any`. A prompt can ask for more in
these words, in upper or lower case:

    a function's name     calls that one, and of several each (in its own case only)
    twice, two, both      two calls of one function in the same turn
    interleaved           the same, and the deltas of the two take turns
    in pieces             arguments come letter by letter, as ASCII with JSON's escapes
    after text            text before the calls
    status completed      the status says `completed`, whatever is unanswered
    3 rounds              calls again when it has results, until there were three rounds
    for ever, endless     calls again whenever it has results
    without calling       answers in words

What is in double quotes is not for these rules but for arguments. They are made from
the schema; a property of type string that nothing else determines is the next of the
texts in double quotes, or where there are none, of the names: capitalised words that
do not begin a sentence. It is "emulated" when there are no more. A second call goes on
where the first one ended, and begins anew if nothing was left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from gi_cli.emulator import blocks, functions
from gi_cli.emulator.checks import is_deeper
from gi_cli.emulator.refusal import invalid

if TYPE_CHECKING:
    from gi_cli.emulator.functions import Function
    from gi_cli.emulator.prompt import Prompt

_QUOTED = re.compile(r'"([^"\n]+)"')
_SENTENCE_ENDS = re.compile(r"(?<=[.!?:])\s+|\n")
_WORDS_IN_A_ROW = re.compile(r"\w[\w'-]*(?: \w[\w'-]*)*")
_DEEPEST = 64  # levels: what is deeper could not be sent back with a history
_WORDS = {
    "never": r"without calling",
    "twice": r"twice|two|both|interleaved",
    "interleaved": r"interleaved",
    "in_pieces": r"in pieces",
    "after_text": r"after text",
    "completed": r"status completed",
    "for_ever": r"for ever|forever|endless(?:ly)?",
}
_ROUNDS = re.compile(r"\b([0-9]{1,3}) rounds\b", re.IGNORECASE)


class Manner(NamedTuple):
    """What a prompt says about calls."""

    never: bool
    twice: bool
    interleaved: bool
    in_pieces: bool
    after_text: bool
    completed: bool
    for_ever: bool
    rounds: int

    def goes_on(self, rounds: int) -> bool:
        """Tell whether there are calls in spite of results, after so many rounds."""
        return rounds < (math.inf if self.for_ever else self.rounds)


def manner(prompt: Prompt) -> Manner:
    """Read what the prompt says about calls."""
    text = _unquoted(prompt)
    said = {
        name: bool(re.search(rf"\b(?:{words})\b", text, re.IGNORECASE))
        for name, words in _WORDS.items()
    }
    found = _ROUNDS.search(text)
    return Manner(**said, rounds=int(found[1]) if found else 0)


def steps(body: dict[str, Any], prompt: Prompt) -> list[blocks.Step]:
    """Return the calls, and the text before them; nothing if it answers in words."""
    asked = manner(prompt)
    if asked.never or (prompt.results and not asked.goes_on(prompt.rounds)):
        return []
    wanted = _wanted(functions.may_call(body), prompt, twice=asked.twice)
    calls = list(_calls(wanted, prompt))
    if calls and asked.after_text:
        return [blocks.output("This is an emulated text before a call."), *calls]
    return calls


def _wanted(may: list[Function], prompt: Prompt, *, twice: bool) -> list[Function]:
    text = _unquoted(prompt)
    at = {
        found.start(): function
        for function in may
        if (found := re.search(_alone(function["name"]), text))
    }
    named = [at[place] for place in sorted(at)] or may[:1]
    return named * 2 if twice and len(named) == 1 else named


def _unquoted(prompt: Prompt) -> str:
    return _QUOTED.sub('""', prompt.text)


def _alone(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


def _calls(wanted: list[Function], prompt: Prompt) -> Iterator[blocks.Step]:
    own = [function["name"] for function in wanted]
    names = (name for name in _names(prompt.text) if name not in own)
    words = left = _QUOTED.findall(prompt.text) or list(names)
    for number, function in enumerate(wanted, 1):
        arguments, left = _arguments(function, left or words)
        yield {
            "type": "function_call",
            "id": f"emulated_{prompt.checksum:08x}_{prompt.rounds + 1}_{number}",
            "name": function["name"],
            "arguments": arguments,
        }


def _arguments(
    function: Function, words: list[str]
) -> tuple[dict[str, Any], list[str]]:
    from gi_cli.emulator.structured.example import example
    from gi_cli.emulator.structured.keywords import SchemaError, too_complex
    from gi_cli.emulator.structured.wording import worded

    schema = functions.parameters(function)
    try:
        arguments, left = worded(example(schema), schema, words)
        if is_deeper(arguments, _DEEPEST):
            raise too_complex()
        orjson.dumps(arguments)  # has no integers of more than 64 bits
    except (SchemaError, TypeError) as error:
        raise invalid(
            f"Invalid value for 'parameters' of function '{function['name']}': {error}."
        ) from error
    return arguments, left


def _names(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_ENDS.split(text):
        _, _, behind_the_first = sentence.strip().partition(" ")
        for words in _WORDS_IN_A_ROW.findall(behind_the_first):
            for are_names, name in groupby(words.split(" "), _is_capitalised):
                if are_names:
                    yield " ".join(name)


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word[0].isupper()
