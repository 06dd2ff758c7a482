"""The formats that a request asks for, and what each of them may say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gi_cli.emulator.shapes import COUNT, TEXT, Fields, Kind, bad, one_of

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt

Format = dict[str, Any]
RATIOS = (
    *("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
    *("1:8", "8:1", "1:4", "4:1"),
)
IMAGE_SIZES = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}
SAMPLE_RATES = range(8_000, 48_001)
_MODALITIES = ("text", "image", "audio", "video", "document")
_EMULATED = ("text", "image", "audio", "video")
_SOUNDS = (
    *("audio/l16", "audio/wav", "audio/mp3", "audio/ogg_opus"),
    *("audio/alaw", "audio/mulaw"),
)
_SILENT = ("audio/mp3", "audio/ogg_opus")
_SILENT_RATE = 24_000
RESOLUTIONS = ("360p", "720p", "1080p", "4k")
LONGEST = 60  # seconds of a video
_DURATION = re.compile(r"[1-9]\d?s", re.ASCII)
_DELIVERY = one_of("inline", "uri")

# The API's schema allows any other object, for instance a bare schema.
FORMATS = {
    "text": Fields(
        {
            "type": TEXT,
            "mime_type": one_of("text/plain", "application/json"),
            "schema": Kind({dict: None, bool: None}),
        }
    ),
    "image": Fields(
        {
            "type": TEXT,
            "aspect_ratio": one_of(*RATIOS),
            "image_size": one_of(*IMAGE_SIZES),
            "mime_type": one_of("image/jpeg", "image/png"),  # PNG is the emulator's own
            "delivery": _DELIVERY,
        }
    ),
    "audio": Fields(
        {
            "type": TEXT,
            "mime_type": one_of(*_SOUNDS),
            "sample_rate": COUNT,
            "bit_rate": COUNT,
            "delivery": _DELIVERY,
        }
    ),
    "video": Fields(
        {
            "type": TEXT,
            "aspect_ratio": one_of("16:9", "9:16"),
            "resolution": one_of(*RESOLUTIONS),
            "duration": TEXT,
            "gcs_uri": TEXT,
            "delivery": _DELIVERY,
        }
    ),
}
_NO_IMAGE = re.compile(r"\bwithout an image\b", re.IGNORECASE)


def check(body: dict[str, Any]) -> None:
    """Refuse formats that the API does not know, or that the emulator cannot make."""
    given = body.get("response_format", {})
    for at, wanted in enumerate(given if isinstance(given, list) else [given]):
        where = "response_format" if wanted is given else f"response_format[{at}]"
        _check_format(wanted, where)
    for at, kind in enumerate(body.get("response_modalities", [])):
        where = f"response_modalities[{at}]"
        one_of(*_MODALITIES)(kind, where)
        _check_emulated(kind, _EMULATED, where)


def given(body: dict[str, Any]) -> list[Format]:
    """Return the formats, also those that are asked for by their names alone."""
    formats = body.get("response_format", [])
    listed: list[Format] = formats if isinstance(formats, list) else [formats]
    names = body.get("response_modalities", [])
    return [*listed, *({"type": name} for name in names)]


def media(body: dict[str, Any], prompt: Prompt) -> dict[str, Format]:
    """Return the formats of the media to make, by type; the first one of each counts.

    A prompt with the words "without an image" is not answered with one, whatever was
    asked for.
    """
    kinds = {"audio", "video"}
    kinds |= set() if _NO_IMAGE.search(prompt.text) else {"image"}
    wanted = reversed(given(body))
    return {one["type"]: one for one in wanted if one.get("type") in kinds}


def asks_for(body: dict[str, Any], kind: str) -> bool:
    """Tell whether this is among the formats."""
    return any(one.get("type") == kind for one in given(body))


def json(body: dict[str, Any]) -> Format | None:
    """Return the format that asks for JSON."""
    for one in given(body):
        if (one.get("type"), one.get("mime_type")) == ("text", "application/json"):
            return one
    return None


def _check_format(wanted: Format, where: str) -> None:
    kind = wanted.get("type", "object")
    if known := FORMATS.get(kind if isinstance(kind, str) else ""):
        known(wanted, where)
    _check_emulated(kind, (*_EMULATED, "object"), f"{where}.type")
    if kind == "audio":
        _check_audio(wanted, where)
    if kind == "video":
        _check_video(wanted, where)


def _check_audio(wanted: Format, where: str) -> None:
    rate = wanted.get("sample_rate", _SILENT_RATE)
    if rate not in SAMPLE_RATES:
        first, last = SAMPLE_RATES[0], SAMPLE_RATES[-1]
        raise bad(f"{where}.sample_rate", f"must be a number from {first} to {last}")
    if wanted.get("mime_type") in _SILENT:
        _check_emulated(rate, (_SILENT_RATE,), f"{where}.sample_rate")


def _check_video(wanted: Format, where: str) -> None:
    duration = wanted.get("duration", "1s")
    if not _DURATION.fullmatch(duration) or int(duration[:-1]) > LONGEST:
        raise bad(f"{where}.duration", f"must be whole seconds, 1s to {LONGEST}s")
    if "gcs_uri" in wanted:
        _check_emulated(wanted["gcs_uri"], (), f"{where}.gcs_uri")


def _check_emulated(value: object, emulated: tuple[object, ...], where: str) -> None:
    if value not in emulated:
        raise bad(where, f"'{value}' is not emulated")
