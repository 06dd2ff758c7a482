"""What a request asks: the texts and other things the user has put in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

CONTENT_TYPES = ("text", "image", "audio", "document", "video")


class Prompt(NamedTuple):
    """The user's last words, what came with them, and the words before."""

    text: str
    given: list[str]  # contents that are no text, and function results, by name
    earlier: list[str]  # oldest first

    @property
    def texts(self) -> list[str]:
        """Everything the user has said, this turn last."""
        return [*self.earlier, self.text]


def read(body: dict[str, Any], earlier: Sequence[str] = ()) -> Prompt:
    """Read the request; results without a user_input belong to the turn before."""
    turns, given = list(earlier), []
    for step in steps(body):
        if step["type"] == "user_input":
            contents = step.get("content", [])
            turns.append("\n".join(texts(contents)))
            given = [
                _name(content) for content in contents if content["type"] != "text"
            ]
        elif step["type"] == "function_result":
            given.append(f"function_result ({step.get('name', step['call_id'])})")
    *before, text = turns or [""]
    return Prompt(text, given, before)


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
