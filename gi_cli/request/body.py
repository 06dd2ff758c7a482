"""The create body: only what was asked for, no nulls, no private fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from gi_cli.errors import UsageError
from gi_cli.options.groups import Request

DEFAULT_MODEL = "gemini-3-flash-preview"
DEEP_RESEARCH = "deep-research"
FIRST = ("model", "agent", "previous_interaction_id", "input")  # for the reader's eye
FLAGS = {
    "model": "model",
    "agent": "agent",
    "system_instruction": "system",
    "store": "store",
}


def typed(
    options: Request, system: str | None, base: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields that were typed: the base of --body, and flags merged onto it.

    Raises UsageError where the two, or two flags, contradict each other.
    """
    fields = _who(options)
    if system is not None:
        fields["system_instruction"] = system
    if options.store is not None:
        fields["store"] = options.store
    for name, value in fields.items():
        if name in base and base[name] != value:
            raise UsageError(f"--body and --{FLAGS[name]} contradict each other")
    if {"model", "agent"} <= {*fields, *base}:
        raise UsageError("--model and --agent contradict each other: give one")
    return {**base, **fields}


def create(
    options: Request,
    typed: Mapping[str, Any],
    turn: Any,
    *,
    before: Mapping[str, Any] | None = None,
    stream: bool = True,
) -> dict[str, Any]:
    """Build the body from what an earlier turn left, what was typed, and the prompt.

    `turn` is the value of `input`; None takes what was typed as such. Raises
    UsageError for what the API would refuse.
    """
    body = {**(before or {}), **typed}
    if not (body.get("model") or body.get("agent")):
        body = {"model": options.model or DEFAULT_MODEL, **body}
    if turn is not None:
        body["input"] = turn
    if options.thoughts:
        _add_thoughts(body)
    if stream:
        body["stream"] = True
    _check(body)
    first = {k: body[k] for k in FIRST if k in body}
    return {**first, **body}


def _who(options: Request) -> dict[str, Any]:
    """The model or agent that was typed; a variable or a default is not typed."""
    named = {name: getattr(options, name) for name in ("model", "agent")}
    return {k: v for k, v in named.items() if v and k in options.given}


def _check(body: Mapping[str, Any]) -> None:
    """Refuse what the API would, before it is paid for."""
    agent = body.get("agent")
    if str(agent or "").startswith(DEEP_RESEARCH) and "system_instruction" in body:
        raise UsageError(f"--system does not go with --agent {agent}")
    if body.get("store") is False:
        for name in ("background", "previous_interaction_id"):
            if body.get(name):
                raise UsageError(f"--no-store and {name} contradict each other")
    if "input" not in body and not body.get("continuation_token"):
        raise UsageError("there is no prompt")


def turn(texts: Sequence[str]) -> str | list[dict[str, Any]]:
    """One user turn: a lone text as the API's short form, several as contents."""
    if len(texts) == 1:
        return texts[0]
    return [{"type": "text", "text": text} for text in texts]


def steps(texts: Sequence[str]) -> list[dict[str, Any]]:
    """One user turn as the step that a conversation kept by the client holds."""
    contents = [{"type": "text", "text": text} for text in texts]
    return [{"type": "user_input", "content": contents}]


def _add_thoughts(body: dict[str, Any]) -> None:
    """Ask for thought summaries, beside other settings."""
    agent = body.get("agent")
    if not agent:
        name, more = "generation_config", {}
    elif str(agent).startswith(DEEP_RESEARCH):
        name, more = "agent_config", {"type": "deep-research"}
    else:
        raise UsageError(f"--thoughts does not go with --agent {agent}")
    body[name] = {**more, **body.get(name, {}), "thinking_summaries": "auto"}


def next_hop(body: dict[str, Any], interaction_id: str, token: str) -> dict[str, Any]:
    """The body that continues a response cut at the decode limit.

    Stored interactions are named and need no input, others get the same input again
    (wire: continuation of long decodes).
    """
    hop = {**body, "continuation_token": token}
    if interaction_id and body.get("store") is not False:
        hop.pop("input", None)
        hop["previous_interaction_id"] = interaction_id
    return hop
