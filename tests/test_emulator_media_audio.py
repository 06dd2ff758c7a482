"""What the emulator says aloud, and the charts in its reports."""

import wave
from array import array
from base64 import b64decode
from io import BytesIO
from typing import Any

import httpx
import pytest

from tests.emulated import (
    HELLO,
    RESEARCH,
    Clock,
    assert_refused,
    create,
    emulate,
    events,
    stream,
)
from tests.pictures import Content, kinds, opened, shown

api = pytest.fixture(emulate)
AUDIO = {"type": "audio"}


def heard(content: Content) -> bytes:
    return b64decode(content["data"], validate=True)


def speak(api: httpx.Client, prompt: str, **wanted: object) -> Content:
    answer = create(api, input=prompt, response_format=AUDIO | wanted)
    [content] = shown(answer)
    return content


@pytest.mark.parametrize(
    ("prompt", "rate", "samples"),
    [
        ("Hello", 24_000, 1_920),
        ("Say three words", 24_000, 3 * 1_920),
        ("Hello", 8_000, 640),
        ("Hello", 48_000, 3_840),
        ("la " * 125, 24_000, 240_000),
        ("la " * 999, 24_000, 240_000),
        (" ", 24_000, 1_920),
    ],
)
def test_a_tone_for_each_word(
    api: httpx.Client, prompt: str, rate: int, samples: int
) -> None:
    more = {} if rate == 24_000 else {"sample_rate": rate}
    content = speak(api, prompt, **more)
    data = heard(content)
    described = {"mime_type": "audio/l16", "sample_rate": rate, "channels": 1}
    assert content == AUDIO | {"data": content["data"]} | described
    assert len(data) == 2 * samples
    loudest = max(map(abs, array("h", data)))
    assert 9_000 < loudest <= 12_000


def test_a_wav_has_the_same_samples(api: httpx.Client) -> None:
    raw = speak(api, "Hello you", sample_rate=16_000)
    content = speak(api, "Hello you", sample_rate=16_000, mime_type="audio/wav")
    assert content["mime_type"] == "audio/wav"
    with wave.open(BytesIO(heard(content))) as file:
        format = file.getnchannels(), file.getsampwidth(), file.getframerate()
        assert format == (1, 2, 16_000)
        assert file.readframes(file.getnframes()) == heard(raw)


def test_the_prompt_makes_the_tones(api: httpx.Client) -> None:
    said = [heard(speak(api, prompt)) for prompt in ("One", "Two", "One", "One two")]
    assert said[0] == said[2]
    assert len({*said}) == 3
    first, second = said[3][:3840], said[3][3840:]
    assert first != second


@pytest.mark.parametrize("mime_type", ["audio/l16", "audio/wav"])
@pytest.mark.parametrize("background", [False, True])
def test_sound_is_streamed_in_chunks(
    api: httpx.Client, mime_type: str, background: bool
) -> None:
    wanted = AUDIO | {"mime_type": mime_type}
    body = {"input": "Say these five words", "response_format": wanted}
    [whole] = shown(create(api, **body))
    streamed = stream(api, **body, background=background)
    chunks = [e["delta"] for e in streamed if e.get("index") == 1 and "delta" in e]
    assert len(chunks) == 2
    assert chunks[0]["data"].endswith("=")  # cannot be joined before it is decoded
    assert b"".join(map(heard, chunks)) == heard(whole)
    assert [chunk | {"data": ""} for chunk in chunks] == [whole | {"data": ""}] * 2
    kept = api.get("/v1/interactions/v1_2").json()
    assert shown(kept) == [whole]


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        ([{"type": "text"}, AUDIO], ["text", "audio"]),
        ([AUDIO, {"type": "image"}], ["image", "audio"]),
        (
            [AUDIO, {"type": "text"}, {"type": "image"}],
            ["text", "image", "text", "image", "audio"],
        ),
    ],
)
def test_sound_comes_last(api: httpx.Client, formats: Any, said: list[str]) -> None:
    assert kinds(create(api, input="Hello", response_format=formats)) == said


def test_sound_costs_by_its_length(api: httpx.Client) -> None:
    formats = [AUDIO, {"type": "image"}]
    usage = create(api, input="Say three words", response_format=formats)["usage"]
    assert usage["output_tokens_by_modality"] == [
        {"modality": "image", "tokens": 1120},
        {"modality": "audio", "tokens": 6},
    ]
    assert usage["total_output_tokens"] == 1126


