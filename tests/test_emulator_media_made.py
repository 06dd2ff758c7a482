"""Sounds and films that the emulator makes, as files that others can play."""

import base64
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from gi_cli.emulator.media.telephone import alaw, mulaw
from tests.emulated import assert_refused, create, emulate

api = pytest.fixture(emulate)
PATH = "/v1beta/interactions"


def made(api: httpx.Client, **wanted: Any) -> tuple[dict[str, Any], bytes]:
    """The one content of an answer, and its bytes."""
    interaction = create(api, input="Hello you", response_format=wanted)
    (content,) = interaction["steps"][-1]["content"]
    if "uri" in content:
        return content, api.get(content["uri"]).raise_for_status().content
    return content, base64.b64decode(content["data"])


def samples(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}h", *values)


# By G.711: loudest, softest and silence, on both sides.
TOLD = samples(0, 8, -8, 100, -100, 1000, -1000, 32767, -32768)
MULAW = "ff fe 7e f2 72 ce 4e 80 00"
ALAW = "d5 d5 55 d3 53 fa 7a aa 2a"


def test_telephones() -> None:
    assert (mulaw(TOLD).hex(" "), alaw(TOLD).hex(" ")) == (MULAW, ALAW)


@pytest.mark.parametrize("kind", ["alaw", "mulaw"])
def test_telephone_sound(kind: str, api: httpx.Client) -> None:
    _, plain = made(api, type="audio", mime_type="audio/l16", sample_rate=8000)
    content, data = made(api, type="audio", mime_type=f"audio/{kind}", sample_rate=8000)
    assert (content["mime_type"], content["sample_rate"]) == (f"audio/{kind}", 8000)
    assert data == {"alaw": alaw, "mulaw": mulaw}[kind](plain)


def test_mp3(api: httpx.Client) -> None:
    content, data = made(api, type="audio", mime_type="audio/mp3")
    assert (content["mime_type"], content["sample_rate"]) == ("audio/mp3", 24_000)
    frames = [data[at : at + 96] for at in range(0, len(data), 96)]
    assert {frame[:4].hex() for frame in frames} == {"fff344c0"}
    assert [len(frame) for frame in frames] == [96] * 7  # 0.16 s in frames of 24 ms


def remainder(data: bytes) -> int:
    """A CRC as it is defined: what is left of a division of polynomials."""
    left, divisor = int.from_bytes(data) << 32, 0x104C11DB7
    while (more := left.bit_length() - 33) >= 0:
        left ^= divisor << more
    return left


def pages(data: bytes) -> Iterator[tuple[int, int, int, list[bytes]]]:
    """Flags, time, number and packets of each page of an Ogg file."""
    at = 0
    while at < len(data):
        fields = struct.unpack_from("<4sBBqIIIB", data, at)
        assert (fields[:2], fields[4]) == ((b"OggS", 0), 1)
        start, lengths = at, data[at + 27 : at + 27 + fields[7]]
        at += 27 + len(lengths)
        packets = []
        for length in lengths:
            packets.append(data[at : at + length])
            at += length
        page = data[start : start + 22] + bytes(4) + data[start + 26 : at]
        assert fields[6] == remainder(page)
        yield fields[2], fields[3], fields[5], packets


def test_opus(api: httpx.Client) -> None:
    content, data = made(api, type="audio", mime_type="audio/ogg_opus")
    assert content["mime_type"] == "audio/ogg"
    head, tags, last = pages(data)
    assert (head[:3], head[3][0][:8]) == ((2, 0, 0), b"OpusHead")
    assert (tags[:3], tags[3][0][:8]) == ((0, 0, 1), b"OpusTags")
    assert last == (4, 8 * 960, 2, [b"\xf8\xff\xfe"] * 8)


def test_silence_has_one_rate(api: httpx.Client) -> None:
    wanted = {"type": "audio", "mime_type": "audio/mp3", "sample_rate": 8000}
    body = {"model": "m", "input": "Hello", "response_format": wanted}
    assert_refused(
        api.post(PATH, json=body),
        "Invalid value for parameter 'response_format.sample_rate': "
        "'8000' is not emulated.",
    )


def boxes(data: bytes) -> dict[str, bytes]:
    """The boxes of an MP4 file, or of what is in one of them."""
    found, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found[kind.decode()] = data[at + 8 : at + size]
        at += size
    return found


@pytest.mark.parametrize("delivery", ["inline", "uri"])
@pytest.mark.parametrize(
    ("more", "size", "seconds"),
    [
        ({}, (1280, 720), 4),
        ({"resolution": "360p", "aspect_ratio": "9:16"}, (360, 640), 4),
        ({"resolution": "1080p", "duration": "2s"}, (1920, 1080), 2),
    ],
)
def test_film(
    more: dict[str, str],
    size: tuple[int, int],
    seconds: int,
    delivery: str,
    api: httpx.Client,
) -> None:
    content, data = made(api, type="video", delivery=delivery, **more)
    assert (content["type"], content["mime_type"]) == ("video", "video/mp4")
    whole = boxes(data)
    assert [*whole] == ["ftyp", "mdat", "moov"]
    assert struct.unpack_from(">II", whole["moov"], 8 + 12) == (1000, seconds * 1000)
    track = boxes(boxes(whole["moov"])["trak"])
    media = boxes(boxes(track["mdia"])["minf"])
    table = boxes(media["stbl"])
    assert [wide >> 16 for wide in struct.unpack(">II", track["tkhd"][-8:])] == [*size]
    _, _, count, *sizes = struct.unpack(f">3I{seconds}I", table["stsz"])
    (at,) = struct.unpack_from(">I", table["stco"], 8)
    assert count == seconds
    pictures = []
    for length in sizes:
        with Image.open(BytesIO(data[at : at + length])) as picture:
            pictures.append((picture.format, picture.size, picture.tobytes()))
        at += length
    assert [(kind, shown) for kind, shown, _ in pictures] == [("JPEG", size)] * seconds
    assert len({pixels for *_, pixels in pictures}) == seconds


@pytest.mark.parametrize(
    "name",
    [
        *("00000000-640x360-0.mp4", "00000000-640x360-61.mp4"),
        *("00000000-640x361-4.mp4", "00000000-640x360-4.mov"),
    ],
)
def test_no_other_film_is_served(name: str, api: httpx.Client) -> None:
    message = f"Media '{name}' not found."
    assert_refused(api.get(f"/v1beta/media/{name}"), message, "not_found")
