"""Streams that are cut, resumed, replayed and chunked anew, as lists of events."""

import base64
import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import groupby
from typing import Any, NamedTuple

from hypothesis import strategies as st

from gi_cli.wire.assemble import Assembler, Text
from gi_cli.wire.events import DONE, STEP_DELTA, Event, decode
from gi_cli.wire.told import Told
from tests.calling import event as framed

Json = dict[str, Any]
Plan = list[tuple[str, Json]]  # of one step: each event's kind and its fields


def made(kind: str, id: str = "", **data: Any) -> Event:
    named = {"event_id": id} if id else {}
    raw = framed(kind, **data, **named).split(b"data: ")[1].decode().strip()
    return decode(kind, raw)


def text(value: str) -> Json:
    return {"type": "text", "text": value}


class Folded(NamedTuple):
    """What a reader has of events."""

    steps: list[Json]
    status: str | None
    told: int  # characters of text


def folded(events: Iterable[Event]) -> Folded:
    state, length = Assembler(keep=True), 0
    for each in deepcopy([*events]):  # steps grow in place
        length += sum(len(p.text) for p in state.feed(each) if isinstance(p, Text))
    return Folded(state.document()["steps"], state.status, length)


def a_step(start: Json, *deltas: Json) -> Plan:
    told = [("step.delta", {"delta": delta}) for delta in deltas]
    return [("step.start", {"step": start}), *told, ("step.stop", {})]


WORDS = st.text("ab ä😀\n", min_size=1, max_size=5)
TEXTS = st.lists(WORDS.map(text), max_size=5)
OUTPUT = {"type": "model_output"}
CITED = st.integers().map(
    lambda n: {"type": "text_annotation_delta", "annotations": [{"start_index": n}]}
)
PICTURE = st.binary(max_size=3).map(
    lambda data: {
        "type": "image",
        "mime_type": "image/png",
        "data": base64.b64encode(b"\x89PNG" + data).decode(),
    }
)
SOUND = st.binary(min_size=1, max_size=4).map(
    lambda data: {
        "type": "audio",
        "mime_type": "audio/l16",
        "data": base64.b64encode(data).decode(),
    }
)
SUMMARY = WORDS.map(lambda said: {"type": "thought_summary", "content": text(said)})
SIGNED = {"type": "thought_signature", "signature": "c2ln"}


def call_of(arguments: Json, cut: int) -> Plan:
    whole = json.dumps(arguments)
    pieces = [whole[: cut % len(whole)], whole[cut % len(whole) :]]
    start = {"type": "function_call", "id": "c", "name": "f", "arguments": {}}
    deltas = [{"type": "arguments_delta", "arguments": p} for p in pieces if p]
    return a_step(start, *deltas)


STEPS = st.one_of(
    TEXTS.map(lambda deltas: a_step(OUTPUT, *deltas)),
    st.tuples(WORDS, TEXTS).map(
        lambda both: a_step({**OUTPUT, "content": [text(both[0])]}, *both[1])
    ),
    st.tuples(TEXTS, st.lists(CITED, max_size=3)).map(
        lambda both: a_step(OUTPUT, *both[0], *both[1])
    ),
    st.tuples(TEXTS, PICTURE, TEXTS).map(
        lambda parts: a_step(OUTPUT, *parts[0], parts[1], *parts[2])
    ),
    st.lists(SOUND, max_size=4).map(lambda deltas: a_step(OUTPUT, *deltas)),
    st.lists(SUMMARY, max_size=3).map(
        lambda deltas: a_step({"type": "thought"}, *deltas, SIGNED)
    ),
    st.tuples(
        st.dictionaries(st.sampled_from(["p", "q"]), st.integers(), min_size=1),
        st.integers(0, 99),
    ).map(lambda both: call_of(*both)),
)


