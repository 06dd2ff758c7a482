"""Saves the media of a run as they come, and tells what became of them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from gi_cli.errors import GiError, Incomplete, WriteFailed, worst
from gi_cli.media.growing import Growing
from gi_cli.media.names import Item, Target, suffix_of
from gi_cli.output import Output
from gi_cli.request import mime
from gi_cli.wire.assemble import Piece
from gi_cli.wire.medium import File, Medium, pieces


class Fetched(NamedTuple):
    """A medium that the service only names: its bytes, and the type that the server
    which has it states."""

    chunks: Iterator[bytes]
    mime_type: str


class First(NamedTuple):
    """A device, a pipe or stdout, and how it was named."""

    path: str
    output: Output


class Plan(NamedTuple):
    """`first` takes the first medium in place of a file; `thoughts` says that images
    of thoughts have a place too."""

    target: Target
    first: First | None = None
    thoughts: bool = False


Fetch = Callable[[str], Fetched]


class Gallery:
    """`fetch` gets what the service only names; None gets nothing. `keeps` says that
    the contents are kept and will be looked up in `kept`.

    What fails is noted in `problems`, and the rest goes on.
    """

    def __init__(
        self,
        plan: Plan,
        say: Callable[[str], None],
        fetch: Fetch | None,
        *,
        keeps: bool,
    ) -> None:
        self._target, self._first, self._thoughts = plan
        self._say, self._fetch, self._keeps = say, fetch, keeps
        self._number = 0
        self._what = ""  # how people know the last one
        self._there: dict[tuple[str, bool], int] = {}  # numbers by interaction
        self._growing: Growing | None = None
        self._last: Medium | None = None  # whose file may still grow
        self.files: list[dict[str, Any]] = []
        self.saved: list[str | None] = []  # their kinds, but of thoughts
        self.kept: dict[int, tuple[Any, File]] = {}  # contents by identity
        self.problems: list[GiError] = []

    @property
    def is_open(self) -> bool:
        """Tell whether a medium is there of which more may come."""
        return self._last is not None and self._last.open

    def take(self, found: Iterable[Piece], id: str) -> tuple[Piece, ...]:
        """Save the media among the pieces; `id` is the interaction's."""
        return tuple(self._one(p, id) if isinstance(p, Medium) else p for p in found)

    def finish(self) -> Medium | None:
        """End a medium that came in chunks."""
        last, self._last = self._last, None
        if last is None or not last.open or self._growing is None:
            return None
        growing = self._growing
        file = self._attempt(lambda: self._named(growing, last))
        return last._replace(open=False, file=file)

    def error(self) -> GiError | None:
        """The problem that counts, with what the others were."""
        if not self.problems:
            return None
        first = worst(self.problems)
        others = [each.message for each in self.problems if each is not first]
        first.message = "; ".join([first.message, *others])
        self.problems.clear()
        return first

    def _one(self, medium: Medium, id: str) -> Medium:
        if medium.thought and not self._thoughts:
            return medium
        if medium.more:
            return self._more(medium)
        if medium.file and not {"data", "uri"} & medium.content.keys():
            return medium  # gi has written it already
        self._last = self._growing = None
        item = self._item(medium, id)
        file = self._attempt(lambda: self._save(medium, item))
        saved = medium._replace(file=file, open=file is None and bool(self._growing))
        if file:
            self._last = saved._replace(content={}, kept=None)  # it may be large
        elif saved.open:
            self._last = saved
        return saved

    def _item(self, medium: Medium, id: str) -> Item:
        key = (id, medium.thought)
        self._there[key] = there = self._there.get(key, 0) + 1
        self._what = f"{medium.kind} {there} of the thoughts"
        if not medium.thought:
            self._number += 1
            self._what = f"{medium.kind} {self._number}"
        return Item(self._number, there, id, "", thought=medium.thought)

    def _save(self, medium: Medium, item: Item) -> File | None:
        """Save a medium; None for one that comes in chunks, which is left open."""
        data, stated = self._data(medium)
        if self._first and item.number == 1 and not item.thought:
            return self._pass_on(self._first, data, medium)
        growing = Growing(self._target, item, medium.content, stated)
        try:
            growing.add(data)
            if medium.partial and "data" in medium.content:
                self._growing = growing
                return None
            file = self._named(growing, medium)
        except BaseException:
            growing.discard()
            raise
        self._growing = growing
        if self._first:
            self._say(f"gi: only one goes there; {file.path} has the next one")
        return file

    def _data(self, medium: Medium) -> tuple[Iterator[bytes], str]:
        data, uri = medium.content.get("data"), medium.content.get("uri")
        if isinstance(data, str) or not isinstance(uri, str):
            return pieces(data if isinstance(data, str) else ""), medium.mime_type
        if self._fetch is None:
            raise Incomplete("only its address is in there, and nothing is fetched")
        found = self._fetch(uri)
        return found.chunks, medium.mime_type or found.mime_type

    def _pass_on(self, first: First, data: Iterator[bytes], medium: Medium) -> File:
        """Write the medium to a device or a pipe, as it is."""
        import hashlib

        size, hashed, kind = 0, hashlib.sha256(), ""
        try:
            for each in data:
                kind = kind or mime.of_content(each, list, "") or medium.mime_type
                first.output.write(each)
                hashed.update(each)
                size += len(each)
        finally:
            first.output.commit()  # nothing else goes there
        file = File(first.path, size, hashed.hexdigest(), kind)
        self._tell(file, medium)
        return file

    def _more(self, medium: Medium) -> Medium:
        """Add the rest of a medium."""
        last, growing = self._last, self._growing
        if last is None or growing is None:
            if not self.problems:
                late = Incomplete(f"the rest of the {medium.kind} came too late")
                self.problems.append(late)
            return medium
        if last.open:
            return self._grown(growing, last, medium)
        file = self._attempt(lambda: growing.append(pieces(medium.content["data"])))
        if file:
            self.files.pop()
            self._tell(file, medium)
        return medium._replace(file=file)

    def _grown(self, growing: Growing, last: Medium, medium: Medium) -> Medium:
        """Add a chunk; a file that cannot be whole is none."""
        failed = len(self.problems)
        self._attempt(lambda: growing.add(pieces(medium.content["data"])))
        if len(self.problems) > failed:
            growing.discard()
            self._last = self._growing = None
            return medium
        self._last = last._replace(content=medium.content)
        return medium._replace(open=True)

    def _named(self, growing: Growing, medium: Medium) -> File:
        """Give the file its name."""
        try:
            file = growing.finish()
        except BaseException:
            growing.discard()
            raise
        self._tell(file, medium)
        suffix = file.path.rpartition("/")[2].rpartition(".")[2].lower()
        known = mime.of_suffix(f".{suffix}")
        if known and suffix_of(known) != suffix_of(file.mime_type):
            self._say(f"gi: {file.path} holds {file.mime_type}, whatever its name says")
        return file

    def _tell(self, file: File, medium: Medium) -> None:
        record = file._asdict() | ({"thought": True} if medium.thought else {})
        self.files.append(record)
        if not medium.thought:
            self.saved.append(medium.kind)
        if medium.kept and self._keeps:
            self.kept[id(medium.kept)] = (medium.kept, file)

    def _attempt(self, work: Callable[[], Any]) -> Any:
        """Do it; what goes wrong is noted, and what came before is kept."""
        what = self._what
        try:
            return work()
        except OSError as error:
            place = self._target.path or self._target.folder or "."
            self.problems.append(WriteFailed(f"{what}: {place}: {error.strerror}"))
        except ValueError as error:
            self.problems.append(Incomplete(f"{what}: its data is broken: {error}"))
        except (Incomplete, WriteFailed) as error:
            error.message = f"{what}: {error.message}"
            self.problems.append(error)
        return None
