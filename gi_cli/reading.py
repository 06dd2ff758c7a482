"""Files that the user names, opened without ever waiting for nothing."""

import os
import select
import stat
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO

from gi_cli.errors import UsageError
from gi_cli.waits import Waits

IN_MEMORY = 1 << 23  # bytes of a pipe; what is larger waits in a temporary file
LARGEST = 2 << 30  # bytes of a file of the Files API
CHUNK = 1 << 18


def opened(path: str, flag: str, waits: Waits) -> IO[bytes]:
    """Open a regular file, or read a pipe to its end; raises UsageError.

    A FIFO that nobody writes to is an error, not a wait: a writer that is blocked in
    its own open counts, so whoever was there first is heard.
    """
    if "\0" in path or not path:
        raise UsageError(f"{flag}: {path!r} is no file name")
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        number = os.open(path, flags)
        mode = os.fstat(number).st_mode
    except OSError as error:
        raise UsageError(f"{flag}: {path}: {error.strerror}") from error
    if stat.S_ISREG(mode):
        return os.fdopen(number, "rb")
    try:
        if not stat.S_ISFIFO(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "not a file or a pipe"
            raise UsageError(f"{flag}: {path} is {kind}")
        file = spooled(lambda: _read(number, waits), f"{flag}: {path}")
    finally:
        os.close(number)
    if size(file) == 0:
        raise UsageError(f"{flag}: nobody writes to the pipe {path}")
    return file


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
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    try:
        while chunk := read():
            file.write(chunk)
            if file.tell() > LARGEST:
                raise UsageError(f"{name} is larger than 2 GB")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    file.seek(0)
    return file


def size(file: IO[bytes]) -> int:
    """How many bytes a file has that nobody has read from."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    return end
