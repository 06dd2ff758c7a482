"""How the parts of a body go together, pure.

`--body` is the base, flags are set in it, then fields. What was not typed, a variable
or the configuration, fills what is left, and yields where it does not fit.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gi_cli.errors import UsageError
from gi_cli.request import paths
from gi_cli.request.paths import Path, Place

DEEP_RESEARCH = "deep-research"
CONFIGS = ("generation_config", "agent_config")
UNFIT = ("system_instruction", "response_format")  # for Deep Research
OF_RESEARCH = ("thinking_summaries", "visualization")  # and of no other agent
NEED_STORE = ("background", "previous_interaction_id")
WHO = frozenset({"model", "agent"})


class Assignment(NamedTuple):
    """A value for a place in the body, and the flag that asks for it."""

    flag: str
    path: Path
    value: Any

    @property
    def top(self) -> str:
        """The field of the body that it is part of."""
        return str(self.path[0])


def merge(
    base: Mapping[str, Any], flags: Iterable[Assignment], fields: Iterable[Assignment]
) -> dict[str, Any]:
    """Set flags and then fields in a copy of the base.

    Raises UsageError where a field would change what a flag, or a field before it,
    has set; adding to it is fine.
    """
    body = copy.deepcopy(dict(base))
    held: list[tuple[str, Place, Any]] = []
    for each in flags:
        place = _assign(body, each)
        held.append((each.flag, place, copy.deepcopy(each.value)))
    for each in fields:
        place = _assign(body, each)
        for flag, where, value in held:
            if not paths.holds(paths.at(body, where), value):
                raise UsageError(f"{each.flag} and {flag} contradict each other")
        held.append((each.flag, place, copy.deepcopy(each.value)))
    return body


def _assign(body: dict[str, Any], each: Assignment) -> Place:
    try:
        return paths.assign(body, each.path, copy.deepcopy(each.value))
    except paths.PathError as error:
        raise UsageError(f"{each.flag}: {error}") from error


def over(before: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed over what the turn before left; settings one by one."""
    body = {**before, **typed}
    for name in CONFIGS:
        old, new = before.get(name), typed.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            body[name] = {**old, **new}
    return body


def fill(body: dict[str, Any], defaults: Sequence[Assignment]) -> None:
    """Set what is still unset, as far as it fits the rest; a list as a whole."""
    places = {each.path: paths.keys(each.path) for each in defaults}
    unset = {keys for keys in places.values() if not paths.is_set(body, keys)}
    for each in sorted(defaults, key=lambda each: each.top not in WHO):
        if places[each.path] in unset and _fits(body, each):
            _assign(body, each)


def _fits(body: Mapping[str, Any], each: Assignment) -> bool:
    if each.top in WHO:
        return not WHO & body.keys()
    if each.top == "store" and each.value is False:
        return not any(body.get(name) for name in NEED_STORE)
    if each.top in NEED_STORE and body.get("store") is False:
        return False
    if each.top == "agent_config":
        agent = str(body.get("agent") or "")
        own = each.path[-1] in OF_RESEARCH or each.value == DEEP_RESEARCH
        return agent.startswith(DEEP_RESEARCH) or (bool(agent) and not own)
    return misfit(body, each) is None


def misfit(body: Mapping[str, Any], each: Assignment) -> str | None:
    """The agent that a setting does not go with, if it does not."""
    agent = body.get("agent")
    if not agent:
        return None
    research = str(agent).startswith(DEEP_RESEARCH)
    unfit = research and (each.top in UNFIT or is_function(each.value))
    return str(agent) if unfit or each.top == "generation_config" else None


def is_function(tool: Any) -> bool:
    """Tell whether a tool is a function of the user's own."""
    return isinstance(tool, dict) and tool.get("type") == "function"
