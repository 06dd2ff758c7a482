"""Google's SDK for Python at the emulator: nothing is set but its base URL."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from google import genai
from google.genai import _interactions as failures
from google.genai import errors, types
from PIL import Image

from gi_cli.emulator.app import Emulator
from tests.conftest import KEY
from tests.emulated import HELLO, MODEL, RESEARCH, WEATHER, Clock
from tests.sdk_cases import RECIPE
from tests.serving import serving
from tests.typed import unknown

WORDS = "This is an emulated answer to: Hello"
PARIS = "What is the weather in Paris?"
STUDY = {"agent": RESEARCH, "input": "Hello", "background": True}
SEEDS = (f"seed={number}" for number in count())  # `times` counts for each text
IMAGE_MODEL = "gemini-3.1-flash-image"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def url(clock: Clock) -> Iterator[str]:
    with serving(Emulator(now=clock.now, sleep=clock.sleep)) as url:
        yield url


@pytest.fixture(scope="module", params=["v1", "v1beta", None])
def sdk(url: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of each version of the API, and one of its own choice."""
    where = {"base_url": url, "api_version": request.param}
    given = {name: value for name, value in where.items() if value}
    with genai.Client(api_key=KEY, http_options=types.HttpOptions(**given)) as client:
        yield client


def once(url: str, key: str = KEY) -> Any:
    """A client that asks once."""
    attempts = types.HttpRetryOptions(attempts=1)
    options = types.HttpOptions(base_url=url, retry_options=attempts)
    return genai.Client(api_key=key, http_options=options)


def said(events: Any) -> str:
    return "".join(
        event.delta.text
        for event in events
        if event.event_type == "step.delta" and event.delta.type == "text"
    )


def test_create(sdk: Any) -> None:
    interaction = sdk.interactions.create(**HELLO)
    assert (interaction.status, interaction.output_text) == ("completed", WORDS)
    assert (interaction.model, interaction.usage.total_tokens) == (MODEL, 31)


def test_create_streamed(sdk: Any) -> None:
    events = list(sdk.interactions.create(**HELLO, stream=True))
    assert [event.event_type for event in events] == [
        *("interaction.created", "interaction.status_update"),
        *("step.start", "step.delta", "step.stop"),
        *("step.start", "step.delta", "step.delta", "step.stop"),
        "interaction.completed",
    ]
    assert said(events) == WORDS
    assert events[-1].interaction.status == "completed"


def test_create_asynchronously(url: str) -> None:
    async def ask() -> tuple[str, str]:
        made: Any = genai.Client(api_key=KEY, http_options={"base_url": url}).aio
        async with made as client:
            whole = await client.interactions.create(**HELLO)
            streamed = await client.interactions.create(**HELLO, stream=True)
            return whole.output_text, said([event async for event in streamed])

    assert asyncio.run(ask()) == (WORDS, WORDS)


RESULTS: dict[str, Any] = {
    "contents": [{"type": "text", "text": "22"}],
    "text": "22",
    "object": {"temperature": 22},
}


@pytest.mark.parametrize("form", RESULTS)
@pytest.mark.parametrize("store", [True, False])
def test_function_calling(form: str, store: bool, sdk: Any) -> None:
    asked = {"model": MODEL, "tools": [WEATHER], "store": store}
    first = sdk.interactions.create(input=PARIS, **asked)
    call = first.steps[-1]
    assert (first.status, call.type, call.name) == (
        *("requires_action", "function_call", "get_weather"),
    )
    assert call.arguments == {"city": "Paris"}
    answered = {"type": "function_result", "call_id": call.id, "name": call.name}
    answered["result"] = RESULTS[form]
    if store:
        more = {"input": [answered], "previous_interaction_id": first.id}
    else:
        spoken = {"type": "user_input", "content": [{"type": "text", "text": PARIS}]}
        more = {"input": [spoken, *first.steps, answered]}
    second = sdk.interactions.create(**asked, **more)
    shown = '{"temperature":22}' if form == "object" else "22"
    assert second.output_text.splitlines()[1:] == [f"get_weather returned: {shown}"]
    assert second.status == "completed"


