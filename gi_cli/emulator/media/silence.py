"""Silence in formats that cannot be made by hand otherwise: MP3, and Opus in Ogg."""

from __future__ import annotations

import math
from struct import pack

SAMPLE_RATE = 24_000
_MP3_FRAME = b"\xff\xf3\x44\xc0".ljust(96, b"\0")  # MPEG-2, mono, 32 kbit/s, 24 ms
_OPUS_PACKET = b"\xf8\xff\xfe"  # 20 ms
_OPUS_SAMPLES = 960  # of a packet: Opus counts 48,000 in a second
_FIRST, _LAST = 2, 4  # flags of a page
_MOST = 255  # packets of a page
_POLYNOMIAL = 0x04C11DB7


def mp3(seconds: float) -> bytes:
    """Return so much of it as MP3."""
    return _MP3_FRAME * math.ceil(seconds / 0.024)


def opus(seconds: float) -> bytes:
    """Return so much of it as Opus in Ogg."""
    head = b"OpusHead" + pack("<BBHIhB", 1, 1, 0, SAMPLE_RATE, 0, 0)
    tags = b"OpusTags" + pack("<I8sI", 8, b"emulated", 0)
    left = math.ceil(seconds / 0.02)
    pages = [_page(0, 0, [head], _FIRST), _page(1, 0, [tags], 0)]
    done = 0
    while done < left:
        count = min(left - done, _MOST)
        done += count
        flags = _LAST if done == left else 0
        packets = [_OPUS_PACKET] * count
        pages.append(_page(len(pages), done * _OPUS_SAMPLES, packets, flags))
    return b"".join(pages)


def _page(number: int, granule: int, packets: list[bytes], flags: int) -> bytes:
    lengths = bytes(map(len, packets))  # none is longer than 254
    begin = b"OggS" + pack("<BBqII", 0, flags, granule, 1, number)
    rest = bytes([len(packets)]) + lengths + b"".join(packets)
    return begin + pack("<I", _checksum(begin + bytes(4) + rest)) + rest


def _checksum(data: bytes) -> int:
    checksum = 0
    for byte in data:
        checksum ^= byte << 24
        for _ in range(8):
            high = checksum & 0x8000_0000
            checksum = (checksum << 1 ^ (_POLYNOMIAL if high else 0)) & 0xFFFF_FFFF
    return checksum
