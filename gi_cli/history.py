"""What a turn goes on from: an earlier interaction, or a transcript."""

from typing import TYPE_CHECKING, Any, NamedTuple

from gi_cli import transcript
from gi_cli.errors import OF_SERVER, UsageError, WriteFailed
from gi_cli.options.commands import Continue
from gi_cli.request.inherit import settings_of
from gi_cli.session import Session
from gi_cli.transcript import Transcript
from gi_cli.wire import legacy
from gi_cli.wire.failure import tell_earlier

if TYPE_CHECKING:
    from gi_cli.ledger import Turn

NO_TERMINAL = "there is no terminal whose last turn could be continued"
CHOICES = ("--session NAME", "--id ID", "--last")


class Before(NamedTuple):
    """An earlier turn: its id or steps, and what the next one may repeat of it."""

    id: str | None
    who: dict[str, Any]
    settings: dict[str, Any]
    session: str | None = None
    transcript: Transcript | None = None


def before(session: Session, options: Continue) -> Before:
    """Find the turn that `gi continue` goes on from; raises UsageError."""
    named = [
        flag
        for flag, value in (
            ("--id", options.id),
            ("--last", options.last),
            ("--transcript", options.transcript),
        )
        if value
    ]
    if len(named) > 1 or (options.session and "--last" in named):
        flags = [*named, "--session"][:2]
        raise UsageError(f"{flags[0]} and {flags[1]} contradict each other: give one")
    if options.transcript:
        kept = transcript.load(options.transcript, session.run.env.waits)
        who = {k: kept.head[k] for k in ("model", "agent") if kept.head.get(k)}
        return Before(None, who, kept.settings, transcript=kept)
    if options.store is False and "store" in options.given:  # before anybody is asked
        raise UsageError("--no-store and gi continue contradict each other")
    if options.id:
        return _by_id(session, options)
    return _of_turn(_last(session, options))


def _last(session: Session, options: Continue) -> "Turn":
    """The newest turn of the session, of any, or of this terminal."""
    ledger, origin = session.ledger, session.origin
    if options.session:
        where = f"session {options.session!r}"
        found = ledger.last(origin, session=options.session)
    elif options.last:
        where, found = "the ledger", ledger.last(origin)
    else:
        terminal = session.run.env.console.terminal
        if terminal is None:
            raise UsageError(NO_TERMINAL, hints=CHOICES)
        where, found = "this terminal", ledger.last(origin, terminal=terminal)
    if ledger.fault:
        raise WriteFailed(f"the ledger cannot be used: {ledger.fault}")
    if found and not found.id:
        raise UsageError(f"the last turn of {where} was not stored", hints=CHOICES)
    if found is None:
        raise UsageError(f"there is no turn of {where} to go on from", hints=CHOICES)
    return found


def _of_turn(turn: "Turn") -> Before:
    who = {"model": turn.model, "agent": turn.agent}
    return Before(turn.id, who, turn.settings, turn.session)


def _by_id(session: Session, options: Continue) -> Before:
    """The turn as the ledger knows it, else as the service echoes it."""
    assert options.id is not None  # noqa: S101
    found = session.ledger.find(session.origin, options.id)
    if found is not None:
        return _of_turn(found)._replace(session=None)
    needs = not options.no_inherit
    if needs and not (options.dry_run or options.curl):
        try:
            echo = ask(session, options.id)
        except OF_SERVER as error:
            tell_earlier(error, options.id)
            raise
        return Before(options.id, echo, settings_of(echo, echo))
    return Before(options.id, {}, {})


def ask(session: Session, id: str) -> dict[str, Any]:
    """An interaction as the service has it."""
    with session.sender() as sender:
        answer = sender.read(session.about("GET", id))
        try:
            return legacy.interaction(answer.value(lambda _: None))
        finally:
            answer.close()