def test_a_conversation(sdk: Any) -> None:
    first = sdk.interactions.create(model=MODEL, input="One")
    more = {"previous_interaction_id": first.id}
    second = sdk.interactions.create(model=MODEL, input="Two", **more)
    assert second.output_text.splitlines()[1:] == [
        "I saw 1 earlier turn, the last one was: One"
    ]
    kept = sdk.interactions.get(id=second.id, include_input=True)
    assert (kept.previous_interaction_id, kept.input) == (first.id, "Two")
    assert [step.type for step in kept.steps] == [
        *("user_input", "thought", "model_output"),
    ]


def test_an_image(sdk: Any) -> None:
    wanted = {"type": "image", "aspect_ratio": "16:9", "image_size": "512"}
    asked = {"model": IMAGE_MODEL, "input": "A fox", "response_format": wanted}
    content = sdk.interactions.create(**asked).output_image
    with Image.open(BytesIO(base64.b64decode(content.data))) as picture:
        assert (picture.format, content.mime_type) == ("JPEG", "image/jpeg")
        assert picture.width * 9 == picture.height * 16


@pytest.mark.parametrize("stream", [True, False])
def test_structured_output(stream: bool, sdk: Any) -> None:
    wanted = {"type": "text", "mime_type": "application/json", "schema": RECIPE}
    asked = {"model": MODEL, "input": "A cake", "response_format": wanted}
    answer = sdk.interactions.create(**asked, stream=stream)
    found = said(answer) if stream else answer.output_text
    jsonschema.validate(json.loads(found), RECIPE)


def test_background(sdk: Any, clock: Clock) -> None:
    interaction = sdk.interactions.create(**STUDY)
    assert interaction.status == "in_progress"
    polls = 0
    while interaction.status == "in_progress":
        clock.sleep(1)
        interaction = sdk.interactions.get(id=interaction.id)
        polls += 1
    assert (interaction.status, polls) == ("completed", 3)
    pieces = [step.content for step in interaction.steps if step.type == "model_output"]
    assert [content.type for content in pieces[0]] == ["text", "image", "text"]


def test_a_stream_is_resumed(sdk: Any) -> None:
    asked = sdk.interactions.create(**STUDY, stream=True)
    whole = [event.to_dict() for event in asked]
    number = [at for at, event in enumerate(whole) if "event_id" in event][4]
    last, id = whole[number]["event_id"], whole[0]["interaction"]["id"]
    rest = sdk.interactions.get(id=id, stream=True, last_event_id=last)
    assert [event.to_dict() for event in rest] == whole[number + 1 :]


def test_cancel_and_delete(sdk: Any) -> None:
    id = sdk.interactions.create(**STUDY).id
    assert sdk.interactions.cancel(id=id).status == "cancelled"
    assert sdk.interactions.get(id=id).status == "cancelled"
    sdk.interactions.delete(id=id)
    with pytest.raises(failures.NotFoundError):
        sdk.interactions.get(id=id)


def test_files(sdk: Any, tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"%PDF-1.7\n" * 10)
    file = sdk.files.upload(file=path, config={"display_name": "Paper"})
    assert (file.display_name, file.size_bytes) == ("Paper", 90)
    assert file.state == types.FileState.ACTIVE
    assert sdk.files.get(name=file.name) == file
    assert file.name in [listed.name for listed in sdk.files.list()]
    given = {"type": "document", "uri": file.uri, "mime_type": file.mime_type}
    answer = sdk.interactions.create(model=MODEL, input=[given])
    assert answer.output_text.splitlines()[1:] == [
        "I was given: document (application/pdf)"
    ]
    sdk.files.delete(name=file.name)
    with pytest.raises(errors.ClientError, match="403 PERMISSION_DENIED"):
        sdk.files.get(name=file.name)


