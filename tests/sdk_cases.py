"""One intent said twice: to Google's SDK for Python, and to gi."""

import base64
import json
from shlex import quote
from typing import Any, NamedTuple

MODEL = "gemini-3-flash-preview"  # gi's default; the SDK has none
RESEARCH = "deep-research-preview-04-2026"
FILES = {
    "fox.png": b"\x89PNG\r\n\x1a\n\xfb\xff\xfe",  # base64 of it has + and /
    "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "call.wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "song.mp3": b"ID3\x04\0\0\0\0\0\0",
    "clip.mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
    "paper.pdf": b"%PDF-1.7\n",
    "table.csv": b"a,b\n1,2\n",
    "notes.md": "# Caf\N{LATIN SMALL LETTER E WITH ACUTE}\n".encode(),
    "role.txt": b"You are\na fox.\n",
}
FOREIGN = (
    '\N{FOX FACE} \N{HEBREW LETTER ALEF}e\N{COMBINING ACUTE ACCENT} "\\"\t\n'
    "\N{LINE SEPARATOR}\N{ZERO WIDTH JOINER}\x7f$HOME `id` {} --json"
)
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather in a town.",
    "parameters": {
        "type": "object",
        "properties": {"town": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["town"],
    },
}
RECIPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "what it is called"},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "minItems": 1},
    },
    "required": ["name", "steps"],
    "additionalProperties": False,
    "$defs": {"Step": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
}
STRUCTURED = {"type": "text", "mime_type": "application/json", "schema": RECIPE}
URL = "https://mcp.example/v1?a=b"
MCP: dict[str, Any] = {"type": "mcp_server", "name": "tickets", "url": URL}
ALLOWED = {"allowed_tools": {"mode": "any", "tools": ["get_weather"]}}
SPEAKERS = [
    {"voice": "Kore", "language": "en-US", "speaker": "Ann"},
    {"voice": "Puck", "language": "en-US", "speaker": "Bob"},
]


class Case(NamedTuple):
    sdk: dict[str, Any]  # arguments of interactions.create()
    line: str  # of the shell, behind `gi create`
    stdin: bytes | None = None
    command: str = "create"


def ask(input: Any = "hi", **more: Any) -> dict[str, Any]:
    """What the SDK is asked; gi streams if nothing else is said."""
    return {"model": MODEL, "input": input, "stream": True, **more}


def agent(name: str, **more: Any) -> dict[str, Any]:
    return {"agent": name, "input": "hi", "stream": True, **more}


def config(**settings: Any) -> dict[str, Any]:
    return ask(generation_config=settings)


def tools(*tools: dict[str, Any]) -> dict[str, Any]:
    return ask(tools=list(tools))


def shell(value: Any) -> str:
    return quote(json.dumps(value))


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def inline(name: str, kind: str, mime_type: str) -> dict[str, Any]:
    data = base64.b64encode(FILES[name]).decode()
    return {"type": kind, "data": data, "mime_type": mime_type}


