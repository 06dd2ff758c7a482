"""PNG, with a palette."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import pack
from typing import TYPE_CHECKING

from gi_cli.emulator.media.drawing import CELL

if TYPE_CHECKING:
    from gi_cli.emulator.media.drawing import Drawing

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = (8, 3, 0, 0, 0)  # bits, colour type; compressed, filtered, not interlaced
_NO_FILTER = b"\0"
_FASTEST = 1


def encode(drawing: Drawing) -> bytes:
    """Return the drawing as a file."""
    header = pack(">II5B", drawing.width, drawing.height, *_INDEXED)
    palette = b"".join(map(bytes, drawing.palette))
    compressor = zlib.compressobj(_FASTEST)
    packed = [compressor.compress(lines) for lines in _lines(drawing)]
    data = b"".join([*packed, compressor.flush()])
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", data), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(name, value) for name, value in chunks)


def _lines(drawing: Drawing) -> Iterator[bytes]:
    left = drawing.height
    for band in drawing.bands:
        pixels = b"".join(
            b"%c" % colour * (cells * CELL) for cells, colour in band.runs
        )
        count = min(left, band.rows * CELL)
        yield (_NO_FILTER + pixels[: drawing.width]) * count
        left -= count


def _chunk(name: bytes, value: bytes) -> bytes:
    return pack(">I", len(value)) + name + value + pack(">I", zlib.crc32(name + value))
