"""The create body: only what was asked for, no nulls, no private fields."""

from collections.abc import Sequence
from typing import Any

from gi_cli.errors import UsageError
from gi_cli.options import Request

DEFAULT_MODEL = "gemini-3-flash-preview"
DEEP_RESEARCH = "deep-research"


def create(
    options: Request, texts: Sequence[str], system: str | None, *, stream: bool
) -> dict[str, Any]:
    """Build the body; `texts` is one user turn, `system` the instruction as read.

    Raises UsageError for flags that contradict each other, naming both.
    """
    body: dict[str, Any] = {**_who(options), "input": turn(texts)}
    if system is not None:
        if options.agent and options.agent.startswith(DEEP_RESEARCH):
            raise UsageError(f"--system does not go with --agent {options.agent}")
        body["system_instruction"] = system
    if options.thoughts:
        body |= _thoughts(options.agent)
    if stream:
        body["stream"] = True
    return body


def turn(texts: Sequence[str]) -> str | list[dict[str, Any]]:
    """One user turn: a lone text as the API's short form, several as contents."""
    if len(texts) == 1:
        return texts[0]
    return [{"type": "text", "text": text} for text in texts]


def _who(options: Request) -> dict[str, Any]:
    """The agent, or the model: one that was typed, the environment's, the default."""
    if not options.agent:
        return {"model": options.model or DEFAULT_MODEL}
    return {"agent": options.agent}


def _thoughts(agent: str | None) -> dict[str, Any]:
    if not agent:
        return {"generation_config": {"thinking_summaries": "auto"}}
    if agent.startswith(DEEP_RESEARCH):
        return {"agent_config": {"type": "deep-research", "thinking_summaries": "auto"}}
    raise UsageError(f"--thoughts does not go with --agent {agent}")


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
