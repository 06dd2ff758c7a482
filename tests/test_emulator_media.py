"""The pictures of the emulator: their sizes, their number, and what makes them differ.

Pillow opens all of them.
"""

import subprocess
import sys
from base64 import b64decode
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from gi_cli.emulator.storage import Stored
from tests.emulated import (
    HELLO,
    USER,
    WHAT,
    assert_refused,
    create,
    emulate,
    stream,
    text,
)
from tests.pictures import drawn, kinds, opened, shown

api = pytest.fixture(emulate)
IMAGE = {"type": "image"}
JSON = "application/json"
TYPES = ("image/jpeg", "image/png")
SIZES = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (888, 1184),
    "4:3": (1184, 888),
    "4:5": (928, 1160),
    "5:4": (1160, 928),
    "9:16": (792, 1408),
    "16:9": (1408, 792),
    "21:9": (1512, 648),
    "1:8": (360, 2880),
    "8:1": (2880, 360),
    "1:4": (512, 2048),
    "4:1": (2048, 512),
}
EDGES = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}


def ask(api: httpx.Client, prompt: Any = "A fox", **wanted: str) -> dict[str, Any]:
    return create(api, input=prompt, response_format=IMAGE | wanted)


@pytest.mark.parametrize("ratio", SIZES)
@pytest.mark.parametrize("mime_type", TYPES)
def test_a_ratio(api: httpx.Client, ratio: str, mime_type: str) -> None:
    [content] = shown(ask(api, aspect_ratio=ratio, mime_type=mime_type))
    assert content["mime_type"] == mime_type
    assert opened(content).size == SIZES[ratio]


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("mime_type", TYPES)
def test_a_square(api: httpx.Client, size: str, mime_type: str) -> None:
    [content] = shown(ask(api, image_size=size, mime_type=mime_type))
    assert opened(content).size == (EDGES[size], EDGES[size])


@pytest.mark.parametrize("ratio", SIZES)
@pytest.mark.parametrize("size", EDGES)
def test_a_size(api: httpx.Client, ratio: str, size: str) -> None:
    """The ratio holds exactly, the sides are multiples of 8, the area is about it."""
    mime_type = TYPES[len(size) % 2]
    format = {"aspect_ratio": ratio, "image_size": size, "mime_type": mime_type}
    width, height = opened(shown(ask(api, **format))[0]).size
    across, down = map(int, ratio.split(":"))
    assert width * down == height * across
    assert (width % 8, height % 8) == (0, 0)
    assert width * height == pytest.approx(EDGES[size] ** 2, rel=0.16)


@pytest.mark.parametrize("ratio", SIZES)
def test_both_formats_show_the_same(api: httpx.Client, ratio: str) -> None:
    jpeg, png = (
        middles(opened(shown(ask(api, aspect_ratio=ratio, mime_type=kind))[0]))
        for kind in TYPES
    )
    assert len(png.getcolors() or []) in range(3, 9)
    assert max(ImageChops.difference(jpeg, png).tobytes()) <= 3


def middles(picture: Image.Image) -> Image.Image:
    """The middles of all squares of 16 pixels, where no decoder smooths edges."""
    width, height = picture.size
    size, every_16th = (width // 16, height // 16), (16, 0, 0, 0, 16, 0)
    return picture.convert("RGB").transform(size, Image.Transform.AFFINE, every_16th)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ([drawn(1600, 900)], (1408, 792)),
        ([drawn(1600, 900, "JPEG")], (1408, 792)),
        ([drawn(90, 161, "JPEG", progressive=True, comment=b"x" * 999)], (792, 1408)),
        ([drawn(10, 999)], (360, 2880)),
        ([{"type": "image", "uri": "https://a.invalid/x.png"}], (1024, 1024)),
        ([drawn(90, 160, "WEBP")], (1024, 1024)),
        ([drawn(90, 160, "WEBP"), drawn(90, 160), drawn(160, 90)], (792, 1408)),
        *(
            ([IMAGE | {"data": data, "mime_type": "image/png"}], (1024, 1024))
            for data in ("", "A", "é", "/9g=", "/9j/2P/Y/9j/2P/Y", "iVBORw0KGgo=")
        ),
    ],
)
def test_the_ratio_is_that_of_an_image_given(
    api: httpx.Client, given: list[Any], size: tuple[int, int]
) -> None:
    [content] = shown(ask(api, [WHAT, *given]))
    assert opened(content).size == size
    [content] = shown(ask(api, [WHAT, *given], aspect_ratio="4:1"))
    assert opened(content).size == (2048, 512)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("A fox", 1),
        ("Two images of a fox", 2),
        ("Draw 3 pictures", 3),
        ("four small pictures", 4),
        ("Make 12 images", 4),
        ("0 images", 1),
        ("One image of two foxes", 1),
        ("In 2024 images", 1),
    ],
)
def test_as_many_as_the_prompt_says(api: httpx.Client, prompt: str, count: int) -> None:
    answer = ask(api, prompt, image_size="512")
    assert kinds(answer) == ["image"] * count
    assert len({content["data"] for content in shown(answer)}) == count
    usage = answer["usage"]
    tokens = [{"modality": "image", "tokens": 1120 * count}]
    assert usage["output_tokens_by_modality"] == tokens
    assert usage["total_output_tokens"] == 1120 * count
    parts = ("input", "output", "thought")
    assert usage["total_tokens"] == sum(usage[f"total_{part}_tokens"] for part in parts)


