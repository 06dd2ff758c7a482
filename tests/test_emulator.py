"""The emulator's answers, over HTTP without a socket."""

from typing import Any

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from tests.emulated import (
    CALL,
    HELLO,
    HELLO_INPUT,
    HELLO_STEPS,
    IMAGE,
    MODEL,
    RESULT,
    SAID,
    SHOWN,
    THOUGHT,
    USAGE,
    USER,
    VIDEO,
    WHAT,
    create,
    emulate,
    stream,
    text,
)

api = pytest.fixture(emulate)


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_creates(api: httpx.Client, version: str) -> None:
    response = api.post(f"/{version}/interactions", json=HELLO)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=UTF-8"
    assert response.json() == {
        "id": "v1_1",
        "object": "interaction",
        "model": MODEL,
        "status": "completed",
        "created": "2026-09-30T10:00:00Z",
        "updated": "2026-09-30T10:00:00Z",
        "service_tier": "standard",
        "steps": HELLO_STEPS,
        "usage": USAGE,
    }


def test_gets_the_whole_timeline(api: httpx.Client) -> None:
    interaction = create(api, input="Hello")
    interaction["steps"].insert(0, HELLO_INPUT)
    path = "/v1beta/interactions/v1_1"
    assert api.get(path).json() == interaction
    assert api.get(path, params={"include_input": "false"}).json() == interaction
    interaction["input"] = "Hello"
    assert api.get(path, params={"include_input": "true"}).json() == interaction


def test_deletes(api: httpx.Client) -> None:
    create(api, input="Hello")
    response = api.delete("/v1beta/interactions/v1_1")
    assert (response.status_code, response.content) == (200, b"")
    assert api.get("/v1beta/interactions/v1_1").status_code == 404
    assert api.delete("/v1beta/interactions/v1_1").status_code == 404


def test_keeps_nothing_that_must_not_be_stored(api: httpx.Client) -> None:
    interaction = create(api, input="Hello", store=False)
    assert (interaction["id"], interaction["steps"]) == ("", HELLO_STEPS)
    created, update, *_, completed = stream(api, input="Hello", store=False)
    assert created["interaction"]["id"] == ""
    assert update["interaction_id"] == ""
    assert completed["interaction"]["id"] == ""
    assert api.get("/v1beta/interactions/").status_code == 404


def test_makes_ids_and_times_of_its_own() -> None:
    transport = httpx.WSGITransport(app=Emulator())
    with httpx.Client(transport=transport, base_url="http://gi.invalid") as api:
        first, second = create(api, input="Hello"), create(api, input="Hello")
    assert first["id"].startswith("v1_")
    assert first["id"] != second["id"]
    assert first["created"] >= "2026"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"input": "Count from 8 to 11"}, "8, 9, 10, 11."),
        ({"input": "please COUNT FROM 2 TO -1, now"}, "2, 1, 0, -1."),
        ({"input": "Count from 7 to 7"}, "7."),
        ({"input": "Recount from 1 to 2"}, "{} to: Recount from 1 to 2"),
        ({"input": "ä" * 200}, "{} to: " + "ä" * 200),
        ({"input": "ä" * 201}, "{} to: " + "ä" * 200 + "…"),
        ({"input": WHAT}, "{} to: What is it?"),
        ({"input": [WHAT, WHAT]}, "{} to: What is it?\nWhat is it?"),
        (
            {"input": [IMAGE, WHAT, VIDEO]},
            "{} to: What is it?\nI was given: image (image/png), video",
        ),
        ({"input": IMAGE}, "{}.\nI was given: image (image/png)"),
        ({"input": [{"type": "user_input"}]}, "{}."),
        (
            {"input": [USER, THOUGHT, SAID, SHOWN]},
            "{}.\nI was given: image (image/png)\n"
            "I saw 1 earlier turn, the last one was: What is it?",
        ),
        (
            {"input": [USER, THOUGHT, CALL, RESULT]},
            "{} to: What is it?\nlook returned: A cat",
        ),
        ({"input": [THOUGHT, CALL, RESULT]}, "{}.\nlook returned: A cat"),
        (
            {"input": "Hi", "system_instruction": "Be brief."},
            "{} to: Hi\nI was instructed: Be brief.",
        ),
    ],
)
def test_answers(api: httpx.Client, body: dict[str, Any], said: str) -> None:
    assert text(create(api, **body)) == said.format("This is an emulated answer")


def test_counts_no_further_than_a_hundred_thousand_numbers(api: httpx.Client) -> None:
    numbers = text(create(api, input="Count from 1 to 999999999")).split(", ")
    assert (len(numbers), numbers[-1]) == (100_000, "100000.")


def test_media_cost_input_tokens(api: httpx.Client) -> None:
    usage = create(api, input=[WHAT, IMAGE, VIDEO, IMAGE])["usage"]
    assert usage["input_tokens_by_modality"] == [
        {"modality": "text", "tokens": 3},
        {"modality": "image", "tokens": 2240},
        {"modality": "video", "tokens": 1120},
    ]
    assert usage["total_input_tokens"] == 3363
