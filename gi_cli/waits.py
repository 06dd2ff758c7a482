"""The only places where gi may be interrupted: signals, the deadline, the idle limit.

A handler that raised anywhere would leave temporary files and unrecorded ids behind.
So handlers only take a note, and the error is raised inside `with waits:`, which
stands around every call that can block (a socket, a pipe, a sleep).
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from gi_cli.errors import GiError, StillRunning, Stopped, Unreachable

STOPPING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
STUCK_AFTER = 0.5  # seconds until a signal that the main thread cannot see ends gi
WATCH = 0.5  # seconds between looks at what no system call of a wait tells
LONGEST = 1e9  # seconds of a sleep: the system knows no more than 292 years
GRACE = 0.5  # seconds for the last words after a signal


class Clock(Protocol):
    """Time, so that tests can own it."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    monotonic = staticmethod(time.monotonic)
    now = staticmethod(time.time)
    sleep = staticmethod(time.sleep)


class DeadlineReached(StillRunning):
    """--timeout is over."""


class Idle(Unreachable):
    """No event within --idle-timeout."""


class Waits:
    """`with waits:` marks a wait; limits are seconds, None is no limit."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.last_words: Callable[[GiError], int] = lambda error: error.exit_code
        self._watch: Callable[[], None] | None = None
        self._concluded = False
        self._waiting = self._on_server = self._installed = False
        self._signum = 0
        self._deadline: float | None = None
        self._timeout = self._idle = 0.0
        self._waited = self._entered = 0.0

    def limit(self, *, timeout: float | None, idle: float | None) -> None:
        """Start the clock of the whole command and set the idle limit."""
        self._timeout = timeout or 0.0
        self._deadline = self.clock.monotonic() + timeout if timeout else None
        self.idle = idle or 0.0

    @property
    def idle(self) -> float:
        """The idle limit in seconds, 0 is none; setting it starts it anew."""
        return self._idle

    @idle.setter
    def idle(self, seconds: float) -> None:
        self._idle, self._waited = seconds, 0.0
        self._arm()

    @property
    def watch(self) -> Callable[[], None] | None:
        """What is called now and then in a wait, to tell what no system call does."""
        return self._watch

    @watch.setter
    def watch(self, look: Callable[[], None] | None) -> None:
        self._watch = look
        self._arm()

    @property
    def left(self) -> float | None:
        """Seconds until the deadline."""
        if self._deadline is None:
            return None
        return self._deadline - self.clock.monotonic()

    def progress(self) -> None:
        """Note an event: the idle limit starts anew. Bytes and comments are none."""
        self._waited = 0.0
        if self._waiting:
            self._entered = self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep, interruptibly."""
        with self:
            self.clock.sleep(min(seconds, LONGEST))

    def conclude(self, error: GiError | None) -> None:
        """Let the last words be written, but not for ever once gi was told to stop.

        What ended the run is in hand, so its limit no longer counts.
        """
        self._concluded, self.watch = True, None
        least = self.clock.monotonic() + GRACE
        if isinstance(error, Stopped | DeadlineReached):
            self._signum, self._deadline = 0, least
        elif self._deadline is not None:
            self._deadline = max(self._deadline, least)
        self._arm()

    def for_server(self) -> "Waits":
        """`with waits.for_server():` is a wait that the idle limit counts."""
        self._on_server = True
        return self

    def __enter__(self) -> None:
        """Mark the wait before the check, or a signal in between would be lost."""
        self._entered, self._waiting = self.clock.monotonic(), True
        try:
            self._check()
        except BaseException:
            self._waiting = self._on_server = False
            raise

    def __exit__(self, *exc: object) -> None:
        self._waiting = False
        if self._on_server:
            self._on_server = False
            self._waited += self.clock.monotonic() - self._entered

    def _spent(self) -> float:
        current = self._waiting and self._on_server
        return self._waited + (
            self.clock.monotonic() - self._entered if current else 0.0
        )

    def _check(self) -> None:
        if self._signum:
            raise Stopped(self._signum)
        if self._deadline is not None and self.clock.monotonic() >= self._deadline:
            limit = f"{self._timeout:g} s"
            raise DeadlineReached(f"the deadline was reached after {limit} (--timeout)")
        if self._idle and self._on_server and self._spent() >= self._idle:
            raise Idle(
                f"no event came from the server for {self._idle:g} s (--idle-timeout)"
            )

    def _arm(self) -> None:
        if not self._installed:
            return
        due = []
        if self._deadline is not None:
            due.append(self._deadline - self.clock.monotonic())
        if self._idle:
            due.append(self._idle - self._spent())
        if self._watch:
            due.append(WATCH)
        signal.setitimer(signal.ITIMER_REAL, max(min(due), 0.05) if due else 0.0)

    def _on_alarm(self, _signum: int, _frame: FrameType | None) -> None:
        self._arm()
        if self._waiting:
            self._check()
            if self._watch:
                self._watch()

    def _on_stop(self, signum: int, _frame: FrameType | None) -> None:
        self._signum = signum
        if self._waiting:
            self._check()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Own the process's signals; one that was ignored (nohup, `&`) stays so.

        Afterwards the exit code is settled, and no signal changes it any more.
        """
        own = [s for s in STOPPING if signal.getsignal(s) is not signal.SIG_IGN]
        for signum in own:
            signal.signal(signum, self._on_stop)
        signal.signal(signal.SIGALRM, self._on_alarm)
        self._installed = True
        with self._watched():
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
                for signum in (*own, signal.SIGALRM):
                    signal.signal(signum, signal.SIG_IGN)
                self._installed = False

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End the process where the handlers cannot run: glibc's host look-up retries
        for 10 s and more when it is interrupted, so a thread has the last word."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        threading.Thread(target=self._stand_by, args=(reading,), daemon=True).start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            os.close(writing)

    def _stand_by(self, reading: int) -> None:
        while received := os.read(reading, 1):
            time.sleep(STUCK_AFTER)
            stuck = self._waiting and self._pending(received[0])
            if stuck:
                os._exit(self.last_words(stuck))
        os.close(reading)

    def _pending(self, signum: int) -> GiError | None:
        """The error that the main thread should have raised by now."""
        if self._concluded:
            return None  # the main thread has seen it
        if signum in STOPPING and not self._signum:
            return Stopped(signum)
        overdue = self._deadline is not None and (self.left or 0.0) < -STUCK_AFTER / 2
        if signum == signal.SIGALRM and overdue:
            return DeadlineReached("the deadline was reached (--timeout)")
        return None
