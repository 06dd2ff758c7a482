"""Tools as they are typed, to tools as the API takes them; pure."""

import json
import re
from typing import Any, NoReturn

from gi_cli.errors import UsageError
from gi_cli.wire import codec

NAME = re.compile(r"[A-Za-z][\w.-]*")
ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
FILE = re.compile(r"[\w./~-]*[A-Za-z/][\w./~-]*")  # as JSON it is no value
NEEDS_MORE = {  # a tool that its name alone does not describe, and its own flag
    "function": "--function JSON|@FILE",
    "mcp_server": "--mcp NAME=URL",
}
NO_SCHEMAS = frozenset({"default", "const", "enum", "examples", "example"})

Json = dict[str, Any]


def json_of(text: str, flag: str, *, hint: str = "") -> Any:
    """The JSON value of a flag; raises UsageError."""
    try:
        return parsed(text)
    except ValueError as error:
        hints = (hint,) if hint else ()
        raise UsageError(f"{flag}: it is not JSON: {error}", hints=hints) from error


def parsed(text: str) -> Any:
    """JSON that somebody wrote: nothing in it may turn into null. Raises ValueError."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    codec.require_shallow(text, value)
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise ValueError(f"{text} is too large")
    return value


def object_of(text: str, flag: str) -> Json:
    """The JSON object of a flag; raises UsageError."""
    found = json_of(text, flag, hint=_forgotten(text, flag))
    if not isinstance(found, dict):
        raise UsageError(f"{flag}: it is not a JSON object")
    return found


def _forgotten(text: str, flag: str) -> str:
    """The hint for what looks like the name of a file."""
    return f"{flag} @{text} reads a file" if FILE.fullmatch(text) else ""


def _objects(text: str, flag: str) -> list[Json]:
    """One JSON object, or a list of them."""
    found = json_of(text, flag, hint=_forgotten(text, flag))
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(each, dict) for each in listed):
        raise UsageError(f"{flag}: it is neither a JSON object nor a list of them")
    return listed


def tools(text: str) -> list[Json]:
    """The tools of one --tool: a name, an object, or a list of objects."""
    name = text.strip()
    if NAME.fullmatch(name):
        if name in NEEDS_MORE:
            hint = NEEDS_MORE[name]
            raise UsageError(f"--tool: {name} needs more than a name", hints=(hint,))
        return [{"type": name}]
    if not name.startswith(("{", "[")):
        raise UsageError("--tool: it is neither a name nor JSON")
    found = _objects(text, "--tool")
    for each in found:
        if not isinstance(each.get("type"), str):
            raise UsageError(
                "--tool: an object has no type",
                hints=("--function takes declarations of functions",),
            )
    return [_lean(each) for each in found]


def mcp(text: str) -> Json:
    """The tool of one --mcp."""
    name, _, url = text.partition("=")
    if not (name and ADDRESS.fullmatch(url)):
        raise UsageError(f"--mcp: {text!r} is not NAME=URL with an http address")
    return {"type": "mcp_server", "name": name, "url": url}


def functions(text: str) -> list[Json]:
    """The tools of one --function: declarations bare, as tools, or wrapped as other
    APIs have it (`{"type": "function", "function": {...}}`)."""
    return [function(each) for each in _objects(text, "--function")]


def function(found: Json) -> Json:
    """The tool of one declaration; raises UsageError."""
    wrapped = found.get("function")
    declared = found
    if isinstance(wrapped, dict) and "name" not in found:
        beside = {k: v for k, v in found.items() if k not in ("type", "function")}
        declared = {**wrapped, **beside}
    if declared.get("type", "function") != "function":
        raise UsageError(f"--function: {declared['type']!r} is another type of tool")
    name = declared.get("name")
    if not isinstance(name, str) or not name:
        raise UsageError("--function: a declaration has no name")
    return _lean({"type": "function", **declared})


def _lean(tool: Json) -> Json:
    if not isinstance(tool.get("parameters"), dict):
        return tool
    return {**tool, "parameters": lean_schema(tool["parameters"])}


def lean_schema(schema: Any) -> Any:
    """The schema without `required: []`, which the API refuses."""
    if isinstance(schema, list):
        return [lean_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value if name in NO_SCHEMAS else _named(name, value)
        for name, value in schema.items()
        if not (name == "required" and value == [])
    }


def _named(name: str, value: Any) -> Any:
    """Under `properties` and the like every name is the user's own."""
    if name in ("properties", "$defs", "definitions", "patternProperties"):
        inner = value.items() if isinstance(value, dict) else ()
        return {k: lean_schema(v) for k, v in inner} if inner else value
    return lean_schema(value)


def require_distinct(tools: list[Json]) -> None:
    """Refuse two functions of one name: a call could not tell them apart."""
    seen: set[str] = set()
    for tool in tools:
        if tool.get("type") == "function" and isinstance(name := tool.get("name"), str):
            if name in seen:
                raise UsageError(f"--function: {name!r} is declared twice")
            seen.add(name)
