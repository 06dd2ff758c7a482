"""Function calls and their results, as values; pure (wire: function calling)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gi_cli.wire import codec
from gi_cli.wire.steps import arguments_of

CONTENTS = ("text", "image", "audio", "document", "video")
KINDS = (*CONTENTS, "function")  # of a result

Json = dict[str, Any]


class Call(NamedTuple):
    """A call that waits for its result; `text` is its arguments as the model wrote
    them."""

    id: str
    name: str
    arguments: Any
    text: str

    def record(self) -> Json:
        """The call as it stands in `gi.result`."""
        return {"id": self.id, "name": self.name, "arguments": self.arguments}


class Result(NamedTuple):
    """What is sent back for a call, and how it came about."""

    call: Call
    contents: list[Any]
    is_error: bool = False
    seconds: float = 0.0

    def step(self) -> Json:
        """The step of the follow-up request."""
        step = {
            "type": "function_result",
            "call_id": self.call.id,
            "name": self.call.name,
            "result": self.contents,
        }
        return {**step, "is_error": True} if self.is_error else step


def call_of(step: Mapping[str, Any], text: str | None = None) -> Call:
    """The call that a step holds."""
    arguments = step.get("arguments")
    if arguments is None and not text:  # null stands for none
        arguments = {}
    if isinstance(arguments, str):
        text, arguments = arguments, arguments_of(arguments)
    shown = text if text and text.strip() else codec.dumps(arguments).decode()
    return Call(_text(step.get("id")), _text(step.get("name")), arguments, shown)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def pending(steps: Iterable[Any]) -> list[Call]:
    """The calls among steps that no result answers."""
    found = [step for step in steps if isinstance(step, dict)]
    answered = {s.get("call_id") for s in found if s.get("type") == "function_result"}
    calls = [call_of(step) for step in found if step.get("type") == "function_call"]
    left = [call for call in calls if call.id not in answered]
    return [call for n, call in enumerate(left) if call not in left[:n]]


def text_result(call: Call, text: str, *, is_error: bool = False) -> Result:
    """A result of one text."""
    return Result(call, [{"type": "text", "text": text}], is_error)


def printed_result(call: Call, text: str) -> Result:
    """What a command printed: a JSON list of contents as such, anything else as a
    text."""
    if text.lstrip().startswith("["):
        try:
            found = codec.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list) and found and all(map(_is_content, found)):
            return Result(call, found)
    return text_result(call, text)


def _is_content(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in KINDS


def objection(call: Call, declared: Sequence[str]) -> str | None:
    """Why a call cannot be answered by anybody, as a sentence for the model.

    Without any declaration the functions are the service's own (a saved agent's,
    computer use), and only a person can tell.
    """
    if declared and call.name not in declared:
        known = ", ".join(declared)
        return f"There is no function {call.name!r}. Declared functions: {known}."
    if not isinstance(call.arguments, dict):
        return "The arguments are not a JSON object. Call again with an object."
    return None


def declared(body: Mapping[str, Any]) -> list[str]:
    """The names of the functions that a request declares."""
    tools = body.get("tools")
    return [
        str(tool.get("name"))
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict) and tool.get("type") == "function"
    ]


def follow_up(
    body: Mapping[str, Any], id: str, said: Sequence[Any], results: Sequence[Json]
) -> Json:
    """The body that answers: to a stored interaction by its id, else with all that was
    `said` in front. Tools and settings are sent again."""
    dropped = ("continuation_token", "input", "previous_interaction_id")
    more = {k: v for k, v in body.items() if k not in dropped}
    first: Json = {k: more.pop(k) for k in ("model", "agent") if k in more}
    if id and body.get("store") is not False:
        stored: Json = {"previous_interaction_id": id, "input": list(results)}
        return {**first, **stored, **more}
    return {**first, "input": [*said, *results], **more}


def as_steps(given: Any) -> list[Any]:
    """The input of a request as the steps that it is a short form of."""
    if isinstance(given, str):
        given = [{"type": "text", "text": given}]
    items = given if isinstance(given, list) else [given]
    first = items[0] if items else None
    if isinstance(first, dict) and first.get("type") in CONTENTS:
        return [{"type": "user_input", "content": items}]
    return items