FOX = {"type": "text", "text": "A fox"}


def test_the_same_request_shows_the_same_and_no_other_does(api: httpx.Client) -> None:
    requests: list[dict[str, Any]] = [
        {"input": "A fox"},
        {"input": "A vixen"},
        {"input": [FOX, drawn(8, 8)]},
        {"input": [FOX, drawn(8, 16)]},
        {"input": "A fox", "previous_interaction_id": "v1_1"},
        {"input": "A fox", "previous_interaction_id": "v1_2"},
    ]
    first, again = (
        [shown(create(api, **body, response_format=IMAGE)) for body in requests]
        for _ in range(2)
    )
    assert first == again
    assert len({content["data"] for [content] in first}) == len(requests)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"response_format": IMAGE}, ["image"]),
        ({"response_format": [IMAGE]}, ["image"]),
        ({"response_modalities": ["image"]}, ["image"]),
        (
            {"response_format": {"type": "text"}, "response_modalities": ["image"]},
            ["text", "image", "text", "image"],
        ),
        ({"response_format": {"type": "object"}}, ["text"]),
        (
            {"response_format": [IMAGE, {"type": "text", "mime_type": JSON}]},
            ["text", "image"],
        ),
    ],
)
def test_what_the_formats_ask_for(
    api: httpx.Client, asked: dict[str, Any], said: list[str]
) -> None:
    assert kinds(create(api, input="A fox", **asked)) == said


BOTH = [{"type": "text"}, IMAGE | {"image_size": "512"}]
ANSWER = "This is an emulated answer to: "


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("A story", [f"{ANSWER}A story\n\n## Part 1\n\n", "\n\n## Part 2\n\n"]),
        ("One picture", [f"{ANSWER}One picture\n\n## Part 1\n\n"]),
        (
            "3 images",
            [
                f"{ANSWER}3 images\n\n## Part 1\n\n",
                "\n\n## Part 2\n\n",
                "\n\n## Part 3\n\n",
            ],
        ),
    ],
)
def test_texts_and_pictures_take_turns(
    api: httpx.Client, prompt: str, texts: list[str]
) -> None:
    answer = create(api, input=prompt, response_format=BOTH)
    assert [step["type"] for step in answer["steps"]] == ["thought", "model_output"]
    said, pictures = shown(answer)[::2], shown(answer)[1::2]
    assert said == [{"type": "text", "text": text} for text in texts]
    assert [opened(picture).size for picture in pictures] == [(512, 512)] * len(texts)


def test_a_story_is_streamed_with_whole_pictures(api: httpx.Client) -> None:
    kept = create(api, input="A story", response_format=BOTH)
    first, picture, second, other = shown(kept)
    streamed = stream(api, input="A story", response_format=BOTH)
    told = [event for event in streamed if event.get("index") == 1]
    started, *deltas, stopped = told
    assert started["step"] == {"type": "model_output"}
    assert stopped["event_type"] == "step.stop"
    runs = [
        (kind, [event["delta"] for event in run])
        for kind, run in groupby(deltas, lambda event: str(event["delta"]["type"]))
    ]
    assert [kind for kind, _ in runs] == ["text", "image", "text", "image"]
    said = ["".join(delta["text"] for delta in run) for _, run in runs[::2]]
    assert said == [first["text"], second["text"]]
    assert [run for _, run in runs[1::2]] == [[picture], [other]]
    assert streamed[-1]["interaction"]["usage"] == kept["usage"]


