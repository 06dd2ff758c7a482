"""main() on real terminals, one for stdout and one for stderr, so that they are told
apart: what reaches each screen, byte for byte."""

import os
import pty
import threading
import tty
from collections.abc import Collection, Mapping

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import main
from gi_cli.waits import Clock, SystemClock, Waits
from tests.conftest import KEY, Done

BOTH = ("stdout", "stderr")


class _Screen:
    """A terminal that changes nothing, and all that was written to it."""

    def __init__(self, *, is_tty: bool) -> None:
        self._reader, self.writer = pty.openpty() if is_tty else os.pipe()
        if is_tty:
            tty.setraw(self.writer)
        self._seen = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._reader, 65536)
            except OSError:  # EIO: nobody has it open any more
                return
            if not data:
                return
            self._seen += data

    def close(self) -> bytes:
        os.close(self.writer)
        self._thread.join()
        os.close(self._reader)
        return self._seen


def on_terminal(
    *argv: str,
    code: int = 0,
    ttys: Collection[str] = BOTH,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Done:
    """Run it with these on a terminal, the others in a pipe; insist on the code."""
    time = clock or SystemClock()
    waits = Waits(time)
    out, err = (_Screen(is_tty=name in ttys) for name in BOTH)
    given = os.memfd_create("stdin") if stdin else os.open(os.devnull, os.O_RDONLY)
    try:
        if stdin:
            os.write(given, stdin)
            os.lseek(given, 0, os.SEEK_SET)
        console = Console(waits, stdin=given, stdout=out.writer, stderr=err.writer)
        variables = {"GEMINI_API_KEY": KEY} if environ is None else environ
        env = Environment(
            console=console, environ=variables, clock=time, waits=waits, transport=None
        )
        ended = main(argv, env)
    finally:
        os.close(given)
        shown, told = out.close(), err.close()
    done = Done(ended, shown, told.decode())
    assert done.code == code, f"exit {done.code}, not {code}:\n{done.err}"
    return done
