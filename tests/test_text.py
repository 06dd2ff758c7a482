"""-x, --citations, --id-file, --transcript, --store and --body."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, Gi
from tests.processes import Running, environment
from tests.scripted import ScriptedServer, Wait, json_reply, sse
from tests.test_turns import MODEL, TARGET, VARIABLES, answer, typed


def event(kind: str, **fields: Any) -> bytes:
    return b"data: " + json.dumps({"event_type": kind, **fields}).encode() + b"\n\n"


def streamed(*steps: list[dict[str, Any]], status: str = "completed") -> bytes:
    """A stream whose steps are text, each a list of deltas."""
    head = {"id": "v1_a", "status": "in_progress"}
    parts = [event("interaction.created", interaction=head)]
    for index, deltas in enumerate(steps):
        step = {"type": "model_output"}
        parts.append(event("step.start", index=index, step=step))
        parts += [event("step.delta", index=index, delta=delta) for delta in deltas]
        parts.append(event("step.stop", index=index))
    ended = {"id": "v1_a", "status": status}
    return b"".join([*parts, event("interaction.completed", interaction=ended)])


def text(*texts: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": each} for each in texts]


def notes(*annotations: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text_annotation_delta", "annotations": list(annotations)}


EXTRACTED = {
    "first of two": ("Hi\n```\na\n```\nand\n```\nb\n```\n", "a\n"),
    "info string": ("```python title=x\nprint()\n\n```", "print()\n\n"),
    "tildes": ("~~~ `x`\na\n```\n~~~\n", "a\n```\n"),
    "longer opening": ("````md\n```\na\n```\n````\n", "```\na\n```\n"),
    "longer closing": ("```\na\n`````  \nb\n", "a\n"),
    "indented": ("x\n  ```\n   a\n  b\n c\n  ```\n", " a\nb\nc\n"),
    "too far indented": ("    ```\n    a\n```\nb\n```\n", "b\n"),
    "closing has words": ("```\na\n``` b\n```\n", "a\n``` b\n"),
    "inline ticks": ("``` a ``` b\n```\nc\n```\n", "c\n"),
    "empty": ("```\n```\nx\n", ""),
    "unclosed": ("a\n```\nb\n", "b\n"),
    "unclosed in a line": ("a\n```\nb", "b\n"),
    "no text before": ("```\né\u2028😀\n```", "é\u2028😀\n"),
    "line ends": ("```\r\na\r\n```\r\nb", "a\r\n"),
}


@pytest.mark.parametrize("name", EXTRACTED)
def test_extract(name: str, gi: Gi) -> None:
    given, expected = EXTRACTED[name]
    shown = Done(0, expected.encode(), "")
    assert gi("render", "-x", stdin=streamed(text(given)), environ={}) == shown
    assert gi("render", "-x", stdin=streamed(text(*given)), environ={}) == shown
    for cut in range(1, len(given)):
        data = streamed(text(given[:cut], given[cut:]))
        assert gi("render", "--extract", stdin=data, environ={}) == shown, cut


@pytest.mark.parametrize("given", ["No code.\n", "a ``` b", "    ```\n", "``\na\n``\n"])
def test_nothing_to_extract(given: str, gi: Gi) -> None:
    done = gi("render", "-x", stdin=streamed(text(*given)), environ={}, code=8)
    said = "the answer has no fenced code block (--extract)"
    told = "".join(f"{line}\n" for line in given.splitlines())
    assert done == Done(8, b"", f"{told}gi: error: {said}\ngi: id: v1_a\n")


def test_extract_from_what_broke_off(gi: Gi) -> None:
    data = streamed(text("a\n```\nb\nc"), status="failed")
    assert gi("render", "-x", stdin=data, environ={}, code=1).out == b"b\nc"


def url(end: Any, title: str | None = "T", url: str = "https://a.b/?q=1") -> Any:
    named = {"title": title} if title else {}
    return {"type": "url_citation", "url": url, "end_index": end, **named}


FILE = {"type": "file_citation", "file_name": "a b.pdf", "end_index": 1}
PLACE = {"type": "place_citation", "place_id": "p", "name": "Café", "end_index": 2}
LINK = "[^1]: T <https://a.b/?q=1>\n"
CITED = {
    "one": ([[*text("Yes. No."), notes(url(4))]], f"Yes.[^1] No.\n\n{LINK}"),
    "bytes": ([[*text("é😀."), notes(url(6))]], f"é😀[^1].\n\n{LINK}"),
    "inside a character": ([[*text("é😀."), notes(url(4))]], f"é😀[^1].\n\n{LINK}"),
    "past the end": ([[*text("a\n"), notes(url(99))]], f"a\n[^1]\n\n{LINK}"),
    "no offset": ([[*text("a"), notes(url(None))]], f"a[^1]\n\n{LINK}"),
    "in parts": ([[*text("a", "b", "c"), notes(url(2))]], f"ab[^1]c\n\n{LINK}"),
    "text goes on": (
        [[*text("ab"), notes(url(1)), *text("cd"), notes(url(3))]],
        f"a[^1]bc[^1]d\n\n{LINK}",
    ),
    "the same twice": ([[*text("ab"), notes(url(1), url(1))]], f"a[^1]b\n\n{LINK}"),
    "overlapping": (
        [[*text("abcd"), notes(url(3), url(2, "U", "https://u"), url(3, "V", ""))]],
        f"ab[^2]c[^1][^3]d\n\n{LINK}[^2]: U <https://u>\n[^3]: V\n",
    ),
    "no title": (
        [[*text("a"), notes(url(1, None, "https://x"))]],
        "a[^1]\n\n[^1]: <https://x>\n",
    ),
    "several steps": (
        [
            [*text("ab"), notes(url(1))],
            [*text("cd"), notes(url(1), url(2, "U", "http://u"))],
        ],
        f"a[^1]bc[^1]d[^2]\n\n{LINK}[^2]: U <http://u>\n",
    ),
    "file": (
        [[*text("ab"), notes({**FILE, "document_uri": "files/x", "page_number": 7})]],
        "a[^1]b\n\n[^1]: a b.pdf, page 7 files/x\n",
    ),
    "place": (
        [[*text("ab"), notes({**PLACE, "url": "https://m"})]],
        "ab[^1]\n\n[^1]: Café <https://m>\n",
    ),
    "not a link": (
        [[*text("a"), notes(url(1, "T", "javascript:alert(1)"))]],
        "a[^1]\n\n[^1]: T javascript:alert(1)\n",
    ),
    "nothing cited": ([[*text("a"), notes({"type": "odd", "end_index": 1})]], "a\n"),
    "none": ([text("a\n")], "a\n"),
}


@pytest.mark.parametrize("name", CITED)
def test_citations(name: str, gi: Gi) -> None:
    steps, expected = CITED[name]
    done = gi("render", "--citations", stdin=streamed(*steps), environ={})
    assert (done.out.decode(), done.err) == (expected, "")


def test_offsets_count_from_each_content(gi: Gi, server: ScriptedServer) -> None:
    contents = [{**each, "annotations": [url(1)]} for each in text("ab", "cd")]
    step = {"type": "model_output", "content": contents}
    whole = {"id": "v1_a", "status": "completed", "steps": [step]}
    server.expect("GET", f"{TARGET}/v1_a", json_reply(whole))
    done = gi("get", "v1_a", "--citations", "--base-url", server.url)
    assert done.out.decode() == f"a[^1]bc[^1]d\n\n{LINK}"


@pytest.mark.parametrize("format", ["ndjson", "json", "sse"])
@pytest.mark.parametrize("flag", ["extract", "citations"])
def test_only_for_text(flag: str, format: str, gi: Gi, server: ScriptedServer) -> None:
    argv = ("create", "hi", f"--{flag}", "--format", format, "--base-url", server.url)
    said = f"gi: error: --{flag} goes with --format text only\n"
    assert gi(*argv, code=2).err == said
    both = gi("create", "hi", "-x", "--citations", code=2).err
    twice = "--extract and --citations contradict each other: give one"
    assert both == f"gi: error: {twice}\n"


def test_id_file_is_there_before_the_end(
    server: ScriptedServer, tmp_path: Path
) -> None:
    on = threading.Event()
    first, mark, rest = streamed(text("a")).partition(b"\n\n")
    server.expect("POST", TARGET, sse(first + mark, Wait(on), rest))
    file = tmp_path / "id"
    file.write_text("old")
    argv = ("create", "hi", "--ndjson", "--id-file", str(file))
    env = environment(tmp_path, **VARIABLES, GI_BASE_URL=server.url)
    with Running(*argv, env=env) as running:
        running.read_until(b"\n")
        until = time.monotonic() + 10
        while file.read_text() != "v1_a\n":
            assert time.monotonic() < until
        on.set()
        assert running.finish().code == 0
    assert file.read_text() == "v1_a\n"


def test_id_file_is_made_for_an_id_only(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    error = {"error": {"code": "invalid_request", "message": "No."}}
    at = ("create", "hi", "--base-url", server.url, "--id-file")
    server.expect("POST", TARGET, json_reply(error, 400))
    gi(*at, str(tmp_path / "id"), code=1)
    gi(*at, str(tmp_path / "id"), "--dry-run")
    assert list(tmp_path.iterdir()) == []


HELLO = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}
STEPS: list[dict[str, Any]] = [
    {"type": "thought", "signature": "c2ln" * 650_000, "summary": []},
    {"type": "google_search_call", "id": "s", "arguments": {"n": 10**20 + 1}},
    {"type": "dream", "of": {"sheep": [1.5, None, "\u2028é😀"]}, "signature": "A"},
    {"type": "model_output", "content": [{**text("ok")[0], "new": {"n": 10**20}}]},
]
SCHEMA = {"type": "object", "properties": {"n": {"maximum": 10**20}}}
TOOLS = {"tools": [{"type": "function", "name": "f", "parameters": SCHEMA}]}


@pytest.mark.parametrize("settings", [{}, TOOLS], ids=["plain", "big integer"])
def test_transcript(
    settings: dict[str, Any], gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    """Every step is sent back as it came; a turn that failed leaves no trace."""
    file = tmp_path / "talk"
    at = ("--transcript", str(file), "--base-url", server.url)
    server.expect("POST", TARGET, answer("", steps=STEPS))
    gi("create", "hi", *at, *(typed(**settings) if settings else ()))
    begun = file.read_bytes()
    server.expect("POST", TARGET, answer("", status="failed", steps=STEPS))
    gi("continue", "more", *at, code=1)
    assert file.read_bytes() == begun
    server.expect("POST", TARGET, answer(""))
    assert gi("continue", "more", *at) == Done(0, b"ok\n", "")
    more = {"type": "user_input", "content": [{"type": "text", "text": "more"}]}
    fields = {"model": MODEL, "store": False, "stream": True, **settings}
    first, _, second = (request.json for request in server.requests)
    assert first == {**fields, "input": [HELLO]}
    assert second == {**fields, "input": [HELLO, *STEPS, more]}
    head, *lines = map(json.loads, file.read_bytes().splitlines())
    kept = {"gi": "gi.transcript", "v": 1, "model": MODEL, "settings": settings}
    assert (head, lines[:6]) == (kept, [HELLO, *STEPS, more])
    again = gi("create", "hi", *at, code=2)
    said = f"gi: error: --transcript: {file} is not empty\n"
    assert (
        again.err
        == f"{said}gi: hint: gi continue --transcript {file} goes on with it\n"
    )


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[]\n", b"Dear diary\n", b"\xff\n"])
def test_no_transcript(data: bytes, gi: Gi, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    done = gi("continue", "more", "--transcript", str(tmp_path / "f"), code=2)
    said = f"gi: error: --transcript: {tmp_path}/f is no transcript of gi\n"
    assert done == Done(2, b"", said)


FIELDS = {"model": MODEL, "input": "hi", "stream": True}
MERGED: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "store": (("hi", "--store"), {**FIELDS, "store": True}),
    "no store": (("hi", "--no-store"), {**FIELDS, "store": False}),
    "base": (("hi", *typed(new={"a": [10**20]})), {**FIELDS, "new": {"a": [10**20]}}),
    "base's model": (("hi", *typed(model="m")), {**FIELDS, "model": "m"}),
    "the same twice": (("hi", "-m", "m", *typed(model="m")), {**FIELDS, "model": "m"}),
    "a flag over the base": (
        ("hi", "-m", "a", "--store", "-s", "b", *typed(model="m", store=False)),
        {**FIELDS, "model": "a", "store": True, "system_instruction": "b"},
    ),
    "base's input": (typed(input=[HELLO]), {**FIELDS, "input": [HELLO]}),
}
CONTRADICTED = {
    "agent": (("hi", "-m", "a", *typed(agent="b")), "--model and --agent"),
    "background": (
        ("hi", "--no-store", *typed(background=True)),
        "--no-store and backgr",
    ),
    "input": (("hi", *typed(input="b")), "--body has an input, and there is a PROMPT"),
    "list": (("hi", "--body", "[]"), "--body: it is not a JSON object"),
    "no JSON": (("hi", "--body", "{"), "--body: it is not JSON"),
}


@pytest.mark.parametrize("name", MERGED)
def test_body(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, expected = MERGED[name]
    server.expect("POST", TARGET, answer("v1_a"))
    gi("create", *argv, "--base-url", server.url)
    assert server.requests[0].json == expected


@pytest.mark.parametrize("name", CONTRADICTED)
def test_body_contradicted(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, said = CONTRADICTED[name]
    done = gi("create", *argv, "--base-url", server.url, code=2)
    assert (done.out, done.err.startswith(f"gi: error: {said}")) == (b"", True)
