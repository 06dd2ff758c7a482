"""Where media are served: their addresses tell what they are, nothing is kept."""

from __future__ import annotations

import re

from gi_cli.emulator.formats import LONGEST, SAMPLE_RATES
from gi_cli.emulator.media import picture, sizes, sound
from gi_cli.emulator.media.film import SIZES, Film
from gi_cli.emulator.media.picture import Picture
from gi_cli.emulator.media.sound import Sound
from gi_cli.emulator.refusal import not_found
from gi_cli.emulator.words import MOST_SPOKEN

_PICTURE = re.compile(r"([0-9a-f]{8})-(\d{3,5})x(\d{3,5})\.(\w+)", re.ASCII)
_SOUND = re.compile(r"([0-9a-f]{8})-(\d{1,3})-(\d{4,5})\.(\w+)", re.ASCII)
_FILM = re.compile(r"([0-9a-f]{8})-(\d{3,4})x(\d{3,4})-(\d{1,2})\.mp4", re.ASCII)
_PICTURE_TYPES = {suffix: kind for kind, suffix in picture.SUFFIXES.items()}
_SOUND_TYPES = {suffix: kind for kind, suffix in sound.SUFFIXES.items()}

Medium = Picture | Sound | Film


def address(medium: Medium, origin: str) -> str:
    """Return the address of a medium, for a client that uses this origin."""
    return f"{origin}/v1beta/media/{medium.name}"


def find(name: str) -> Medium:
    """Return what has this name."""
    if medium := _picture(name) or _sound(name) or _film(name):
        return medium
    raise not_found(f"Media '{name}' not found.")


def _picture(name: str) -> Picture | None:
    if not (found := _PICTURE.fullmatch(name)):
        return None
    size = int(found[2]), int(found[3])
    if size not in sizes.every() or found[4] not in _PICTURE_TYPES:
        return None
    return Picture(int(found[1], 16), *size, _PICTURE_TYPES[found[4]])


def _sound(name: str) -> Sound | None:
    if not (found := _SOUND.fullmatch(name)):
        return None
    count, rate = int(found[2]), int(found[3])
    if count > MOST_SPOKEN or rate not in SAMPLE_RATES or found[4] not in _SOUND_TYPES:
        return None
    return Sound(int(found[1], 16), count, rate, _SOUND_TYPES[found[4]])


def _film(name: str) -> Film | None:
    if not (found := _FILM.fullmatch(name)):
        return None
    seed, (width, height, seconds) = int(found[1], 16), map(int, found.groups()[1:])
    if (max(width, height), min(width, height)) not in SIZES.values():
        return None
    return Film(seed, width, height, seconds) if 1 <= seconds <= LONGEST else None
