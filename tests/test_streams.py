"""Every stream in every format, against golden files."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import FakeClock, Gi
from tests.following import runs_on
from tests.scripted import ScriptedServer, sse

STREAMS = Path(__file__).with_name("streams")
TARGET = "/v1beta/interactions"
URL = "http://server"  # stands for the server's, whose port differs
SUFFIXES = {"text": "txt", "ndjson": "ndjson", "json": "json"}


class Case(NamedTuple):
    code: int
    error: str = ""


LOST = "the stream ended before the interaction was completed"
CASES = {
    "text": Case(0),
    "search-and-call": Case(7, "the model called a function: water_level"),
    "truncated-thoughts": Case(5, LOST),
    "research-untyped-delta": Case(0),
    "story-images": Case(0),
    "one-step-images": Case(0),
    "audio-chunks": Case(0),
    "content-in-start": Case(0),
    "migration-guide": Case(0),
    "legacy": Case(0),
    "error-event": Case(
        5,
        "the interaction failed: gateway_timeout: "
        "The request took longer than its deadline allows.",
    ),
    "event-ids": Case(0),
    "flat-interaction": Case(0),
    "all-steps": Case(0),
    "parallel-calls": Case(7, "the model called a function: book_train, book_table"),
    "unknown-everything": Case(0),
    "no-event-lines": Case(0),
    "crlf": Case(0),
    "last-block-unterminated": Case(0),
    "incomplete": Case(8, "the interaction ended incomplete"),
    "failed": Case(
        1,
        "the interaction ended failed: "
        "internal_error: The model stopped working on this request.; "
        "tool_unavailable: The search tool did not answer.",
    ),
    "bare-error-array": Case(
        5, f"{LOST}: 503 UNAVAILABLE: The service is unavailable just now."
    ),
    "bare-error-line": Case(
        1,
        f"{LOST}: prohibited_content: The prompt was refused by the content filter.",
    ),
}


CALLS = {
    "search-and-call": {"npmrrn6t": 'water_level {"lake":"Tanganyika","unit":"m"}'},
    "parallel-calls": {
        "nflxixdu": 'book_train {"city":"Łódź","note":"café \\u2615",'
        '"ticket":123456789012345678901}',
        "mo1pzisw": 'book_table {"city":"東京","guests":[{"name":"Zoë"},'
        '{"name":"O\'Neil"}],"window":true}',
    },
}


def stream(name: str) -> bytes:
    return (STREAMS / f"{name}.sse").read_bytes()


def last_id(name: str) -> str:
    found = re.findall(rb'"id": ?"((?:v1_|int_)[^"]+)"', stream(name))
    return str(found[-1].decode()) if found else ""


def told(name: str) -> str:
    """The whole of stderr: nothing, or the error and the last id in the stream."""
    if not CASES[name].error:
        return ""
    id, wait = last_id(name), f"gi: hint: gi wait --base-url {URL}"
    hint = f"{wait} {id}\n" if CASES[name].code == 5 else ""
    if calls := CALLS.get(name):
        given = " ".join(f"--result {call}=VALUE" for call in calls)
        hint = f"gi: hint: gi continue --base-url {URL} --id {id} {given}\n"
    return f"gi: error: {CASES[name].error}\n{hint}gi: id: {id}\n"


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "sse"])
@pytest.mark.parametrize("name", CASES)
def test_stream(
    name: str,
    format: str,
    gi: Gi,
    server: ScriptedServer,
    golden: Callable[[str, bytes], None],
) -> None:
    """What is cut is followed, and here nothing more comes of it."""
    server.expect("POST", TARGET, sse(stream(name)))
    runs_on(server, last_id(name))
    argv = ("create", "hi", "--format", format, "--base-url", server.url)
    done = gi(*argv, code=CASES[name].code, clock=FakeClock())
    left = CALLS.get(name, {}) if format == "text" else {}
    lines = "".join(f"gi: call {id}: {call}\n" for id, call in left.items())
    assert done.err.replace(server.url, URL) == lines + told(name)
    if format == "sse":
        assert done.out == stream(name)
    else:
        golden(f"{name}.{SUFFIXES[format]}", done.out)
