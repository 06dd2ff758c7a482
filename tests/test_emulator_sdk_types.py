"""All that the emulator sends is what the types of Google's SDK say, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from google.genai._gaos.types.interactions import InteractionSSEEvent
from google.genai._gaos.utils.serializers import ALLOW_UNKNOWN_UNION_VARIANTS
from pydantic import TypeAdapter

from gi_cli.emulator.app import Emulator
from tests.conftest import KEY
from tests.emulated import CLOCK, MODEL, RESEARCH, VIDEO, WEATHER, Clock
from tests.sdk_cases import RECIPE
from tests.serving import serving
from tests.test_emulator_tools import LATE, PROMPT, TOOLS
from tests.typed import unknown

IMAGE_MODEL = "gemini-3.1-flash-image"
SMALL = {"type": "image", "image_size": "512"}
FIELDS = {
    "labels": {"team": "blue"},
    "service_tier": "flex",
    "system_instruction": "Be brief.",
    "environment": {"type": "remote", "network": "disabled"},
    "webhook_config": {"uris": ["https://hook.example"], "user_metadata": {"n": 1}},
    "safety_settings": [{"type": "jailbreak", "threshold": "off"}],
    "generation_config": {
        "thinking_summaries": "auto",
        "thinking_level": "low",
        "temperature": 1,
        "tool_choice": {"allowed_tools": {"mode": "auto", "tools": ["get_time"]}},
    },
    "tools": [CLOCK],
}
FORMATS: dict[str, Any] = {
    "text": {"type": "text"},
    "JSON": {"type": "text", "mime_type": "application/json"},
    "schema": {"type": "text", "mime_type": "application/json", "schema": RECIPE},
    "free": {"type": "object", "properties": {}},
    "image": SMALL,
    "image by address": {**SMALL, "delivery": "uri"},
    "story": [{"type": "text"}, SMALL],
    "sound": {"type": "audio"},
    "sound by address": {"type": "audio", "delivery": "uri", "mime_type": "audio/wav"},
    "mp3": {"type": "audio", "mime_type": "audio/mp3"},
    "opus": {"type": "audio", "mime_type": "audio/ogg_opus"},
    "a-law": {"type": "audio", "mime_type": "audio/alaw"},
    "mu-law": {"type": "audio", "mime_type": "audio/mulaw"},
    "video": {"type": "video", "resolution": "360p"},
    "video by address": {"type": "video", "delivery": "uri", "aspect_ratio": "9:16"},
    "all": [{"type": "text"}, SMALL, {"type": "audio"}],
}
ENDS = (
    *("completed", "requires_action", "failed", "cancelled", "incomplete"),
    *("budget_exceeded", "in_progress", "queued"),
)
ASKED: dict[str, dict[str, Any]] = {
    "text": {"input": "Hello"},
    "not stored": {"input": "Hello", "store": False},
    "background": {"input": "Hello", "background": True},
    "summaries": {
        "input": "Hello",
        "generation_config": {"thinking_summaries": "auto"},
    },
    "fields": {"input": "Hello", **FIELDS},
    "calls": {"input": "in Paris, interleaved in pieces", "tools": [WEATHER, CLOCK]},
    "text and calls": {"input": "both after text", "tools": [WEATHER]},
    "search and call": {"input": "Hi", "tools": [{"type": "google_search"}, CLOCK]},
    "late function": {"input": "Hi", "tools": [{"type": "tool_search"}, LATE]},
    "computer": {"input": "Hi", "tools": [{"type": "computer_use"}]},
    "media": {"input": [{"type": "text", "text": "Look"}, VIDEO]},
    "processed": {"input": [{**VIDEO, "processing": "agentic"}]},
    "research": {
        "agent": RESEARCH,
        "input": PROMPT,
        "background": True,
        "tools": [{"type": "url_context"}],
        "agent_config": {"type": "deep-research", "thinking_summaries": "auto"},
    },
    **{
        f"tool {kind}": {"input": PROMPT, "tools": [{"type": kind, **fields}]}
        for kind, (fields, *_) in TOOLS.items()
    },
    **{
        f"format {name}": {
            "model": IMAGE_MODEL,
            "input": "A fox",
            "response_format": wanted,
            "generation_config": {"thinking_summaries": "auto"},
        }
        for name, wanted in FORMATS.items()
    },
    **{
        f"end {status}": {
            "input": "Hello",
            "extra_headers": {"x-gi-fault": f"end={status}"},
        }
        for status in ENDS
    },
    "error": {
        "input": "Hello",
        "extra_headers": {"x-gi-fault": "error-after=5, on=STREAM"},
    },
}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def sdk(clock: Clock) -> Iterator[Any]:
    with serving(Emulator(now=clock.now, sleep=clock.sleep)) as url:
        options = types.HttpOptions(base_url=url)
        with genai.Client(api_key=KEY, http_options=options) as client:
            yield client


@pytest.mark.parametrize("name", ASKED)
def test_the_types_know_all_of_it(name: str, sdk: Any, clock: Clock) -> None:
    body = ASKED[name] if "agent" in ASKED[name] else {"model": MODEL, **ASKED[name]}
    interaction = sdk.interactions.create(**body)
    streamed = list(sdk.interactions.create(**body, stream=True))
    found = [interaction, *streamed]
    if interaction.id:
        clock.sleep(3)
        found.append(sdk.interactions.get(id=interaction.id, include_input=True))
        found += sdk.interactions.get(id=interaction.id, stream=True)
    assert len(streamed) >= 3
    assert [strange for value in found for strange in unknown(value)] == []


def read(event: dict[str, Any]) -> Any:
    """The event as the SDK reads it from a stream."""
    known: TypeAdapter[Any] = TypeAdapter(InteractionSSEEvent)
    return known.validate_python(event, context={ALLOW_UNKNOWN_UNION_VARIANTS: True})


def told(**delta: Any) -> dict[str, Any]:
    return {"event_type": "step.delta", "index": 0, "delta": delta}


STRANGE = {
    "event": ({"event_type": "step.pause"}, "InteractionSSEEvent is a"),
    "delta": (told(type="poem"), "StepDelta.delta is a UnknownStepDeltaData"),
    "no type": ({"event_type": "step.delta", "index": 0, "delta": {"text": "a"}}, ""),
    "field": (told(type="text", text="a", mood=1), "StepDelta.delta.mood is not"),
    "value": (told(type="image", mime_type="image/x"), "delta.mime_type is no value"),
    "missing": (told(type="text"), "validation error"),
    "wrong type": ({**told(type="text", text="a"), "index": "x"}, "validation error"),
    "well": (told(type="text", text="a"), None),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_is_found(name: str) -> None:
    event, message = STRANGE[name]
    found = unknown(read(event))
    assert bool(found) == (message is not None)
    assert message is None or any(message in line for line in found)
