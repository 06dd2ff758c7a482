"""A file that is not in its place yet: nobody sees half of it there."""

import os
from contextlib import suppress
from pathlib import Path

SHOWN = 50  # characters of a name; 255 bytes are the most that a file system takes


class Part:
    """Written beside its place under a name of its own, and moved there as a whole.

    Everything raises OSError.
    """

    def __init__(self, folder: Path, name: str, mode: int) -> None:
        import tempfile

        self._number, path = tempfile.mkstemp(
            prefix=f".{name[:SHOWN]}.", suffix=".part", dir=folder
        )
        self.path, self._open = Path(path), True
        os.fchmod(self._number, mode)
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add to it."""
        left = memoryview(data)
        while left:
            written = os.write(self._number, left)
            self.size += written
            left = left[written:]

    def require_room(self) -> None:
        """Write a byte and take it back: a full disk has room for a name."""
        os.write(self._number, b"\0")
        self.restart()

    def restart(self) -> None:
        """Make it empty again."""
        os.ftruncate(self._number, 0)
        os.lseek(self._number, 0, os.SEEK_SET)
        self.size = 0

    def overwrite(self, data: bytes) -> None:
        """Write over its beginning."""
        os.pwrite(self._number, data, 0)

    def replace(self, path: Path) -> None:
        """Put it in the place of whatever is there, which is only let go of once this
        one is safe, even if the machine stops."""
        if self._open:
            os.fsync(self._number)
        self._let_go()
        self.path.replace(path)

    def take(self, path: Path) -> bool:
        """Put it there if that is free; whatever is there is never opened."""
        self._let_go()
        try:
            os.link(self.path, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links: reserve the name first
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                return False
            self.path.replace(path)
            return True
        self.path.unlink()
        return True

    def discard(self) -> None:
        """Remove it."""
        with suppress(OSError):
            self._let_go()
        self.path.unlink(missing_ok=True)

    def _let_go(self) -> None:
        if self._open:
            self._open = False
            os.close(self._number)


def new_mode() -> int:
    """The mode of a new file, as the umask has it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
