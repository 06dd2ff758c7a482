"""Follows an interaction that the service keeps to its end, through everything that
breaks a stream: drops, silence, refused resumes, forgotten event ids.

A stream that ended too early is followed by a GET, which is the only reliable witness.
What still runs is resumed behind the last event id, or polled where that brings
nothing new. The deadline of the command ends it, and cancels nothing.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from gi_cli.errors import (
    Failed,
    GiError,
    Incomplete,
    QuotaReached,
    StillRunning,
    Unreachable,
    Untold,
)
from gi_cli.run import Run
from gi_cli.transport.answer import Answer
from gi_cli.waits import DeadlineReached, Idle, Waits
from gi_cli.wire import legacy, replay, stale, status
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import COMPLETED, DONE, ERROR, STEP_DELTA, Event
from gi_cli.wire.outcome import judge
from gi_cli.wire.told import Told

FOREGROUND = 60.0  # seconds that an interaction without `background` is followed
YOUNG = 30.0  # seconds in which the service may not know an id yet
RESUMES = 3  # in a row that bring nothing new
FIRST_POLL, LONGEST_POLL = 5.0, 15.0  # seconds
GROWTH, JITTER = 1.3, 0.1  # of the time between polls
LAST_LOOK = 2.0  # seconds before the deadline
NOTHING_NEW = (DONE, ERROR, COMPLETED)  # a stream may end so, time and again
CUT = (Unreachable, StillRunning, Untold)


def pause(waits: Waits, seconds: float) -> None:
    """Wait about so long before it is asked for again, or until the last look, which
    is shortly before the deadline: it may have ended by then."""
    seconds *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    left = waits.left
    if left is not None and LAST_LOOK < left < LAST_LOOK + seconds:
        seconds = left - LAST_LOOK
    waits.sleep(seconds)


class Stored(Protocol):
    """The service, as far as it is asked about one interaction."""

    def now(self, id: str) -> dict[str, Any]:
        """The interaction as it stands; raises GiError."""

    def stream(self, id: str, after: str) -> Answer:
        """Its events behind the one with that id, or all; raises GiError."""


class Followed(NamedTuple):
    """What is followed: its state, what was shown of it, and how events are shown."""

    state: Assembler
    told: Told
    show: Callable[[Event], None]


def is_cut(error: GiError | None) -> bool:
    """Tell whether an answer that ended so may have more to it."""
    return isinstance(error, CUT) and not isinstance(error, DeadlineReached)


class Following:
    """`born` is when a create was sent (monotonic), None for one of another process.

    Without `streams` it is only polled.
    """

    def __init__(
        self,
        run: Run,
        stored: Stored,
        followed: Followed,
        *,
        background: bool,
        born: float | None = None,
        streams: bool = True,
    ) -> None:
        self.run, self._stored = run, stored
        self.state, self.told, self._show = followed
        self._clock, self._waits = run.env.clock, run.env.waits
        self._born, self._id = born, self.state.id  # which an answer cannot change
        began = self._clock.monotonic()
        self._until = None if background else began + FOREGROUND
        self._resumes = RESUMES if streams else 0
        self._pause = FIRST_POLL
        self._warned: set[str] = set()
        self._refused: GiError | None = None  # the last time that it was asked for
        self._doubt = ""  # whether it will ever end

    def go(self, cut: GiError | None = None) -> GiError | None:
        """How it ends, None is completed; `cut` is how its stream did. Raises GiError
        where nobody can tell."""
        try:
            return self._follow(cut)
        except DeadlineReached as late:
            if cut and (cut.reason or cut.status_code or self._refused):
                late.message += f"; before that {cut.message}"
            if self._refused:
                late.message += f"; the last look failed: {self._refused.message}"
            elif self._doubt:
                late.message += f"; {self._doubt}"
            raise

    def _follow(self, cut: GiError | None) -> GiError | None:
        while True:
            found = self._now(cut)
            if found is not None:
                self._note(found)
                if self._is_over():
                    followed = Followed(self.state, self.told, self._show)
                    return deliver(self.run, followed, found)
                if self._until and self._clock.monotonic() >= self._until:
                    return cut
                if self._resumes and self._resume():
                    error = judge(self.state)
                    if not (is_cut(error) or self.told.contradicted):
                        return error
                    continue  # an error came behind the end, or another text
                if self._resumes:
                    continue
            elif self._until and self._clock.monotonic() >= self._until:
                return cut
            self._wait()

    def _now(self, cut: GiError | None) -> dict[str, Any] | None:
        """The interaction; None if it could not be asked for just now."""
        try:
            found, self._refused = self._stored.now(self._id), None
        except (Unreachable, QuotaReached) as error:
            if not error.retryable:
                raise
            self._refused = error
            self.run.log(f"gi: {error.message}")
        except Failed as error:
            young = self._born is not None and (
                self._clock.monotonic() - self._born < YOUNG
            )
            if error.status_code != 404 or not young:
                raise self._lost(error, cut) from error
            self._refused, self._pause = error, 1.0
        else:
            return found
        return None

    def _lost(self, error: Failed, cut: GiError | None) -> GiError:
        """The service knows it no longer, or never did: how the stream ended counts."""
        if cut is None or error.status_code != 404:
            return error
        self.run.goes_on, self.run.wait = False, None
        cut.message += "; the service no longer has the interaction"
        return cut

    def _note(self, found: dict[str, Any]) -> None:
        self._doubt = stale.doubt(found, self._clock.now())
        kept = ("status", "usage", "created", "updated", "model", "agent")
        self.state.head |= {k: found[k] for k in kept if found.get(k) is not None}
        self.run.report.know(self.state)

    def _is_over(self) -> bool:
        """Judge by the status; one that gi does not know is told once."""
        current = self.state.status
        unknown = current is not None and current not in status.STATUSES
        if unknown and current not in self._warned:
            self._warned.add(str(current))
            self.run.say(f"gi: gi does not know the status {current!r}, and waits")
        return current is None or status.is_over(current)

    def _resume(self) -> bool:
        """Go on with the stream; tell whether that brought the end."""
        self.told.resume()
        try:
            answer = self._stored.stream(self._id, self.told.cursor)
        except (Failed, Incomplete) as error:
            self.run.log(f"gi: {error.message}")
            self._resumes = 0  # it only refuses
            return False
        except (Unreachable, QuotaReached) as error:
            self.run.log(f"gi: {error.message}")
            self._resumes = self._resumes - 1 if error.retryable else 0
            return False
        self.run.sink.next_response()
        try:
            new = self._take(answer)
        except Idle:
            self._resumes = 0
            return False
        finally:
            answer.close()
        self._resumes = RESUMES if new else self._resumes - 1
        if not new and self._resumes:
            self._waits.sleep(0.5 * 2.0 ** (RESUMES - self._resumes))
        return self.state.completed and self._is_over()

    def _take(self, answer: Answer) -> bool:
        """Show what is new; tell whether anything was."""
        new = False
        self.state.error, self.state.completed = None, False
        for event in answer.events(self.run.received, self.run.flush):
            fresh = self.told.fresh(event)
            if fresh is None:
                continue
            new = new or fresh.type not in NOTHING_NEW
            self._show(fresh)
            if fresh.type != STEP_DELTA:
                self.run.report.know(self.state)
                self.run.flush()
        return new

    def _wait(self) -> None:
        """Let time pass before it is asked for again."""
        pause(self._waits, self._pause)
        self._pause = min(max(self._pause, FIRST_POLL) * GROWTH, LONGEST_POLL)


def deliver(
    run: Run, followed: Followed, found: dict[str, Any], *, again: bool = False
) -> GiError | None:
    """Show what is still missing of an interaction that is over, and judge it.

    `again` says that a file is shown which holds it: --sse has its bytes from there.
    """
    state, told, show = followed
    whole = legacy.interaction(found)
    steps = replay.generated(whole)
    if told.contradicts(steps):
        if (again and run.format == "sse") or not run.restart():
            return _contradicted(whole)
        run.say("gi: the stream was not what the service has stored, which counts")
        told = Told()
        state.restart()
    if not again:
        run.sink.whole(found)
    told.restart()
    state.error, state.unread = None, False
    for event in replay.events(whole, timeline=True, ordered=told.ordered(steps)):
        if fresh := told.fresh(event):
            show(fresh)
    run.report.know(state)
    run.flush()
    return judge(state)


def _contradicted(whole: dict[str, Any]) -> GiError:
    """What was shown cannot be taken back; that the interaction failed says more."""
    stored = Assembler(keep=False)
    for event in replay.events(whole, timeline=True):
        stored.feed(event)
    error = judge(stored)
    other = Incomplete("what the service has stored is not what was shown")
    return error if isinstance(error, Failed) else other
