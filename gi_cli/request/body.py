"""The create body: only what was asked for, no private fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gi_cli.errors import UsageError
from gi_cli.request import merge, paths, tools
from gi_cli.request.merge import DEEP_RESEARCH, Assignment

DEFAULT_MODEL = "gemini-3-flash-preview"
FIRST = ("model", "agent", "previous_interaction_id", "input")  # for the reader's eye
INPUTS = ("input", "continuation_token")  # either makes a prompt needless
JSON = "application/json"
SUMMARIES, AUTO = "thinking_summaries", "auto"

Content = dict[str, Any]


def typed(
    base: Mapping[str, Any],
    flags: Sequence[Assignment],
    fields: Iterable[Assignment],
) -> dict[str, Any]:
    """The fields that were typed: the base of --body with flags and fields set in it.

    Raises UsageError where two of them contradict each other.
    """
    body = merge.merge(base, flags, fields)
    if body.keys() >= merge.WHO:
        raise UsageError("--model and --agent contradict each other: give one")
    declared = body.get("tools")
    if isinstance(declared, list):
        tools.require_distinct([each for each in declared if isinstance(each, dict)])
    return body


def create(
    typed: Mapping[str, Any],
    turn: Any,
    *,
    flags: Sequence[Assignment] = (),
    defaults: Sequence[Assignment] = (),
    before: Mapping[str, Any] | None = None,
    stream: bool | None = True,
) -> dict[str, Any]:
    """Build the body from what an earlier turn left, what was typed, and the prompt.

    `turn` is the value of `input`; None takes what was typed as such. `stream` None
    leaves that to the body, False refuses a body that streams. Raises UsageError for
    what the API would refuse.
    """
    body = merge.over(before or {}, typed)
    merge.fill(body, defaults)
    if not merge.WHO & body.keys():
        body["model"] = DEFAULT_MODEL
    if turn is not None:
        body["input"] = turn
    if stream:
        body.setdefault("stream", True)
    elif stream is False and body.get("stream"):
        raise UsageError("--no-stream and stream contradict each other")
    _check(body, flags)
    first = {k: body[k] for k in FIRST if k in body}
    return {**first, **body}


def _check(body: Mapping[str, Any], flags: Sequence[Assignment]) -> None:
    """Refuse what the API would, before it is paid for."""
    research = str(body.get("agent") or "").startswith(DEEP_RESEARCH)
    for each in flags:
        if agent := merge.misfit(body, each):
            raise UsageError(f"{each.flag} does not go with --agent {agent}")
    for name, value in body.items():
        listed = value if isinstance(value, list) else [value]
        found = (merge.misfit(body, Assignment(name, (name,), v)) for v in listed)
        if research and (agent := next(filter(None, found), None)):
            raise UsageError(f"{name} does not go with --agent {agent}")
    if body.get("store") is False:
        typed = {each.top: each.flag for each in reversed(flags)}
        off = typed.get("store", "store=false")
        for name in merge.NEED_STORE:
            if body.get(name):
                other = typed.get(name, name)
                raise UsageError(f"{off} and {other} contradict each other")
    if not any(body.get(name) for name in INPUTS):
        raise UsageError("there is no prompt")


def turn(contents: Sequence[Content]) -> str | list[Content]:
    """One user turn: a lone text as the API's short form, several as contents."""
    if len(contents) == 1 and contents[0]["type"] == "text":
        return str(contents[0]["text"])
    return list(contents)


def steps(contents: Sequence[Content]) -> list[dict[str, Any]]:
    """One user turn as the step that a conversation kept by the client holds."""
    return [{"type": "user_input", "content": list(contents)}]


def add_thoughts(
    body: dict[str, Any],
    typed: Mapping[str, Any],
    base: Mapping[str, Any],
    *,
    insist: bool,
) -> None:
    """Ask for thought summaries, beside other settings.

    Raises UsageError for an agent that has none, or a field in `typed` that says
    otherwise (`base` is overridden), if the flag was typed.
    """
    agent = body.get("agent")
    if agent and not str(agent).startswith(DEEP_RESEARCH):
        if insist:
            raise UsageError(f"--thoughts does not go with --agent {agent}")
        return
    name = "agent_config" if agent else "generation_config"
    more = {"type": DEEP_RESEARCH} if agent else {}
    had = body.get(name)
    if not isinstance(had, dict | None):
        if insist:
            raise UsageError(f"--thoughts: {name} is not an object")
        return
    place = (name, SUMMARIES)
    said = paths.at(typed, place)
    if insist and said not in (None, AUTO, paths.at(base, place)):
        raise UsageError(f"--thoughts and {name}.{SUMMARIES} contradict")
    config = {**more, **(had or {})}
    body[name] = config
    config[SUMMARIES] = AUTO if insist else config.get(SUMMARIES, AUTO)


def expects_json(body: Mapping[str, Any]) -> bool:
    """Tell whether the answer has to be JSON (structured output)."""
    wanted = body.get("response_format")
    formats = wanted if isinstance(wanted, list) else [wanted]
    return any(
        isinstance(each, dict)
        and (each.get("type"), each.get("mime_type")) == ("text", JSON)
        for each in formats
    )


def asked(body: Mapping[str, Any]) -> list[str]:
    """The kinds of output that a request asks for; `text` is one of them."""
    formats = body.get("response_format")
    listed = formats if isinstance(formats, list) else [formats]
    kinds = [each.get("type") for each in listed if isinstance(each, dict)]
    modalities = body.get("response_modalities")
    kinds += modalities if isinstance(modalities, list) else []
    config = body.get("generation_config")
    if not kinds and isinstance(config, dict) and config.get("speech_config"):
        kinds = ["text", "audio"]  # as the model has it
    return [str(kind).lower() for kind in kinds]


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