PROMPTS = {
    "text": Case(ask(), "hi"),
    "one response": Case({"model": MODEL, "input": "hi"}, "hi --no-stream"),
    "no streaming, said": Case(ask(stream=False), "hi -F stream=false"),
    "model": Case(ask(model="gemini-3.8-flash"), "hi -m gemini-3.8-flash"),
    "several words": Case(ask("why is it so"), "why is it so"),
    "foreign text": Case(ask(FOREIGN), f"-- {quote(FOREIGN)}"),
    "foreign text on stdin": Case(ask(FOREIGN), "-", FOREIGN.encode()),
    "one content": Case(ask(text("hi")), "hi"),
    "text without type": Case(ask([{"text": "hi"}]), "hi"),
    "two texts": Case(
        ask([text("review this"), text("+1\n-2\n")]), "review this -", b"+1\n-2\n"
    ),
    "system": Case(ask(system_instruction="Be brief."), "hi -s 'Be brief.'"),
    "system from a file": Case(
        ask(system_instruction="You are\na fox.\n"), "hi --system @role.txt"
    ),
}
SETTINGS = {
    "temperature": Case(config(temperature=0.25), "hi --temperature 0.25"),
    "whole temperature": Case(config(temperature=1), "hi --temperature 1"),
    "seed": Case(config(seed=7), "hi --seed 7"),
    "length": Case(config(max_output_tokens=2048), "hi --max-output-tokens 2048"),
    "thinking": Case(config(thinking_level="high"), "hi --thinking high"),
    "thought summaries": Case(config(thinking_summaries="auto"), "hi --thoughts"),
    "top_p": Case(config(top_p=0.9), "hi -F generation_config.top_p=0.9"),
    "stop sequences": Case(
        config(stop_sequences=["END", "7"]),
        "hi -f generation_config.stop_sequences[]=END"
        " -f generation_config.stop_sequences[]=7",
    ),
    "speakers": Case(
        config(speech_config={"speakers": SPEAKERS}),
        f"hi -F generation_config.speech_config.speakers={shell(SPEAKERS)}",
    ),
    "one voice": Case(
        config(speech_config=[{"voice": "Kore", "language": "en-US"}]),
        "hi -F generation_config.speech_config[].voice=Kore"
        " -F generation_config.speech_config[].language=en-US",
    ),
    "transcription": Case(
        config(transcription_config={"language_codes": ["de"], "mode": "verbatim"}),
        "hi -F generation_config.transcription_config.language_codes[]=de"
        " -F generation_config[transcription_config][mode]=verbatim",
    ),
    "video task": Case(
        config(video_config={"task": "edit"}),
        "hi -F generation_config.video_config.task=edit",
    ),
    "all together": Case(
        ask(
            system_instruction="Be.",
            service_tier="priority",
            store=True,
            tools=[{"type": "google_search"}, {"type": "function", **WEATHER}],
            generation_config={
                "temperature": 0.5,
                "seed": -1,
                "max_output_tokens": 9,
                "thinking_level": "low",
                "thinking_summaries": "auto",
                "tool_choice": "validated",
                "top_p": 0.5,
            },
            response_format=STRUCTURED,
        ),
        "hi -s Be. --service-tier priority --store --thoughts --tool google_search"
        f" --function {shell(WEATHER)} --temperature 0.5 --seed -1"
        " --max-output-tokens 9 --thinking low --tool-choice validated"
        f" -F generation_config.top_p=0.5 --schema {shell(RECIPE)}",
    ),
}
CHOICES = {
    **{
        mode: Case(config(tool_choice=mode), f"hi --tool-choice {mode}")
        for mode in ("auto", "any", "none", "validated")
    },
    "allowed": Case(config(tool_choice=ALLOWED), f"hi --tool-choice {shell(ALLOWED)}"),
}
NAMES = ("google_search", "code_execution", "url_context", "google_maps")
WITH_SETTINGS: dict[str, dict[str, Any]] = {
    "google_search": {"search_types": ["web_search", "image_search"]},
    "file_search": {
        "file_search_store_names": ["fileSearchStores/a"],
        "top_k": 3,
        "metadata_filter": 'year > 2020 AND tag = "it\'s"',
    },
    "google_maps": {"latitude": 50.7, "longitude": -7.1, "enable_widget": True},
    "computer_use": {
        "environment": "browser",
        "excluded_predefined_functions": ["drag_and_drop"],
    },
    "mcp_server": {"name": "t", "url": URL, "headers": {"Authorization": "Bearer x"}},
    "retrieval": {
        "retrieval_types": ["vertex_ai_search"],
        "vertex_ai_search_config": {"engine": "projects/p/engines/e"},
    },
    "tool_search": {"execution": "server"},
    "tool_of_tomorrow": {"depth": 2, "deep": [{"x": None}]},
}
TOOLS = {
    **{name: Case(tools({"type": name}), f"hi --tool {name}") for name in NAMES},
    **{
        f"{name} with settings": Case(
            tools({"type": name, **more}),
            f"hi --tool {shell({'type': name, **more})}",
        )
        for name, more in WITH_SETTINGS.items()
    },
    "two tools": Case(
        tools({"type": "url_context"}, {"type": "code_execution"}),
        "hi --tool url_context --tool code_execution",
    ),
    "MCP server": Case(tools(MCP), f"hi --mcp tickets={quote(URL)}"),
    "function": Case(
        tools({"type": "function", **WEATHER}), f"hi --function {shell(WEATHER)}"
    ),
    "functions": Case(
        tools({"type": "function", **WEATHER}, {"type": "function", "name": "f"}),
        f"hi --function {shell([WEATHER, {'name': 'f'}])}",
    ),
    "function as others wrap it": Case(
        tools({"type": "function", **WEATHER}),
        f"hi --function {shell({'type': 'function', 'function': WEATHER})}",
    ),
}
