"""`gi release`: lets go of a claim, once a person has seen what was sent."""

from gi_cli import once, terminal
from gi_cli.console import in_a_line
from gi_cli.errors import Failed, StillRunning, UsageError
from gi_cli.ledger import local_time
from gi_cli.ledger.claims import Claimed, Claims
from gi_cli.options.commands import Release
from gi_cli.run import Run
from gi_cli.session import Session


def release(run: Run, options: Release) -> None:
    """Release the KEY; the turn that it stands for stays in the ledger.

    It is held meanwhile, so that no run begins with what is about to go.
    """
    if not options.key:
        raise UsageError("there is no KEY")
    session = Session(run, options)
    claims = once.claims_of(session.ledger)
    key = _find(claims, session, options.key).key

    def refuse() -> None:
        raise StillRunning(f"{key} is held by a run that is under way")

    with once.held(claims, session.origin, key, refuse):
        found = _find(claims, session, key)
        if not options.yes:
            _require_consent(session, found)
        claims.drop(session.origin, key)
    session.ledger.close()
    run.log(f"gi: released {key}")


def _find(claims: Claims, session: Session, key: str) -> Claimed:
    """The claim of the KEY as it stands, else with its braces filled in."""
    if found := claims.find(session.origin, key):
        return found
    full = once.expanded(key, session.run.env.clock.now(), "KEY")
    found = claims.find(session.origin, full) if full != key else None
    if found is None:
        hint = f"{session.command('list')} --claims"
        raise Failed(f"there is no claim of {full}", hints=(hint,))
    return found


def _require_consent(session: Session, found: Claimed) -> None:
    """Show what was sent, and ask; raises what no answer but a yes stands for."""
    run, lines = session.run, _lines(found)
    person = terminal.find(run.env.environ, run.env.console, no_input=False)
    if person is None:
        for line in lines:
            run.say(line)
        command = once.freeing(f"{session.command('release')} --yes", found.key)
        raise UsageError("nobody can be asked: --yes releases it", hints=(command,))
    try:
        shown = "".join(f"{line}\n" for line in lines)
        agreed = person.ask_yes(shown, f"release {in_a_line(found.key)}")
    finally:
        person.close()
    if not agreed:
        raise Failed(f"{found.key} was not released")


def _lines(claim: Claimed) -> list[str]:
    """What is known of it, for people."""
    lines = [f"gi: {claim.key}: {claim.phase}, {local_time(claim.updated)}"]
    who = claim.agent or claim.model or "-"
    if claim.sent_at is None:
        lines.append("  nothing was sent")
    else:
        what = f"gi {claim.command}, {who}, {claim.bytes:,} bytes"
        lines.append(f"  sent {local_time(claim.sent_at)}: {what}")
        lines.append(f"  id {claim.id}" if claim.id else "  its id is not known")
    if claim.finished is not None:
        when = local_time(claim.finished)
        lines.append(f"  ended {when} with exit code {claim.exit_code}")
    return [in_a_line(line) for line in lines]
