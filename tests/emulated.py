"""Requests to an emulator that lives in the test, with fixed ids and a clock to set."""

import itertools
from typing import Any

import httpx
import orjson

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.storage import Storage
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import Event

MODEL = "gemini-3.8-flash"
RESEARCH = "deep-research-preview-04-2026"
HELLO = {"model": MODEL, "input": "Hello"}

SIGNATURE = "ZW11bGF0ZWQgdGhvdWdodCBmN2QxODk4Mg=="
SUMMARY = (
    "**Reading the prompt**\n\nIt has 5 characters. I answer by rule, without a model."
)
USAGE = {
    "total_tokens": 31,
    "total_input_tokens": 2,
    "input_tokens_by_modality": [{"modality": "text", "tokens": 2}],
    "total_cached_tokens": 0,
    "total_output_tokens": 9,
    "total_tool_use_tokens": 0,
    "total_thought_tokens": 20,
}
HELLO_STEPS = [
    {"type": "thought", "signature": SIGNATURE},
    {
        "type": "model_output",
        "content": [{"type": "text", "text": "This is an emulated answer to: Hello"}],
    },
]
HELLO_INPUT = {"type": "user_input", "content": [{"type": "text", "text": "Hello"}]}

IMAGE = {"type": "image", "data": "AAAA", "mime_type": "image/png"}
VIDEO = {"type": "video", "uri": "https://youtu.be/x"}
WHAT = {"type": "text", "text": "What is it?"}
USER = {"type": "user_input", "content": [WHAT]}
SHOWN = {"type": "user_input", "content": [IMAGE]}
SAID = {"type": "model_output", "content": [{"type": "text", "text": "A cat."}]}
THOUGHT = {"type": "thought", "signature": "abc"}
CALL = {"type": "function_call", "id": "c1", "name": "look", "arguments": {}}
RESULT = {"type": "function_result", "call_id": "c1", "name": "look", "result": "A cat"}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
CLOCK = {"type": "function", "name": "get_time"}


class Clock:
    """Stands still, unless somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_790_762_400.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)


def emulate(
    storage: Storage | None = None, clock: Clock | None = None, ids: str = "v1_"
) -> httpx.Client:
    clock, number = clock or Clock(), itertools.count(1)
    file_number = itertools.count(1)
    app = Emulator(
        now=clock.now,
        new_id=lambda: f"{ids}{next(number)}",
        new_file_id=lambda: f"file{next(file_number):08}",
        storage=storage,
        sleep=clock.sleep,
    )
    return httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url="http://gi.invalid"
    )


def create(api: httpx.Client, **body: object) -> dict[str, Any]:
    response = api.post("/v1beta/interactions", json={"model": MODEL, **body})
    assert response.status_code == 200, response.text
    interaction: dict[str, Any] = response.json()
    return interaction


def text(interaction: dict[str, Any]) -> str:
    return "".join(
        content["text"]
        for step in interaction["steps"]
        if step["type"] == "model_output"
        for content in step["content"]
        if content["type"] == "text"
    )


def called(interaction: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in interaction["steps"] if step["type"] == "function_call"]


def result(call: dict[str, Any], value: Any, **more: object) -> dict[str, Any]:
    answered = {"call_id": call["id"], "name": call["name"], "result": value}
    return {"type": "function_result", **answered, **more}


def events(response: httpx.Response) -> list[dict[str, Any]]:
    """Take the frames apart, with every rule they obey asserted."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/event-stream"
    *frames, done, rest = response.content.split(b"\n\n")
    assert (done, rest) == (b"event: done\ndata: [DONE]", b"")
    found = []
    for frame in frames:
        name, data = frame.split(b"\n")
        event = orjson.loads(data.removeprefix(b"data: "))
        assert name == b"event: " + event["event_type"].encode()
        assert list(event)[-1] == "event_type"
        found.append(event)
    return found


def stream(api: httpx.Client, **body: object) -> list[dict[str, Any]]:
    asked = {"model": MODEL, "stream": True, **body}
    return events(api.post("/v1beta/interactions", json=asked))


def assembled(streamed: list[dict[str, Any]]) -> dict[str, Any]:
    """The interaction that a stream has told, as a client makes it."""
    assembler = Assembler(keep=True)
    for event in streamed:
        assembler.feed(Event(event["event_type"], event, ""))
    return assembler.document()


def assert_refused(
    response: httpx.Response, message: str, code: str = "invalid_request"
) -> None:
    status = {"invalid_request": 400, "not_found": 404}[code]
    error = {"error": {"message": message, "code": code}}
    assert (response.status_code, response.json()) == (status, error)
