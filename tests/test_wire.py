"""Whatever bytes come, however they are cut: the same answer, and never a crash."""

import json
import tempfile
from collections.abc import Iterable
from itertools import pairwise, zip_longest
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import main
from gi_cli.transport.stream import Tap, decoded
from gi_cli.waits import Waits
from gi_cli.wire import codec
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import Event, decode
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.following import runs_on
from tests.scripted import ScriptedServer, sse
from tests.test_streams import CASES, TARGET, last_id, stream

SSE, JSON = "text/event-stream", "application/json"
FORMATS = ("text", "ndjson", "json", "sse")
RAW = {
    "UTF-8": "event: step.start\ndata: é漢😀\u2028\x85\x1c\n\n: ping\n\n".encode(),
    "CRLF": b"event: a\r\ndata: {\r\ndata: }\r\n\r\nid: 1\r\ndata: 2\r\n\r\n",
    "CR": b"event: a\rdata: {\rdata: }\r\rid: 1\rdata: 2\r\r",
    "broken": b"data: \xff\xc3(\xe2\x82\n\ndata: \xf0\x9f\x98\n\n\xff\n\nevent",
}
STREAMS = {**{name: stream(name) for name in CASES}, **RAW}


def run(chunks: Iterable[bytes], format: str, status: int = 200, of: str = SSE) -> Done:
    """main() on a body that arrives in these chunks, without a socket."""
    clock = FakeClock()
    waits = Waits(clock)
    headers = {"content-type": of}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, content=iter(chunks))

    file = tempfile.TemporaryFile
    with file() as given, file() as out, file() as err:
        stdin, stdout, stderr = given.fileno(), out.fileno(), err.fileno()
        console = Console(waits, stdin=stdin, stdout=stdout, stderr=stderr)
        transport = httpx.MockTransport(answer)
        env = Environment(console, {"GEMINI_API_KEY": KEY}, clock, waits, transport)
        code = main(("create", "hi", "--format", format), env)
        out.seek(0)
        err.seek(0)
        return Done(code, out.read(), err.read().decode())


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The data cut at these places, without empty pieces."""
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    found = [data[a:b] for a, b in pairwise(places)]
    return [piece for piece in found if piece]


def tapped(chunks: list[bytes]) -> tuple[list[Event], bytes, str]:
    """Events, raw bytes and what was no event."""
    seen: list[bytes] = []
    tap = Tap(iter(chunks), Waits(FakeClock()), seen.append, lambda: None)
    return list(decoded(tap)), b"".join(seen), tap.residue()


PATIENT = settings(deadline=None)
CUTS = st.lists(st.integers(0, 10_000), max_size=30)


@pytest.mark.parametrize("name", STREAMS)
def test_one_byte_at_a_time(name: str) -> None:
    data = STREAMS[name]
    assert tapped(pieces(data, range(len(data)))) == tapped([data])


@given(st.sampled_from(sorted(STREAMS)), CUTS)
@PATIENT
def test_any_cut(name: str, cuts: list[int]) -> None:
    data = STREAMS[name]
    assert tapped(pieces(data, cuts)) == tapped([data])


@pytest.mark.parametrize("format", FORMATS)
@given(st.sampled_from(sorted(STREAMS)), CUTS)
@settings(PATIENT, max_examples=25)
def test_any_cut_gives_the_same_output(format: str, name: str, cuts: list[int]) -> None:
    data = STREAMS[name]
    assert run(pieces(data, cuts), format) == run([data], format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["crlf", "bare-error-array", "UTF-8"])
def test_one_byte_at_a_time_over_a_socket(
    name: str, format: str, gi: Gi, server: ScriptedServer
) -> None:
    data = STREAMS[name]
    whole = run([data], format)
    server.expect("POST", TARGET, sse(*pieces(data, range(len(data))), chunked=True))
    environ = {"GEMINI_API_KEY": KEY, "GI_BASE_URL": server.url}
    if name == "bare-error-array":
        runs_on(server, last_id(name))
    argv = ("create", "hi", "--format", format)
    done = gi(*argv, code=whole.code, environ=environ, clock=FakeClock())
    assert done == whole


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"event: a\n\n\n\n\ndata\n\n", []),
        (b"data: {}\n\ndata: [DONE]", [("message", "{}"), ("done", "[DONE]")]),
        (b'data: {"a":', []),
        (b'data: {"event_type":"b"}\nevent: a\n\n', [("b", '{"event_type":"b"}')]),
    ],
)
def test_framing(body: bytes, events: list[tuple[str, str]]) -> None:
    assert [(event.type, event.raw) for event in tapped([body])[0]] == events


SHORT = st.text(max_size=5)
ARGUMENTS = st.dictionaries(SHORT, st.integers() | SHORT | st.none(), max_size=3)
CALL = {"type": "function_call", "id": "c0", "name": "f", "arguments": {}}


def told(kind: str, **fields: Any) -> Event:
    """An event as it comes over the wire."""
    return decode("", json.dumps({"event_type": kind, **fields}))


def arguments_delta(index: int, piece: str) -> Event:
    delta = {"type": "arguments_delta", "arguments": piece}
    return told("step.delta", index=index, delta=delta)


@given(ARGUMENTS)
@PATIENT
def test_arguments_split_at_every_place(arguments: dict[str, Any]) -> None:
    text = json.dumps(arguments)
    for place in range(len(text) + 1):
        state = Assembler(keep=False)
        state.feed(told("step.start", index=0, step=CALL))
        state.feed(arguments_delta(0, text[:place]))
        state.feed(arguments_delta(0, text[place:]))
        assert state.unanswered() == [{**CALL, "arguments": arguments}]


def test_interleaved_calls() -> None:
    state = Assembler(keep=True)
    for index in (0, 1):
        state.feed(told("step.start", index=index, step={**CALL, "id": f"c{index}"}))
    for pair in zip_longest('{"a": 1}', '{"b": [1, 2, 3]}', fillvalue=""):
        for index, piece in enumerate(pair):
            state.feed(arguments_delta(index, piece))
    one = {**CALL, "id": "c0", "arguments": {"a": 1}}
    two = {**CALL, "id": "c1", "arguments": {"b": [1, 2, 3]}}
    assert state.document()["steps"] == state.unanswered() == [one, two]


COMPLETED = b"".join(stream("text").partition(b"event: interaction.completed")[1:])


@given(
    st.text(st.characters(min_codepoint=0x41, exclude_categories=["Cs"]), min_size=1),
    CUTS,
)
@example("\N{GRINNING FACE}", [1])
@PATIENT
def test_surrogate_halves_join_across_deltas(text: str, cuts: list[int]) -> None:
    """Text that is cut in UTF-16, as the API does it, comes out whole."""
    units = text.encode("utf-16-le")
    body = b""
    for part in pieces(units, [2 * (cut % len(units) // 2) for cut in cuts]):
        delta = {"type": "text", "text": part.decode("utf-16-le", "surrogatepass")}
        body += f"data: {told('step.delta', index=0, delta=delta).raw}\n\n".encode()
    assert run([body + COMPLETED], "text").out == text.encode() + b"\n"
    document = json.loads(run([body + COMPLETED], "json").out)
    content = [{"type": "text", "text": text}]
    assert document["steps"] == [{"type": "model_output", "content": content}]


ANY_TEXT = st.text(st.characters(exclude_categories=())).map(codec.join_surrogates)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300)
ANYTHING = st.recursive(
    LEAVES | ANY_TEXT, lambda v: st.lists(v) | st.dictionaries(ANY_TEXT, v)
)


@given(ANYTHING, st.booleans())
@example(2**64, False)
@example({"a": [-(10**30), "\ud83d"], "\ude00": 1e308}, True)
@PATIENT
def test_codec_keeps_every_value(value: Any, indent: bool) -> None:
    data = codec.dumps(value, indent=indent)
    assert codec.loads(data) == value
    assert json.loads(data) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[NaN, Infinity, -Infinity]", [None] * 3),
        ("[1e400, -1e400, 1e-400]", [None, None, 0.0]),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (r'"\ud83d"', "\ud83d"),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        ("[" * 150 + "]" * 150, json.loads("[" * 150 + "]" * 150)),
    ],
)
def test_codec_reads(text: str, value: Any) -> None:
    assert codec.loads(text) == value


@pytest.mark.parametrize("text", ["", "{", "nil", "[" * 10**5, "9" * 5000, "\ufeff1"])
def test_codec_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        codec.loads(text)


NAMES = (
    *("text", "data", "uri", "content", "summary", "annotations", "arguments", "name"),
    *("result", "signature", "id", "call_id", "status", "usage", "steps", "outputs"),
    *("index", "errors", "error", "code", "message", "continuation_token", "delta"),
    *("type", "step", "interaction", "interaction_id"),
)
WORDS = (
    *("text", "image", "audio", "thought", "model_output", "function_call", "failed"),
    *("function_result", "completed", "requires_continuation", "arguments_delta"),
)
KINDS = (
    *("interaction.created", "interaction.completed", "interaction.status_update"),
    *("step.start", "step.delta", "step.stop", "error", "x", ""),
    *("interaction.start", "interaction.complete", "content.start", "content.delta"),
)
KEYS = st.sampled_from(NAMES)
VALUES = st.recursive(
    LEAVES | ANY_TEXT | st.sampled_from(WORDS),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=5),
    max_leaves=20,
)
KIND = {"event_type": st.sampled_from(KINDS)}
EVENTS = st.fixed_dictionaries(KIND, optional=dict.fromkeys(NAMES, VALUES))
END = told("interaction.completed").data
LONG = {"error": {"message": f"Please retry in {'9' * 5000}h"}}


def assert_told(body: bytes, **how: Any) -> None:
    """A known code, the same in every format, and a last word that can be read."""
    done = {name: run([body], name, **how) for name in FORMATS}
    code = done["text"].code
    assert {each.code for each in done.values()} == {code}, done
    assert code in {1, 3, 4, 5, 6, 7, 8} or (code == 0 and b"complete" in body), done
    results = [json.loads(line) for line in done["ndjson"].out.splitlines()]
    assert results[-1]["exit_code"] == code
    assert json.loads(done["json"].out)["gi"]["exit_code"] == code


@given(st.binary())
@example(b"data: 1\n\ndata: [1]\n\ndata: null\n\ndata: " + b"9" * 5000 + b"\n\n")
@PATIENT
def test_random_bytes(body: bytes) -> None:
    assert_told(body)


@given(st.sampled_from(sorted(STREAMS)), st.integers(0), st.integers(0), st.binary())
@PATIENT
def test_damaged_stream(name: str, start: int, size: int, new: bytes) -> None:
    data = STREAMS[name]
    start %= len(data)
    assert_told(data[:start] + new + data[start + size % 500 :])


@given(st.lists(EVENTS, max_size=8))
@example([told("step.start", step={"type": "function_call", "id": []}).data, END])
@example(
    [told("step.start", step={"type": "function_result", "call_id": {}}).data, END]
)
@example([told("interaction.start", interaction="text").data])
@PATIENT
def test_events_of_any_shape(events: list[dict[str, Any]]) -> None:
    assert_told(b"".join(b"data: %b\n\n" % codec.dumps(event) for event in events))


@given(VALUES, st.sampled_from([200, 400, 401, 429, 500, 503]))
@example(LONG, 429)
@PATIENT
def test_json_of_any_shape(value: Any, status: int) -> None:
    assert_told(codec.dumps(value), status=status, of=JSON)


@pytest.mark.parametrize("depth", [100, 500, 990, 1010, 1100, 100_000])
@pytest.mark.parametrize("name", ["usage", "steps", "error", "id"])
def test_deep_nesting(name: str, depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    body = b'data: {"event_type":"interaction.completed","%b":%b}\n\n'
    assert_told(body % (name.encode(), deep))
