"""Numbers of JSON, taken for the decimals they are written as."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from gi_cli.emulator.structured.keywords import too_complex

_TOO_LARGE = 2**1024  # for a float, and so for most who read JSON


def numbers(schema: dict[str, Any], *, whole: bool) -> Iterator[int | float]:
    """Yield numbers that a schema might allow: zero, and some near its ends."""
    yield 0
    step = _step(schema, whole=whole)
    low = _end(schema, "minimum", "exclusiveMinimum", max)
    high = _end(schema, "maximum", "exclusiveMaximum", min)
    if step:
        ends = [
            *(math.ceil(end / step) * step for end in low),
            *(math.floor(end / step) * step for end in high),
        ]
    else:
        ends = [*low, *high, *((a + b) / 2 for a in low for b in high)]
    for end in ends:
        for near in (end, end + (step or 1), end - (step or 1)):
            yield _plain(near)


def is_multiple(value: float, of: float) -> bool:
    """Tell whether a number is a multiple of another one."""
    return exact(value) % exact(of) == 0


def common_multiple(first: float, second: float) -> int | float:
    """Return the smallest number that is a multiple of both."""
    return _plain(_common(exact(first), exact(second)))


def exact(number: float) -> Fraction:
    """Return a number as it is written."""
    return Fraction(str(number))


def _step(schema: dict[str, Any], *, whole: bool) -> Fraction | None:
    if "multipleOf" not in schema:
        return Fraction(1) if whole else None
    step = exact(schema["multipleOf"])
    return _common(step, Fraction(1)) if whole else step


def _end(schema: dict[str, Any], *names: Any) -> list[Fraction]:
    *keywords, strictest = names
    found = [exact(schema[name]) for name in keywords if name in schema]
    return [strictest(found)] if found else []


def _common(first: Fraction, second: Fraction) -> Fraction:
    below = math.lcm(first.denominator, second.denominator)
    above = math.lcm(int(first * below), int(second * below))
    return Fraction(above, below)


def _plain(number: Fraction) -> int | float:
    if abs(number) >= _TOO_LARGE:
        raise too_complex()
    return number.numerator if number.denominator == 1 else float(number)
