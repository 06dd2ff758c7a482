"""Token counts and citations, as odd as they come."""

from dataclasses import replace
from typing import Any

import pytest

from tests.calling import Json, event, output, stream, whole
from tests.conftest import Gi
from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    START,
    STOP,
    Row,
    ended,
    params,
    post,
    replay,
    said,
)
from tests.scripted import ScriptedServer, sse

NONE = "the server told no token counts"
MODES = [{"modality": "text", "tokens": 3}]
# What the service says, and what --usage makes of it.
USAGES: list[tuple[str, Any, Any, str]] = [
    ("no usage", ..., None, NONE),
    ("no usage", None, None, NONE),
    ("no usage", {}, {}, "an unknown number of tokens"),
    ("no usage", [], None, NONE),
    ("no usage", "5", None, NONE),
    ("a part of the usage", {"total_tokens": 5}, ..., "5 tokens"),
    ("a part of the usage", {"total_tokens": 0}, ..., "0 tokens"),
    (
        "a part of the usage",
        {"total_input_tokens": 3},
        ...,
        "an unknown number of tokens: 3 input",
    ),
    (
        "a part of the usage",
        {"total_tokens": None, "total_output_tokens": None},
        ...,
        "an unknown number of tokens",
    ),
    (
        "unknown counters",
        {"total_tokens": 9, "total_dream_tokens": 4, "modes": MODES, "new": {"a": "b"}},
        ...,
        "9 tokens",
    ),
    (
        "unknown counters",
        {"total_tokens": "9\x1b[2J", "total_input_tokens": [1], "n": 10**20},
        ...,
        "an unknown number of tokens",
    ),
]


def counted(what: str, usage: Any, kept: Any, line: str) -> Row:
    more = {} if usage is ... else {"usage": usage}
    events = (CREATED, START, said("hi"), STOP, ended(**more), DONE)
    return Row(
        *("F122", what, (post(sse(*events)),), 0, b"hi\n", b"".join(events)),
        err=f"gi: usage: {line}\n",
        result={"usage": usage if kept is ... else kept},
        argv=("create", "hi", "--usage"),
    )


