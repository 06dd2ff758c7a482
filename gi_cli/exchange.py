"""One command's exchange with the service: send, show, continue, judge."""

from typing import Any

from gi_cli.errors import (
    OF_SERVER,
    Failed,
    GiError,
    Incomplete,
    KeyRefused,
    QuotaReached,
    UsageError,
)
from gi_cli.receiving import UNSURE, Receiving, Service, started
from gi_cli.request.body import next_hop
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.showing import finish_medium
from gi_cli.wire.assemble import CONTINUATION, Assembler
from gi_cli.wire.status import REQUIRES_CONTINUATION

MAX_HOPS = 32
NEVER_LANDED = (UsageError, KeyRefused, QuotaReached, Failed)


def converse(
    run: Run, service: Service, message: Message, *, keep: bool
) -> tuple[list[Assembler], GiError | None]:
    """Send a create and deliver its answer, through all its continuations.

    Gives the state of each request and how it all ended; None is completed. `keep`
    keeps whole steps. Raises GiError where there was no answer.
    """
    states: list[Assembler] = []
    tokens: set[str] = set()
    while True:
        try:
            state, error = _receive(run, service, message, keep=keep)
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
    token = state.head.get(CONTINUATION)
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
    run: Run, service: Service, message: Message, *, keep: bool
) -> tuple[Assembler, GiError | None]:
    """One request and its answer, shown as it comes, and how it ended."""
    if run.on_stdout:
        run.env.console.require_reader()
    recorder, born = service.recorder, run.env.clock.monotonic()
    recorder.starting(message.body or {})
    try:
        answer = service.sender.create(message)
    except GiError as error:
        if error.retryable or error.unlanded or isinstance(error, NEVER_LANDED):
            recorder.refused()
        raise
    state = Assembler(keep=keep or run.sink.keeps_steps)
    receiving = Receiving(run, service, state, message.body or {}, born)
    run.watch_reader(True)
    try:
        return state, receiving.take(answer)
    except UNSURE as error:
        raise started(error, state) or error from error.__cause__
    finally:
        run.watch_reader(False)
        answer.close()
        finish_medium(run)
        run.report.add(state)
        recorder.ended(state)
