"""One running program: its pipes, its limits, its end, and what came of it."""

import errno
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, NamedTuple, cast

READ = 1 << 16  # bytes of one read or write
GRACE = 1.0  # seconds from SIGTERM to SIGKILL, and from there until it is given up


class Program(NamedTuple):
    """What to run, without a shell. Its stdin is these bytes and then the end."""

    argv: tuple[str, ...]
    stdin: bytes
    environ: Mapping[str, str]


class Ended(NamedTuple):
    """What came of a program.

    `failure` is a sentence for the model, None is success; `status` is the exit code or
    minus the signal's number, None if it never ran or could not be ended.
    """

    output: bytes
    failure: str | None
    status: int | None
    seconds: float


class Limits(NamedTuple):
    """What a program may take: seconds (None is no limit), bytes of output."""

    timeout: float | None
    size: int


class Child:
    """A program that was started; raises OSError or ValueError where it cannot be."""

    def __init__(
        self, program: Program, selector: selectors.BaseSelector, limits: Limits
    ) -> None:
        self._began = time.monotonic()
        self._selector, self._limits = selector, limits
        self._due = math.inf  # when the next of these signals is sent
        self._signals = [signal.SIGTERM, signal.SIGKILL]
        if limits.timeout is not None:
            self._due = self._began + limits.timeout
        self._wrong: str | None = None
        self._unsent, self._output = memoryview(program.stdin), bytearray()
        self._process = subprocess.Popen(  # noqa: S603, the user's own
            [word.encode("utf-8", "surrogateescape") for word in program.argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=_stderr(),
            bufsize=0,
            env=program.environ,
            start_new_session=True,
        )
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)

    def connect(self) -> None:
        """Let the selector call when there is something to read or to write."""
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self._selector.register(self._stdin, selectors.EVENT_WRITE, self._feed)
        self._selector.register(self._stdout, selectors.EVENT_READ, self._read)

    def over(self) -> bool:
        """Tell whether it has ended or nothing ends it; send a signal that is due."""
        if self.gone():
            return True
        if time.monotonic() < self._due:
            return False
        if self._wrong is None:
            self._wrong = f"did not end within {self._limits.timeout:g} s"
        if not self._signals:
            return True  # another user's, as behind sudo, or stuck in the kernel
        self.signal(self._signals.pop(0))
        self._due = time.monotonic() + GRACE
        return False

    def gone(self) -> bool:
        """Tell whether it has ended; whatever is left of its group then ends too."""
        if self._process.returncode is None and self._process.poll() is not None:
            self.signal(signal.SIGKILL)
        return self._process.returncode is not None

    def signal(self, signum: int) -> None:
        """Send it to the whole group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signum)

    def result(self) -> Ended:
        """Take what is left in the pipe, and judge."""
        while self._read():
            pass
        self.release()
        status, output = self._process.returncode, bytes(self._output)
        wrong = self._wrong or _ending(status) or _encoding(output)
        failure = f"the command {wrong}" if wrong else None
        return Ended(output, failure, status, time.monotonic() - self._began)

    def release(self) -> None:
        """Close its pipes."""
        self._shut(self._stdin)
        self._shut(self._stdout)

    def _feed(self) -> None:
        """Write some of the input, and after the last of it end it."""
        try:
            sent = os.write(self._stdin.fileno(), self._unsent[:READ])
        except BlockingIOError:
            return
        except BrokenPipeError:  # it wants no more
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._shut(self._stdin)

    def _read(self) -> bool:
        """Take some of the output; False where there is none now, or none any more."""
        if self._stdout.closed:
            return False
        try:
            data = os.read(self._stdout.fileno(), READ)
        except BlockingIOError:
            return False
        self._output += data
        if len(self._output) > self._limits.size:
            self._exceed()
            return False
        if not data:
            self._shut(self._stdout)
        return bool(data)

    def _exceed(self) -> None:
        """It writes too much: what fits is kept, and it is ended now.

        The pipe stays open: SIGPIPE would leave it no way to tidy up.
        """
        del self._output[self._limits.size :]
        self._forget(self._stdout)
        if self._wrong is None:
            self._wrong = f"wrote more than {self._limits.size} bytes"
            self._due = time.monotonic()

    def _shut(self, file: IO[bytes]) -> None:
        if not file.closed:
            self._forget(file)
            file.close()

    def _forget(self, file: IO[bytes]) -> None:
        with suppress(KeyError):
            self._selector.unregister(file)


def _stderr() -> int | None:
    """None is gi's own; what stands in for a closed one is not meant for others."""
    try:
        return None if os.get_inheritable(2) else subprocess.DEVNULL
    except OSError:
        return subprocess.DEVNULL


def why_not_started(program: Program, error: OSError | ValueError) -> str:
    """The system's reason, or a better one."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno == errno.ENOENT:
        import shutil

        if shutil.which(program.argv[0], path=program.environ.get("PATH")):
            return "the interpreter that it names does not exist"
    return error.strerror or str(error)


def _ending(status: int) -> str | None:
    if status >= 0:
        return f"ended with {status}" if status else None
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:  # one of those without a name
        return f"was killed by signal {-status}"


def _encoding(output: bytes) -> str | None:
    try:
        output.decode()
    except UnicodeDecodeError as error:
        return f"wrote bytes that are no UTF-8 text (at byte {error.start})"
    return None
