"""One command's exchange with the service: send, show, continue, judge."""

from typing import Any

from gi_cli.errors import (
    Failed,
    GiError,
    Incomplete,
    KeyRefused,
    NotTheApi,
    QuotaReached,
    StillRunning,
    Unreachable,
)
from gi_cli.request.body import next_hop
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender
from gi_cli.waits import DeadlineReached, Idle
from gi_cli.wire import events, failure, legacy, replay
from gi_cli.wire.assemble import Assembler, Piece, Thought
from gi_cli.wire.outcome import judge
from gi_cli.wire.status import REQUIRES_CONTINUATION

MAX_HOPS = 32
LINGER = 2.0  # seconds to wait for the end of a stream that has told its outcome
OF_SERVER = (Failed, KeyRefused, QuotaReached, Unreachable)
UNSURE = (Unreachable, QuotaReached, StillRunning)


def converse(run: Run, sender: Sender, message: Message) -> None:
    """Send a create and deliver its answer, through all its continuations.

    Raises the GiError that says how it ended, unless it was completed and delivered.
    """
    tokens: set[str] = set()
    for hop in range(MAX_HOPS):
        try:
            state, error = _receive(run, sender, message)
        except OF_SERVER as failed:
            if hop == 0:
                raise
            raise _uncontinued(failed) from failed
        token = _token(state, message.body) if error else None
        if token is None:
            break
        if token in tokens:
            raise Incomplete("the continuation made no progress: the same token again")
        tokens.add(token)
        run.sink.next_response()
        message = message._replace(body=next_hop(message.body, state.id, token))
    else:
        raise Incomplete(
            f"the answer was not complete after {MAX_HOPS - 1} continuations"
        )
    error = error or _undelivered(run, state, message.body)
    if error:
        broken = isinstance(error, OF_SERVER) and not state.completed
        raise _uncontinued(error) if hop and broken else error


def _token(state: Assembler, body: dict[str, Any]) -> str | None:
    """The token that continues a response cut at the decode limit, if there is one."""
    token = state.head.get("continuation_token")
    foreground = not (body.get("agent") or body.get("background"))
    cut = state.completed and state.status == REQUIRES_CONTINUATION
    return token if cut and foreground and isinstance(token, str) and token else None


def _uncontinued(error: GiError) -> Incomplete:
    return Incomplete(
        f"the answer could not be continued: {error.message}",
        hints=error.hints,
        reason=error.reason,
        status_code=error.status_code,
    )


def _receive(
    run: Run, sender: Sender, message: Message
) -> tuple[Assembler, GiError | None]:
    """One request and its answer, shown as it comes, and how it ended."""
    answer = sender.create(message)
    state = Assembler(keep=run.sink.keeps_steps)
    try:
        if answer.is_stream():
            _show_stream(run, answer, state)
        else:
            _show_whole(run, answer, state)
        return state, _started(_end(answer, state), state)
    except UNSURE as error:
        raise _started(error, state) or error from error.__cause__
    finally:
        answer.close()
        run.report.add(state)


def _show_stream(run: Run, answer: Answer, state: Assembler) -> None:
    """Show each event; once the outcome is known, the end is not waited for long."""
    limit = run.env.waits.idle
    try:
        for event in answer.events(run.received, run.flush):
            _show(run, event, state)
            if event.type != events.STEP_DELTA:
                run.report.know(state)
                if state.completed:
                    run.env.waits.idle = min(limit or LINGER, LINGER)
    except (Idle, DeadlineReached):
        if not state.completed:
            raise
    finally:
        run.env.waits.idle = limit


def _show(run: Run, event: events.Event, state: Assembler) -> None:
    pieces = state.feed(event)
    run.sink.event(event, pieces)
    if run.show_thoughts and pieces:
        _think(run, pieces)


def _think(run: Run, pieces: tuple[Piece, ...]) -> None:
    for piece in pieces:
        if isinstance(piece, Thought):
            for line in filter(None, piece.text.splitlines()):
                run.say(f"gi: thought: {line}")


def _show_whole(run: Run, answer: Answer, state: Assembler) -> None:
    """Show an answer that came in one piece, in the shape of a stream."""
    interaction = answer.value(run.keep)
    run.sink.whole(interaction)
    for event in replay.events(interaction):
        _show(run, event, state)
    state.adopt(legacy.interaction(interaction))
    run.report.know(state)
    run.flush()


def _end(answer: Answer, state: Assembler) -> GiError | None:
    """How it ended; a broken stream says why."""
    error = judge(state)
    if state.completed or state.error is not None or not isinstance(error, Unreachable):
        return error
    cut, told = answer.broken()
    if told:
        return failure.error_of(told, error.message)
    error.message += f": {cut}" if cut else ""
    return error


def _started(error: GiError | None, state: Assembler) -> GiError | None:
    """The request has landed: a second one would be a second bill."""
    if isinstance(error, UNSURE) and not isinstance(error, NotTheApi):
        error.retryable = False
        if not state.head:
            error.message += "; the interaction may have been created"
    return error


def _undelivered(run: Run, state: Assembler, body: dict[str, Any]) -> GiError | None:
    """Media that text could only name are lost if the service does not keep them."""
    kept = state.id and body.get("store") is not False
    if run.format != "text" or kept or not state.media:
        return run.late
    return Incomplete(
        "the answer has media that were not saved, and the interaction is not stored",
        hints=("--format json keeps them",),
    )
