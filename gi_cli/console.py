"""The process edge: the three standard descriptors, and nothing between them and gi.

Descriptors are written with `os.write`: `sys.stdout` loses data on a non-blocking pipe
and with PYTHONUNBUFFERED set, and its encoding follows the locale.
"""

import os
import re
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from gi_cli.errors import GiError, PipeClosed, UsageError, WriteFailed
from gi_cli.waits import Waits

CONTROLS = re.compile(
    # C0 without \t and \n, DEL, C1, and the characters that reorder a line
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
IN_BYTES = (  # the same in UTF-8; compiled where it is needed
    rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c"
    rb"|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)
UNSEEN = (  # has no shape: joiners, selectors, tags, other line breaks
    "[\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)
READ_SIZE = 1 << 20
ERASE = "\r\x1b[K"  # back to the start of the line, and what stood there away


def visible(text: str) -> str:
    """Foreign text for a terminal: control and bidi characters as escapes."""
    return CONTROLS.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def with_shapes(text: str) -> str:
    """What has no shape as escapes: nobody agrees to what cannot be seen."""
    return re.sub(UNSEEN, lambda found: _escape(found[0]), text)


def in_a_line(text: str) -> str:
    """Foreign text as a part of one line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def visible_json(data: bytes) -> bytes:
    """JSON for a terminal: the same value, control and bidi characters as escapes."""
    return re.sub(IN_BYTES, lambda found: b"\\u%04x" % ord(found[0].decode()), data)


def guard_descriptors() -> frozenset[int]:
    """Fill holes among 0, 1, 2, or the next socket would get that number.

    Returns the numbers that were closed. The filler is read-only, so that a write
    fails with EBADF instead of vanishing.
    """
    closed = set()
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            closed.add(number)
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest free number
    return frozenset(closed)


def terminal_session() -> str | None:
    """Name the terminal session of this process: one for each shell, tab or pane.

    The number of its leader comes again, so the time when that started is part of it.
    """
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return None
    leader = os.getsid(0)
    started = boot = ""
    with suppress(OSError, IndexError):  # Linux has both, macOS neither
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        stat_line = Path(f"/proc/{leader}/stat").read_text()
        started = stat_line.rpartition(")")[2].split()[19]
    return "-".join((boot, str(leader), started))


class Console:
    """stdin, stdout and stderr by number; `closed` names those that were not open."""

    def __init__(
        self,
        waits: Waits,
        *,
        stdin: int = 0,
        stdout: int = 1,
        stderr: int = 2,
        closed: frozenset[int] = frozenset(),
        find_terminal: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.waits = waits
        self._find_terminal = find_terminal
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.closed = closed
        self.stdin_tty = os.isatty(stdin)
        self.stdout_tty = os.isatty(stdout)
        self.stderr_tty = os.isatty(stderr)
        self._midline = False
        self._live = False  # a line is shown that goes away
        self._rest = b""  # of a write to stdout that a signal broke off

    @cached_property
    def terminal(self) -> str | None:
        """The terminal session that gi was started in; None under cron."""
        return self._find_terminal()

    def write(self, data: bytes) -> None:
        """Write all of it to stdout, now.

        Raises PipeClosed when the reader has gone, WriteFailed for any other reason.
        What a signal or the deadline kept from being written goes out first next time.
        """
        if self.stdout_tty:
            self.clear()
        data, self._rest = self._rest + data, b""
        try:
            self._write_all(self.stdout, data)
        except _BrokenOffError as broken:
            self._rest = broken.rest
            raise broken.error from None
        except BrokenPipeError as error:
            raise PipeClosed("the reader of stdout has gone") from error
        except OSError as error:
            raise WriteFailed(f"stdout: {error.strerror}") from error
        if data:
            self._midline = not data.endswith(b"\n")

    def show(self, data: bytes) -> None:
        """Write what holds JSON: on a terminal nothing of it acts."""
        self.write(visible_json(data) if self.stdout_tty else data)

    def require_reader(self) -> None:
        """Raise PipeClosed if nobody can read stdout any more. Linux tells; where a
        system does not, the next write will."""
        poll = select.poll()
        poll.register(self.stdout, 0)
        if any(happened & select.POLLERR for _, happened in poll.poll(0)):
            raise PipeClosed("the reader of stdout has gone")

    @property
    def stdin_offered(self) -> bool:
        """Tell whether stdin is read where no word names it: it is open, and nobody
        would have to type."""
        return not (self.stdin_tty or self.stdin in self.closed)

    def require_stdin(self) -> None:
        """Raise UsageError if stdin is closed: that is not the same as empty."""
        if self.stdin in self.closed:
            raise UsageError("stdin cannot be read: it is closed")

    def require_stdout(self) -> None:
        """Raise WriteFailed if stdout is closed, before anything is paid for."""
        if self.stdout in self.closed:
            raise WriteFailed(
                "stdout: it is closed", hints=("write to a file with -o",)
            )

    def report(self, line: str) -> None:
        """Show one line on stderr; where there is no stderr, nobody wants it."""
        self.start_line()
        self.help(visible(" ".join(line.split("\n"))) + "\n")

    def start_line(self) -> None:
        """Take the live line away, and end the line where stdout's text has stopped."""
        self.clear()
        if self._midline and self.stdout_tty and self.stderr_tty:
            self._midline = False
            self.help("\n")

    def live(self, line: str) -> None:
        """Show a line on a terminal's stderr that the next one replaces."""
        if self._is_free:
            self._live = True
            self.help(self._fitted(line))

    def tick(self, line: str) -> None:
        """The same from within a wait, where nothing may block."""
        if self._is_free and select.select([], [self.stderr], [], 0)[1]:
            self._live = True
            with suppress(OSError):
                os.write(self.stderr, self._fitted(line).encode("utf-8", "replace"))

    @property
    def _is_free(self) -> bool:
        """Tell whether a line on stderr would not stand in the middle of the text."""
        return self.stderr_tty and not (self._midline and self.stdout_tty)

    def _fitted(self, line: str) -> str:
        line, columns = visible(line), 0
        with suppress(OSError):
            columns = os.get_terminal_size(self.stderr).columns
        return ERASE + (line[: columns - 1] if columns > 1 else line)

    def clear(self) -> None:
        """Take the live line away."""
        if self._live:
            self._live = False
            self.help(ERASE)

    def help(self, text: str) -> None:
        """Show text on stderr as it is."""
        try:
            self._write_all(self.stderr, text.encode("utf-8", "replace"))
        except _BrokenOffError as broken:
            raise broken.error from None
        except OSError:
            self.closed |= {self.stderr}

    def _write_all(self, number: int, data: bytes) -> None:
        """Wait until some of it can be written, then write that much.

        So a write never blocks, and a signal never comes between it and its count.
        """
        left = memoryview(data)
        size = READ_SIZE if stat.S_ISREG(os.fstat(number).st_mode) else select.PIPE_BUF
        while left:
            try:
                with self.waits:
                    select.select([], [number], [])
            except GiError as error:
                raise _BrokenOffError(error, bytes(left)) from None
            with suppress(BlockingIOError):
                left = left[os.write(number, left[:size]) :]

    def read_some(self) -> bytes:
        """Read what stdin has, at least one byte; b"" at its end."""
        with self.waits:
            try:
                return os.read(self.stdin, READ_SIZE)
            except BlockingIOError:
                select.select([self.stdin], [], [])
                return os.read(self.stdin, READ_SIZE)

    def stdin_waiting(self) -> bool:
        """Tell whether a file or pipe on stdin has data, without reading any."""
        try:
            mode = os.fstat(self.stdin)
            if stat.S_ISREG(mode.st_mode):
                return os.lseek(self.stdin, 0, os.SEEK_CUR) < mode.st_size
            if not stat.S_ISFIFO(mode.st_mode):
                return False
            poll = select.poll()
            poll.register(self.stdin, select.POLLIN)
            return any(happened & select.POLLIN for _, happened in poll.poll(0))
        except OSError:
            return False


class _BrokenOffError(Exception):
    """A signal or a limit ended a write; `rest` was not written."""

    def __init__(self, error: GiError, rest: bytes) -> None:
        self.error, self.rest = error, rest
