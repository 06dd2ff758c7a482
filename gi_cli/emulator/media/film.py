"""A film as a value."""

from __future__ import annotations

from struct import pack
from typing import NamedTuple

from gi_cli.emulator.media import jpeg
from gi_cli.emulator.media.drawing import mosaic

SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
SIZES["4k"] = (3840, 2160)
_SECOND = 1000  # in the units of the file
_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_HANDLER = pack(">I4s12x", 0, b"vide") + b"emulated\0"
_SAMPLES_BEGIN = pack(">6xH16x", 1)


class Film(NamedTuple):
    """A mosaic a second, in an MP4 file of JPEG pictures; others for another seed."""

    seed: int
    width: int
    height: int
    seconds: int
    mime_type: str = "video/mp4"

    @property
    def name(self) -> str:
        """A file name that tells all of it."""
        return f"{self.seed:08x}-{self.width}x{self.height}-{self.seconds}.mp4"

    def data(self) -> bytes:
        """Return it as a file."""
        seeds = range(self.seed, self.seed + self.seconds)
        size = self.width, self.height
        frames = [jpeg.encode(mosaic(seed, *size)) for seed in seeds]
        kind = _box(b"ftyp", b"isom", pack(">I", 0x200), b"isommp41")
        movie = _box(b"moov", self._movie(), self._track(frames, len(kind) + 8))
        return kind + _box(b"mdat", *frames) + movie

    def _movie(self) -> bytes:
        times = pack(">4I", 0, 0, _SECOND, self.seconds * _SECOND)
        return _box(b"mvhd", bytes(4), times, *_shown(0x10000, 0x100), pack(">24xI", 2))

    def _track(self, frames: list[bytes], at: int) -> bytes:
        length = self.seconds * _SECOND
        head = pack(">6I8x4H", 7, 0, 0, 1, 0, length, 0, 0, 0, 0) + _MATRIX
        size = pack(">2I", self.width << 16, self.height << 16)
        times = pack(">5I2H", 0, 0, 0, _SECOND, length, 0x55C4, 0)
        here = _box(b"dref", pack(">2I", 0, 1), _box(b"url ", pack(">I", 1)))
        media = _box(
            b"minf",
            _box(b"vmhd", pack(">I8x", 1)),
            _box(b"dinf", here),
            _box(b"stbl", *self._samples(frames, at)),
        )
        described = (_box(b"mdhd", times), _box(b"hdlr", bytes(4), _HANDLER), media)
        return _box(b"trak", _box(b"tkhd", head, size), _box(b"mdia", *described))

    def _samples(self, frames: list[bytes], at: int) -> list[bytes]:
        count, one = len(frames), pack(">2I", 0, 1)
        shape = pack(
            ">2H2I4xH32xHh", self.width, self.height, 72 << 16, 72 << 16, 1, 24, -1
        )
        sizes = pack(f">3I{count}I", 0, 0, count, *map(len, frames))
        return [
            _box(b"stsd", one, _box(b"jpeg", _SAMPLES_BEGIN, shape)),
            _box(b"stts", one, pack(">2I", count, _SECOND)),
            _box(b"stsc", one, pack(">3I", 1, count, 1)),
            _box(b"stsz", sizes),
            _box(b"stco", one, pack(">I", at)),
        ]


def _shown(rate: int, volume: int) -> tuple[bytes, bytes]:
    return pack(">IH10x", rate, volume), _MATRIX


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return pack(">I4s", 8 + len(content), kind) + content
