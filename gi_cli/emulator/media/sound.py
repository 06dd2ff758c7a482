"""A sound as a value."""

from __future__ import annotations

import math
import struct
import wave
from binascii import crc32
from io import BytesIO
from typing import NamedTuple

from gi_cli.emulator.media import silence, telephone

CHANNELS = 1
SUFFIXES = {
    "audio/l16": "l16",
    "audio/wav": "wav",
    "audio/alaw": "alaw",
    "audio/mulaw": "mulaw",
    "audio/mp3": "mp3",
    "audio/ogg": "opus",
}
SILENT = {"audio/mp3": silence.mp3, "audio/ogg": silence.opus}
_SECONDS = 0.08  # of a tone
_LOUDEST = 12_000  # of 32,767


class Sound(NamedTuple):
    """A tone for each word, of other pitches for another seed; as long, if silent."""

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
        """Return it as PCM of 16 bits, little endian, or as what it is to be."""
        if silent := SILENT.get(self.mime_type):
            return silent(self.words * _SECONDS)
        samples = b"".join(map(self._tone, range(self.words)))
        match self.mime_type:
            case "audio/wav":
                return self._wav(samples)
            case "audio/alaw":
                return telephone.alaw(samples)
            case "audio/mulaw":
                return telephone.mulaw(samples)
        return samples

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