@pytest.mark.parametrize("mime_type", ["audio/l16", "audio/wav"])
def test_sound_can_be_fetched(api: httpx.Client, mime_type: str) -> None:
    inline = speak(api, "Hello", mime_type=mime_type)
    content = speak(api, "Hello", mime_type=mime_type, delivery="uri")
    described = {"mime_type": mime_type, "sample_rate": 24_000, "channels": 1}
    assert content == AUDIO | {"uri": content["uri"]} | described
    response = api.get(content["uri"])
    assert (response.status_code, response.content) == (200, heard(inline))
    assert response.headers["content-type"] == mime_type
    body = {"input": "Hello", "response_format": AUDIO | {"delivery": "uri"}}
    [delta] = [
        event["delta"]
        for event in stream(api, **body)
        if event.get("index") == 1 and "delta" in event
    ]
    assert delta == shown(create(api, **body))[0]


@pytest.mark.parametrize(
    "name",
    [
        *("00000000-126-24000.wav", "00000000-1-7999.wav", "00000000-1-48001.l16"),
        *("00000000-1-24000.jpg", "0-1-24000.wav"),
    ],
)
def test_no_other_sound_is_served(api: httpx.Client, name: str) -> None:
    message = f"Media '{name}' not found."
    assert_refused(api.get(f"/v1beta/media/{name}"), message, "not_found")


ONES = "audio/l16, audio/wav, audio/mp3, audio/ogg_opus, audio/alaw, audio/mulaw"
RATE = "must be a number from 8000 to 48000"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("mime_type", "audio/flac", f"must be one of {ONES}"),
        ("delivery", "mail", "must be one of inline, uri"),
        ("sample_rate", 7_999, RATE),
        ("sample_rate", 48_001, RATE),
        ("sample_rate", "24000", "must be an integer"),
        ("sample_rate", True, "must be an integer"),
        ("sample_rate", 24_000.0, "must be an integer"),
    ],
)
def test_refuses_sound(api: httpx.Client, field: str, value: object, why: str) -> None:
    body = HELLO | {"response_format": AUDIO | {field: value}}
    message = f"Invalid value for parameter 'response_format.{field}': {why}."
    assert_refused(api.post("/v1beta/interactions", json=body), message)


VOICE = {"voice": "Kore", "language": "en-US", "speaker": "Ann"}
SPEECH = "generation_config.speech_config"
BAD_SPEECH = f"Invalid value for parameter '{SPEECH}"


@pytest.mark.parametrize("config", [[], {}, [VOICE], {"speakers": [VOICE, {}]}])
def test_takes_speakers(api: httpx.Client, config: Any) -> None:
    more = {"response_format": AUDIO, "generation_config": {"speech_config": config}}
    assert kinds(create(api, input="Hello", **more)) == ["audio"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("Kore", f"{BAD_SPEECH}': must be an object or an array."),
        ({"speakers": VOICE}, f"{BAD_SPEECH}.speakers': must be an array."),
        (["Kore"], f"{BAD_SPEECH}[0]': must be an object."),
        ({"x": 1}, f"Unknown parameter '{SPEECH}.x'."),
        (
            {"speakers": [VOICE, {"voice": 1}]},
            f"{BAD_SPEECH}.speakers[1].voice': must be a string.",
        ),
    ],
)
def test_refuses_speakers(api: httpx.Client, config: Any, message: str) -> None:
    body = HELLO | {"generation_config": {"speech_config": config}}
    assert_refused(api.post("/v1beta/interactions", json=body), message)


STUDY = {"agent": RESEARCH, "background": True, "input": "Hello"}
PATH = "/v1beta/interactions"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, ["text", "image", "text"]),
        ({"visualization": "auto"}, ["text", "image", "text"]),
        ({"visualization": "off"}, ["text"]),
    ],
)
def test_a_report_has_a_chart(config: dict[str, str], said: list[str]) -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        body = STUDY | {"agent_config": {"type": "deep-research", **config}}
        streamed = events(api.post(PATH, json=body | {"stream": True}))
        kept = api.get(f"{PATH}/v1_1").json()
    assert kinds(kept) == said
    charts = [content for content in shown(kept) if content["type"] == "image"]
    told = [event["delta"] for event in streamed if "delta" in event]
    assert [delta for delta in told if delta["type"] == "image"] == charts
    for chart in charts:
        picture = opened(chart)
        assert (picture.format, picture.size) == ("PNG", (640, 360))
        assert len(picture.getcolors() or []) == 5  # white, and four bars
    before, *_ = shown(kept)
    assert before["text"].endswith("\n\n" if charts else "looked up.\n")


def test_other_questions_have_other_charts() -> None:
    charts = set()
    for prompt in ("Hello", "Goodbye", "Hello"):
        with emulate() as api:
            body = STUDY | {"input": prompt, "stream": True}
            api.post(PATH, json=body).raise_for_status()
            charts.add(shown(api.get(f"{PATH}/v1_1").json())[1]["data"])
    assert len(charts) == 2


def test_refuses_charts(api: httpx.Client) -> None:
    config = {"type": "deep-research", "visualization": "on"}
    assert_refused(
        api.post(PATH, json=STUDY | {"agent_config": config}),
        "Invalid value for parameter 'agent_config.visualization': "
        "must be one of auto, off.",
    )
