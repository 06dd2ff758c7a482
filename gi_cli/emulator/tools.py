"""What the service does by itself with the tools that a request declares.

Every declared tool is used once, and says that it is emulated; `url_context` needs an
address in the prompt, `processing` a medium that asks for it. An answer cites what the
tools have found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from gi_cli.emulator import blocks, prompt, words
from gi_cli.emulator.blocks import Step
from gi_cli.emulator.prompt import Prompt

Tool = dict[str, Any]
Annotation = dict[str, Any]
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]")
_MOST_ADDRESSES = 20
_STORE = "fileSearchStores/emulated"
_CODE = 'print("emulated")'
_URL = "https://example.com"
_PLACE = {
    "place_id": "emulated-place",
    "name": "Emulated place",
    "url": f"{_URL}/place",
    "review_snippets": [
        {"title": "Emulated review", "url": f"{_URL}/review", "review_id": "emulated"}
    ],
}


def steps(body: dict[str, Any], asked: Prompt, *, but: str = "") -> list[Step]:
    """Return what is done before the answer: each call, and what it has found."""
    uses = enumerate([*_processed(body), *body.get("tools", [])], 1)
    return [
        step
        for number, tool in uses
        if tool["type"] in _USES and tool["type"] != but
        for step in _USES[tool["type"]](_Use(tool, number, asked, body))
    ]


def cited(body: dict[str, Any], asked: Prompt) -> list[Annotation]:
    """Return what the answer cites, without the place of it in the text."""
    kinds = {tool["type"]: tool for tool in body.get("tools", [])}
    found: list[Annotation] = []
    if "google_search" in kinds:
        found.append(blocks.citation(1))
    if "url_context" in kinds:
        found += [_page(address) for address in _addresses(asked)]
    if "google_maps" in kinds:
        found.append({"type": "place_citation", **_PLACE})
    if tool := kinds.get("file_search"):
        found.append(_file(tool))
    return found


class _Use(NamedTuple):
    """One tool in one request."""

    tool: Tool
    number: int
    asked: Prompt
    body: dict[str, Any]

    @property
    def queries(self) -> dict[str, Any]:
        """The arguments of what looks for something."""
        return {"queries": [words.in_a_line(self.asked.text)]}

    def steps(self, call: Step, result: Step, name: str = "") -> list[Step]:
        """Return both as steps of the tool's name, which belong together."""
        name = name or self.tool["type"]
        call_id = f"{name}_{self.asked.checksum:08x}_{self.number}"
        return [
            {"type": f"{name}_call", "id": call_id, **call},
            {"type": f"{name}_result", "call_id": call_id, **result},
        ]

    def signed(self, call: Step, result: Step) -> list[Step]:
        """Return both with the signatures that the service wants to see again."""
        return [
            step | {"signature": blocks.signature(step["type"], self.asked)}
            for step in self.steps(call, result)
        ]


def _search(use: _Use) -> list[Step]:
    call, result = blocks.search(use.asked, use.number, use.queries["queries"][0])
    if kinds := use.tool.get("search_types"):
        call["search_type"] = kinds[0]
    return [call, result]


def _code(use: _Use) -> list[Step]:
    call = {"arguments": {"language": "python", "code": _CODE}}
    return use.signed(call, {"result": "emulated\n", "is_error": False})


def _pages(use: _Use) -> list[Step]:
    if not (addresses := _addresses(use.asked)):
        return []
    result = [{"url": address, "status": "success"} for address in addresses]
    return use.signed({"arguments": {"urls": addresses}}, {"result": result})


def _maps(use: _Use) -> list[Step]:
    found: dict[str, Any] = {"places": [_PLACE]}
    if use.tool.get("enable_widget"):
        found["widget_context_token"] = "emulated-widget"  # noqa: S105
    return use.signed({"arguments": use.queries}, {"result": [found]})


def _unseen(use: _Use) -> list[Step]:
    """The API tells that it happened, and no more."""
    return use.signed({}, {})


def _retrieved(use: _Use) -> list[Step]:
    kinds = use.tool.get("retrieval_types") or ["rag_store"]
    call = {"arguments": use.queries, "retrieval_type": kinds[0]}
    return use.signed(call, {"is_error": False})


def _mcp(use: _Use) -> list[Step]:
    server = use.tool.get("name", "emulated")
    allowed = (one.get("tools", []) for one in use.tool.get("allowed_tools", []))
    name = next(chain.from_iterable(allowed), "emulated")
    named = {"name": name, "server_name": server}
    said = {"type": "text", "text": f"This is an emulated result of {server}."}
    call = named | {"arguments": use.queries}
    return use.steps(call, named | {"result": [said]}, "mcp_server_tool")


def _loaded(use: _Use) -> list[Step]:
    """Load the functions that were to be loaded late."""
    late = [tool for tool in use.body["tools"] if tool.get("defer_loading")]
    functions = [tool for tool in late if tool["type"] == "function"]
    names = [function["name"] for function in functions]
    return use.signed({"arguments": {"function_names": names}}, {"result": functions})


_USES = {
    "processing": _unseen,
    "google_search": _search,
    "code_execution": _code,
    "url_context": _pages,
    "google_maps": _maps,
    "file_search": _unseen,
    "retrieval": _retrieved,
    "mcp_server": _mcp,
    "tool_search": _loaded,
}


def _processed(body: dict[str, Any]) -> Iterator[Tool]:
    """Media that the service looks into before it answers count as a tool."""
    given = prompt.contents(body)
    if any(content.get("processing") == "agentic" for content in given):
        yield {"type": "processing"}


def _addresses(asked: Prompt) -> list[str]:
    return list(dict.fromkeys(_ADDRESS.findall(asked.text)))[:_MOST_ADDRESSES]


def _page(address: str) -> Annotation:
    return {"type": "url_citation", "url": address, "title": "Emulated page"}


def _file(tool: Tool) -> Annotation:
    store = (tool.get("file_search_store_names") or [_STORE])[0]
    return {
        "type": "file_citation",
        "document_uri": f"{store}/documents/emulated",
        "file_name": "emulated.txt",
        "source": "emulated",
        "page_number": 1,
    }
