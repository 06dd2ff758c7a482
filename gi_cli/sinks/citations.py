"""--citations: numbered marks in the text, and Markdown footnotes at its end."""

import re
from typing import Any

from gi_cli.sinks.text import Named, TextSink
from gi_cli.wire import codec
from gi_cli.wire.assemble import Cited, Piece, Text, Tool
from gi_cli.wire.events import COMPLETED, ENDS, Event, is_whole
from gi_cli.wire.medium import Medium

MARKUP = re.compile(r"[\\`*_\[\]<>]")  # what Markdown would not show as it is
PLACES = ("url", "document_uri", "uri")
TITLES = ("title", "name", "file_name")


class CitationSink(TextSink):
    """Holds a text until its step ends or goes on behind a medium: annotations come
    after what they mark."""

    def __init__(self, named: Named, *, tty: bool) -> None:
        super().__init__(named, tty=tty)
        self._block: list[str] = []
        self._notes: list[dict[str, Any]] = []
        self._behind: list[str] = []  # media behind the text
        self._sources: dict[str, int] = {}  # footnote to its number

    def event(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Hold text and annotations, show them at the end of the step."""
        if event.type in ENDS:
            self._release()
        for piece in pieces:
            if isinstance(piece, Text):
                if self._behind or is_whole(event.data):
                    self._release()
                self._block.append(piece.text)
            elif isinstance(piece, Cited):
                self._notes += [n for n in piece.annotations if isinstance(n, dict)]
            else:
                if isinstance(piece, Tool):
                    self._release()
                super().event(event, (piece,))
        if event.type == COMPLETED:
            self._release()

    def finished(self, medium: Medium) -> None:
        """Name it behind the text before it, which may still get annotations."""
        if not medium.thought:
            self._behind.append(f"{self._named(medium)}\n")

    def _release(self) -> None:
        if self._block:
            text = codec.join_surrogates("".join(self._block))
            marks = [m for note in self._notes if (m := self._mark(note))]
            if self._separated:
                self._line()
            self._add(marked(text, marks))
        for each in self._behind:
            self._line()
            self._add(each)
        self._block.clear()
        self._notes.clear()
        self._behind.clear()

    def _mark(self, note: dict[str, Any]) -> tuple[int, str] | None:
        """Where a citation ends, in bytes, and its mark; None for other notes."""
        source, end = source_of(note), note.get("end_index")
        if not source:
            return None
        number = self._sources.setdefault(source, len(self._sources) + 1)
        return (end if isinstance(end, int) else -1), f"[^{number}]"

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:
        """Give the footnotes."""
        self._release()
        if self._sources:
            self._line()
            notes = [f"[^{number}]: {s}\n" for s, number in self._sources.items()]
            self._add("\n" + "".join(notes))
        return super().close(result, document)


def marked(text: str, marks: list[tuple[int, str]]) -> str:
    """Put each mark behind the byte where its citation ends.

    An offset inside a character counts as behind it; one that is negative or beyond
    the end as the end. Equal marks at one place are one.
    """
    data = codec.encode(text)
    places: dict[int, list[str]] = {}
    for offset, mark in marks:
        place = offset if 0 <= offset <= len(data) else len(data)
        while place < len(data) and data[place] & 0xC0 == 0x80:
            place += 1
        found = places.setdefault(place, [])
        if mark not in found:
            found.append(mark)
    parts, last = [], 0
    for place in sorted(places):
        parts += [data[last:place].decode(), *places[place]]
        last = place
    return "".join([*parts, data[last:].decode()])


def source_of(note: dict[str, Any]) -> str:
    """A footnote: title and address, each if there is one; "" if it cites nothing."""
    title, place = _plain(title_of(note)), address_of(note)
    page = note.get("page_number")
    shown = f"{title}, page {page}" if title and isinstance(page, int) else title
    if re.match(r"https?://[^\s<>]+$", place, re.IGNORECASE):
        place = f"<{place}>"
    else:
        place = _plain(place)
    return " ".join(each for each in (shown, place) if each)


def title_of(note: dict[str, Any]) -> str:
    """What a citation calls its source, on one line; "" if it does not."""
    return _first(note, TITLES)


def address_of(note: dict[str, Any]) -> str:
    """Where its source is, on one line; "" if it does not say."""
    return _first(note, PLACES)


def _first(note: dict[str, Any], names: tuple[str, ...]) -> str:
    found = (note.get(name) for name in names)
    text = next((v for v in found if isinstance(v, str) and v.strip()), "")
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Words that Markdown shows as they are."""
    return MARKUP.sub(r"\\\g<0>", text)
