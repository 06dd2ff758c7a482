"""Processes that are told to stop while they wait for something."""

from __future__ import annotations

import select
import signal
import socket
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tests.processes import Running
from tests.survivors import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Result

__all__ = ["until"]
CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
every_signal = pytest.mark.parametrize("signum", CODES, ids=lambda s: s.name)


class Gate(threading.Event):
    """Tells when the server has come to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)


class Stderr(Running):
    """Reading watches stderr."""

    def __enter__(self) -> Self:
        self._watched = "stderr"
        return super().__enter__()


def stopped(child: Running, signum: int) -> Result:
    """Send the signal: it ends within 1 s, twice that on a busy machine."""
    child.signal(signum)
    result = child.finish()
    assert (result.code, child.took < 2) == (128 + signum, True), child.took
    return result


@contextmanager
def deaf() -> Iterator[int]:
    """The port of a listener whose queue is full: a connection is never made."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with closing(socket.create_connection(listener.getsockname())):
            yield listener.getsockname()[1]


def is_connecting(port: int) -> bool:
    sent = f"0100007F:{port:04X} 02 "  # SYN_SENT
    return sent in Path("/proc/net/tcp").read_text(encoding="ascii")


def has_data(pipe: int) -> bool:
    return bool(select.select((pipe,), (), (), 0)[0])


def is_full(pipe: int) -> bool:
    return not select.select((), (pipe,), (), 0)[1]
