"""Samples of 16 bits as one byte each: G.711, for telephones."""

from __future__ import annotations

import struct
from collections.abc import Callable

_BIAS, _LOUDEST = 33, 8_159 - 33


def mulaw(samples: bytes) -> bytes:
    """Return samples as they are sent in America and Japan."""
    return _each(samples, _mulaw)


def alaw(samples: bytes) -> bytes:
    """Return samples as they are sent elsewhere."""
    return _each(samples, _alaw)


def _each(samples: bytes, encode: Callable[[int], int]) -> bytes:
    known = {
        value: encode(value) for (value,) in set(struct.iter_unpack("<h", samples))
    }
    return bytes(known[value] for (value,) in struct.iter_unpack("<h", samples))


def _mulaw(value: int) -> int:
    size = value >> 2
    size = min(abs(size), _LOUDEST) + _BIAS
    exponent = size.bit_length() - 6
    mask = 0x7F if value < 0 else 0xFF
    return mask ^ (exponent << 4 | size >> exponent + 1 & 0xF)


def _alaw(value: int) -> int:
    sign = 0xD5 if value >= 0 else 0x55
    size = (value if value >= 0 else ~value) >> 3
    exponent = max(0, size.bit_length() - 5)
    return sign ^ (exponent << 4 | size >> max(1, exponent) & 0xF)
