"""Every tool of the API, by --tool, --mcp and --function; --tool-choice."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bodies import (
    RESEARCH,
    Refusal,
    Row,
    body,
    check_refused,
    check_sent,
    fields,
    of_agent,
    typed,
    write_files,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer

Tool = dict[str, Any]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 1}},
    "required": ["city"],
}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city \N{SUN BEHIND CLOUD}",
    "parameters": PARAMETERS,
}
BARE = {name: value for name, value in WEATHER.items() if name != "type"}
MCP = {
    "type": "mcp_server",
    "name": "weather",
    "url": "https://mcp.test/x",
    "headers": {"authorization": "Bearer x"},
    "allowed_tools": [{"mode": "auto", "tools": ["now"]}],
}
WHOLE: dict[str, Tool] = {
    "function": WEATHER,
    "function, deferred": {
        **WEATHER,
        "defer_loading": True,
        "short_description": "Weather",
    },
    "google_search": {
        "type": "google_search",
        "search_types": ["web_search", "image_search", "enterprise_web_search"],
    },
    "code_execution": {"type": "code_execution"},
    "url_context": {"type": "url_context"},
    "file_search": {
        "type": "file_search",
        "file_search_store_names": ["fileSearchStores/a"],
        "top_k": 3,
        "metadata_filter": 'author = "x"',
    },
    "google_maps": {
        "type": "google_maps",
        "latitude": -33.5,
        "longitude": 151.25,
        "enable_widget": True,
    },
    "computer_use": {
        "type": "computer_use",
        "environment": "browser",
        "excluded_predefined_functions": ["drag_and_drop"],
        "enable_prompt_injection_detection": False,
        "disabled_safety_policies": ["x"],
    },
    "mcp_server": MCP,
    "retrieval": {
        "type": "retrieval",
        "retrieval_types": ["rag_store"],
        "rag_store_config": {"top_k": 123456789012345678901},
    },
    "tool_search": {"type": "tool_search", "execution": "server"},
    "tool_search, client": {
        "type": "tool_search",
        "execution": "client",
        "name": "find",
        "description": "Finds",
        "parameters": PARAMETERS,
    },
    "later": {"type": "dream_reader", "depth": {"n": [1, None]}},
}
WAYS = ("--tool", "--tool @-", "-F tools[]", "-F tools", "--body")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WHOLE)
def test_whole_tools(name: str, way: str, gi: Gi, server: ScriptedServer) -> None:
    """The same tool, said in each of the ways there are."""
    tool = WHOLE[name]
    text = json.dumps(tool)
    argv = {
        "--tool": ("--tool", text),
        "--tool @-": ("--tool", "@-"),
        "-F tools[]": fields(f"tools[]={text}"),
        "-F tools": fields(f"tools=[{text}]"),
        "--body": typed(tools=[tool]),
    }[way]
    stdin = text.encode() if "@-" in argv else None
    check_sent(gi, server, Row(argv, body(tools=[tool]), stdin))


NAMES = (
    *("google_search", "code_execution", "url_context", "file_search", "google_maps"),
    *("computer_use", "retrieval", "tool_search", "dream_reader-2.x"),
)


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, Row(("--tool", name), body(tools=[{"type": name}])))


SEARCH = {"type": "google_search"}
SEARCH_WEB = {**SEARCH, "search_types": ["web_search"]}
URL, CODE = {"type": "url_context"}, {"type": "code_execution"}
PLAIN = {"type": "function", "name": "f"}
TOOLS = {
    "a file with an object": Row(("--tool", "@tool.json"), body(tools=[SEARCH_WEB])),
    "a file with a list": Row(("--tool", "@list.json"), body(tools=[URL, CODE])),
    "a file with a name": Row(
        ("--tool", "@name.txt"), body(tools=[{"type": "google_maps"}])
    ),
    "a list": Row(("--tool", json.dumps([SEARCH, URL])), body(tools=[SEARCH, URL])),
    "several": Row(
        ("--tool", "google_search", "--tool", "@list.json", "--tool=url_context"),
        body(tools=[SEARCH, URL, CODE, URL]),
    ),
    "of every flag": Row(
        (
            *("--function", '{"name":"f"}', "--mcp", "a=https://a.test/"),
            *("--tool", "url_context"),
            *typed(tools=[CODE]),
            *fields("tools[].type=x"),
        ),
        body(
            tools=[
                CODE,
                URL,
                {"type": "mcp_server", "name": "a", "url": "https://a.test/"},
                PLAIN,
                {"type": "x"},
            ]
        ),
    ),
    "mcp": Row(
        ("--mcp", "a_b=HTTP://127.0.0.1:8/x?y=z", "--mcp", "b=https://b.test"),
        body(
            tools=[
                {
                    "type": "mcp_server",
                    "name": "a_b",
                    "url": "HTTP://127.0.0.1:8/x?y=z",
                },
                {"type": "mcp_server", "name": "b", "url": "https://b.test"},
            ]
        ),
    ),
    "mcp and its headers": Row(
        (
            *("--mcp", "weather=https://mcp.test/x"),
            *fields(
                "tools[0].headers.authorization=Bearer x",
                "tools[].allowed_tools[].mode=auto",
                "tools[].allowed_tools[].tools[]=now",
            ),
        ),
        body(tools=[MCP]),
    ),
    "tools of research": Row(
        (
            *(
                "--agent",
                RESEARCH,
                "--tool",
                "url_context",
                "--mcp",
                "a=https://a.test",
            ),
            *fields("tools[].type=file_search", "tools[].file_search_store_names[]=x"),
        ),
        of_agent(
            RESEARCH,
            tools=[
                URL,
                {"type": "mcp_server", "name": "a", "url": "https://a.test"},
                {"type": "file_search", "file_search_store_names": ["x"]},
            ],
        ),
    ),
}
ALLOWED = {"allowed_tools": {"mode": "any", "tools": ["f"]}}
CHOICES: dict[str, tuple[str, Any, bytes | None]] = {
    "auto": ("auto", "auto", None),
    "any": ("any", "any", None),
    "none": ("none", "none", None),
    "validated": ("validated", "validated", None),
    "later": ("sometimes", "sometimes", None),
    "an object": (json.dumps(ALLOWED), ALLOWED, None),
    "from stdin": ("@-", ALLOWED, f" {json.dumps(ALLOWED)}\n".encode()),
    "a word from a file": ("@name.txt", "google_maps", None),
}
TOOLS |= {
    f"choice: {name}": Row(
        ("--tool-choice", text), body(generation_config={"tool_choice": made}), stdin
    )
    for name, (text, made, stdin) in CHOICES.items()
}


@pytest.mark.parametrize("name", TOOLS)
def test_tools(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, TOOLS[name])


NO_LIST = "it is neither a JSON object nor a list of them"
DECLARES = ("--function takes declarations of functions",)
REFUSED = {
    "a function by name": Refusal(
        ("--tool", "function"),
        "--tool: function needs more than a name",
        ("--function JSON|@FILE",),
    ),
    "a server by name": Refusal(
        ("--tool", "mcp_server"),
        "--tool: mcp_server needs more than a name",
        ("--mcp NAME=URL",),
    ),
    "two names": Refusal(("--tool", "a,b"), "--tool: it is neither a name nor JSON"),
    "a file of prose": Refusal(
        ("--tool", "@role.txt"), "--tool: it is neither a name nor JSON"
    ),
    "a tool without type": Refusal(
        ("--tool", '{"name":"f"}'), "--tool: an object has no type", DECLARES
    ),
    "one without type": Refusal(
        ("--tool", '[{"type":"x"},{"type":1}]'),
        "--tool: an object has no type",
        DECLARES,
    ),
    "no tools": Refusal(("--tool", "[]"), f"--tool: {NO_LIST}"),
    "names in a list": Refusal(("--tool", '["a"]'), f"--tool: {NO_LIST}"),
    "broken": Refusal(
        ("--tool", '{"type":'),
        "--tool: it is not JSON: Expecting value: line 1 column 9 (char 8)",
    ),
    "NaN": Refusal(
        ("--tool", '{"type":"x","y":NaN}'),
        "--tool: it is not JSON: NaN is no number of JSON",
    ),
    "an empty tool": Refusal(("--tool", ""), "--tool: it is neither a name nor JSON"),
}
SERVERS = (
    *("weather", "=https://a.test", "a=", "a=a.test", "a=ftp://a.test"),
    *("a=https://", "a=https:///x", "a=https://a.test/ x", "https://a.test?b=c"),
)
REFUSED |= {
    f"mcp: {text}": Refusal(
        ("--mcp", text), f"--mcp: {text!r} is not NAME=URL with an http address"
    )
    for text in SERVERS
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_refused(gi, server, REFUSED[name])