@pytest.mark.parametrize("formats", [IMAGE, BOTH])
def test_a_picture_can_be_refused(api: httpx.Client, formats: Any) -> None:
    prompt = "Answer Without an image"
    answer = create(api, input=prompt, response_format=formats)
    assert shown(answer) == [{"type": "text", "text": ANSWER + prompt}]
    assert "output_tokens_by_modality" not in answer["usage"]


def test_a_search_comes_before_a_picture(api: httpx.Client) -> None:
    tools = [{"type": "google_search"}]
    answer = create(api, input="A fox", tools=tools, response_format=BOTH)
    assert kinds(answer) == ["text", "image", "text", "image"]
    assert [step["type"] for step in answer["steps"]] == [
        *("thought", "google_search_call", "google_search_result", "model_output")
    ]
    [note] = shown(answer)[0]["annotations"]
    assert (note["start_index"], note["end_index"]) == (0, len(ANSWER + "A fox"))


@pytest.mark.parametrize("summaries", ["auto", "none"])
def test_a_thought_shows_a_draft(api: httpx.Client, summaries: str) -> None:
    config = {"thinking_summaries": summaries}
    wanted = IMAGE | {"aspect_ratio": "16:9"}
    body = {"input": "A fox", "generation_config": config, "response_format": wanted}
    thought, output = create(api, **body)["steps"]
    streamed = [
        event["delta"]
        for event in stream(api, **body)
        if event.get("index") == 0 and "delta" in event
    ]
    summary = thought.get("summary", [])
    assert streamed == [
        *({"content": item, "type": "thought_summary"} for item in summary),
        {"signature": thought["signature"], "type": "thought_signature"},
    ]
    if summaries == "none":
        assert summary == []
        return
    text, draft = summary
    assert text["type"] == "text"
    assert opened(draft).size == (384, 216)
    assert draft["data"] != output["content"][0]["data"]


def test_a_thought_without_a_picture_has_no_draft(api: httpx.Client) -> None:
    config = {"thinking_summaries": "auto"}
    body = {"input": "Without an image", "response_format": IMAGE}
    thought, _ = create(api, **body, generation_config=config)["steps"]
    assert [item["type"] for item in thought["summary"]] == ["text"]


