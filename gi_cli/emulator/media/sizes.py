"""How many pixels a picture has."""

from __future__ import annotations

import math
from binascii import a2b_base64
from struct import unpack_from
from typing import TYPE_CHECKING

from gi_cli.emulator.formats import IMAGE_SIZES, RATIOS
from gi_cli.emulator.media import jpeg, png

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Content

Size = tuple[int, int]  # width and height
_STEP = 8  # pixels
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers in a JPEG


def size(ratio: str, edge: int) -> Size:
    """Return the size of a picture that covers about a square with this edge.

    Its sides have the ratio exactly, and are multiples of 8.
    """
    across, down = _numbers(ratio)
    unit = edge / math.sqrt(across * down)
    unit = round(unit / _STEP) * _STEP
    return across * unit, down * unit


def every() -> set[Size]:
    """Return all sizes that can be asked for."""
    return {size(ratio, edge) for ratio in RATIOS for edge in IMAGE_SIZES.values()}


def ratio_of(content: Content) -> str | None:
    """Return the ratio that is nearest to that of an inline PNG or JPEG."""
    try:
        found = _size_of(a2b_base64(content.get("data", "")))
    except ValueError:
        return None
    if not found or not all(found):
        return None
    width, height = found
    return min(RATIOS, key=lambda ratio: abs(math.log(width / height) - _log(ratio)))


def _log(ratio: str) -> float:
    across, down = _numbers(ratio)
    return math.log(across / down)


def _numbers(ratio: str) -> Size:
    across, _, down = ratio.partition(":")
    return int(across), int(down)


def _size_of(data: bytes) -> Size | None:
    if data.startswith(png.SIGNATURE) and len(data) >= 24:
        width, height = unpack_from(">II", data, 16)
        return width, height
    return _size_of_jpeg(data) if data.startswith(jpeg.START) else None


def _size_of_jpeg(data: bytes) -> Size | None:
    at = len(jpeg.START)
    while at + 9 <= len(data) and data[at] == 0xFF:
        _, marker, length, _, height, width = unpack_from(">BBHBHH", data, at)
        if marker in _FRAMES:
            return width, height
        at += 2 + length
    return None
