"""One answer: shown as it comes, and followed where the service keeps it."""

from typing import Any, NamedTuple, Protocol

from gi_cli.errors import GiError, NotTheApi, QuotaReached, StillRunning, Unreachable
from gi_cli.follow import Followed, Following, Stored, is_cut
from gi_cli.request.message import in_path
from gi_cli.run import Run
from gi_cli.showing import show_event, show_whole
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender
from gi_cli.waits import DeadlineReached, Idle
from gi_cli.wire import events, failure
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import Event
from gi_cli.wire.failure import Failure
from gi_cli.wire.outcome import judge
from gi_cli.wire.status import is_over
from gi_cli.wire.texts import Texts
from gi_cli.wire.told import Told

LINGER = 2.0  # seconds to wait for the end of a stream that has told its outcome
UNSURE = (Unreachable, QuotaReached, StillRunning)


class Recorder(Protocol):
    """Notes what is known of each request, the moment it is known."""

    def starting(self, body: dict[str, Any]) -> None:
        """A request is about to be sent."""

    def refused(self) -> None:
        """The request surely created nothing."""

    def known(self, state: Assembler) -> None:
        """Something of the interaction is known."""

    def ended(self, state: Assembler) -> None:
        """The answer is over."""


class Service(NamedTuple):
    """The way to the service, and what is noted of it; `kept` follows what it keeps."""

    sender: Sender
    recorder: Recorder
    kept: Stored | None = None


class Receiving:
    """An answer on its way, and what follows it where the service keeps it."""

    def __init__(
        self,
        run: Run,
        service: Service,
        state: Assembler,
        body: dict[str, Any],
        born: float,
    ) -> None:
        self.run, self.state, self._body, self._born = run, state, body, born
        self._recorder, self._kept = service.recorder, service.kept
        self._told, self._texts, self._id = Told(), Texts(), ""

    def take(self, answer: Answer) -> GiError | None:
        """Show it, and tell how it ended."""
        state = self.state
        if not self._body.get("background"):
            answer.hold()
        try:
            if answer.is_stream():
                self._stream(answer)
            else:
                self._whole(answer)
            error = started(end_of(state, *answer.broken()), state)
        except Unreachable as broken:
            if not self._may_follow(broken):
                raise
            error = started(broken, state)
        if self.run.detach and state.id:
            self.run.show_id(state.id)
            return None
        if self._kept is None or not self._may_follow(error):
            return error
        return self._follow(self._kept, error)

    def _may_follow(self, error: GiError | None) -> bool:
        return self._kept is not None and self._has_id() and is_cut(error)

    def _has_id(self) -> bool:
        return bool(in_path(self.state.id))

    def _whole(self, answer: Answer) -> None:
        """Show it, unless there is more to come."""
        whole, state = answer.value(self.run.keep), self.state
        state.head = {k: v for k, v in whole.items() if k in ("id", "status")}
        if self._kept and self._has_id() and not is_over(state.status):
            state.completed = True  # it told that it is not over
            self.run.report.know(state)
            self._recorder.known(state)
            return
        self.run.sink.whole(whole)
        show_whole(self.run, whole, state)
        self._recorder.known(state)

    def _follow(self, kept: Stored, error: GiError | None) -> GiError | None:
        if error:
            self.run.log(f"gi: {error.message}; it is asked for")
        followed = Followed(self.state, self._told, self._show)
        following = Following(
            self.run,
            kept,
            followed,
            background=bool(self._body.get("background")),
            born=self._born,
            streams=bool(self._body.get("stream")),
        )
        return following.go(error)

    def _show(self, event: Event) -> None:
        show_event(self.run, event, self.state)
        if event.type != events.STEP_DELTA and self.state.id != self._id:
            self._id = self.state.id
            self.run.flush()  # noting it may take a moment
            self._recorder.known(self.state)

    def _fresh(self, event: Event) -> None:
        """Show what is new of an event."""
        fresh = self._told.fresh(event) if self._kept else event
        if fresh:
            self._show(fresh)
        if self.state.writing and not self._told.replaying:
            self._texts.follow(event)
        else:
            self._texts.stop()

    def _flush(self) -> None:
        for event in self._texts.joined():
            self._fresh(event)
        self.run.flush()

    def _stream(self, answer: Answer) -> None:
        """Show each event; once the outcome is known, its end is not waited for."""
        waits, limit = self.run.env.waits, self.run.env.waits.idle
        try:
            for event in answer.events(self.run.received, self._flush, self._texts):
                self._fresh(event)
                if self.run.detach and self.state.id:
                    return
                if self.state.completed and event.type != events.STEP_DELTA:
                    waits.idle = min(limit or LINGER, LINGER)
        except (Idle, DeadlineReached):
            if not self.state.completed:
                raise
        finally:
            waits.idle = limit


def end_of(state: Assembler, cut: str | None, told: Failure | None) -> GiError | None:
    """How it ended. A broken stream says why: the connection, or an error that came
    in place of an event."""
    error = judge(state)
    if state.completed or state.error is not None or not isinstance(error, Unreachable):
        return error
    if told:
        return failure.error_of(told, error.message)
    error.message += f": {cut}" if cut else ""
    return error


def started(error: GiError | None, state: Assembler) -> GiError | None:
    """The request has landed: a second one would be a second bill."""
    if isinstance(error, UNSURE) and not isinstance(error, NotTheApi):
        error.retryable = False
        if not state.head:
            error.message += "; the interaction may have been created"
    return error
