"""The formats that a request asks for, and what each of them may say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gi_cli.emulator.refusal import invalid

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
_EMULATED = ("text", "image", "audio")
_DELIVERY = {"delivery": ("inline", "uri")}
_SOUNDS = ("audio/l16", "audio/wav")
_OTHER_SOUNDS = ("audio/mp3", "audio/ogg_opus", "audio/alaw", "audio/mulaw")

# What the fields of a format may be; PNG is the emulator's own.
_CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "image": {
        "aspect_ratio": RATIOS,
        "image_size": tuple(IMAGE_SIZES),
        "mime_type": ("image/jpeg", "image/png"),
        **_DELIVERY,
    },
    "audio": {"mime_type": (*_SOUNDS, *_OTHER_SOUNDS), **_DELIVERY},
}
_NO_IMAGE = re.compile(r"\bwithout an image\b", re.IGNORECASE)


def check(body: dict[str, Any]) -> None:
    """Refuse formats that the API does not know, or that the emulator cannot make."""
    given = body.get("response_format", {})
    for at, wanted in enumerate(given if isinstance(given, list) else [given]):
        where = "response_format" if wanted is given else f"response_format[{at}]"
        if not isinstance(wanted, dict):
            raise invalid(f"'{where}' must be an object.")
        _check_format(wanted, where)
    for at, kind in enumerate(body.get("response_modalities", [])):
        where = f"response_modalities[{at}]"
        _check_choice(kind, _MODALITIES, where)
        _check_emulated(kind, _EMULATED, where)
    _check_speech(body.get("generation_config", {}).get("speech_config", []))


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
    kinds = {"audio"} if _NO_IMAGE.search(prompt.text) else {"image", "audio"}
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
    if not isinstance(wanted.get("schema", True), dict | bool):
        raise invalid(f"'{where}.schema' must be an object or a boolean.")
    # The API's schema allows any object, for instance a bare schema.
    kind = wanted.get("type", "object")
    _check_emulated(kind, (*_EMULATED, "object"), f"{where}.type")
    for name, choices in _CHOICES.get(kind, {}).items():
        if name in wanted:
            _check_choice(wanted[name], choices, f"{where}.{name}")
    if kind == "audio":
        _check_audio(wanted, where)


def _check_audio(wanted: Format, where: str) -> None:
    mime_type = wanted.get("mime_type", _SOUNDS[0])
    _check_emulated(mime_type, _SOUNDS, f"{where}.mime_type")
    rate = wanted.get("sample_rate", SAMPLE_RATES[0])
    if type(rate) is not int or rate not in SAMPLE_RATES:
        first, last = SAMPLE_RATES[0], SAMPLE_RATES[-1]
        raise _bad(f"{where}.sample_rate", f"must be a number from {first} to {last}")


def _check_choice(value: object, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise _bad(where, f"must be one of {', '.join(choices)}")


def _check_emulated(value: object, emulated: tuple[str, ...], where: str) -> None:
    if value not in emulated:
        raise _bad(where, f"'{value}' is not emulated")


def _check_speech(config: object) -> None:
    where = "generation_config.speech_config"
    speakers = config.get("speakers") if isinstance(config, dict) else config
    if not isinstance(speakers, list):
        raise _bad(where, "must be an object with 'speakers', or an array of speakers")
    for at, speaker in enumerate(speakers):
        if not isinstance(speaker, dict):
            raise invalid(f"'{where}[{at}]' must be an object.")
        for name in _not_texts(speaker):
            raise invalid(f"'{where}[{at}].{name}' must be a string.")


def _not_texts(speaker: dict[str, Any]) -> Iterator[str]:
    return (name for name, value in speaker.items() if not isinstance(value, str))


def _bad(where: str, why: str) -> Exception:
    return invalid(f"Invalid value for parameter '{where}': {why}.")
