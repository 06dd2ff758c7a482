"""What is to be seen on a picture, before it is bytes of some format."""

from __future__ import annotations

from hashlib import sha512
from itertools import pairwise
from typing import NamedTuple

CELL = 16  # pixels: the sides of the squares that a drawing is made of
_TILES = 6  # of a mosaic, across and down
_COLOURS = 8
_WHITE = (255, 255, 255)
_BARS = ((76, 133, 219), (234, 125, 60), (88, 165, 92), (151, 101, 184))
_CHART = (640, 360)

Colour = tuple[int, int, int]  # red, green, blue
Run = tuple[int, int]  # so many cells of a colour of the palette


class Band(NamedTuple):
    """Rows of cells that are alike; the runs reach from the left to the right edge."""

    rows: int
    runs: tuple[Run, ...]


class Drawing(NamedTuple):
    """Bands of cells, which may reach beyond the right and the lower edge."""

    width: int
    height: int
    palette: tuple[Colour, ...]
    bands: tuple[Band, ...]


def mosaic(seed: int, width: int, height: int) -> Drawing:
    """Draw coloured tiles, other ones for another seed."""
    chosen = iter(sha512(b"%d" % seed).digest())
    palette = [(next(chosen), next(chosen), next(chosen)) for _ in range(_COLOURS)]
    bands = [
        Band(rows, tuple((cells, next(chosen) % _COLOURS) for cells in _tiles(width)))
        for rows in _tiles(height)
    ]
    return Drawing(width, height, tuple(palette), tuple(bands))


def chart(seed: int) -> Drawing:
    """Draw a bar chart on white: four bars from left to right."""
    width, height = _CHART
    white = Band(1, ((40, 0),))
    bands = [white]
    for number, share in enumerate(sha512(b"%d" % seed).digest()[: len(_BARS)], 1):
        length = 4 + share % 32
        bands += [Band(4, ((1, 0), (length, number), (39 - length, 0))), white]
    bands.append(Band(2, white.runs))
    return Drawing(width, height, (_WHITE, *_BARS), tuple(bands))


def _tiles(pixels: int) -> list[int]:
    """Divide a side into tiles, and return how many cells each of them has."""
    cells = -(-pixels // CELL)
    edges = [cells * tile // _TILES for tile in range(_TILES + 1)]
    return [end - start for start, end in pairwise(edges)]
