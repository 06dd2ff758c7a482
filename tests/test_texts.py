"""Texts that came together are shown as one, and nobody can tell the difference."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gi_cli.transport.stream import Tap, decoded
from gi_cli.waits import Waits
from gi_cli.wire.events import STEP_DELTA, Event, decode
from gi_cli.wire.texts import Texts
from tests.conftest import Done, FakeClock, Gi
from tests.scripted import ScriptedServer, sse
from tests.test_streams import TARGET
from tests.test_wire import run


def delta(text: Any = "a", *, index: Any = 0, type: str = "text", **more: Any) -> str:
    inner = {"type": type, "text": text}
    return json.dumps({"index": index, "delta": inner, "event_type": STEP_DELTA} | more)


LINES = '{"event_type":"step.delta",\n"index":0,"delta":{"type":"text","text":"a"}}'
TWICE = '{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"%s"%s}}'
ESCAPED = r'{"event_type":"step.delta","index":0,"delta":{"text":"%s","type":"\u0061"}}'
INNER = TWICE.replace('"type":', r'"type":"x\"a","type":') % ("%s", "")


@pytest.mark.parametrize(
    ("model", "raw", "text"),
    [
        (delta(), delta("b "), "b "),
        (delta('\n"text": "\'\\'), delta('\n\\" é 漢 😀'), '\n\\" é 漢 😀'),
        (delta("a"), delta(""), ""),
        (delta("\ud83d"), delta("b"), "b"),
        (delta(type="later"), delta("b", type="later"), "b"),
        (delta("é\n"), delta("b"), "b"),
        (delta("é\n"), delta("é"), "é"),
        (ESCAPED % "é\\n", ESCAPED % "b", "b"),
        (ESCAPED % "text", ESCAPED % "b", None),
        (ESCAPED % "b", ESCAPED % "text", "text"),
        (INNER % "a", INNER % "b", None),
        (TWICE % (":", ""), TWICE % ("b", ""), None),
        (delta(", "), delta("b"), None),
        (TWICE % ("a", ',"text":"a"'), TWICE % ("b", ',"text":"a"'), None),
        (TWICE % ("a", ""), TWICE % ("b", ',"text":"c"'), None),
        (TWICE % ("a", ""), TWICE % ("b", ',"annotations":[]'), None),
        (delta(), delta("\ud83d"), None),
        (delta(), delta("b", index=1), None),
        (delta(), delta("b")[:-1], None),
        (delta(), delta("b") + " ", None),
        (delta(), delta("b").replace("b", "\x01"), None),
        (delta(), delta().replace('"a"', '"'), None),
        (delta(""), delta("b"), None),
        (delta(5), delta("b"), None),
        (delta(index="0"), delta("b", index="0"), None),
        (delta(index=None), delta("b", index=None), None),
        (delta(index=True), delta("b", index=True), None),
        (delta(index=float("nan")), delta("b", index=float("nan")), None),
        (delta(event_id="1"), delta("b", event_id="1"), None),
        (LINES, LINES.replace('"a"', '"b"'), None),
        (
            delta().replace("step.delta", "a"),
            delta("b").replace("step.delta", "a"),
            None,
        ),
        ('{"index":0}', '{"index":0}', None),
        ("[DONE]", "[DONE]", None),
    ],
)
def test_only_the_text_may_differ(model: str, raw: str, text: str | None) -> None:
    texts, first = Texts(), decode("", model)
    texts.follow(first)
    taken = [raw for _ in range(2) if texts.take(raw)]
    shown = texts.joined()
    assert texts.joined() == []
    if text is None:
        assert shown == [decode("", each) for each in taken]
        return
    data = {**first.data, "delta": {**first.data["delta"], "text": text + text}}
    assert shown == [Event(STEP_DELTA, data, f"{raw}\n{raw}", joined=True)]
    assert decode("", raw).data["delta"]["text"] == text


def test_what_is_followed_changes() -> None:
    texts = Texts()
    assert texts.take(delta()) is False
    texts.follow(decode("", delta()))
    assert texts.take(delta("b")) is True
    (whole,) = texts.joined()
    texts.follow(whole)
    assert texts.take(delta("c")) is True
    data = {**whole.data, "delta": {"type": "text", "text": "c"}}
    assert texts.joined() == [whole._replace(data=data, raw=delta("c"))]
    texts.follow(decode("", delta(index=1)))
    assert (texts.take(delta()), texts.take(delta(index=1))) == (False, True)
    assert texts.joined() == [decode("", delta(index=1))._replace(joined=True)]
    texts.stop()
    assert (texts.take(delta(index=1)), texts.joined()) == (False, [])


BACKSLASH, QUOTE = TWICE % ("a\\", ""), TWICE % ('a","b', "")


@pytest.mark.parametrize(
    "raws",
    [
        [delta("b"), BACKSLASH, delta("c")],
        [delta("b"), QUOTE, delta("c")],
        [BACKSLASH, delta("b"), QUOTE],
        [delta("b"), TWICE % ("\\u12", ""), TWICE % ("34", "")],
        [delta("b"), TWICE % ("\\ud83d", ""), TWICE % ("\\ude00", "")],
        [delta("b"), TWICE % ("a\\\\", ""), delta("c")],
        [delta("b"), TWICE.replace('"%s"%s', '"') % (), delta("c")],
        [*[TWICE.replace('"%s"%s', '"') % ()] * 2, TWICE % ('a","b', ""), delta("c")],
    ],
)
def test_a_malformed_one_is_not_mended_by_the_next(raws: list[str]) -> None:
    chunks = [block(raw) for raw in (BEGUN, TWICE % ("a", ""), *raws, OVER)]
    together = {f: run([b"".join(chunks)], f) for f in ("text", "ndjson", "json")}
    assert together == {f: run(chunks, f) for f in together}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
RAWS = st.one_of(
    st.builds(delta, TEXT),
    st.builds(
        lambda text: json.dumps(json.loads(delta(text)), ensure_ascii=False), TEXT
    ),
    st.builds(lambda text: TWICE % (json.dumps(text)[1:-1], ""), TEXT),
    st.builds(lambda text, index: delta(text, index=index), TEXT, st.integers(0, 2)),
    st.builds(lambda text: delta(text, later=1), TEXT),
)
BEGUN = '{"event_type":"interaction.created","interaction":{"id":"v1_1"}}'
OVER = '{"event_type":"interaction.completed","interaction":{"status":"completed"}}'


def block(raw: str) -> bytes:
    return f"data: {raw}\n\n".encode()


@given(st.lists(RAWS, min_size=1, max_size=12))
@settings(deadline=None)
def test_together_or_each_on_its_own(raws: list[str]) -> None:
    chunks = [block(raw) for raw in (BEGUN, *raws, OVER)]
    together = {f: run([b"".join(chunks)], f) for f in ("text", "ndjson", "json")}
    assert together == {f: run(chunks, f) for f in together}
    lines = together["ndjson"].out.decode().split("\n")
    assert lines[:-2] == [BEGUN, *raws, OVER]
    text = "".join(json.loads(raw)["delta"]["text"] for raw in raws)
    end = "" if text.endswith("\n") or not text else "\n"
    assert together["text"].out.decode() == text + end


def test_each_thought_is_told_alone(gi: Gi, server: ScriptedServer) -> None:
    start = {"event_type": "step.start", "index": 0, "step": {"type": "thought"}}
    texts = [delta(text) for text in ("a", "b", "c")]
    answer = [delta("ok", index=1)]
    stream = [BEGUN, json.dumps(start), *texts, *answer, OVER]
    server.expect("POST", TARGET, sse(b"".join(map(block, stream))))
    argv = ("create", "hi", "--thoughts", "--base-url", server.url)
    told = "".join(f"gi: thought: {each}\n" for each in "abc")
    assert gi(*argv) == Done(0, b"ok\n", told)


def test_what_is_told_again_is_dropped(gi: Gi, server: ScriptedServer) -> None:
    """The first of the new ones goes on in the middle of what was shown."""
    first, again = [delta(each) for each in "abc"], [delta("ab"), *map(delta, "cdef")]
    stream = [BEGUN, *first, BEGUN, *again, OVER]
    server.expect("POST", TARGET, sse(b"".join(map(block, stream))))
    done = gi("create", "hi", "--ndjson", "--base-url", server.url)
    assert done.code == 0
    lines = done.out.decode().split("\n")
    assert lines[:-2] == [BEGUN, *first, *map(delta, "def"), OVER]


def test_what_is_taken_is_no_silence() -> None:
    clock, texts = FakeClock(), Texts()
    waits = Waits(clock)
    waits.limit(timeout=None, idle=1.0)
    texts.follow(decode("", delta()))
    shown: list[list[Event]] = []

    def chunks() -> Iterator[bytes]:
        for each in "bcd":
            clock.sleep(0.6)
            yield block(delta(each))

    tap = Tap(chunks(), waits, lambda _: None, lambda: shown.append(texts.joined()))
    assert list(decoded(tap, texts)) == []
    raws = [[event.raw for event in each] for each in shown]
    assert raws == [[delta("b")], [delta("c")], [delta("d")], []]


def test_half_of_one_at_a_cut_is_left_out() -> None:
    """It ends as they do, inside of its text."""
    chunks = [block(raw) for raw in (BEGUN, TWICE % ("a", ""), TWICE % ("b", ""))]
    half = f"data: {TWICE % (chr(92), '')}".encode()
    assert run([*chunks, half], "ndjson") == run(chunks, "ndjson")
