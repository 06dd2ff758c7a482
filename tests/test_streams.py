"""Every stream in every format: golden files, and any chunking of the bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Gi
from tests.scripted import ScriptedServer, sse

STREAMS = Path(__file__).with_name("streams")
TARGET = "/v1beta/interactions"
SUFFIXES = {"text": "txt", "ndjson": "ndjson", "json": "json"}


class Case(NamedTuple):
    code: int
    said: str  # on stderr, whole


LOST = "the stream ended before the interaction was completed"
CASES = {
    "text": Case(0, ""),
    "search-and-call": Case(7, ""),
    "truncated-thoughts": Case(5, ""),
    "research-untyped-delta": Case(0, ""),
    "story-images": Case(0, ""),
    "content-in-start": Case(0, ""),
    "migration-guide": Case(0, ""),
    "legacy": Case(0, ""),
    "error-event": Case(5, ""),
    "event-ids": Case(0, ""),
    "flat-interaction": Case(0, ""),
    "all-steps": Case(0, ""),
    "parallel-calls": Case(7, ""),
    "unknown-everything": Case(0, ""),
    "no-event-lines": Case(0, ""),
    "crlf": Case(0, ""),
    "last-block-unterminated": Case(0, ""),
    "incomplete": Case(8, ""),
    "failed": Case(1, ""),
    "bare-error-array": Case(5, ""),
    "bare-error-line": Case(1, ""),
}


def stream(name: str) -> bytes:
    return (STREAMS / f"{name}.sse").read_bytes()


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "sse"])
@pytest.mark.parametrize("name", CASES)
def test_stream(
    name: str,
    format: str,
    gi: Gi,
    server: ScriptedServer,
    golden: Callable[[str, bytes], None],
) -> None:
    server.expect("POST", TARGET, sse(stream(name)))
    argv = ("create", "hi", "--format", format, "--base-url", server.url)
    done = gi(*argv, code=CASES[name].code)
    print(done.err)
    if format == "sse":
        assert done.out == stream(name)
    else:
        golden(f"{name}.{SUFFIXES[format]}", done.out)
