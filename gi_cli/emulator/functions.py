"""The functions that a request declares, and those of them that may be called."""

from __future__ import annotations

from typing import Any, NamedTuple

from gi_cli.emulator.refusal import invalid

Function = dict[str, Any]
_ACTIONS = ("open_web_browser", "wait_5_seconds", "go_back")
_CHOICE = "generation_config.tool_choice"


class Choice(NamedTuple):
    """What `tool_choice` says."""

    mode: str = "auto"
    names: tuple[str, ...] | None = None  # None: all of them


def check(body: dict[str, Any]) -> None:
    """Refuse functions that are declared badly, or where nobody would call them."""
    tools = body.get("tools", [])
    for at, tool in enumerate(tools):
        if tool["type"] == "function":
            _check_function(tool, f"tools[{at}]")
            if (body.get("agent") or "").startswith("deep-research"):
                raise invalid(f"Agent '{body['agent']}' cannot call functions.")
    declared = {tool.get("name") for tool in tools}
    for name in _choice(body).names or ():
        if name not in declared:
            raise invalid(f"Invalid value for '{_CHOICE}': no tool is named '{name}'.")


def may_call(body: dict[str, Any]) -> list[Function]:
    """Return the functions that may be called, in the order of the request."""
    mode, names = _choice(body)
    if mode == "none":
        return []
    tools = [_action(tool) or tool for tool in body.get("tools", [])]
    return [
        tool
        for tool in tools
        if tool["type"] == "function" and (names is None or tool["name"] in names)
    ]


def parameters(function: Function) -> dict[str, Any]:
    """Return the schema of its arguments."""
    return {"type": "object", **function.get("parameters", {})}


def _action(tool: Function) -> Function | None:
    """Return what a computer is used for first, which comes as a call."""
    if tool["type"] != "computer_use":
        return None
    excluded = tool.get("excluded_predefined_functions", [])
    left = (name for name in _ACTIONS if name not in excluded)
    name = next(left, None)
    return {"type": "function", "name": name} if name else None


def _check_function(tool: Function, where: str) -> None:
    from gi_cli.emulator.structured.keywords import Root, SchemaError

    if not tool["name"]:
        raise invalid(f"'{where}.name' is required.")
    if parameters(tool)["type"] != "object":
        raise invalid(f"'{where}.parameters.type' must be 'object'.")
    try:
        Root(parameters(tool))
    except SchemaError as error:
        raise invalid(f"Invalid value for '{where}.parameters': {error}.") from error


def _choice(body: dict[str, Any]) -> Choice:
    choice = body.get("generation_config", {}).get("tool_choice", "auto")
    if isinstance(choice, str):
        return Choice(choice)
    allowed = choice.get("allowed_tools", {})
    names = allowed.get("tools", [])
    return Choice(allowed.get("mode", "auto"), tuple(names))
