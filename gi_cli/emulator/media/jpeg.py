"""Baseline JPEG of flat squares: nothing but DC coefficients.

Colour is sampled at half the resolution (4:2:0), so that a cell of a drawing is one
MCU: four blocks of luminance and two of chrominance. All blocks are quantised by 8,
which makes a DC coefficient the mean of its block less 128. Both kinds of blocks share
two short Huffman tables: a block like the one before takes two bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gi_cli.emulator.media.drawing import Colour, Drawing, Run

START = b"\xff\xd8"
_END = b"\xff\xd9"
_JFIF = b"JFIF\0" + bytes([1, 1, 0, 0, 1, 0, 1, 0, 0])  # 1.1, square pixels, no thumb
_QUANTISED_BY = b"\0" + bytes([8] * 64)
_COMPONENTS = bytes([3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0])
_DC_CODES = b"\x00" + bytes([1, 0, 0, 0, 8] + [0] * 11) + bytes(range(9))
_AC_CODES = b"\x10" + bytes([1] + [0] * 15) + b"\0"
_SCAN = bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])
_SAME = "00"  # a block like the one before: no difference, and the end of the block
_SAME_MCU = _SAME * 6
_GREY = (128, 128, 128)  # what the first differences are from


def encode(drawing: Drawing) -> bytes:
    """Return the drawing as a file."""
    size = pack(">BHH", 8, drawing.height, drawing.width)
    segments = [
        (0xE0, _JFIF),
        (0xDB, _QUANTISED_BY),
        (0xC0, size + _COMPONENTS),
        (0xC4, _DC_CODES),
        (0xC4, _AC_CODES),
        (0xDA, _SCAN),
    ]
    head = b"".join(_segment(marker, value) for marker, value in segments)
    return START + head + _packed("".join(_bits(drawing))) + _END


def _bits(drawing: Drawing) -> Iterator[str]:
    colours = [_ycbcr(colour) for colour in drawing.palette]
    before = _GREY
    for band in drawing.bands:
        last = colours[band.runs[-1][1]]
        yield _row(band.runs, colours, before)
        yield _row(band.runs, colours, last) * (band.rows - 1)
        before = last


def _row(runs: tuple[Run, ...], colours: list[Colour], before: Colour) -> str:
    bits = []
    for cells, index in runs:
        colour = colours[index]
        y, cb, cr = (_block(new - old) for new, old in zip(colour, before, strict=True))
        bits += [y, _SAME * 3, cb, cr, _SAME_MCU * (cells - 1)]
        before = colour
    return "".join(bits)


def _block(difference: int) -> str:
    if not difference:
        return _SAME
    size = abs(difference).bit_length()
    value = difference if difference > 0 else difference + (1 << size) - 1
    return f"1{size - 1:04b}{value:0{size}b}0"


def _packed(bits: str) -> bytes:
    filled = bits + "1" * (-len(bits) % 8)
    scan = int(filled, 2).to_bytes(len(filled) // 8, "big")
    return scan.replace(b"\xff", b"\xff\0")


def _ycbcr(colour: Colour) -> Colour:
    red, green, blue = colour
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb, cr = 128 + (blue - y) * 0.564, 128 + (red - y) * 0.713
    return round(y), min(255, round(cb)), min(255, round(cr))


def _segment(marker: int, value: bytes) -> bytes:
    return pack(">BBH", 0xFF, marker, len(value) + 2) + value
