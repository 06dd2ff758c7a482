"""Where the payload goes: stdout, or a file that is replaced as a whole."""

import errno
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from gi_cli.console import Console
from gi_cli.errors import UsageError, WriteFailed
from gi_cli.parts import Part, new_mode
from gi_cli.places import local
from gi_cli.waits import Waits

DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/(\d+)")
STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
STDOUT = 1
SPECIAL = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)


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
        inherited = descriptor(str(path))
        try:
            with waits:  # a FIFO opens when its reader comes
                if inherited is None:
                    self._number = os.open(path, flags, 0o666)
                else:  # opened anew it would have an offset of its own
                    self._number = os.dup(inherited)
        except OSError as error:
            raise UsageError(f"{source}: {path}: {error.strerror}") from error
        self.is_terminal = os.isatty(self._number)

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
            mode = mode_at(self.path)
            self._part: Part | None = Part(self.path.parent, self.path.name, mode)
            self._require_room()
        except OSError as error:
            raise UsageError(f"{source}: {path}: {error.strerror}") from error

    def _require_room(self) -> None:
        try:
            if self._part:
                self._part.require_room()
        except OSError:
            self.discard()
            raise

    def write(self, data: bytes) -> None:
        """Add to the new file."""
        try:
            if self._part:
                self._part.write(data)
        except OSError as error:
            raise self._failed(error) from error

    def restart(self) -> None:
        """Forget what was written."""
        try:
            if self._part:
                self._part.restart()
        except OSError as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Put the new file in its place; one without a byte replaces nothing."""
        if self._part is None:
            return
        if not self._part.size:
            self.discard()
            return
        try:
            self._part.replace(self.path)
        except OSError as error:
            raise self._failed(error) from error
        self._part = None

    def discard(self) -> None:
        """Leave the old file as it was."""
        if self._part:
            self._part.discard()
            self._part = None

    def _failed(self, error: OSError) -> WriteFailed:
        self.discard()
        return WriteFailed(f"{self.source}: {self.path}: {error.strerror}")


def mode_at(path: Path) -> int:
    """The mode of the file that is replaced, else that of a new one; raises OSError
    where there is something else than a file that may be written."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return new_mode()
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if not os.access(path, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(mode)


def to_file(path: str, source: str, waits: Waits, *, no_clobber: bool) -> Output:
    """Open the file that `source` names; raises UsageError before anything is sent."""
    place = local(path)
    found = _stat(place, source)
    if found is None and path.endswith(os.sep):
        raise UsageError(f"{source}: {path} is not the name of a file")
    if found is None:
        return AtomicFile(place, source)
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{source}: {path} is a directory")
    if is_special(path, source):
        return RawFile(place, source, waits)
    if no_clobber:
        raise UsageError(f"{source}: {path} exists, and --no-clobber was given")
    return AtomicFile(place, source)


def is_special(path: str, source: str) -> bool:
    """Tell whether a path is written as it is: a device, a FIFO, a descriptor."""
    found = _stat(local(path), source)
    mode = found.st_mode if found else 0
    return descriptor(path) is not None or stat.S_IFMT(mode) in SPECIAL


def _stat(place: Path, source: str) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{source}: {place}: {error.strerror}") from error


def descriptor(path: str) -> int | None:
    """The number of a descriptor that a path names."""
    found = DESCRIPTOR.fullmatch(path)
    return int(found[1]) if found else STANDARD.get(path)


def is_stdout(path: str) -> bool:
    """Tell whether a path names stdout."""
    return path == "-" or descriptor(path) == STDOUT


def distinct(paths: dict[str, str | None], read: Iterable[str] = ()) -> None:
    """Refuse one file under two flags: the later one would undo the earlier.

    `read` are the files of -i, which may be read twice.
    """
    seen = {_resolved(each, "-i"): "-i" for each in read}
    for flag, path in paths.items():
        if not path:
            continue
        place, found = _resolved(path, flag), _stat(local(path), flag)
        if found and not stat.S_ISREG(found.st_mode):
            continue
        if place in seen:
            raise UsageError(f"{seen[place]} and {flag} name the same file: {path}")
        seen[place] = flag


def _resolved(path: str, flag: str) -> Path:
    """Where a path leads."""
    try:
        return Path(os.path.realpath(local(path)))
    except FileNotFoundError as error:  # the current folder has been removed
        raise UsageError(f"{flag}: {path}: {error.strerror}") from error