COUNTED = [counted(*each) for each in USAGES]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(COUNTED))
def test_usage(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    replay(row, format, gi, server)


TOKEN = {"continuation_token": "t"}
ODD: list[tuple[Any, Any, Any]] = [  # of two hops, and their sum
    ({"total_tokens": 1}, ..., {"total_tokens": 1}),
    ({"total_tokens": 1}, {"total_tokens": 2, "n": 3}, {"total_tokens": 3, "n": 3}),
    ({"total_tokens": 1}, {"total_tokens": None}, {"total_tokens": 1}),
    ({"total_tokens": None}, {"total_tokens": 2}, {"total_tokens": 2}),
    ({"m": MODES}, {"m": MODES}, {"m": [{"modality": "text", "tokens": 6}]}),
    ({"m": MODES}, {"m": 4}, {"m": 4}),
]


@held("F122", "a part of the usage")
@pytest.mark.parametrize(("one", "other", "whole_usage"), ODD)
def test_usage_of_two_hops(
    one: Any, other: Any, whole_usage: Any, gi: Gi, server: ScriptedServer
) -> None:
    first = stream(
        *(whole(output("hi")),),
        status="requires_continuation",
        usage=one,
        **TOKEN,
    )
    more = {} if other is ... else {"usage": other}
    last = stream(whole(output(" you")), id="v1_2", status="completed", **more)
    row = Row(
        *("F122", "a part of the usage", (post(sse(first)), post(sse(last)))),
        *(0, b"hi you\n", first + last),
        result={
            "usage": whole_usage,
            "interaction_id": "v1_2",
            "interaction_ids": ["v1_1", "v1_2"],
        },
    )
    replay(row, "ndjson", gi, server)


def notes(*annotations: Any) -> bytes:
    delta = {"type": "text_annotation_delta", "annotations": annotations}
    return event("step.delta", index=0, delta=delta)


def url(end: Any, title: Any = "T", url: Any = "https://a.b/?q=1", **more: Any) -> Json:
    cited = {"type": "url_citation", "url": url, "title": title, "end_index": end}
    return {k: v for k, v in cited.items() if v is not ...} | more


def cited(
    id: str, what: str, text: str, annotations: Any, shown: str, footnotes: str = ""
) -> Row:
    """A text and what is cited in it; `shown` with --citations."""
    delta = {"type": "text_annotation_delta", "annotations": annotations}
    noted = event("step.delta", index=0, delta=delta)
    events = (CREATED, START, said(text), noted, STOP, ended(), DONE)
    whole_text = f"{shown}\n" + (f"\n{footnotes}" if footnotes else "")
    out = whole_text.encode()
    return Row(id, what, (post(sse(*events)),), 0, out, b"".join(events))


LINK = "[^1]: T <https://a.b/?q=1>\n"
U, V = "[^2]: U <https://u>\n", "[^3]: V\n"
OVERLAPPING = [
    url(3, start_index=0),
    url(2, "U", "https://u", start_index=1),
    url(3, "V", ""),
]
NO_TITLE, SCRIPT = "a citation without a title", "a javascript: link"
BEYOND, BYTES = "offsets beyond the end", "offsets in bytes"
CITED = [
    cited("F123", "no annotations", "ab", [], "ab"),
    cited("F123", "no annotations", "ab", None, "ab"),
    cited("F123", "no annotations", "ab", [{"type": "odd"}, 5, None, []], "ab"),
    cited(
        *("F123", "overlapping annotations", "abcd", OVERLAPPING),
        *("ab[^2]c[^1][^3]d", f"{LINK}{U}{V}"),
    ),
    cited(*("F123", "overlapping annotations", "ab", [url(1), url(1)], "a[^1]b", LINK)),
    cited("F123", BEYOND, "ab", [url(99)], "ab[^1]", LINK),
    cited("F123", BEYOND, "ab", [url(-1)], "ab[^1]", LINK),
    cited("F123", BEYOND, "ab", [url(10**30)], "ab[^1]", LINK),
    cited("F123", BEYOND, "ab", [url("1")], "ab[^1]", LINK),
    cited("F123", BEYOND, "ab", [url(...)], "ab[^1]", LINK),
    cited("F123", BEYOND, "ab", [url(0)], "[^1]ab", LINK),
    cited("F123", BYTES, "é😀.", [url(6)], "é😀[^1].", LINK),
    cited("F123", BYTES, "é😀.", [url(4)], "é😀[^1].", LINK),
    cited("F124", NO_TITLE, "a", [url(1, ...)], "a[^1]", "[^1]: <https://a.b/?q=1>\n"),
    cited("F124", NO_TITLE, "a", [url(1, "")], "a[^1]", "[^1]: <https://a.b/?q=1>\n"),
    cited("F124", NO_TITLE, "a", [url(1, 5)], "a[^1]", "[^1]: <https://a.b/?q=1>\n"),
    cited("F124", NO_TITLE, "a", [url(1, None, None)], "a"),
    cited(
        *("F124", NO_TITLE, "a", [url(1, "x](y)\n[^1]: <z>")]),
        *("a[^1]", "[^1]: x\\](y) \\[^1\\]: \\<z\\> <https://a.b/?q=1>\n"),
    ),
    cited(
        *("F124", SCRIPT, "a", [url(1, "T", "javascript:alert(1)")]),
        *("a[^1]", "[^1]: T javascript:alert(1)\n"),
    ),
    cited(
        *("F124", SCRIPT, "a", [url(1, "T", "JavaScript:/*\n*/[x](y)<b>")]),
        *("a[^1]", "[^1]: T JavaScript:/\\* \\*/\\[x\\](y)\\<b\\>\n"),
    ),
    cited(
        *("F124", SCRIPT, "a", [url(1, "T", "https://a> <javascript:b")]),
        *("a[^1]", "[^1]: T https://a\\> \\<javascript:b\n"),
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(CITED))
def test_citations(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    """With --citations in a text, and as they came elsewhere."""
    flags = ("--citations",) if format == "text" else ()
    replay(replace(row, argv=("create", "hi", *flags)), format, gi, server)
