"""The process edge. It imports late, so that `gi --version` is there at once."""

import gc
import os
import signal
import sys

from gi_cli import __version__

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while the rest loads

VERSION = (["-V"], ["--version"])


def run() -> None:
    """Run gi on this process's arguments, descriptors, environment and signals."""
    if _tells_version():
        return
    gc.set_threshold(100_000)  # collecting while importing costs a tenth of a run
    from gi_cli.console import Console, guard_descriptors, terminal_session
    from gi_cli.environment import Environment
    from gi_cli.main import main
    from gi_cli.waits import SystemClock, Waits

    closed = guard_descriptors()
    clock = SystemClock()
    waits = Waits(clock)
    console = Console(waits, closed=closed, find_terminal=terminal_session)
    env = Environment(console=console, environ=os.environ, clock=clock, waits=waits)
    with waits.installed():
        code = main([_utf8(word) for word in sys.argv[1:]], env)
    gc.freeze()  # or the interpreter visits every object on its way out
    sys.exit(code)


def _tells_version() -> bool:
    """Tell whether the version was asked for and written; if that fails, main knows
    how to wait and what to say."""
    line = f"gi {__version__}\n".encode()
    try:
        return sys.argv[1:] in VERSION and os.write(1, line) == len(line)
    except OSError:
        return False


def _utf8(word: str) -> str:
    """An argument as UTF-8, whatever the locale; main refuses what is not."""
    return os.fsencode(word).decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    run()
