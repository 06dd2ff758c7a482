"""From the flags of a request to assignments in its body; @FILE and @- are read."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gi_cli.errors import UsageError
from gi_cli.inputs import Stdin, text_or_file
from gi_cli.options.image import Image
from gi_cli.options.request import Asked, Fields
from gi_cli.options.research import Research
from gi_cli.request import paths, tools
from gi_cli.request.merge import DEEP_RESEARCH, Assignment

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WORDS = {"true": True, "false": False, "null": None}
JSON_STARTS = ("{", "[")
FORMAT = ("response_format",)
IN_BACKGROUND = ("background", "store")
AGENTS = {  # short names of Deep Research; "" is the default
    "": "deep-research-preview-04-2026",
    "max": "deep-research-max-preview-04-2026",
}
IMAGE_MODEL = "gemini-3.1-flash-image"
PICTURE = {"aspect_ratio": "--aspect-ratio", "size": "--size", "text": "--text"}
FIELDS = {"field": "-F", "raw_field": "-f"}


class Flags(NamedTuple):
    """What flags ask for: typed on the command line, or only set elsewhere."""

    typed: list[Assignment]
    defaults: list[Assignment]


def of_flags(options: Asked, stdin: Stdin) -> Flags:
    """Read every flag that has a value; raises UsageError."""
    typed: list[Assignment] = []
    defaults: list[Assignment] = []
    for name, (flag, read) in READERS.items():
        value = getattr(options, name, None)
        if value is None:
            continue
        found = typed if name in options.given else defaults
        for path, each in read(value, flag, stdin):
            shown = "--no-store" if flag == "--store" and value is False else flag
            found.append(Assignment(shown, path, each))
    for name, flag in FIELDS.items():
        if name not in options.given:
            defaults += _fields(getattr(options, name), flag, stdin)
    if isinstance(options, Image):
        picture = _picture(options)
        if PICTURE.keys() & options.given:
            typed.append(picture)
        else:
            defaults += _apart(picture)
        defaults.append(Assignment("--model", ("model",), IMAGE_MODEL))
    if isinstance(options, Research):
        typed += [Assignment("gi research", (name,), True) for name in IN_BACKGROUND]
        typed, defaults = _full(typed), _full(defaults)
        defaults += _research(options)
    formats = [each.flag for each in typed if each.path == FORMAT]
    if len(formats) > 1:
        both = f"{formats[0]} and {formats[1]}"
        raise UsageError(f"{both} contradict each other: give one")
    return Flags(typed, defaults)


def _full(assignments: list[Assignment]) -> list[Assignment]:
    """Put the short name of an agent in its full form."""
    return [
        each._replace(value=AGENTS.get(each.value, each.value))
        if each.path == ("agent",)
        else each
        for each in assignments
    ]


def _research(options: Research) -> Iterator[Assignment]:
    """What `gi research` asks for besides what was typed. Charts are asked for only
    where they have a place."""
    yield Assignment("--agent", ("agent",), AGENTS[""])
    place = options.media_dir or options.out not in (None, "-")
    config = {
        "type": DEEP_RESEARCH,
        "thinking_summaries": "auto",
        "visualization": "auto" if place else "off",
    }
    for name, value in config.items():
        yield Assignment("gi research", ("agent_config", name), value)


def _picture(options: Image) -> Assignment:
    """The format of `gi image`: a picture, or a text with pictures in it."""
    given = [flag for name, flag in PICTURE.items() if name in options.given]
    picture = {"type": "image"}
    if options.aspect_ratio:
        picture["aspect_ratio"] = options.aspect_ratio
    if options.size:
        picture["image_size"] = options.size.upper()  # the API has no 2k
    value = [{"type": "text"}, picture] if options.text else picture
    return Assignment(given[0] if given else "gi image", FORMAT, value)


def of_fields(options: Fields, stdin: Stdin) -> list[Assignment]:
    """The fields of -F, then of -f, in order; raises UsageError.

    Those of a configuration are defaults where there are any, see `of_flags`.
    """
    found: list[Assignment] = []
    for name, flag in FIELDS.items():
        if name in options.given or not isinstance(options, Asked):
            found += _fields(getattr(options, name), flag, stdin)
    return found


def _fields(texts: list[str] | None, flag: str, stdin: Stdin) -> Iterator[Assignment]:
    for text in texts or ():
        try:
            path, value = paths.split(text)
        except paths.PathError as error:
            shown = text.partition("=")[0] or "="
            raise UsageError(f"{flag} {shown}: {error}") from error
        name = f"{flag} {text.removesuffix(value).removesuffix('=')}"
        made = field_value(value, name, stdin) if flag == "-F" else value
        yield Assignment(name, path, made)


def field_value(value: str, flag: str, stdin: Stdin) -> Any:
    """A value of -F by its looks. A file with an object or a list is JSON, any other
    is text."""
    if value.startswith("@"):
        return _json_or_text(text_or_file(value, flag, stdin))
    if value in WORDS:
        return WORDS[value]
    if NUMBER.fullmatch(value) or value.startswith(JSON_STARTS):
        return tools.json_of(value, flag, hint="-f takes it as text")
    return value


def _json_or_text(text: str) -> Any:
    if text.lstrip().startswith(JSON_STARTS):
        try:
            return tools.parsed(text)
        except ValueError:
            return text
    return text


def _apart(each: Assignment) -> list[Assignment]:
    """An object's fields one by one, so that each may be set otherwise."""
    if not isinstance(each.value, dict):
        return [each]
    return [
        Assignment(each.flag, (*each.path, name), value)
        for name, value in each.value.items()
    ]


