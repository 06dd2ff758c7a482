"""The steps that an answer is made of."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt

Step = dict[str, Any]
Content = dict[str, Any]
_CONFIGS = ("generation_config", "agent_config")
_SIGNED = re.compile(rb"emulated [a-z_ ]+ [0-9a-f]{8}")
_OURS = b2a_base64(b"emulated ", newline=False).decode()


def thought(body: dict[str, Any], prompt: Prompt, summary: str) -> Step:
    """Return a thought, with its summary if the request asks for summaries."""
    step = {"type": "thought", "signature": signature("thought", prompt)}
    if any(body.get(name, {}).get("thinking_summaries") == "auto" for name in _CONFIGS):
        return step | {"summary": [{"type": "text", "text": summary}]}
    return step


def search(prompt: Prompt, number: int, query: str) -> list[Step]:
    """Return a search by the service and what it found."""
    call_id = f"search_{prompt.checksum:08x}_{number}"
    found = f"<div>Emulated search suggestions {number}</div>"
    return [
        {
            "type": "google_search_call",
            "id": call_id,
            "arguments": {"queries": [query]},
            "signature": signature("search", prompt),
        },
        {
            "type": "google_search_result",
            "call_id": call_id,
            "result": [{"search_suggestions": found}],
            "signature": signature("result", prompt),
        },
    ]


def output(text: str) -> Step:
    """Return a text that cites nothing."""
    return {"type": "model_output", "content": [{"type": "text", "text": text}]}


def citing(*parts: tuple[str, int]) -> Content:
    """Return a text, made of parts; a part with a number other than 0 cites a source.

    The offsets of citations count bytes of UTF-8, as the API's do.
    """
    annotations, at = [], 0
    for part, source in parts:
        end = at + len(part.encode())
        if source:
            annotations.append(citation(source) | _place(at, end))
        at = end
    text = "".join(part for part, _ in parts)
    return {"type": "text", "text": text, "annotations": annotations}


def resting_on(text: str, found: list[dict[str, Any]]) -> Step:
    """Return a text the first line of which cites all that was found, if anything."""
    if not found:
        return output(text)
    end = len(text.partition("\n")[0].encode())
    annotations = [annotation | _place(0, end) for annotation in found]
    content = {"type": "text", "text": text, "annotations": annotations}
    return {"type": "model_output", "content": [content]}


def signature(of: str, prompt: Prompt) -> str:
    """Return a signature that looks like one, and is the same for the same prompt."""
    signed = b"emulated %b %08x" % (of.encode(), prompt.checksum)
    return b2a_base64(signed, newline=False).decode()


def is_sound(signature: str) -> bool:
    """Tell whether a signature is as it was made; one of another model always is."""
    if not signature.startswith(_OURS):
        return True
    try:
        return bool(_SIGNED.fullmatch(a2b_base64(signature, strict_mode=True)))
    except ValueError:
        return False


def citation(source: int) -> dict[str, Any]:
    """Return what cites a source, without the place in the text that does."""
    return {
        "type": "url_citation",
        "url": f"https://example.com/source-{source}",
        "title": f"Emulated source {source}",
    }


def _place(start: int, end: int) -> dict[str, int]:
    return {"start_index": start, "end_index": end}
