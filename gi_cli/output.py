"""Where the payload goes: stdout, or a file that is replaced as a whole."""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from gi_cli.console import Console
from gi_cli.errors import UsageError, WriteFailed
from gi_cli.places import local
from gi_cli.waits import Waits

DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/(\d+)")
STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
SPECIAL = (stat.S_ISCHR, stat.S_ISBLK, stat.S_ISFIFO, stat.S_ISSOCK)


class Output(Protocol):
    """Takes bytes; `commit` makes them last."""

    def write(self, data: bytes) -> None:
        """Write all of it; raises WriteFailed or PipeClosed."""

    def commit(self) -> None:
        """The output is as complete as it will be."""


class Stdout:
    """The console's stdout."""

    def __init__(self, console: Console) -> None:
        self.write = console.write

    def commit(self) -> None:
        """Every write has already been delivered."""


class RawFile:
    """A file that grows as bytes come: --save-events, devices and FIFOs."""

    def __init__(self, path: Path, source: str, waits: Waits) -> None:
        self.path, self.source, self.waits = path, source, waits
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC
        inherited = _descriptor(str(path))
        try:
            with waits:  # a FIFO opens when its reader comes
                if inherited is None:
                    self._number = os.open(path, flags, 0o666)
                else:  # opened anew it would have an offset of its own
                    self._number = os.dup(inherited)
        except OSError as error:
            raise UsageError(f"{source}: {path}: {error.strerror}") from error

    def write(self, data: bytes) -> None:
        """Write all of it, now."""
        left = memoryview(data)
        try:
            while left:
                with self.waits:
                    left = left[os.write(self._number, left) :]
        except OSError as error:
            raise WriteFailed(
                f"{self.source}: {self.path}: {error.strerror}"
            ) from error

    def commit(self) -> None:
        """Close it."""
        os.close(self._number)


class AtomicFile:
    """Written beside its place and moved there at the end, as `>` would have left it.

    The temporary file is made at once, before anything is paid for; the old file stays
    until there is something to replace it with. Symlinks are followed, the old file's
    mode or the umask's is kept.
    """

    def __init__(self, path: Path, source: str) -> None:
        self.source = source
        self.path = Path(os.path.realpath(path))
        try:
            mode = self._mode()
            self._number, name = tempfile.mkstemp(
                prefix=f".{self.path.name[:100]}.", suffix=".part", dir=self.path.parent
            )
            os.fchmod(self._number, mode)
        except OSError as error:
            raise UsageError(f"{source}: {path}: {error.strerror}") from error
        self._part = Path(name)
        self._empty, self._open = True, True

    def _mode(self) -> int:
        """The mode of the file that is replaced, else that of a new one."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            mask = os.umask(0o077)
            os.umask(mask)
            return 0o666 & ~mask
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if not os.access(self.path, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return stat.S_IMODE(mode)

    def write(self, data: bytes) -> None:
        """Add to the new file."""
        left = memoryview(data)
        try:
            while left:
                self._empty = False
                left = left[os.write(self._number, left) :]
        except OSError as error:
            self._remove()
            raise WriteFailed(
                f"{self.source}: {self.path}: {error.strerror}"
            ) from error

    def commit(self) -> None:
        """Put the new file in its place; one without a byte replaces nothing."""
        if not self._open:
            return
        if self._empty:
            self._remove()
            return
        try:
            os.fsync(self._number)
            self._close()
            self._part.replace(self.path)
        except OSError as error:
            self._remove()
            raise WriteFailed(
                f"{self.source}: {self.path}: {error.strerror}"
            ) from error

    def discard(self) -> None:
        """Leave the old file as it was."""
        if self._open:
            self._remove()

    def _remove(self) -> None:
        self._close()
        self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._number)


def to_file(path: str, source: str, waits: Waits, *, no_clobber: bool) -> Output:
    """Open the file that `source` names; raises UsageError before anything is sent."""
    place = local(path)
    try:
        found = place.stat()
    except FileNotFoundError:
        return AtomicFile(place, source)
    except OSError as error:
        raise UsageError(f"{source}: {path}: {error.strerror}") from error
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{source}: {path} is a directory")
    special = any(is_special(found.st_mode) for is_special in SPECIAL)
    if special or _descriptor(path) is not None:
        return RawFile(place, source, waits)
    if no_clobber:
        raise UsageError(f"{source}: {path} exists, and --no-clobber was given")
    return AtomicFile(place, source)


def _descriptor(path: str) -> int | None:
    """The number of a descriptor that a path names."""
    found = DESCRIPTOR.fullmatch(path)
    return int(found[1]) if found else STANDARD.get(path)


def distinct(paths: dict[str, str | None], read: Iterable[str] = ()) -> None:
    """Refuse one file under two flags: the later one would undo the earlier.

    `read` are the files of -i, which may be read twice.
    """
    seen = {local(each).resolve(): "-i" for each in read}
    for flag, path in paths.items():
        place = local(path or "").resolve()
        if not path or (place.exists() and not place.is_file()):
            continue
        if place in seen:
            raise UsageError(f"{seen[place]} and {flag} name the same file: {path}")
        seen[place] = flag
