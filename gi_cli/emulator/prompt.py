"""What a request asks: the texts and other things the user has put in."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

Step = dict[str, Any]
Content = dict[str, Any]
CONTENT_TYPES = ("text", "image", "audio", "document", "video")


class History(NamedTuple):
    """The turns before, folded: a chain may be long, what is kept of it is not."""

    turns: int = 0
    last: str = ""  # the user's text in the last of them
    size: int = 0  # of all their texts, in bytes
    checksum: int = 0
    images: int = 0  # that the answers to them have shown

    def plus(self, text: str) -> History:
        """Return the history with one turn more."""
        said = text.encode()
        checksum = crc32(said + b"\0", self.checksum)
        size = self.size + len(said)
        return History(self.turns + 1, text, size, checksum, self.images)

    def showing(self, answer: list[Content]) -> History:
        """Return the history with the images of an answer."""
        shown = [content["type"] for content in answer]
        return self._replace(images=self.images + shown.count("image"))


class Result(NamedTuple):
    """What a function has returned."""

    name: str
    text: str
    is_error: bool


class Prompt(NamedTuple):
    """The user's last words, what came with them, and what came before and after."""

    text: str = ""
    given: tuple[str, ...] = ()  # media
    earlier: History = History()
    rounds: int = 0  # of function calls since these words
    results: tuple[Result, ...] = ()  # of the last round, if nothing was said since

    @property
    def checksum(self) -> int:
        """A number for everything the user has said."""
        return crc32(self.text.encode(), self.earlier.checksum)


def read(
    body: dict[str, Any], before: Prompt | None = None, said: Sequence[Step] = ()
) -> Prompt:
    """Read the request, which follows what was asked and said before, if anything.

    Results without a user_input belong to the turn before.
    """
    asked = (before or Prompt())._replace(results=())
    spoken, last = before is not None, ""
    for step in [*said, *steps(body)]:
        match step["type"]:
            case "user_input":
                earlier = asked.earlier.plus(asked.text) if spoken else asked.earlier
                asked, spoken = _words(step, earlier, asked.results), True
            case "function_result":
                asked = asked._replace(results=(*asked.results, _result(step)))
            case kind:
                rounds = asked.rounds + (kind == "function_call" != last)
                asked = asked._replace(results=(), rounds=rounds)
                if kind == "model_output":
                    earlier = asked.earlier.showing(step.get("content", []))
                    asked = asked._replace(earlier=earlier)
        last = step["type"]
    return asked


def steps(body: dict[str, Any]) -> list[Step]:
    """Return the input as the steps it is kept as."""
    given = body.get("input", [])
    if isinstance(given, str):
        given = {"type": "text", "text": given}
    items: list[Step] = given if isinstance(given, list) else [given]
    if items and items[0]["type"] in CONTENT_TYPES:
        return [{"type": "user_input", "content": items}]
    return items


def contents(body: dict[str, Any]) -> Iterator[Content]:
    """Yield what has been put in with this request: by the user, and by functions."""
    for step in steps(body):
        if step["type"] == "user_input":
            yield from step.get("content", [])
        if step["type"] == "function_result" and isinstance(step["result"], list):
            yield from (item for item in step["result"] if item["type"] != "function")


def texts(contents: list[Content]) -> Iterator[str]:
    """Yield the texts among the contents."""
    return (content["text"] for content in contents if content["type"] == "text")


def _words(step: Step, earlier: History, results: tuple[Result, ...]) -> Prompt:
    contents = step.get("content", [])
    media = (content for content in contents if content["type"] != "text")
    text, given = "\n".join(texts(contents)), tuple(map(_name, media))
    return Prompt(text, given, earlier, results=results)


def _result(step: Step) -> Result:
    text = step["result"]
    if isinstance(text, list):
        text = "\n".join(
            content["text"] if content["type"] == "text" else _name(content)
            for content in text
        )
    elif isinstance(text, dict):
        text = orjson.dumps(text).decode()
    return Result(step["name"], text, step.get("is_error", False))


def _name(content: Content) -> str:
    mime_type = content.get("mime_type")
    return f"{content['type']} ({mime_type})" if mime_type else content["type"]
