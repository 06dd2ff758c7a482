"""One step as it grows: a start, deltas, and the object a whole answer would have.

Where each delta lands is section 5.3 of the wire reference, from the streaming page,
the SDK types and live captures.
"""

import base64
from contextlib import suppress
from typing import Any

import orjson

from gi_cli.wire import codec
from gi_cli.wire.medium import MEDIA, continues, decoded, is_chunk, trail

CONTENTS = ("text", *MEDIA)
TEXT = {"type", "annotations"}  # what a delta of text may have without any
UNKNOWN = "gi_deltas"  # where a step keeps deltas that gi does not know
ALIASES = {"text_annotation": "text_annotation_delta", "arguments": "arguments_delta"}
TELLING = (
    ("text", "text"),
    ("content", "thought_summary"),
    ("annotations", "text_annotation_delta"),
)


def kind_of(delta: dict[str, Any], step_type: str) -> str:
    """The delta's type; where it is missing (agents do that), what its keys say."""
    stated = delta.get("type")
    if isinstance(stated, str) and stated:
        return ALIASES.get(stated, stated)
    arguments = delta.get("arguments", delta.get("partial_arguments"))
    if isinstance(arguments, str):
        return "arguments_delta"
    if "data" in delta or "uri" in delta:
        return str(delta.get("mime_type") or "image").partition("/")[0]
    if step_type == "thought" and "signature" in delta:
        return "thought_signature"
    named = (kind for key, kind in TELLING if key in delta)
    return next(named, step_type)


def text_of(content: Any) -> str:
    """The text of a content; "" for any other thing."""
    if isinstance(content, dict):
        named = (content.get("type") or "text") == "text"
        content = content.get("text") if named else ""
    return content if isinstance(content, str) else ""


def holds_text(delta: dict[str, Any]) -> bool:
    """Tell whether a delta of text is one: other shapes are kept as they came."""
    return isinstance(delta.get("text"), str) or not delta.keys() - TEXT


def summary_of(delta: dict[str, Any]) -> Any:
    """The content of a thought_summary delta, which once stood flat in the delta."""
    return delta.get("content", {"type": "text", "text": delta.get("text")})


class Step:
    """`value` is the step in the API's shape once `settle` was called.

    Long runs of deltas are kept in pieces until then: adding strings to a growing one
    would cost the square of the answer's length.
    """

    def __init__(self, start: dict[str, Any]) -> None:
        self.value = dict(start)
        kind = self.value.setdefault("type", "model_output")
        self.type = kind if isinstance(kind, str) else ""
        self._text: list[str] = []
        self._arguments: list[str] = []
        self._bytes = bytearray()

    def add(self, kind: str, delta: dict[str, Any], *, whole: bool = False) -> None:
        """Fold one delta in; a `whole` one is a content of its own."""
        match kind:
            case _ if whole and kind in CONTENTS:
                self.settle()
                self._items("content").append(dict(delta))
            case "text" if holds_text(delta):
                self._add_text(text_of(delta))
                self._annotate(delta.get("annotations"))
            case "text_annotation_delta":
                self._annotate(delta.get("annotations"))
            case "thought_summary":
                self.settle()
                self._items("summary").append(summary_of(delta))
            case "thought_signature":
                self.value["signature"] = delta.get("signature")
            case "arguments_delta":
                self._add_arguments(delta)
            case _ if kind in MEDIA:
                self._add_medium(kind, delta)
            case _ if kind == self.type:
                self._set(delta)
            case _:
                self._items(UNKNOWN).append(delta)

    def settle(self) -> dict[str, Any]:
        """Join what is in pieces; the step can grow on."""
        if self._text:
            block = self._items("content")[-1]
            block["text"] = codec.join_surrogates(text_of(block) + "".join(self._text))
            self._text.clear()
        if self._bytes:
            block = self._items("content")[-1]
            block["data"] = base64.b64encode(self._bytes).decode()
            self._bytes.clear()
        if self._arguments:
            self.value["arguments"] = arguments_of("".join(self._arguments))
        return self.value

    def returned(self) -> dict[str, Any]:
        """The step as it is sent back; the text of arguments stays as it came."""
        step = returned(self.settle())
        if self._arguments and isinstance(step["arguments"], dict):
            text = " ".join("".join(self._arguments).split("\n"))
            with suppress(orjson.JSONDecodeError):
                orjson.loads(text)
                step["arguments"] = orjson.Fragment(text)
        return step

    @property
    def newest(self) -> dict[str, Any] | None:
        """The content that came last."""
        found = self.value.get("content")
        last = found[-1] if isinstance(found, list) and found else None
        return last if isinstance(last, dict) else None

    @property
    def arguments(self) -> str | None:
        """The arguments of a call as text, as they came; None if they came whole."""
        return "".join(self._arguments) or None

    def _items(self, name: str) -> list[Any]:
        items = self.value.get(name)
        if not isinstance(items, list):
            items = self.value[name] = [] if items is None else [items]
        return items

    def _add_text(self, text: str) -> None:
        content = self._items("content")
        last = content[-1] if content else None
        if not isinstance(last, dict) or last.get("type", "text") != "text":
            self.settle()
            content.append({"type": "text", "text": ""})
        self._text.append(text)

    def _annotate(self, annotations: Any) -> None:
        if not isinstance(annotations, list) or not annotations:
            return
        content = self._items("content")
        texts = [c for c in content if isinstance(c, dict) and "text" in c]
        if not texts:
            content.append({"type": "text", "text": ""})
            texts = content[-1:]
        known = texts[-1].get("annotations")
        if not isinstance(known, list):
            known = texts[-1]["annotations"] = []
        known.extend(each for each in annotations if each not in known)

    def _add_arguments(self, delta: dict[str, Any]) -> None:
        piece = delta.get("arguments", delta.get("partial_arguments"))
        if isinstance(piece, str):
            self._arguments.append(piece)
        elif piece is not None:  # a third party saw objects here: they replace
            self._arguments.clear()
            self.value["arguments"] = piece

    def _add_medium(self, kind: str, delta: dict[str, Any]) -> None:
        content = self._items("content")
        last = content[-1] if content else None
        before = last if isinstance(last, dict) and last.get("type") == kind else {}
        if is_chunk(before) and "data" not in delta:
            before |= delta
            return
        if continues(kind, trail(kind, before), delta) and self._opens(before):
            self._bytes += decoded(delta["data"])
            return
        self.settle()
        content.append({"type": kind, **delta})

    def _opens(self, before: dict[str, Any]) -> bool:
        """Hold the bytes of a medium that goes on; False if its data is broken."""
        try:
            self._bytes += b"" if self._bytes else decoded(before["data"])
        except ValueError:
            return False
        return True

    def _set(self, delta: dict[str, Any]) -> None:
        """Set a tool step's fields; a list of results or a text of output grows."""
        for name, new in delta.items():
            old = self.value.get(name)
            if name == "result" and old and type(old) is type(new) in (list, str):
                self.value[name] = old + new
            elif not (name == "signature" and not new and old):
                self.value[name] = new


def returned(step: dict[str, Any]) -> dict[str, Any]:
    """A step as it is sent back in a conversation that the client keeps.

    Exactly as received; only the empty signature of a start is no signature.
    """
    empty = step.get("signature") == "" and step.get("type") != "thought"
    dropped = (UNKNOWN, *(("signature",) if empty else ()))
    return {k: v for k, v in step.items() if k not in dropped}


def arguments_of(text: str) -> Any:
    """The arguments of a call; text that is no JSON stays text."""
    if not text.strip():
        return {}
    try:
        return codec.loads(text)
    except ValueError:
        return text
