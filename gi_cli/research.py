"""`gi research`: Deep Research, started once where that was asked for."""

from gi_cli import once
from gi_cli.delivery import Delivery, deliver
from gi_cli.errors import ExitCode, Failed, GiError, UsageError
from gi_cli.ledger import local_time
from gi_cli.ledger.claims import CLAIMED, DONE, SENDING
from gi_cli.once import Claim
from gi_cli.options.research import Research
from gi_cli.output import AtomicFile
from gi_cli.places import local
from gi_cli.record import write_id
from gi_cli.run import ENDED, Run
from gi_cli.session import Kept
from gi_cli.turn import Turn
from gi_cli.waiting import attach
from gi_cli.wire.status import is_over

COMMAND = "research"


def research(run: Run, options: Research) -> None:
    """Start it, follow it and deliver the report; or what an earlier run made of it."""
    turn = Turn(run, options)
    made = turn.body()
    if made.get("model"):
        raise UsageError("model and gi research contradict each other")
    run.detach = options.detach
    if options.once is None or turn.session.previews(options):
        deliver(turn, made, command=COMMAND)
        return
    key = once.expanded(options.once, run.env.clock.now(), "--once")
    Once(Delivery(turn, made, COMMAND), key).go()


class Once:
    """A delivery that of all runs with the same KEY only one begins."""

    def __init__(self, delivery: Delivery, key: str) -> None:
        self.delivery, self.key = delivery, key
        self.run, self.session = delivery.run, delivery.session

    def go(self) -> None:
        """Begin, go on, or deliver again; raises GiError."""
        self.delivery.open()
        claims, origin = once.claims_of(self.session.ledger), self.session.origin
        work = once.Work(origin, self.key, COMMAND, self.delivery.made)
        with once.held(claims, origin, self.key, self._busy):
            claim = once.take(claims, work, self.session.command("release"))
            if claim.phase == CLAIMED:
                self._begin(claim)
            else:
                self._go_on(claim)

    @property
    def _freeing(self) -> str:
        """The command line that lets the work be started anew."""
        return once.freeing(self.session.command("release"), self.key)

    def _busy(self) -> None:
        self.run.say(f"gi: --once: {self.key} is under way in another process: waiting")

    def _begin(self, claim: Claim) -> None:
        self.delivery.claim = claim
        try:
            self.delivery.go()
        except GiError as error:
            if claim.phase == SENDING:
                error.hints = (*error.hints, self._freeing)
            self._done(claim, error)
            raise
        self._done(claim, None)

    def _go_on(self, claim: Claim) -> None:
        """Attach to what runs, or deliver what has ended again; it costs nothing."""
        run, id = self.run, str(claim.id)
        again = claim.phase == DONE
        if again:
            when = local_time(claim.finished or 0)
            run.say(f"gi: --once: {self.key} ended at {when}; it is delivered again")
        else:
            run.say(f"gi: --once: {self.key} was started before: {id} is followed")
        if path := self.delivery.options.id_file:
            write_id(AtomicFile(local(path), "--id-file"), id)
        if run.detach:
            run.show_id(id)
            return
        try:
            with self.session.sender() as sender:
                state, error = attach(run, Kept(self.session, sender), id)
            error = run.settled(error) or run.complaint()
        except Failed as gone:
            if gone.status_code == 404:
                gone.hints = (self._freeing,)
                when = local_time(claim.finished or 0)
                told = f"{self.key} ended at {when}, and is no longer stored"
                gone.message = told if again else gone.message
            raise
        self.session.ledger.set_status(self.session.origin, id, state.status)
        self._done(claim, error)
        if error:
            raise error

    def _done(self, claim: Claim, error: GiError | None) -> None:
        """Note the end of the interaction; what only this process met is none."""
        code = error.exit_code if error else ExitCode.OK
        over = code in ENDED and is_over(self.run.report.status)
        if claim.id and claim.phase != DONE and over:
            claim.done(code)
