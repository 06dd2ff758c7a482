"""Streams as the service sends them, before anything is wrong with them.

`story` gives the events of one answer or of several, and the exit code that `gi` has
to end with, where that is plain.
"""

import base64
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

Json = dict[str, Any]

WORDS = (
    *(
        "Rain",
        " falls",
        ".\n",
        "é",
        "\U0001f98a",
        "漢字",
        " ",
        "```sh\nls\n```\n",
        "x" * 90,
    ),
    *("\u2028", "\x85", "\x0b\x0c", "\r\n", '"\\', "[DONE]", "data: {}\n\n", "\x1b[2J"),
    *("\ud83e\udd8a", "{}", '{"a":1}', "\0", "\x1c", "0" * 25, "event: x", "\u202e"),
)
TYPES = {
    "image": ("image/png", "image/jpeg", "image/webp", "image/svg+xml", "../../x", ""),
    "audio": ("audio/L16;rate=24000", "audio/wav", "audio/mp3", "audio/l16"),
    "video": ("video/mp4",),
    "document": ("application/pdf",),
}
HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7", b"")
TOOLS = ("google_search", "url_context", "code_execution", "mcp_server_tool", "paint")
ENDS = (
    *("completed",) * 20,
    *("failed", "cancelled", "incomplete", "budget_exceeded", "requires_action"),
    *(
        "requires_continuation",
        "in_progress",
        "queued",
        "paused",
        "COMPLETED",
        "nothing",
    ),
    "error",
)
CODES = {
    "completed": 0,
    "COMPLETED": 0,
    "failed": 1,
    "cancelled": 1,
    "incomplete": 8,
    "budget_exceeded": 8,
    "requires_action": 7,
}
ERRORS: tuple[Any, ...] = (
    {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"},
    {"code": "prohibited_content", "message": "no"},
    {"code": "resource_exhausted", "message": "retry in 38.6s"},
    {"message": ""},
    *({"code": 500}, "it broke", None, {}, [{"code": 400}], True),
    {"message": '{"error":{"code":401,"message":"key"}}'},
    {"details": [{"@type": "x.RetryInfo", "retryDelay": "1s"}], "code": 429},
)


class Story(NamedTuple):
    """The events; where they are plain, the exit code and the text as well."""

    events: list[Json]
    code: int | None = None
    text: str = ""


def story(chance: Random) -> Story:
    """Tell what a service may send: mostly one interaction."""
    if chance.random() < 0.12:
        return Story([*_legacy(chance)])
    told = _interaction(chance)
    while chance.random() < 0.05:
        told = Story(told.events + _interaction(chance).events)
    return told


def _interaction(chance: Random) -> Story:
    end = chance.choice(ENDS)
    id = f"v1_{chance.getrandbits(64):016x}" if chance.random() < 0.9 else ""
    head = {"id": id, "object": "interaction", "model": "m", "status": "in_progress"}
    makers = chance.choices(STEPS, k=chance.choice((0, 1, 1, 1, 2, 2, 3, 4)))
    steps = [[*make(chance, index)] for index, make in enumerate(makers)]
    if len(steps) > 1 and chance.random() < 0.1:
        steps = [_interleaved(chance, steps)]
    events = [_shaped(chance, "interaction.created", head)]
    if chance.random() < 0.2:
        told = {"interaction_id": id, "status": "in_progress"}
        events.append({"event_type": "interaction.status_update", **told})
    events += [event for step in steps for event in step]
    events += _ended(chance, head, end)
    if chance.random() < 0.3:
        for number, event in enumerate(events):
            event["event_id"] = f"evt_{number}" if chance.random() < 0.9 else ""
    text = "".join(event.get("delta", {}).get("text", "") for event in events)
    plain = text and all(make in PLAIN for make in makers)
    return Story(events, CODES.get(end) if plain else None, text)


def _interleaved(chance: Random, steps: list[list[Json]]) -> list[Json]:
    """The events of several steps at once, each in its own order."""
    found: list[Json] = []
    queues = [iter(step) for step in steps]
    while queues:
        queue = chance.choice(queues)
        event = next(queue, None)
        if event is None:
            queues.remove(queue)
        else:
            found.append(event)
    return found


def _shaped(chance: Random, kind: str, head: Json) -> Json:
    """An event with an interaction, under its name or flat."""
    if chance.random() < 0.15:
        return {**head, "event_type": kind}
    return {"event_type": kind, "interaction": dict(head)}


def _ended(chance: Random, head: Json, end: str) -> Iterator[Json]:
    if end == "nothing":
        return
    if end == "error":
        yield {"event_type": "error", "error": chance.choice(ERRORS)}
        return
    more: Json = {"status": end}
    if chance.random() < 0.5:
        more["usage"] = {"total_tokens": 3, "total_input_tokens": 1}
    if end == "requires_continuation" and chance.random() < 0.8:
        more |= {"continuation_token": "t"}
    if end == "failed" and chance.random() < 0.5:
        more["errors"] = [{"code": "x", "message": "y"}]
    yield _shaped(chance, "interaction.completed", {**head, **more})


def _start(index: int, **step: Any) -> Json:
    return {"event_type": "step.start", "index": index, "step": step}


def _delta(index: int, **delta: Any) -> Json:
    return {"event_type": "step.delta", "index": index, "delta": delta}


def _stop(index: int) -> Json:
    return {"event_type": "step.stop", "index": index}


def _text(chance: Random, index: int) -> Iterator[Json]:
    yield _start(index, type="model_output")
    for _ in range(chance.choice((1, 2, 3, 3, 8))):
        yield _delta(index, type="text", text=chance.choice(WORDS))
    yield _stop(index)


def _whole(chance: Random, index: int) -> Iterator[Json]:
    contents = [{"type": "text", "text": chance.choice(WORDS)}]
    if chance.random() < 0.3:
        contents.append(_medium(chance, "image"))
    yield _start(index, type="model_output", content=contents)
    yield _stop(index)


def _thought(chance: Random, index: int) -> Iterator[Json]:
    yield _start(index, type="thought", signature="")
    for _ in range(chance.randrange(3)):
        summary = {"type": "text", "text": chance.choice(WORDS)}
        yield _delta(index, type="thought_summary", content=summary)
    yield _delta(index, type="thought_signature", signature="c2ln")
    yield _stop(index)


def _call(chance: Random, index: int) -> Iterator[Json]:
    name = chance.choice(("get_weather", "f", "a; rm -rf /", "", "x\n\x1b[2J", "../x"))
    yield _start(index, type="function_call", id=f"call_{index}", name=name)
    text = chance.choice(
        ('{"place":"Oslo"}', "{}", "", "[1]", '{"a":', "1e400", '"\\ud83d"')
    )
    for at in range(0, len(text), 5):
        yield _delta(index, type="arguments_delta", arguments=text[at : at + 5])
    yield _stop(index)


def _media(chance: Random, index: int) -> Iterator[Json]:
    yield _start(index, type="model_output")
    kind = chance.choice([*TYPES])
    for number in range(chance.choice((1, 1, 2, 3))):
        medium = _medium(chance, kind)
        if number and chance.random() < 0.5:
            del medium["mime_type"]
        yield _delta(index, **medium)
        if chance.random() < 0.2:
            yield _delta(index, type="text", text=chance.choice(WORDS))
    yield _stop(index)


def _medium(chance: Random, kind: str) -> Json:
    medium: Json = {"type": kind, "mime_type": chance.choice(TYPES[kind])}
    if chance.random() < 0.05:
        return {**medium, "uri": chance.choice(("files/x", "http://127.0.0.1/x", "x"))}
    head = chance.choice(HEADS)
    data = head + chance.randbytes(chance.choice((0, 1, 2, 3, 300)))
    return {**medium, "data": base64.b64encode(data).decode()}


def _cited(chance: Random, index: int) -> Iterator[Json]:
    yield _start(index, type="model_output")
    yield _delta(index, type="text", text="Rain falls. ")
    for _ in range(chance.choice((1, 2))):
        note = {
            "type": "url_citation",
            "url": chance.choice(("https://a.b/c", "javascript:x", "")),
            "title": chance.choice(("A", "[x](y)", "\x1b", "")),
            "start_index": chance.choice((0, 3, -1, 10**6)),
            "end_index": chance.choice((0, 5, 10**6, -5, 2.5)),
        }
        yield _delta(index, type="text_annotation_delta", annotations=[note])
    yield _delta(index, type="text", text=chance.choice(WORDS))
    yield _stop(index)


def _tool(chance: Random, index: int) -> Iterator[Json]:
    name = chance.choice(TOOLS)
    yield _start(
        index, type=f"{name}_call", id=f"t{index}", arguments={"queries": ["q"]}
    )
    yield _stop(index)
    result = [{"type": "text", "text": "found"}]
    yield _start(index + 50, type=f"{name}_result", call_id=f"t{index}")
    yield _delta(index + 50, type=f"{name}_result", result=result, signature="c2ln")
    yield _stop(index + 50)


def _unknown(chance: Random, index: int) -> Iterator[Json]:
    yield _start(index, type=chance.choice(("dream", "user_input", "model_output")))
    yield _delta(index, type="smell", strength=chance.random(), big=10**30)
    yield {"event_type": "step.paused", "index": index, "why": None}
    yield _delta(index, text=chance.choice(WORDS))
    yield _stop(index)


PLAIN = (_text, _thought)
STEPS: tuple[Callable[[Random, int], Iterator[Json]], ...] = (
    *(_text,) * 6,
    *(_thought,) * 2,
    *(_whole, _call, _media, _media, _cited, _tool, _unknown),
)


def _legacy(chance: Random) -> Iterator[Json]:
    """The schema before 2026-05-20."""
    id = f"v1_{chance.getrandbits(32):08x}"
    yield {"event_type": "interaction.start", "interaction": {"id": id}}
    for index in range(chance.choice((1, 1, 2))):
        kind = chance.choice(("text", "thought", "function_call", "image"))
        yield {"event_type": "content.start", "index": index, "content": {"type": kind}}
        for _ in range(chance.randrange(4)):
            delta: Json = {"type": "text", "text": chance.choice(WORDS)}
            if kind == "image":
                delta = _medium(chance, "image")
            elif kind == "function_call":
                delta = {"type": kind, "id": "c", "name": "f", "arguments": {"a": 1}}
            yield {"event_type": "content.delta", "index": index, "delta": delta}
        yield {"event_type": "content.stop", "index": index}
    outputs = [{"type": "text", "text": chance.choice(WORDS)}]
    status = chance.choice(("completed", "done", "failed"))
    ended: Json = {"id": id, "status": status}
    if chance.random() < 0.5:
        ended["outputs"] = outputs
    yield {"event_type": "interaction.complete", "interaction": ended}
