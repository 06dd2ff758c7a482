"""Interactions by id: get and delete."""

import shlex
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gi_cli.errors import OF_SERVER, GiError, UsageError, worst
from gi_cli.options.commands import Cancel, Delete, Get
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.showing import show_whole
from gi_cli.wire import stale
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.outcome import judge
from gi_cli.wire.status import is_over, status_of

if TYPE_CHECKING:
    from gi_cli.media.gallery import Fetched
    from gi_cli.transport.answer import Answer


def show(run: Run, options: Get) -> None:
    """Show one interaction; raises the GiError that its status stands for."""
    session = Session(run, options)
    if session.previews(options):
        session.preview(options, session.about("GET", options.id, shown=True))
        return
    request = session.about("GET", options.id)
    run.getting = session.command("get")

    def fetch(uri: str) -> "Fetched":
        from gi_cli.fetch import fetch

        return fetch(uri, session)

    run.open(options, fetch=fetch)
    with session.sender() as sender:
        try:
            interaction = _value(sender.read(request))
        except GiError:
            asked = Assembler(keep=False)
            asked.head = {"id": options.id}
            run.report.know(asked)
            raise
    run.wait = session.command("wait")
    state = Assembler(keep=run.sink.keeps_steps)
    run.sink.whole(interaction)
    show_whole(run, interaction, state, timeline=True)
    run.report.add(state)
    session.ledger.set_status(session.origin, options.id, state.status)
    session.ledger.close()
    if error := run.settled(judge(state)) or run.complaint():
        if doubt := stale.doubt(interaction, run.env.clock.now()):
            error.message += f"; {doubt}"
        raise error


def _value(answer: "Answer") -> dict[str, Any]:
    try:
        return answer.value(lambda _: None)
    finally:
        answer.close()


def delete(run: Run, options: Delete) -> None:
    """Delete each; the worst error counts, and every one is told."""

    def done(session: Session, id: str, _answer: "Answer") -> None:
        session.ledger.forget(session.origin, id)
        run.log(f"gi: deleted {id}")

    _to_each(run, options, "DELETE", "", done)


def cancel(run: Run, options: Cancel) -> None:
    """Cancel each; the worst error counts, and every one is told."""

    def done(session: Session, id: str, answer: "Answer") -> None:
        empty = answer.is_empty()
        known = None if empty else status_of(answer.value(lambda _: None))
        if known is None:
            run.log(f"gi: {id}: cancelled; the service tells no status")
            return
        session.ledger.set_status(session.origin, id, known)
        if is_over(known):
            run.log(f"gi: {id} is {known}")
            return
        run.say(f"gi: {id} is still {known}")
        run.say(f"gi: hint: {session.command('wait')} {shlex.quote(id)}")

    _to_each(run, options, "POST", "cancel", done)


def _to_each(
    run: Run,
    options: Delete | Cancel,
    method: str,
    action: str,
    done: Callable[[Session, str, "Answer"], None],
) -> None:
    """Send a request about each interaction."""
    if not options.ids:
        raise UsageError("there is no ID")
    session = Session(run, options)
    if session.previews(options):
        shown = [
            session.about(method, id, action=action, shown=True) for id in options.ids
        ]
        session.preview(options, *shown)
        return
    requests = {id: session.about(method, id, action=action) for id in options.ids}

    def one(id: str) -> None:
        answer = sender.read(requests[id])
        try:
            done(session, id, answer)
        finally:
            answer.close()

    with session.sender() as sender:
        errors = each(options.ids, one)
    session.ledger.close()
    raise_worst(run, errors)


def each(names: Iterable[str], work: Callable[[str], None]) -> list[GiError]:
    """Do it for each; what the service refuses does not keep it from the others."""
    errors: list[GiError] = []
    for name in names:
        try:
            work(name)
        except OF_SERVER as error:
            error.message = f"{name}: {error.message}"
            errors.append(error)
    return errors


def raise_worst(run: Run, errors: list[GiError]) -> None:
    """Raise the error that counts, once the others were told."""
    if not errors:
        return
    first = worst(errors)
    for error in errors:
        if error is not first:
            run.tell(error)
    raise first
