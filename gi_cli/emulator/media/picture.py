"""A picture as a value."""

from __future__ import annotations

from typing import NamedTuple

from gi_cli.emulator.media import jpeg, png
from gi_cli.emulator.media.drawing import mosaic

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}
_ENCODERS = {"image/jpeg": jpeg.encode, "image/png": png.encode}


class Picture(NamedTuple):
    """A mosaic: other tiles for another seed."""

    seed: int
    width: int
    height: int
    mime_type: str = "image/jpeg"

    @property
    def name(self) -> str:
        """A file name that tells all of it."""
        suffix = SUFFIXES[self.mime_type]
        return f"{self.seed:08x}-{self.width}x{self.height}.{suffix}"

    def data(self) -> bytes:
        """Return it as a file."""
        drawing = mosaic(self.seed, self.width, self.height)
        return _ENCODERS[self.mime_type](drawing)