Read = Callable[[Any, str, Stdin], Iterator[tuple[paths.Path, Any]]]


def _at(*path: str) -> Read:
    """The value as it is."""

    def read(value: Any, _flag: str, _stdin: Stdin) -> Iterator[tuple[paths.Path, Any]]:
        yield path, value

    return read


def _system(value: str, flag: str, stdin: Stdin) -> Iterator[tuple[paths.Path, Any]]:
    yield ("system_instruction",), text_or_file(value, flag, stdin)


def _number(value: str, flag: str, _stdin: Stdin) -> Iterator[tuple[paths.Path, Any]]:
    if not NUMBER.fullmatch(value):
        raise UsageError(f"{flag}: {value!r} is not a number")
    yield ("generation_config", "temperature"), tools.json_of(value, flag)


def _tools(
    make: Callable[[str], list[dict[str, Any]]],
) -> Read:
    def read(
        values: list[str], flag: str, stdin: Stdin
    ) -> Iterator[tuple[paths.Path, Any]]:
        for value in values:
            for tool in make(text_or_file(value, flag, stdin)):
                yield ("tools", None), tool

    return read


def _choice(value: str, flag: str, stdin: Stdin) -> Iterator[tuple[paths.Path, Any]]:
    text = text_or_file(value, flag, stdin)
    whole = text.lstrip().startswith("{")
    made = tools.object_of(text, flag) if whole else text.strip()
    yield ("generation_config", "tool_choice"), made


def _schema(value: str, flag: str, stdin: Stdin) -> Iterator[tuple[paths.Path, Any]]:
    schema = tools.object_of(text_or_file(value, flag, stdin), flag)
    wanted = {"type": "text", "mime_type": "application/json"}
    yield ("response_format",), {**wanted, "schema": tools.lean_schema(schema)}


def _modalities(
    values: list[str], _flag: str, _stdin: Stdin
) -> Iterator[tuple[paths.Path, Any]]:
    formats = [{"type": value} for value in dict.fromkeys(values)]
    yield ("response_format",), formats if len(formats) > 1 else formats[0]


def _voices(
    values: list[str], _flag: str, _stdin: Stdin
) -> Iterator[tuple[paths.Path, Any]]:
    speakers = []
    for value in values:
        speaker, named, voice = value.rpartition("=")
        speakers.append({"voice": voice, **({"speaker": speaker} if named else {})})
    yield ("generation_config", "speech_config", "speakers"), speakers


READERS: dict[str, tuple[str, Read]] = {
    "model": ("--model", _at("model")),
    "agent": ("--agent", _at("agent")),
    "system": ("--system", _system),
    "tool": ("--tool", _tools(tools.tools)),
    "mcp": ("--mcp", _tools(lambda text: [tools.mcp(text)])),
    "function": ("--function", _tools(tools.functions)),
    "tool_choice": ("--tool-choice", _choice),
    "thinking": ("--thinking", _at("generation_config", "thinking_level")),
    "max_output_tokens": (
        "--max-output-tokens",
        _at("generation_config", "max_output_tokens"),
    ),
    "temperature": ("--temperature", _number),
    "seed": ("--seed", _at("generation_config", "seed")),
    "schema": ("--schema", _schema),
    "modality": ("--modality", _modalities),
    "voice": ("--voice", _voices),
    "background": ("--background", _at("background")),
    "service_tier": ("--service-tier", _at("service_tier")),
    "store": ("--store", _at("store")),
}


def base(options: Fields, stdin: Stdin) -> dict[str, Any]:
    """The JSON object of --body, {} without it; raises UsageError."""
    if options.body is None:
        return {}
    return tools.object_of(text_or_file(options.body, "--body", stdin), "--body")