@st.composite
def streams(draw: st.DrawFn, *, ids: bool = False) -> list[Event]:
    """A whole stream: its steps one behind the other or all at once."""
    plans = draw(st.lists(STEPS, min_size=1, max_size=4))
    queue = [index for index, plan in enumerate(plans) for _ in plan]
    order = draw(st.permutations(queue)) if draw(st.booleans()) else queue
    left = [iter(plan) for plan in plans]
    parts: Plan = [("interaction.created", {"interaction": {"id": "v1_1"}})]
    for index in order:
        kind, fields = next(left[index])
        parts.append((kind, {"index": index, **fields}))
    end = {"id": "v1_1", "status": "completed"}
    parts.append(("interaction.completed", {"interaction": end}))
    named = [ids or draw(st.booleans()) for _ in parts]
    return [
        made(kind, f"e{n}" if named[n] else "", **fields)
        for n, (kind, fields) in enumerate(parts)
    ] + [Event(DONE, {}, "[DONE]")]


def glued(events: list[Event]) -> list[Event]:
    """The same, with the texts that follow one another as one."""

    def of_text(each: Event) -> Any:
        if each.type != STEP_DELTA or each.data["delta"].get("type") != "text":
            return id(each)
        return each.data["index"]

    runs = [list(found) for _, found in groupby(events, of_text)]
    return [run[0] if len(run) == 1 else _as_one(run) for run in runs]


def _as_one(run: list[Event]) -> Event:
    delta = text("".join(each.data["delta"]["text"] for each in run))
    id = run[-1].data.get("event_id", "")
    return made(STEP_DELTA, id, index=run[0].data["index"], delta=delta)


def halved(events: list[Event]) -> list[Event]:
    """The same, with each text in two."""
    found: list[Event] = []
    for each in events:
        delta = each.data.get("delta", {})
        if delta.get("type") == "text" and len(delta["text"]) > 1:
            index, id = each.data["index"], each.data.get("event_id", "")
            first, rest = delta["text"][:1], delta["text"][1:]
            found.append(made(STEP_DELTA, "", index=index, delta=text(first)))
            found.append(made(STEP_DELTA, id, index=index, delta=text(rest)))
        else:
            found.append(each)
    return found


def same(events: list[Event]) -> list[Event]:
    return events


def behind(stream: list[Event], cursor: str) -> list[Event]:
    """The events that follow the one with that id; all of them without one."""
    at = [n for n, each in enumerate(stream) if each.data.get("event_id") == cursor]
    return stream[at[0] + 1 :] if cursor and at else stream


def all_of(stream: list[Event], cursor: str) -> list[Event]:
    """A service that looks at no cursor."""
    return stream


def again(stream: list[Event], cursor: str) -> list[Event]:
    """A service that begins with the event that the cursor names."""
    rest = behind(stream, cursor)
    return stream[-len(rest) - 1 :] if cursor else stream


def earlier(stream: list[Event], cursor: str) -> list[Event]:
    """A service that goes back a little further."""
    rest = behind(stream, cursor)
    return stream[-len(rest) - 3 :] if cursor else stream


From = Callable[[list[Event], str], list[Event]]
Chunks = Callable[[list[Event]], list[Event]]
CHUNKS = st.sampled_from([same, glued, halved])


def cuts(*sources: From) -> st.SearchStrategy[list[tuple[int, From, Chunks]]]:
    one = st.tuples(st.integers(0, 30), st.sampled_from(sources), CHUNKS)
    return st.lists(one, min_size=1, max_size=6)


def followed(
    stream: list[Event], cuts: list[tuple[int, From, Chunks]]
) -> tuple[Told, list[Event]]:
    """What is fresh of a stream that is cut so often; at last it comes to its end."""
    told, fresh = Told(), []
    (first, *_), *_ = cuts
    parts = [stream[:first]]
    for number, source, chunks in [*cuts, (None, *cuts[-1][1:])]:
        fresh += [new for each in parts[-1] if (new := told.fresh(each))]
        told.resume()
        parts.append(chunks(source(stream, told.cursor))[:number])
    fresh += [new for each in parts[-1] if (new := told.fresh(each))]
    return told, fresh
