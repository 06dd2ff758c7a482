"""Run the real executable: to its end, under observation, or on a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

GI = str(Path(sys.executable).with_name("gi"))
ALL = ("stdin", "stdout", "stderr")
# The first terminal that a session leader opens becomes its controlling terminal;
# a shell does it without the preexec_fn that Python 3.12 rejects beside threads.
ADOPT = ("/bin/sh", "-c", ': <"$0"; exec "$@"')

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # inherited by a background job
    signal.signal(signal.SIGINT, signal.default_int_handler)  # but not by our children


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: bytes


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Nothing of the caller's environment, so no keys, proxies or XDG directories."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    state = {"XDG_STATE_HOME": f"{home}.state"}  # tests list the files of their home
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", **state, **extra}


def run(
    *argv: str,
    env: Mapping[str, str],
    stdin: bytes | int | None = None,
    cwd: Path | None = None,
    timeout: float = 30.0,
    code: int = 0,
    program: str = GI,
) -> Result:
    """Run to the end, without a controlling terminal, and insist on the exit code."""
    fed: dict[str, Any] = {"stdin": subprocess.DEVNULL if stdin is None else stdin}
    if isinstance(stdin, bytes):
        fed = {"input": stdin}
    done = subprocess.run(
        (program, *argv),
        **fed,
        env=env,
        capture_output=True,
        cwd=cwd,
        timeout=timeout,
        start_new_session=True,
        check=False,
    )
    out, err = (b.decode(errors="replace") for b in (done.stdout, done.stderr))
    told = f"exit code {done.returncode}\n--- stdout\n{out}\n--- stderr\n{err}"
    assert done.returncode == code, told
    return Result(done.returncode, done.stdout, done.stderr)


class Running:
    """A child on pipes, in its own session; bytes for its stdin must fit in a pipe."""

    def __init__(
        self,
        *argv: str,
        env: Mapping[str, str],
        stdin: bytes | int | None = None,
        cwd: Path | None = None,
        program: str = GI,
    ) -> None:
        self.took = 0.0  # seconds from the last signal, or the start, to the exit
        self._since = time.monotonic()
        self._seen = {"stdout": b"", "stderr": b""}
        self._fds: dict[str, int] = {}
        self._read = 0
        self._watched = "stdout"
        self._argv = [program, *argv]
        self._env, self._cwd, self._stdin = env, cwd, stdin

    def __enter__(self) -> Self:
        self._spawn({})
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def signal(self, signum: int) -> None:
        self._since = time.monotonic()
        self._process.send_signal(signum)

    def read_until(self, marker: bytes, timeout: float = 10.0) -> bytes:
        """Return what was not returned before, to the end of the marker."""
        end = time.monotonic() + timeout
        while (at := self._output.find(marker, self._read)) < 0:
            if self._watched not in self._fds:
                raise AssertionError(f"ended before {marker!r}: {self._seen}")
            self._pump_before(end)
        return self._take(at + len(marker))

    def read_some(self, timeout: float = 10.0) -> bytes:
        """Return the next bytes as soon as there are any, b"" at the end."""
        end = time.monotonic() + timeout
        while len(self._output) == self._read and self._watched in self._fds:
            self._pump_before(end)
        return self._take(len(self._output))

    def finish(self, timeout: float = 10.0) -> Result:
        """Wait for the exit; the result holds all output from the start."""
        end = time.monotonic() + timeout
        while self._process.poll() is None:
            self._pump_before(end, at_most=0.01)
        self.took = time.monotonic() - self._since
        while self._pump(0.0):
            pass
        return self._result(self._process.returncode)

    def _result(self, code: int) -> Result:
        return Result(code, self._seen["stdout"], self._seen["stderr"])

    @property
    def _output(self) -> bytes:
        return self._seen[self._watched]

    def _take(self, end: int) -> bytes:
        taken, self._read = self._output[self._read : end], end
        return taken

    def _spawn(self, given: Mapping[str, int]) -> None:
        """Start the child with the given descriptors and pipes for the others."""
        theirs = dict(given)
        if "stdin" not in given:
            theirs["stdin"] = _source(self._stdin)
        for name in ("stdout", "stderr"):
            if name not in theirs:
                self._fds[name], theirs[name] = os.pipe()
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                self._argv,
                stdin=theirs["stdin"],
                stdout=theirs["stdout"],
                stderr=theirs["stderr"],
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        finally:
            for fd in set(theirs.values()) - {self._stdin}:
                os.close(fd)

    def _pump_before(self, end: float, at_most: float = 1.0) -> None:
        if (left := end - time.monotonic()) < 0:
            raise AssertionError(f"out of time, having seen {self._seen}")
        self._pump(min(left, at_most))

    def _pump(self, timeout: float) -> bool:
        """Read once from whatever is ready; False when nothing was."""
        ready, _, _ = select.select(list(self._fds.values()), (), (), timeout)
        for name, fd in [item for item in self._fds.items() if item[1] in ready]:
            try:
                data = os.read(fd, 65536)
            except OSError:  # EIO: nobody has the terminal open any more
                data = b""
            self._seen[name] += data
            if not data:
                os.close(self._fds.pop(name))
        return bool(ready)


def _source(stdin: bytes | int | None) -> int:
    if isinstance(stdin, int):
        return stdin
    if stdin is None:
        return os.open(os.devnull, os.O_RDONLY)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with open(writer, "wb", buffering=0) as pipe:
        assert pipe.write(stdin) == len(stdin), "too much for a pipe"
    return reader


class Terminal(Running):
    """A child with a controlling terminal; streams not in `tty` are pipes.

    Reading watches the screen: all that came through the terminal, so also what was
    written to /dev/tty, the echo of what was sent, and "\\r\\n" for each newline.
    In the result the screen stands for stdout, or else stderr, if on the terminal.
    """

    def __init__(
        self,
        *argv: str,
        env: Mapping[str, str],
        tty: Collection[str] = ALL,
        stdin: bytes | int | None = None,
        cwd: Path | None = None,
        program: str = GI,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        super().__init__(*argv, env=env, stdin=stdin, cwd=cwd, program=program)
        self._tty, self._size, self._watched = frozenset(tty), size, "screen"
        self._seen["screen"] = b""

    def __enter__(self) -> Self:
        self._fds["screen"], slave = pty.openpty()
        termios.tcsetwinsize(slave, self._size)
        self._argv = [*ADOPT, os.ttyname(slave), *self._argv]
        self._spawn({name: os.dup(slave) for name in self._tty})
        if self._tty:
            os.close(slave)
        else:  # reading would end if it came before the child opens the terminal
            self._held = slave
        return self

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if not self._tty:
            os.close(self._held)

    @property
    def screen(self) -> bytes:
        return self._seen["screen"]

    def send(self, data: bytes) -> None:
        os.write(self._fds["screen"], data)

    def _result(self, code: int) -> Result:
        out, err = self._seen["stdout"], self._seen["stderr"]
        if "stdout" in self._tty:
            return Result(code, self.screen, err)
        return Result(code, out, self.screen if "stderr" in self._tty else err)
