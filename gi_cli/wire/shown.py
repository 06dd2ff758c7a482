"""One step as far as it was shown: text is only kept as a length and a checksum."""

from collections import Counter
from typing import Any
from zlib import crc32

KEPT = 1 << 13  # characters of a step's end
BLANK: tuple[Any, ...] = ({}, "")  # a field that a delta is to fill


class Text:
    """The text of a step. All but its end is only kept as a length and a checksum."""

    def __init__(self) -> None:
        self.length = 0
        self._folded, self._checksum = 0, 0
        self._end: list[str] = []

    def add(self, text: str) -> None:
        """Note more of it."""
        self._end.append(text)
        self.length += len(text)
        if self.length - self._folded > KEPT:
            self._checksum = checksum("".join(self._end), self._checksum)
            self._folded, self._end = self.length, []

    def agrees(self, text: str) -> bool:
        """Tell whether one is the beginning of the other, white space at the end of
        this one aside."""
        if checksum(text[: self._folded]) != self._checksum:
            return False
        end, other = "".join(self._end).rstrip(), text[self._folded :]
        return other.startswith(end)


def checksum(text: str, before: int = 0) -> int:
    """A short number that stands for a text; `before` is that of what precedes it."""
    return crc32(text.encode("utf-8", "surrogatepass"), before)


class Shown:
    """One step as far as it was shown, and how far a replay of it has come."""

    def __init__(self, start: Any = None) -> None:
        had = start if isinstance(start, dict) else {}
        self.fields = frozenset(k for k, v in had.items() if v not in BLANK)
        self.type = start.get("type") if isinstance(start, dict) else None
        self.text = Text()
        self.counts: Counter[str] = Counter()
        self.stopped = False
        self.at = 0
        self.seen: Counter[str] = Counter()
        self.rewound = False
        self.again: list[str] | None = None  # a replay's text, as far as it was shown
        self._differs = False
        self._mark: tuple[int, dict[str, int]] = (0, {})

    @property
    def is_output(self) -> bool:
        """Tell whether its text is the answer's: a thought's may be kept otherwise."""
        return self.type != "thought"

    def mark(self) -> None:
        """The service can go on from here."""
        self._mark = (self.text.length, {**self.counts})

    def resume(self) -> None:
        """The service goes on from the mark."""
        self.at, seen = self._mark
        self.seen, self.again, self.rewound = Counter(seen), None, False

    def rewind(self) -> None:
        """A replay tells it from its start."""
        self.at, self.again, self.rewound = 0, [], True
        self.seen.clear()

    def new_of(self, text: str) -> str:
        """The part of a text that was not shown yet, which then was."""
        had = min(self.text.length - self.at, len(text))
        if self.again is not None:
            self.again.append(text[:had])
        new = text[had:]
        if new:
            self._differs |= self.is_contradicted
            self.again = None  # what follows was never shown
            self.text.add(new)
        self.at += len(text)
        return new

    def is_new(self, kind: str) -> bool:
        """Tell whether one more of a kind was not shown yet; then it was."""
        self.seen[kind] += 1
        new = self.seen[kind] > self.counts[kind]
        self.counts[kind] += new
        return new

    def new_bytes(self, data: bytes) -> bytes:
        """The part of audio that was not shown yet, which then was."""
        had = min(self.counts["bytes"] - self.seen["bytes"], len(data))
        self.seen["bytes"] += len(data)
        self.counts["bytes"] += len(data) - had
        return data[had:]

    @property
    def is_contradicted(self) -> bool:
        """Tell whether a replay from the start has told another text."""
        if self.again is None:
            return self._differs
        return self._differs or not self.text.agrees("".join(self.again))
