"""How long a server asks to wait: RetryInfo of an error, or words of its message."""

import math
import re
from typing import Any

RETRY_INFO = re.compile(r"[0-9]+(?:\.[0-9]+)?s")
ASKED = re.compile(r"(?:retry|again|resets?)\s+(?:in|after)\s+(?=[0-9])", re.IGNORECASE)
UNITS = {
    r"milliseconds?|ms": 0.001,
    r"seconds?|secs?|s": 1.0,
    r"minutes?|mins?|m": 60.0,
    r"hours?|hrs?|h": 3600.0,
    r"days?|d": 86400.0,
}
PART = re.compile(  # a number with its unit, or without one if no word follows
    r"(?:\s*(?:,|and\b))?\s*([0-9]+(?:\.[0-9]+)?)"
    rf"(?:\s*({'|'.join(UNITS)})(?![a-z])|(?!\.?[0-9]|\s*[a-z]))",
    re.IGNORECASE,
)


def of_info(info: dict[str, Any]) -> float | None:
    """Seconds that google.rpc.RetryInfo names."""
    delay = info.get("retryDelay")
    if not (isinstance(delay, str) and RETRY_INFO.fullmatch(delay)):
        return None
    return finite(float(delay[:-1]))


def of_words(message: str) -> float | None:
    """Seconds that "retry in 38.6s", "again in 1m30s", "reset after 2 days" name."""
    asked = ASKED.search(message)
    part = PART.match(message, asked.end()) if asked else None
    seconds = None if part is None else 0.0
    while part and seconds is not None:
        seconds += float(part[1]) * _seconds(part[2])
        part = PART.match(message, part.end()) if part[2] else None
    return None if seconds is None else finite(seconds)


def finite(seconds: float) -> float | None:
    """None for what no clock counts."""
    return seconds if math.isfinite(seconds) else None


def _seconds(unit: str | None) -> float:
    named = (size for u, size in UNITS.items() if re.fullmatch(u, unit or "s", re.I))
    return next(named)
