"""What came of many runs, for people to read."""

from collections import Counter
from collections.abc import Mapping
from typing import Any


def listed(texts: Mapping[str, str]) -> str:
    """Each with its name before it."""
    return "".join(f"{name:<24} {text}\n" for name, text in texts.items())


def counted(counts: Counter[Any]) -> str:
    """How often each came."""
    return ", ".join(f"{key}: {count}" for key, count in sorted(counts.items()))