def test_a_long_answer_is_continued(sdk: Any) -> None:
    """The SDK goes on by itself, and joins what it got."""
    fault = f"end=requires_continuation, times=1, {next(SEEDS)}"
    answer = sdk.interactions.create(**HELLO, extra_headers={"x-gi-fault": fault})
    assert (answer.status, len(answer.continuation_ids)) == ("completed", 2)
    assert answer.output_text == WORDS[: len(WORDS) // 2] + WORDS


FAILURES: dict[int, type[failures.APIStatusError]] = {
    400: failures.BadRequestError,
    401: failures.AuthenticationError,
    403: failures.PermissionDeniedError,
    404: failures.NotFoundError,
    409: failures.ConflictError,
    429: failures.RateLimitError,
    500: failures.InternalServerError,
    503: failures.InternalServerError,
    504: failures.InternalServerError,
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("shape", ["api", "classic", "list", "events"])
@pytest.mark.parametrize("status", FAILURES)
def test_refusals(status: int, shape: str, stream: bool, url: str) -> None:
    fault = {"x-gi-fault": f"status={status}, shape={shape}"}
    with once(url) as sdk, pytest.raises(FAILURES[status]) as raised:
        sdk.interactions.create(**HELLO, stream=stream, extra_headers=fault)
    assert raised.value.status_code == status
    assert f"The request is refused on demand with {status}." in str(raised.value)


BROKEN = [{"type": "thought", "signature": "ZW11bGF0ZWQgdGhvdWdodCBmN2QxOA=="}]
SPOKEN = {"type": "user_input", "content": [{"type": "text", "text": "Hello"}]}
REFUSED: dict[str, tuple[Callable[[Any], Any], int, str]] = {
    "unknown field": (
        lambda sdk: sdk.interactions.create(**HELLO, extra_body={"mood": 1}),
        400,
        "Unknown parameter 'mood'.",
    ),
    "unknown field within": (
        lambda sdk: sdk.interactions.create(
            **HELLO, generation_config={"top_k": 3}, stream=True
        ),
        400,
        "Unknown parameter 'generation_config.top_k'.",
    ),
    "broken signature": (
        lambda sdk: sdk.interactions.create(model=MODEL, input=[*BROKEN, SPOKEN]),
        400,
        "Corrupted thought signature.",
    ),
    "broken signature in a stream": (
        lambda sdk: sdk.interactions.create(
            model=MODEL, input=[*BROKEN, SPOKEN], stream=True
        ),
        400,
        "Corrupted thought signature.",
    ),
    "unknown id": (
        lambda sdk: sdk.interactions.get(id="v1_nothing"),
        404,
        "Interaction 'v1_nothing' not found.",
    ),
    "foreground": (
        lambda sdk: sdk.interactions.cancel(id=sdk.interactions.create(**HELLO).id),
        400,
        "only one that runs in the background can be cancelled.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused(name: str, url: str) -> None:
    ask, status, message = REFUSED[name]
    with once(url) as sdk, pytest.raises(FAILURES[status]) as raised:
        ask(sdk)
    assert message in str(raised.value)


def test_a_key_is_refused(url: str) -> None:
    with once(url, key="invalid") as sdk:
        with pytest.raises(failures.BadRequestError, match="API_KEY_INVALID"):
            sdk.interactions.create(**HELLO)
        with pytest.raises(errors.ClientError, match="API_KEY_INVALID"):
            list(sdk.files.list())


def test_retries_are_met(sdk: Any) -> None:
    """It asks again after a refusal, as it does of the API."""
    fault = f"status=503, times=1, {next(SEEDS)}"
    answer = sdk.interactions.create(**HELLO, extra_headers={"x-gi-fault": fault})
    assert (answer.output_text, unknown(answer)) == (WORDS, [])