def test_a_later_turn_knows_of_earlier_pictures(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with emulate(Stored(database)) as api:
        first = ask(api, "Two images", image_size="512")
        again = {"input": [WHAT, drawn(8, 8)], "response_format": IMAGE}
        second = create(api, **again, previous_interaction_id="v1_1")
    with emulate(Stored(database), ids="v2_") as api:
        assert shown(api.get("/v1/interactions/v1_1").json()) == shown(first)
        said = text(create(api, input="Which?", previous_interaction_id="v1_2"))
        history = [USER, *first["steps"], USER, *second["steps"], USER]
        sent = text(create(api, input=history))
    for answer in (said, sent):
        assert answer.splitlines()[1:] == [
            "I saw 2 earlier turns, the last one was: What is it?",
            "I saw 3 earlier images",
        ]


SEEN = {"type": "image", "uri": "https://example.com/draft.png"}


def test_only_answers_show_pictures(api: httpx.Client) -> None:
    thought = {"type": "thought", "signature": "s", "summary": [SEEN]}
    said = text(create(api, input=[USER, thought, USER]))
    assert said.splitlines()[1:] == [
        "I saw 1 earlier turn, the last one was: What is it?"
    ]


def test_a_later_turn_knows_of_one_picture(api: httpx.Client) -> None:
    ask(api)
    said = text(create(api, input="Now blue", previous_interaction_id="v1_1"))
    assert said.splitlines()[1:] == [
        "I saw 1 earlier turn, the last one was: A fox",
        "I saw 1 earlier image",
    ]


@pytest.mark.parametrize(
    ("wanted", "suffix"),
    [
        ({}, "1024x1024.jpg"),
        ({"mime_type": "image/png", "aspect_ratio": "1:8"}, "360x2880.png"),
        ({"image_size": "4K", "aspect_ratio": "8:1"}, "11584x1448.jpg"),
    ],
)
def test_a_picture_can_be_fetched(
    api: httpx.Client, wanted: dict[str, str], suffix: str
) -> None:
    [inline] = shown(ask(api, **wanted, delivery="inline"))
    [content] = shown(ask(api, **wanted, delivery="uri"))
    assert list(content) == ["type", "uri", "mime_type"]
    assert content["uri"].startswith("http://gi.invalid/v1beta/media/")
    assert content["uri"].endswith(f"-{suffix}")
    response = api.get(content["uri"])
    data = b64decode(inline["data"])
    assert (response.status_code, response.content) == (200, data)
    assert response.headers["content-type"] == content["mime_type"]
    assert response.headers["content-length"] == str(len(data))


@pytest.mark.parametrize(
    "name",
    [
        *("x", "", "00000000-1024x1024.webp", "00000000-1024x1024.wav"),
        *("0-1024x1024.jpg", "00000000-1000x1000.jpg", "00000000-99999x99999.png"),
    ],
)
def test_no_other_medium_is_served(api: httpx.Client, name: str) -> None:
    message = f"Media '{name}' not found."
    assert_refused(api.get(f"/v1beta/media/{name}"), message, "not_found")


RATIOS = ", ".join(SIZES)


@pytest.mark.parametrize(
    ("formats", "where", "why"),
    [
        (IMAGE | {"aspect_ratio": "2:1"}, ".aspect_ratio", RATIOS),
        (IMAGE | {"image_size": "1k"}, ".image_size", "512, 1K, 2K, 4K"),
        (IMAGE | {"image_size": 512}, ".image_size", "512, 1K, 2K, 4K"),
        (IMAGE | {"mime_type": "image/webp"}, ".mime_type", ", ".join(TYPES)),
        (IMAGE | {"delivery": "mail"}, ".delivery", "inline, uri"),
        ([{"type": "text"}, IMAGE | {"delivery": []}], "[1].delivery", "inline, uri"),
    ],
)
def test_refuses_pictures(
    api: httpx.Client, formats: Any, where: str, why: str
) -> None:
    assert_refused(
        api.post("/v1beta/interactions", json=HELLO | {"response_format": formats}),
        f"Invalid value for parameter 'response_format{where}': must be one of {why}.",
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            {"response_format": {"type": "video", "gcs_uri": "gs://b"}},
            "'response_format.gcs_uri': 'gs://b' is not emulated.",
        ),
        (
            {"response_format": {"type": "video", "duration": "61s"}},
            "'response_format.duration': must be whole seconds, 1s to 60s.",
        ),
        (
            {"response_format": {"type": "video", "duration": "a while"}},
            "'response_format.duration': must be whole seconds, 1s to 60s.",
        ),
        (
            {"response_format": [IMAGE, {"type": "poem"}]},
            "'response_format[1].type': 'poem' is not emulated.",
        ),
        (
            {"response_format": {"type": None}},
            "'response_format.type': 'None' is not emulated.",
        ),
        (
            {"response_modalities": ["text", "document"]},
            "'response_modalities[1]': 'document' is not emulated.",
        ),
        (
            {"response_modalities": ["IMAGE"]},
            "'response_modalities[0]': "
            "must be one of text, image, audio, video, document.",
        ),
    ],
)
def test_refuses_formats(api: httpx.Client, body: dict[str, Any], why: str) -> None:
    assert_refused(
        api.post("/v1beta/interactions", json=HELLO | body),
        f"Invalid value for parameter {why}",
    )


LAZY = """
import sys
from tests.emulated import create, emulate
with emulate() as api:
    create(api, input="Hello", response_format={"type": "text"})
    assert not [name for name in sys.modules if "emulator.media" in name]
    create(api, input="Hello", response_format={"type": "image"})
    assert "gi_cli.emulator.media.jpeg" in sys.modules
"""


def test_only_who_wants_a_picture_pays_for_it() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", LAZY], check=False, cwd=root)
    assert done.returncode == 0
