"""The steps and contents that an input is made of: their fields as the API has them."""

from __future__ import annotations

from typing import Any

from gi_cli.emulator import blocks
from gi_cli.emulator.fields import FUNCTION
from gi_cli.emulator.refusal import invalid, late
from gi_cli.emulator.shapes import (
    COUNT,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    Check,
    Fields,
    Kind,
    Typed,
    anything,
    listed,
    one_of,
)

_RESOLUTION = one_of("low", "medium", "high", "ultra_high")
_OFFSETS = {"start_offset": TEXT, "end_offset": TEXT}
_PAGES = Fields({"start_page": COUNT, "end_page": COUNT, "content_layers": TEXTS})
_SHEETS = Fields({"sheet_index": COUNT, "visible_cells": TEXT, "content_layers": TEXTS})
_SPOT = {"start_index": COUNT, "end_index": COUNT}
_ANNOTATION = Typed(
    {
        name: Fields({"type": TEXT, **_SPOT, **fields})
        for name, fields in {
            "url_citation": {"url": TEXT, "title": TEXT},
            "file_citation": {
                **dict.fromkeys(("document_uri", "file_name", "source"), TEXT),
                "page_number": COUNT,
                "media_id": TEXT,
                "custom_metadata": OBJECT,
            },
            "place_citation": {
                **dict.fromkeys(("place_id", "name", "url"), TEXT),
                "review_snippets": listed(OBJECT),
            },
            "speech_metadata": {"speaker": TEXT, "style": TEXT},
            "word_info": {"text": TEXT, "speaker": TEXT, **_OFFSETS},
        }.items()
    }
)


class _Medium(Fields):
    """Data or an address; `modes` are ways to process it that have no options."""

    def __init__(
        self, options: Fields | None = None, *modes: str, **more: Check
    ) -> None:
        named: dict[str, Check] = dict.fromkeys(
            ("type", "data", "uri", "mime_type"), TEXT
        )
        checks = named | more
        if options:
            processing = Kind({str: one_of("static", *modes), dict: options})
            checks["processing"] = processing
        super().__init__(checks)

    def __call__(self, value: Any, where: str) -> None:
        """Refuse a medium that is nowhere."""
        super().__call__(value, where)
        if not ("data" in value or "uri" in value):
            raise invalid(f"'{where}' needs 'data' or 'uri'.")


def _static(**fields: Check) -> Fields:
    return Fields({"type": one_of("static"), **fields})


_CONTENTS: dict[str, Check] = {
    "text": Fields(
        {"type": TEXT, "text": TEXT, "annotations": listed(_ANNOTATION)}, ("text",)
    ),
    "image": _Medium(resolution=_RESOLUTION),
    "audio": _Medium(_static(**_OFFSETS), sample_rate=COUNT, channels=COUNT),
    "document": _Medium(
        _static(page_options=_PAGES, spreadsheet_options=_SHEETS),
        resolution=_RESOLUTION,
    ),
    "video": _Medium(
        _static(fps=NUMBER, content_layers=TEXTS, **_OFFSETS),
        "agentic",
        resolution=_RESOLUTION,
        name=TEXT,
    ),
}
CONTENT = Typed(_CONTENTS)
_CONTENT_LIST = listed(CONTENT)
_FUNCTION = Fields(
    {"type": TEXT, **FUNCTION, "defer_loading": FLAG, "short_description": TEXT}
)
_RESULT = Kind(
    {
        str: None,
        dict: None,
        list: listed(Typed({**_CONTENTS, "function": _FUNCTION})),
    }
)


def _call(*required: str, **more: Check) -> Fields:
    checks: dict[str, Check] = {"arguments": OBJECT, **more}
    named: dict[str, Check] = {"type": TEXT, "id": TEXT, "signature": TEXT}
    return Fields({**named, **checks}, ("id", *required))


def _result(*required: str, **more: Check) -> Fields:
    named: dict[str, Check] = {"type": TEXT, "call_id": TEXT, "signature": TEXT}
    checks: dict[str, Check] = {"is_error": FLAG, **more}
    return Fields({**named, **checks}, ("call_id", *required))


class _Thought(Fields):
    """A thought that is signed by whoever had it."""

    def __call__(self, value: Any, where: str) -> None:
        """Refuse one that was unsigned or changed."""
        super().__call__(value, where)
        if not value.get("signature"):
            raise late("Request contains an invalid argument.")  # the API says no more
        if not blocks.is_sound(value["signature"]):
            raise late("Corrupted thought signature.")


_SERVER: dict[str, Check] = {"name": TEXT, "server_name": TEXT}
_FOUND = listed(OBJECT)
STEP = Typed(
    {
        "user_input": Fields({"type": TEXT, "content": _CONTENT_LIST}),
        "model_output": Fields(
            {"type": TEXT, "content": _CONTENT_LIST, "error": OBJECT}
        ),
        "thought": _Thought(
            {"type": TEXT, "signature": TEXT, "summary": _CONTENT_LIST}
        ),
        "function_call": _call("name", "arguments", name=TEXT),
        "function_result": _result("result", name=TEXT, result=_RESULT),
        "google_search_call": _call(search_type=TEXT),
        "google_search_result": _result(result=_FOUND),
        "code_execution_call": _call(),
        "code_execution_result": _result(result=Kind({str: None, list: _CONTENT_LIST})),
        "url_context_call": _call(),
        "url_context_result": _result(result=_FOUND),
        "mcp_server_tool_call": _call(**_SERVER),
        "mcp_server_tool_result": _result(result=_RESULT, **_SERVER),
        "file_search_call": _call(),
        "file_search_result": _result(result=_FOUND),
        "google_maps_call": _call(),
        "google_maps_result": _result(result=_FOUND),
        "retrieval_call": _call(retrieval_type=TEXT),
        "retrieval_result": _result(result=anything),
        "processing_call": _call(),
        "processing_result": _result(),
        "tool_search_call": _call(),
        "tool_search_result": _result(result=listed(_FUNCTION)),
    }
)


def listing(items: list[Any], where: str) -> None:
    """Want contents, which are one turn of the user, or steps."""
    steps = [
        isinstance(item, dict) and item.get("type") in (*STEP.variants,)
        for item in items
    ]
    if any(steps) and not all(steps):
        raise invalid(f"'{where}' must not mix contents and steps.")
    listed(STEP if all(steps) else CONTENT)(items, where)
