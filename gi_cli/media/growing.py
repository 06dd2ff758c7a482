"""One medium on its way to its file."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gi_cli.media import pcm
from gi_cli.media.names import Item, Target, essence, names, suffix_of
from gi_cli.output import mode_at
from gi_cli.parts import Part, new_mode
from gi_cli.places import local
from gi_cli.request import mime
from gi_cli.wire.medium import File

COPIED = 1 << 20  # bytes at once
NO_TYPE = "application/octet-stream"


class Growing:
    """Written to a part of its own; `finish` gives it a name. Raises OSError.

    `item` lacks the hash, which is known at the end.
    """

    def __init__(
        self, target: Target, item: Item, content: dict[str, Any], stated: str
    ) -> None:
        self._target, self._item = target, item
        self._content, self._stated = content, stated
        named = bool(target.path) and item.number == 1 and not item.thought
        self._named = Path(os.path.realpath(local(target.path))) if named else None
        folder = self._named.parent if self._named else local(target.folder or ".")
        mode = mode_at(self._named) if self._named else new_mode()
        self._mode, self._folder = mode, folder
        self._part = Part(folder, self._named.name if self._named else "gi", mode)
        self._hash = hashlib.sha256()
        self._head = b""
        self._is_own = True  # the same bytes may have been there before
        self._wrapped = False  # PCM behind the header of a WAV file

    def add(self, data: Iterable[bytes]) -> None:
        """Write more; whatever `data` raises is let through."""
        for each in data:
            if not self._head:
                self._wrapped = pcm.is_raw(self._stated) and not _is_marked(each)
                if self._wrapped:
                    self._part.write(bytes(pcm.HEADER))
            self._head = self._head or each[: mime.HEAD]
            self._hash.update(each)
            self._part.write(each)

    def finish(self) -> File:
        """Give it a name that is free, or the one that was asked for; raises ValueError
        for one without a byte."""
        if not self._head:
            raise ValueError("there is none")
        if self._wrapped:
            size = self._part.size - pcm.HEADER
            head = pcm.header(self._content, self._stated, size)
            self._part.overwrite(head)
        sha256, kind = self._sha256(), self._kind()
        path = self._placed(sha256, suffix_of(kind))
        self._file = File(path, self._part.size, sha256, kind)
        return self._file

    def _sha256(self) -> str:
        if not self._wrapped:
            return self._hash.hexdigest()
        with open(self._part.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _kind(self) -> str:
        """The type by the content, else as it was stated."""
        if self._wrapped:
            return "audio/wav"
        found = _type_of(self._head, self._part.path)
        return found or essence(self._stated) or NO_TYPE

    def _placed(self, sha256: str, suffix: str) -> str:
        if self._named:
            if not self._part.take(self._named):
                self._part.replace(self._named)
            return self._target.path
        item = self._item._replace(sha256=sha256)
        for path in names(self._target, item, suffix):
            place = local(path)
            self._is_own = self._part.take(place)
            if self._is_own:
                return path
            if self._is_there(place, sha256):
                self.discard()
                return path
        raise AssertionError  # names() never ends

    def _is_there(self, place: Path, sha256: str) -> bool:
        """Tell whether the same bytes are there already."""
        if place.is_symlink() or not place.is_file():
            return False
        if place.stat().st_size != self._part.size:
            return False
        with open(place, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def append(self, data: Iterable[bytes]) -> File:
        """Add to it although it has its name: the rest of an image has come."""
        place = Path(os.path.realpath(local(self._file.path)))
        self._part = Part(place.parent, place.name, self._mode)
        try:
            for each in _content_of(place):
                self._part.write(each)
            self.add(data)
            size, sha256, path = self._part.size, self._sha256(), self._file.path
            if self._is_own:
                self._part.replace(place)
            else:
                path = self._placed(sha256, suffix_of(self._file.mime_type))
        except BaseException:
            self.discard()
            raise
        self._file = self._file._replace(path=path, bytes=size, sha256=sha256)
        return self._file

    def discard(self) -> None:
        """Leave nothing of it."""
        self._part.discard()


def probe(target: Target) -> None:
    """Make and remove a file where media will go; raises OSError."""
    item = Item(1, 1, "", "", thought=False)
    Growing(target, item, {}, "").discard()


def _content_of(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(COPIED), b"")


def _is_marked(head: bytes) -> bool:
    """Tell whether a mark says that there is a format; sound may begin like a frame of
    MPEG audio by chance."""
    found = _type_of(head)
    framed = found in ("audio/mp3", "audio/mpeg", "audio/aac")
    return found is not None and not (framed and not head.startswith(b"ID3"))


def _type_of(head: bytes, path: Path | None = None) -> str | None:
    """The type that the first bytes tell."""
    return mime.of_content(head, lambda: _members(path), "")


def _members(path: Path | None) -> list[str]:
    """The names in a ZIP archive; none in a broken one."""
    import zipfile

    broken = (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError)
    try:
        with zipfile.ZipFile(path or "") as archive:
            return archive.namelist()
    except broken:
        return []
