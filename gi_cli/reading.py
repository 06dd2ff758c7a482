"""Files that the user names, opened without ever waiting for nothing."""

import os
import select
import stat
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import IO

from gi_cli.errors import UsageError
from gi_cli.places import local
from gi_cli.waits import Waits

IN_MEMORY = 1 << 23  # bytes of a pipe; what is larger waits in a temporary file
LARGEST = 2 << 30  # bytes of a file of the Files API
LARGEST_REQUEST = 100_000_000  # bytes, the most that the API takes
LONGEST_NAME = 4096
CHUNK = 1 << 18


def opened(path: str, flag: str, waits: Waits) -> IO[bytes]:
    """Open a regular file, or read a pipe to its end; raises UsageError.

    A FIFO that nobody writes to is an error, not a wait: a writer that is blocked in
    its own open counts, so whoever was there first is heard.
    """
    if "\0" in path or not path:
        raise UsageError(f"{flag}: {path!r} is no file name")
    name = path.encode("utf-8", "surrogateescape")  # whatever the locale
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        number = os.open(name, flags)
        told = os.fstat(number)
    except OSError as error:
        raise UsageError(f"{flag}: {path}: {error.strerror}") from error
    regular, pipe = stat.S_ISREG(told.st_mode), stat.S_ISFIFO(told.st_mode)
    if regular and told.st_size:
        return os.fdopen(number, "rb")
    try:
        if not (regular or pipe):
            folder = stat.S_ISDIR(told.st_mode)
            kind = "a directory" if folder else "not a file or a pipe"
            raise UsageError(f"{flag}: {path} is {kind}")
        file = spooled(lambda: _read(number, waits), f"{flag}: {path}")  # or of /proc
    finally:
        os.close(number)
    if pipe and not size(file):
        file.close()
        raise UsageError(f"{flag}: {path} is an empty pipe that nobody writes to")
    return file


def exists(path: str) -> bool:
    """Tell whether there is such a file, whatever the locale."""
    return os.path.lexists(path.encode("utf-8", "surrogateescape"))


def is_file(path: str) -> bool:
    """Tell whether it names a regular file."""
    return len(path) < LONGEST_NAME and local(path).is_file()


def _read(number: int, waits: Waits) -> bytes:
    while True:
        try:
            return os.read(number, CHUNK)
        except BlockingIOError:
            with waits:
                select.select([number], [], [])


def spooled(read: Callable[[], bytes], name: str) -> IO[bytes]:
    """A file with what comes until the end; raises UsageError for more than a file of
    the service may have."""
    from tempfile import SpooledTemporaryFile

    with ExitStack() as stack:
        file = stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        try:
            for chunk in iter(read, b""):
                _keep(file, chunk, name)
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}") from error
        if file.tell() > LARGEST:
            raise UsageError(f"{name} is larger than 2 GB")
        file.seek(0)
        stack.pop_all()
    return file


def _keep(file: IO[bytes], chunk: bytes, name: str) -> None:
    try:
        if file.tell() <= LARGEST:
            file.write(chunk)
            file.flush()  # a full disk is told here, not when nobody expects it
    except OSError as error:
        with suppress(OSError):
            file.close()
        why = f"no room to keep it: {error.strerror}"
        raise UsageError(f"{name}: {why}") from error


def is_kept(file: IO[bytes]) -> bool:
    """Tell whether it holds what came out of a pipe, which nobody can read again."""
    from tempfile import SpooledTemporaryFile

    return isinstance(file, SpooledTemporaryFile)


def whole(read: Callable[[], bytes], name: str) -> bytes:
    """What comes until the end, to be sent as text; raises UsageError."""
    parts, total = [], 0
    try:
        while part := read():
            parts.append(part)
            total += len(part)
            require_short(total, name)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    return b"".join(parts)


def require_short(size: int, name: str) -> None:
    """Raise UsageError for text that no request can hold."""
    if size > LARGEST_REQUEST:
        raise UsageError(f"{name} is text of more than 100 MB")


def some(file: IO[bytes], name: str, most: int = -1) -> bytes:
    """All, or up to `most` bytes, from where the file stands; raises UsageError."""
    try:
        return file.read(most)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error


def size(file: IO[bytes]) -> int:
    """How many bytes a file has that nobody has read from."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    return end
