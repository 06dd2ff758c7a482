"""The process edge."""

import gc
import os
import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while the rest loads

from gi_cli.console import Console, guard_descriptors, terminal_session
from gi_cli.main import main
from gi_cli.telling import Environment
from gi_cli.waits import SystemClock, Waits


def run() -> None:
    """Run gi on this process's arguments, descriptors, environment and signals."""
    gc.set_threshold(100_000)  # collecting while importing costs a tenth of a run
    closed = guard_descriptors()
    clock = SystemClock()
    waits = Waits(clock)
    console = Console(waits, closed=closed, find_terminal=terminal_session)
    env = Environment(console=console, environ=os.environ, clock=clock, waits=waits)
    with waits.installed():
        code = main([_utf8(word) for word in sys.argv[1:]], env)
    gc.freeze()  # or the interpreter visits every object on its way out
    sys.exit(code)


def _utf8(word: str) -> str:
    """An argument as UTF-8, whatever the locale; main refuses what is not."""
    return os.fsencode(word).decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    run()
