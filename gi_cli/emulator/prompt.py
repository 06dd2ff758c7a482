"""What a request asks: the texts and other things the user has put in."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator
from typing import Any, NamedTuple

CONTENT_TYPES = ("text", "image", "audio", "document", "video")


class History(NamedTuple):
    """The turns before, folded: a chain may be long, what is kept of it is not."""

    turns: int = 0
    last: str = ""  # the user's text in the last of them
    size: int = 0  # of all their texts, in bytes
    checksum: int = 0

    def plus(self, text: str) -> History:
        """Return the history with one turn more."""
        said = text.encode()
        checksum = crc32(said + b"\0", self.checksum)
        return History(self.turns + 1, text, self.size + len(said), checksum)


class Prompt(NamedTuple):
    """The user's last words, what came with them, and the words before."""

    text: str = ""
    given: tuple[str, ...] = ()  # no text: media, and function results by name
    earlier: History = History()

    @property
    def checksum(self) -> int:
        """A number for everything the user has said."""
        return crc32(self.text.encode(), self.earlier.checksum)


def read(body: dict[str, Any], before: Prompt | None = None) -> Prompt:
    """Read the request; results without a user_input belong to the turn before."""
    text, _, earlier = before or Prompt()
    spoken, given = before is not None, list[str]()
    for step in steps(body):
        if step["type"] == "user_input":
            earlier = earlier.plus(text) if spoken else earlier
            contents = step.get("content", [])
            text, spoken = "\n".join(texts(contents)), True
            given = [
                _name(content) for content in contents if content["type"] != "text"
            ]
        elif step["type"] == "function_result":
            given.append(f"function_result ({step.get('name', step['call_id'])})")
    return Prompt(text, tuple(given), earlier)


def steps(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the input as the steps it is kept as."""
    given = body.get("input", [])
    if isinstance(given, str):
        given = {"type": "text", "text": given}
    items: list[dict[str, Any]] = given if isinstance(given, list) else [given]
    if items and items[0]["type"] in CONTENT_TYPES:
        return [{"type": "user_input", "content": items}]
    return items


def contents(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the user has put in with this request."""
    for step in steps(body):
        if step["type"] == "user_input":
            yield from step.get("content", [])


def texts(contents: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the texts among the contents."""
    return (content["text"] for content in contents if content["type"] == "text")


def _name(content: dict[str, Any]) -> str:
    mime_type = content.get("mime_type")
    return f"{content['type']} ({mime_type})" if mime_type else content["type"]
