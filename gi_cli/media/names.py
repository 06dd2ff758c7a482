"""Where media go, and under which names. A name from the server is never used."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import PurePath
from typing import NamedTuple

from gi_cli.places import tail
from gi_cli.request import mime

TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
FIELD = re.compile(r"\{(n|ext)\}")
UNKNOWN = "bin"
SUFFIXES = {  # where a type has several, the usual one
    **{kind: suffix[1:] for suffix, kind in reversed(mime.SUFFIXES.items())},
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "audio/aiff": "aiff",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/ogg_opus": "ogg",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/quicktime": "mov",
    "video/wmv": "wmv",
    "text/html": "html",
    "text/plain": "txt",
}


class Target(NamedTuple):
    """What was asked for: the folder as it was typed, "" is the current one, and a file
    name, maybe with {n} and {ext}; "" is gi's own choice. `flag` is who asked."""

    folder: str
    name: str = ""
    flag: str = ""

    @property
    def path(self) -> str:
        """The one file that was named, if one was."""
        is_one = self.name and not FIELD.search(self.name)
        return joined(self.folder, self.name) if is_one else ""


class Item(NamedTuple):
    """A medium that gets a name: its number in the run and in its interaction."""

    number: int
    number_there: int
    id: str
    sha256: str
    thought: bool


def names(target: Target, item: Item, suffix: str) -> Iterator[str]:
    """The names to try, best first, without end; the first may be `target.path`."""
    if not target.name or item.thought:
        # the service names no interaction that it does not keep
        whose = tail(item.id) if item.id else item.sha256[:8]
        draft = "thought-" if item.thought else ""
        name, first = f"gi-{whose}-{draft}{item.number_there}.{suffix}", 1
    else:
        known = {"n": str(item.number), "ext": suffix}
        name = FIELD.sub(lambda found: known[found[1]], target.name)
        first = 1 if "{n}" in target.name else item.number
    path = PurePath(name)
    for number in count(first):
        shown = name if number == 1 else path.with_stem(f"{path.stem}-{number}").name
        yield joined(target.folder, shown)


def joined(folder: str, name: str) -> str:
    """A path as it is shown."""
    return f"{folder.rstrip('/')}/{name}" if folder else name


def suffix_of(mime_type: str) -> str:
    """A file's suffix by its type, without a dot."""
    return SUFFIXES.get(essence(mime_type), UNKNOWN)


def essence(mime_type: str) -> str:
    """A type without its parameters; "" for what is no type."""
    found = TYPE.fullmatch(mime_type.partition(";")[0].strip().lower())
    return found[0] if found else ""
