"""One command's exchange with the service: send, show, continue, judge."""

from typing import TYPE_CHECKING, Any, Protocol

from gi_cli.errors import (
    OF_SERVER,
    Failed,
    GiError,
    Incomplete,
    KeyRefused,
    NotTheApi,
    QuotaReached,
    StillRunning,
    Unreachable,
    UsageError,
)
from gi_cli.request.body import next_hop
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender
from gi_cli.waits import DeadlineReached, Idle
from gi_cli.wire import events, failure, legacy, replay
from gi_cli.wire.assemble import Assembler, Piece, Thought
from gi_cli.wire.events import Event
from gi_cli.wire.failure import Failure
from gi_cli.wire.medium import Medium
from gi_cli.wire.outcome import judge
from gi_cli.wire.status import REQUIRES_CONTINUATION

if TYPE_CHECKING:
    from gi_cli.media.gallery import Gallery

MAX_HOPS = 32
LINGER = 2.0  # seconds to wait for the end of a stream that has told its outcome
NEVER_LANDED = (UsageError, KeyRefused, QuotaReached, Failed)
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


def converse(
    run: Run, sender: Sender, message: Message, recorder: Recorder, *, keep: bool
) -> tuple[list[Assembler], GiError | None]:
    """Send a create and deliver its answer, through all its continuations.

    Gives the state of each request and how it all ended; None is completed. `keep`
    keeps whole steps. Raises GiError where there was no answer.
    """
    states: list[Assembler] = []
    tokens: set[str] = set()
    while True:
        try:
            state, error = _receive(run, sender, message, recorder, keep=keep)
        except OF_SERVER as failed:
            raise uncontinued(failed) if states else failed from failed.__cause__
        states.append(state)
        token = _token(state, message.body or {}) if error else None
        if token is None:
            break
        if token in tokens or len(states) == MAX_HOPS:
            return states, _endless(token in tokens)
        tokens.add(token)
        run.sink.next_response()
        message = message._replace(body=next_hop(message.body or {}, state.id, token))
    if isinstance(error, OF_SERVER) and not state.completed and len(states) > 1:
        error = uncontinued(error)
    return states, error


def _endless(same: bool) -> Incomplete:
    if same:
        return Incomplete("the continuation made no progress: the same token again")
    hops = MAX_HOPS - 1
    return Incomplete(f"the answer was not complete after {hops} continuations")


def _token(state: Assembler, body: dict[str, Any]) -> str | None:
    """The token that continues a response cut at the decode limit, if there is one."""
    token = state.head.get("continuation_token")
    foreground = not (body.get("agent") or body.get("background"))
    cut = state.completed and state.status == REQUIRES_CONTINUATION
    return token if cut and foreground and isinstance(token, str) and token else None


def uncontinued(error: GiError) -> Incomplete:
    """The error of a continuation: there is an answer, but not all of it."""
    return Incomplete(
        f"the answer could not be continued: {error.message}",
        hints=error.hints,
        reason=error.reason,
        status_code=error.status_code,
    )


def _receive(
    run: Run, sender: Sender, message: Message, recorder: Recorder, *, keep: bool
) -> tuple[Assembler, GiError | None]:
    """One request and its answer, shown as it comes, and how it ended."""
    if run.on_stdout:
        run.env.console.require_reader()
    recorder.starting(message.body or {})
    try:
        answer = sender.create(message)
    except GiError as error:
        if error.retryable or isinstance(error, NEVER_LANDED):
            recorder.refused()
        raise
    state = Assembler(keep=keep or run.sink.keeps_steps)
    run.watch_reader(True)
    try:
        if answer.is_stream():
            _show_stream(run, answer, state, recorder)
        else:
            whole = answer.value(run.keep)
            run.sink.whole(whole)
            show_whole(run, whole, state)
            recorder.known(state)
        return state, started(end_of(state, *answer.broken()), state)
    except UNSURE as error:
        raise started(error, state) or error from error.__cause__
    finally:
        run.watch_reader(False)
        answer.close()
        finish_medium(run)
        run.report.add(state)
        recorder.ended(state)


def _show_stream(
    run: Run, answer: Answer, state: Assembler, recorder: Recorder
) -> None:
    """Show each event; once the outcome is known, the end is not waited for long."""
    limit = run.env.waits.idle
    try:
        for event in answer.events(run.received, run.flush):
            show_event(run, event, state)
            if event.type != events.STEP_DELTA:
                run.flush()
                recorder.known(state)
                if state.completed:
                    run.env.waits.idle = min(limit or LINGER, LINGER)
    except (Idle, DeadlineReached):
        if not state.completed:
            raise
    finally:
        run.env.waits.idle = limit


def show_event(run: Run, event: Event, state: Assembler) -> None:
    """Fold an event in, and show what it brought."""
    pieces = state.feed(event)
    if event.type != events.STEP_DELTA:
        run.report.know(state)
    if run.gallery:
        pieces = _saved(run, run.gallery, event, pieces, state.id)
    run.sink.event(event, pieces)
    if run.last and pieces:
        run.last.take(pieces)
    if run.show_thoughts and pieces:
        _think(run, pieces)


def _saved(
    run: Run, gallery: "Gallery", event: Event, pieces: tuple[Piece, ...], id: str
) -> tuple[Piece, ...]:
    """Save what came of media."""
    goes_on = any(isinstance(each, Medium) and each.more for each in pieces)
    brought = any(not isinstance(each, Thought) for each in pieces)
    if gallery.is_open and not goes_on and (brought or event.type in events.ENDS):
        finish_medium(run)
    return gallery.take(pieces, id) if pieces else ()


def finish_medium(run: Run) -> None:
    """Nothing more comes of a medium that came in chunks."""
    if run.gallery and (medium := run.gallery.finish()):
        run.sink.finished(medium)


def _think(run: Run, pieces: tuple[Piece, ...]) -> None:
    for piece in pieces:
        if isinstance(piece, Thought):
            for line in filter(None, piece.text.splitlines()):
                run.say(f"gi: thought: {line}")
        elif isinstance(piece, Medium) and piece.thought:
            shown = piece.file.path if piece.file else "not saved (--media-dir DIR)"
            run.say(f"gi: thought: [{piece.kind}] {shown}")


def show_whole(
    run: Run, interaction: dict[str, Any], state: Assembler, *, timeline: bool = False
) -> None:
    """Show an answer that came in one piece, in the shape of a stream.

    A `timeline`, as GET gives it, begins with what the user said.
    """
    whole = legacy.interaction(interaction)
    state.head = {"id": whole.get("id")}  # to be named beside what is not saved
    run.report.know(state)
    keep, state.keep = state.keep, False  # the steps are there already
    for event in replay.events(whole, timeline=timeline):
        show_event(run, event, state)
    finish_medium(run)
    state.keep = keep
    state.adopt(whole)
    run.report.know(state)
    run.flush()


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
