"""The input: words, stdin and files, and every content and step of the API."""

from pathlib import Path
from typing import Any

import pytest

from tests.bodies import (
    MODEL,
    WAYS,
    Row,
    check_sent,
    fields,
    said,
    typed,
    write_files,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


PNG = "iVBORw0KGgo="
STATIC = {"type": "static", "start_offset": "10.5s", "end_offset": "30s"}
PAGES = {"start_page": 1, "end_page": 3, "content_layers": ["page_image", "page_text"]}
SHEETS = {"sheet_index": 0, "visible_cells": True, "content_layers": ["formulas"]}
CITED = {"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://a"}
CALL = {"type": "function_call", "id": "c", "name": "f", "arguments": {"n": 1}}
TEXT = {"type": "text", "text": "hi"}
CONTENTS: dict[str, Json] = {
    "text": {**TEXT, "annotations": [CITED]},
    "image": {"type": "image", "data": PNG, "mime_type": "image/png"},
    "image by address": {
        "type": "image",
        "uri": "https://a.test/x.webp?y=z",
        "mime_type": "image/webp",
        "resolution": "ultra_high",
    },
    "audio": {
        "type": "audio",
        "data": "AAAA",
        "mime_type": "audio/l16",
        "sample_rate": 24000,
        "channels": 1,
        "processing": STATIC,
    },
    "document": {
        "type": "document",
        "uri": "https://a.test/files/a",
        "mime_type": "application/pdf",
        "resolution": "low",
        "processing": {"type": "static", "page_options": PAGES},
    },
    "spreadsheet": {
        "type": "document",
        "data": "AAAA",
        "mime_type": "text/csv",
        "processing": {"type": "static", "spreadsheet_options": SHEETS},
    },
    "video": {
        "type": "video",
        "uri": "gs://bucket/x.mp4",
        "mime_type": "video/mp4",
        "name": "x",
        "resolution": "medium",
        "processing": {**STATIC, "fps": 0.5, "content_layers": ["frames", "audio"]},
    },
    "agentic video": {
        "type": "video",
        "uri": "https://y.test",
        "processing": "agentic",
    },
    "later": {"type": "smell", "of": [{"n": 123456789012345678901}]},
}
STEPS: dict[str, Json] = {
    "user": {"type": "user_input", "content": [TEXT]},
    "model": {"type": "model_output", "content": [TEXT]},
    "thought": {"type": "thought", "signature": "c2ln", "summary": [TEXT]},
    "call": CALL,
    "result": {
        "type": "function_result",
        "call_id": "c",
        "name": "f",
        "result": [TEXT],
        "is_error": False,
    },
}
INPUTS: dict[str, Any] = {
    "a text": "Hello",
    **CONTENTS,
    "contents": list(CONTENTS.values()),
    "steps": list(STEPS.values()),
    **{f"step: {name}": [step] for name, step in STEPS.items()},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", INPUTS)
def test_inputs(name: str, way: str, gi: Gi, server: ScriptedServer) -> None:
    value = INPUTS[name]
    argv, stdin = said(way, "input", value)
    row = Row(argv, {"model": MODEL, "input": value, "stream": True}, stdin)
    check_sent(gi, server, row, command=("create",))


def texts(*each: str) -> list[Json]:
    return [{"type": "text", "text": text} for text in each]


def turn(value: Any, **more: Any) -> Json:
    return {"model": MODEL, "input": value, **more, "stream": True}


PROMPTS = {
    "words": Row(("a", "b"), turn("a b")),
    "stdin": Row((), turn("x\n"), b"x\n"),
    "stdin beside a field": Row(fields("a=1"), turn("x", a=1), b"x"),
    "stdin for a field": Row(("hi", *fields("a=@-")), turn("hi", a="x"), b"x"),
    "words, stdin": Row(("a", "-"), turn(texts("a", "x")), b"x"),
    "stdin, words": Row(("-", "a"), turn(texts("x", "a")), b"x"),
    "words, stdin, files": Row(
        ("-i", "role.txt", "review", "this", "-", "-i", "seven.txt"),
        turn(texts("review this", "diff", "A role.\n", "7\n")),
        b"diff",
    ),
    "stdin among the files": Row(
        ("a", "-i", "role.txt", "-i", "-", "-i", "seven.txt"),
        turn(texts("a", "A role.\n", "x\n", "7\n")),
        b"x\n",
    ),
    "a file alone": Row(("-i", "role.txt"), turn("A role.\n"), b"left alone"),
    "files, not words": Row(
        ("-i", "role.txt", "-i", "seven.txt"), turn(texts("A role.\n", "7\n"))
    ),
    "a file and a base": Row(
        ("-i", "role.txt", *typed(a=1)), turn("A role.\n", a=1), b"left alone"
    ),
    "foreign text": Row(
        ("-F", "a=1", "--", "-F", "b=1", "-i", "@x"), turn("-F b=1 -i @x", a=1)
    ),
    "a foreign dash": Row(("--", "a", "-"), turn("a -"), b"left alone"),
    "the base's input": Row(typed(input="x", a=1), turn("x", a=1), b"left alone"),
    "a field's input": Row(fields("input=x"), turn("x"), b"left alone"),
    "a field's input from stdin": Row(fields("input=@-"), turn("x\n"), b"x\n"),
    "a field more for the base's": Row(
        (*typed(input=texts("a")), *fields("input[].type=text", "input[].text=b")),
        turn([*texts("a"), {"type": "text", "text": "b"}]),
    ),
    "an input raw": Row(fields("input=@x", flag="-f"), turn("@x")),
    "a token alone": Row(
        fields("continuation_token=t", "previous_interaction_id=v1_x"),
        {
            "model": MODEL,
            "previous_interaction_id": "v1_x",
            "continuation_token": "t",
            "stream": True,
        },
        b"left alone",
    ),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, PROMPTS[name], command=("create",))
