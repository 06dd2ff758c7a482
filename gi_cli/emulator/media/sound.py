"""A sound as a value."""

from __future__ import annotations

import math
import struct
import wave
from binascii import crc32
from io import BytesIO
from typing import NamedTuple

CHANNELS = 1
SUFFIXES = {"audio/l16": "l16", "audio/wav": "wav"}
_SECONDS = 0.08  # of a tone
_LOUDEST = 12_000  # of 32,767


class Sound(NamedTuple):
    """A tone for each word, of other pitches for another seed."""

    seed: int
    words: int
    sample_rate: int
    mime_type: str

    @property
    def name(self) -> str:
        """A file name that tells all of it."""
        suffix = SUFFIXES[self.mime_type]
        return f"{self.seed:08x}-{self.words}-{self.sample_rate}.{suffix}"

    def data(self) -> bytes:
        """Return it as PCM of 16 bits, little endian, or as a WAV file."""
        samples = b"".join(map(self._tone, range(self.words)))
        return self._wav(samples) if self.mime_type == "audio/wav" else samples

    def _tone(self, number: int) -> bytes:
        frequency = 220 + crc32(b"%d" % number, self.seed) % 660
        turn = math.tau * frequency / self.sample_rate
        count = round(_SECONDS * self.sample_rate)
        tone = (
            round(_LOUDEST * (1 - at / count) * math.sin(turn * at))
            for at in range(count)
        )
        return struct.pack(f"<{count}h", *tone)

    def _wav(self, samples: bytes) -> bytes:
        file = BytesIO()
        with wave.open(file, "wb") as written:
            written.setnchannels(CHANNELS)
            written.setsampwidth(2)
            written.setframerate(self.sample_rate)
            written.writeframes(samples)
        return file.getvalue()
