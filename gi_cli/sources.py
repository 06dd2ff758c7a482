"""--sources: what an answer cites, as a table of tab-separated values."""

from collections.abc import Iterable
from typing import Any

from gi_cli.output import Output
from gi_cli.sinks.citations import address_of, title_of
from gi_cli.wire import codec
from gi_cli.wire.assemble import Cited, Piece, Text, Tool
from gi_cli.wire.medium import Medium

HEAD = ("number", "title", "url", "bytes")


class Sources:
    """A row for each source: its number in order of appearance, title, URL, and where
    the model's text cites it, as `START-END,...` in bytes of UTF-8.

    The service counts from the beginning of a content; here it is from the beginning
    of what was delivered, with the lines that name media.
    """

    def __init__(self, file: Output) -> None:
        self._file = file
        self.restart()

    def restart(self) -> None:
        """Forget what came."""
        self._size = self._start = 0  # of the text, and where its last content begins
        self._begins = True  # the next text begins a content
        self._rows: dict[tuple[str, str], list[str]] = {}

    def take(
        self, pieces: tuple[Piece, ...], shifts: Iterable[int], *, apart: bool
    ) -> None:
        """Add what came; `shifts` are the bytes put in before each text, and `apart`
        says that each text is a content of its own."""
        put_in = iter(shifts)
        for piece in pieces:
            if isinstance(piece, Text):
                shift = next(put_in, 0)
                if apart or self._begins:
                    self._start, self._begins = self._size + shift, False
                self._size += len(codec.encode(piece.text))
            elif isinstance(piece, Tool | Medium):
                self._begins = True
            elif isinstance(piece, Cited):
                for note in piece.annotations:
                    self._cite(note)

    def _cite(self, note: Any) -> None:
        if not isinstance(note, dict) or not (title_of(note) or address_of(note)):
            return
        places = self._rows.setdefault((title_of(note), address_of(note)), [])
        start, end = note.get("start_index", 0), note.get("end_index")
        if isinstance(start, int) and isinstance(end, int):
            place = f"{self._start + start}-{self._start + end}"
            places += [] if place in places else [place]

    def close(self, *, whole: bool) -> None:
        """Write the table if it is whole; raises WriteFailed."""
        if whole:
            self._write()
        self._file.commit()

    def _write(self) -> None:
        rows = [HEAD]
        for number, ((title, url), places) in enumerate(self._rows.items(), 1):
            rows.append((str(number), title, url, ",".join(places)))
        text = "".join("\t".join(row) + "\n" for row in rows)
        self._file.write(codec.encode(text))
