"""A topic of `gi help` taken apart: paragraphs, and rows of a term and a text."""

import re
from collections.abc import Iterator
from itertools import groupby

GAP = re.compile(r" {2,}")

Rows = list[tuple[str, list[str]]]  # a term, and the lines of its text


def parts(topic: str) -> Iterator[str | Rows]:
    """The parts of a topic in order."""
    for block in topic.strip().split("\n\n"):
        lines = block.split("\n")
        if any(line.startswith(" ") for line in lines) or all(map(_is_row, lines)):
            yield [*_rows(lines)]
        else:
            yield " ".join(lines)


def is_table(lines: list[str]) -> bool:
    """Tell whether a row's text has columns of its own, to be left as they are."""
    return len(lines) > 1 and all(map(_is_row, lines))


def _is_row(line: str) -> bool:
    return bool(GAP.search(line))


def _rows(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A line at the margin begins a row, the others go on with it."""
    starts = 0
    numbered = []
    for line in lines:
        starts += not line.startswith(" ")
        numbered.append((starts, line))
    for _, group in groupby(numbered, key=lambda each: each[0]):
        first, *rest = [line for _, line in group]
        term, _, text = first.partition("  ")
        yield term, [each.strip() for each in (text, *rest) if each.strip()]
