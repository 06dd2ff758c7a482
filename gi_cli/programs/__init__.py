"""Programs that answer function calls: run side by side, each within its limits.

One selector loop and no threads: a signal or the deadline ends the wait at once,
whatever runs. Each program leads a session of its own, so Ctrl-C on a terminal reaches
gi alone, and what a program leaves behind in its group ends with it.
"""

import os
import re
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from gi_cli.key import VARIABLES
from gi_cli.programs.child import Child, Ended, Limits, Program, why_not_started
from gi_cli.waits import Waits

__all__ = ["Ended", "Program", "environment", "run_all"]

KEYS = frozenset({*VARIABLES, "GOOGLE_GENAI_API_KEY"})
UNSAYABLE = re.compile("[\0\ud800-\udfff]")  # in no environment, in no UTF-8
HASTE = 0.3  # seconds from SIGTERM to SIGKILL for all together once gi has to end
SHORTEST, LONGEST = 0.001, 0.05  # seconds between looks: an exit wakes no selector


def environment(
    environ: Mapping[str, str],
    *,
    name: str,
    call_id: str,
    interaction_id: str,
    secrets: Collection[str],
) -> dict[str, str]:
    """The environment of the program that answers one call: gi's, but no key."""
    known = [secret for secret in secrets if secret]
    kept = {
        variable: value
        for variable, value in environ.items()
        if variable not in KEYS and not any(secret in value for secret in known)
    }
    given = {
        "GI_FUNCTION_NAME": name,
        "GI_CALL_ID": call_id,
        "GI_INTERACTION_ID": interaction_id,
    }
    return kept | {variable: _sayable(value) for variable, value in given.items()}


def _sayable(value: str) -> str:
    """A value from the service as UTF-8, whatever the locale's encoding."""
    return os.fsdecode(UNSAYABLE.sub("\ufffd", value).encode())


def run_all(
    programs: Sequence[Program],
    waits: Waits,
    *,
    at_once: int,
    timeout: float | None,
    limit: int,
    ended: Callable[[int, Ended], None],
) -> list[Ended]:
    """Run the programs, started in order, and give what came of each in that order.

    `ended` hears of each as it ends. What a wait or `ended` raises goes on once every
    group has been ended, within a second.
    """
    with _exits_told(), selectors.DefaultSelector() as selector:
        loop = _Loop(programs, selector, Limits(timeout, limit), ended)
        try:
            loop.run(waits, at_once)
        finally:
            loop.stop()
    return [loop.results[index] for index in range(len(programs))]


@contextmanager
def _exits_told() -> Iterator[None]:
    """Whoever ignores SIGCHLD, as a parent may have left it, sees every exit as 0."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, before)


class _Loop:
    """All programs of one run."""

    def __init__(
        self,
        programs: Sequence[Program],
        selector: selectors.BaseSelector,
        limits: Limits,
        ended: Callable[[int, Ended], None],
    ) -> None:
        self.results: dict[int, Ended] = {}
        self._waiting = deque(enumerate(programs))
        self._running: dict[int, Child] = {}
        self._selector, self._limits, self._ended = selector, limits, ended

    def run(self, waits: Waits, at_once: int) -> None:
        """Run all of them to their ends."""
        tick = 0.0
        while self._waiting or self._running:
            with waits:
                ready = self._selector.select(tick)
            for key, _ in ready:
                key.data()
            collected = self._collect()
            room = self._waiting and len(self._running) < at_once
            if room:
                self._start(*self._waiting.popleft())
            stirring = ready or collected or room
            tick = SHORTEST if stirring else min(2 * tick, LONGEST)

    def _start(self, index: int, program: Program) -> None:
        try:
            child = Child(program, self._selector, self._limits)
        except (OSError, ValueError) as error:  # ValueError: NUL, no UTF-8
            why = f"the command could not be started: {why_not_started(program, error)}"
            self._note(index, Ended(b"", why, None, 0.0))
        else:
            self._running[index] = child
            child.connect()

    def _collect(self) -> bool:
        """Note what has ended; tell whether anything has."""
        over = [index for index, child in self._running.items() if child.over()]
        for index in over:
            self._note(index, self._running.pop(index).result())
        return bool(over)

    def _note(self, index: int, result: Ended) -> None:
        self.results[index] = result
        self._ended(index, result)

    def stop(self) -> None:
        """End what still runs: SIGTERM, a short grace for all, SIGKILL."""
        children = list(self._running.values())
        for signum in (signal.SIGTERM, signal.SIGKILL):
            alive = [child for child in children if not child.gone()]
            for child in alive:
                child.signal(signum)
            patience = time.monotonic() + HASTE
            while alive and time.monotonic() < patience:
                time.sleep(SHORTEST)
                alive = [child for child in alive if not child.gone()]
        for child in children:
            child.release()
