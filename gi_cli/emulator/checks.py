"""What a create request must look like; everything else is refused with a 400."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gi_cli.emulator import formats, functions
from gi_cli.emulator.prompt import CONTENT_TYPES
from gi_cli.emulator.refusal import invalid

_CALLS = (
    "google_search_call",
    "code_execution_call",
    "url_context_call",
    "mcp_server_tool_call",
    "file_search_call",
    "google_maps_call",
    "retrieval_call",
    "processing_call",
    "tool_search_call",
)
_RESULTS = tuple(call.removesuffix("call") + "result" for call in _CALLS)

# A step type and the fields it cannot do without.
_STEPS: dict[str, tuple[str, ...]] = {
    "user_input": (),
    "model_output": (),
    "thought": (),
    "function_call": ("id", "name", "arguments"),
    "function_result": ("call_id", "result"),
    **dict.fromkeys(_CALLS, ("id",)),
    **dict.fromkeys(_RESULTS, ("call_id",)),
}

_STEP_FIELDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "call_id", "name"), (str,)),
    "arguments": (dict,),
    "is_error": (bool,),
}
_FIELDS: dict[str, tuple[type, ...]] = {
    "model": (str,),
    "agent": (str,),
    "input": (str, dict, list),
    "system_instruction": (str,),
    "tools": (list,),
    "generation_config": (dict,),
    "agent_config": (dict,),
    "response_format": (dict, list),
    "stream": (bool,),
    "store": (bool,),
    "background": (bool,),
    "previous_interaction_id": (str,),
    "environment": (str, dict),
    "webhook_config": (dict,),
    "service_tier": (str,),
    "safety_settings": (list,),
    "labels": (dict,),
    "continuation_token": (str,),
    "cached_content": (str,),
    "response_mime_type": (str,),
    "response_modalities": (list,),
}
_TYPE_NAMES = {str: "a string", bool: "a boolean", dict: "an object", list: "an array"}
_DEEPEST = 100  # levels: as deep as Google reads JSON, and orjson writes twice of it
_SERVICE_TIERS = ("standard", "flex", "priority", "deferred")


def check(body: dict[str, Any]) -> None:
    """Refuse the request if the API would before it generates anything."""
    if is_deeper(body, _DEEPEST):
        raise invalid("The request body is nested too deeply.")
    _check_fields(body)
    _check_tools(body)
    formats.check(body)
    _check_model(body)
    _check_storage(body)
    _check_input(body)


def _check_fields(body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name not in _FIELDS:
            raise invalid(f"Unknown parameter '{name}'.")
        if not isinstance(value, _FIELDS[name]):
            wanted = _wanted(_FIELDS[name])
            raise invalid(f"Invalid value for parameter '{name}': must be {wanted}.")
    if body.get("service_tier", "standard") not in _SERVICE_TIERS:
        raise invalid(
            f"Invalid value for parameter 'service_tier': "
            f"must be one of {', '.join(_SERVICE_TIERS)}."
        )


def _check_tools(body: dict[str, Any]) -> None:
    for at, tool in enumerate(body.get("tools", [])):
        _type(tool, f"tools[{at}]")
    functions.check(body)


def _check_model(body: dict[str, Any]) -> None:
    model, agent = body.get("model"), body.get("agent")
    if not model and not agent:
        raise invalid("One of 'model' and 'agent' is required.")
    if model and agent:
        raise invalid("Only one of 'model' and 'agent' may be set.")
    if agent and "generation_config" in body:
        raise invalid("'generation_config' cannot be used with 'agent'.")
    if model and "agent_config" in body:
        raise invalid("'agent_config' cannot be used with 'model'.")
    if agent and agent.startswith("deep-research") and not body.get("background"):
        raise invalid(f"Agent '{agent}' requires background=true.")


def _check_storage(body: dict[str, Any]) -> None:
    if body.get("store", True):
        return
    for name in ("background", "previous_interaction_id"):
        if body.get(name):
            raise invalid(f"'{name}' cannot be used with store=false.")


def _check_input(body: dict[str, Any]) -> None:
    given = body.get("input")
    continued = body.get("continuation_token") and body.get("previous_interaction_id")
    if not given and not ("input" not in body and continued):
        raise invalid("'input' is required.")
    if isinstance(given, dict):
        _check_content(given, "input")
    elif isinstance(given, list):
        _check_list(given)


def _check_list(items: list[Any]) -> None:
    steps = [_type(item, f"input[{at}]") in _STEPS for at, item in enumerate(items)]
    if any(steps) and not all(steps):
        raise invalid("'input' must not mix contents and steps.")
    for at, item in enumerate(items):
        (_check_step if all(steps) else _check_content)(item, f"input[{at}]")


def _check_step(step: dict[str, Any], where: str) -> None:
    for name in _STEPS[step["type"]]:
        if name not in step:
            raise invalid(f"'{where}.{name}' is required.")
    for name, types in _STEP_FIELDS.items():
        if name in step and not isinstance(step[name], types):
            raise invalid(f"'{where}.{name}' must be {_wanted(types)}.")
    if step["type"] == "thought" and not step.get("signature"):
        raise invalid("Request contains an invalid argument.")  # the API says no more
    if step["type"] in {"user_input", "model_output"}:
        _check_contents(step.get("content", []), f"{where}.content")
    if step["type"] == "function_result":
        _check_result(step["result"], f"{where}.result")


def _check_result(result: object, where: str) -> None:
    if isinstance(result, list):
        for at, content in enumerate(result):
            if _type(content, f"{where}[{at}]") != "function":
                _check_content(content, f"{where}[{at}]")
    elif not isinstance(result, str | dict):
        raise invalid(f"'{where}' must be {_wanted((str, dict, list))}.")


def _check_contents(contents: object, where: str) -> None:
    if not isinstance(contents, list):
        raise invalid(f"'{where}' must be an array.")
    for at, content in enumerate(contents):
        _check_content(content, f"{where}[{at}]")


def _check_content(content: object, where: str) -> None:
    kind = _type(content, where)
    if kind not in CONTENT_TYPES or not isinstance(content, dict):
        raise invalid(f"Invalid value for '{where}.type': '{kind}'.")
    if kind == "text" and not isinstance(content.get("text"), str):
        raise invalid(f"'{where}.text' must be a string.")
    if kind != "text" and not ("data" in content or "uri" in content):
        raise invalid(f"'{where}' needs 'data' or 'uri'.")
    for name in ("data", "uri", "mime_type"):
        if not isinstance(content.get(name, ""), str):
            raise invalid(f"'{where}.{name}' must be a string.")


def _wanted(types: tuple[type, ...]) -> str:
    return " or ".join(_TYPE_NAMES[kind] for kind in types)


def _type(item: object, where: str) -> str:
    if not isinstance(item, dict):
        raise invalid(f"'{where}' must be an object.")
    kind = item.get("type")
    if not isinstance(kind, str):
        raise invalid(f"'{where}.type' is required.")
    return kind


def is_deeper(value: object, levels: int) -> bool:
    """Tell whether objects and arrays are within each other more than so often."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    else:
        return False
    return levels == 0 or any(is_deeper(item, levels - 1) for item in inner)
