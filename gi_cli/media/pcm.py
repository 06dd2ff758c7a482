"""Raw PCM as a WAV file: few players take it without a header.

The service calls it `audio/l16` with `sample_rate` and `channels`, or
`audio/L16;codec=pcm;rate=24000`. RFC 2586 has the bytes in network order; what comes is
in the order of WAV, least significant byte first.
"""

import re
import struct
from collections.abc import Mapping
from typing import Any

from gi_cli.media.names import essence

TYPES = ("audio/l16", "audio/pcm")
RATE = 24_000  # samples per second, where nothing else is said
MOST = 0xFFFF_FFFF  # what a header's sizes can tell
HEADER = 44  # bytes
WIDTH = 2  # bytes of a sample


def is_raw(mime_type: str) -> bool:
    """Tell whether a type is PCM without a header."""
    return essence(mime_type) in TYPES


def header(content: Mapping[str, Any], mime_type: str, size: int) -> bytes:
    """The header of a WAV file with so many bytes of PCM."""
    rate = _number(content, mime_type, ("sample_rate", "rate")) or RATE
    channels = _number(content, mime_type, ("channels",)) or 1
    frame = channels * WIDTH
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", min(size + HEADER - 8, MOST), b"WAVE"),
        *(b"fmt ", 16, 1, channels, rate, min(rate * frame, MOST), frame, WIDTH * 8),
        *(b"data", min(size, MOST)),
    )


def _number(
    content: Mapping[str, Any], mime_type: str, names: tuple[str, ...]
) -> int | None:
    """A number of the content, or among the parameters of its type."""
    for name in names:
        value = content.get(name)
        found = re.search(rf";\s*{name}=(\d+)", mime_type)
        value = int(found[1]) if value is None and found else value
        if type(value) is int and 0 < value < 1 << (15 if name == "channels" else 32):
            return value
    return None
