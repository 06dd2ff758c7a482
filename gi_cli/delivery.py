"""A turn on its way: shown or sent, answered, delivered, and noted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gi_cli.errors import ActionRequired, GiError, UsageError
from gi_cli.options import any_flag
from gi_cli.options.calls import Calls
from gi_cli.options.image import Image
from gi_cli.output import Output
from gi_cli.request import calls
from gi_cli.request.inherit import settings_of
from gi_cli.request.message import Message
from gi_cli.turn import Turn

if TYPE_CHECKING:
    from gi_cli.calls import Answering
    from gi_cli.media.gallery import Fetched
    from gi_cli.once import Claim
    from gi_cli.record import Recorder
    from gi_cli.rounds import Round, Turns
    from gi_cli.transport.send import Sender

IDLE = 60.0  # seconds without an event from work in the background


def deliver(turn: Turn, made: dict[str, Any], *, command: str) -> None:
    """Show the request of a turn, or send it and deliver the answer."""
    session, options = turn.session, turn.options
    turn.run.detach = getattr(options, "detach", False)
    if turn.run.detach and not made.get("background"):
        raise UsageError("--detach goes with --background only")
    if not session.previews(options):
        delivery = Delivery(turn, made, command)
        delivery.open()
        delivery.go()
        return
    if options.curl and turn.pending:
        raise UsageError(
            f"--curl cannot ask the service about {turn.pending[0].name}",
            hints=("gi files upload FILE, then -i 'files/ID;type=MIME'",),
        )
    session.preview(options, session.create(made, shown=True))


class Delivery:
    """The request goes out as often as `gi image --count` says."""

    def __init__(self, turn: Turn, made: dict[str, Any], command: str) -> None:
        self.turn, self.made, self.command = turn, made, command
        self.run, self.session, self.options = turn.run, turn.session, turn.options
        self.stored = made.get("store") is not False
        self.count = _count(turn.options)
        self.claim: Claim | None = None

    def open(self) -> None:
        """Open what is written; raises GiError for what is wrong before it is sent."""
        run, options = self.run, self.options
        if options.session and not self.session.has_ledger:
            raise UsageError("--session needs the ledger, and GI_LEDGER is off")
        self._answers = self._answering()
        self._message = self.session.create(self.made)
        run.getting = self.session.command("get") if self.stored else ""
        run.fetch = run.getting or None
        run.wait = self.session.command("wait") if self.stored else None
        run.show_thoughts = options.thoughts and run.format == "text"
        if self.made.get("background"):
            run.goes_on = True
            run.show_progress()
            if options.idle_timeout is None:
                run.env.waits.idle = IDLE
        run.open(options, self.made, fetch=self._fetch)

    def go(self) -> None:
        """Send, and deliver; raises GiError."""
        turn = self.turn
        file = turn.transcript.file() if turn.transcript else None
        self.session.stdin.tell_unread()
        self._recorder = self._new_recorder()
        try:
            with self.session.sender() as sender:
                self._complete(sender)
                self._repeat(self._message, sender, self._answers, file)
        finally:
            self._recorder.close()
            if file:
                file.commit()
        self.session.stdin.tell_unread()

    def _new_recorder(self) -> "Recorder":
        from gi_cli.record import Place, Recorder

        env, session = self.run.env, self.session
        terminal = env.console.terminal
        place = Place(session.origin, self.command, self.turn.name, terminal)
        id_file = self.options.id_file
        made = Recorder(lambda: session.ledger, env.clock, place, id_file)
        made.claim = self.claim
        return made

    def _fetch(self, uri: str) -> "Fetched":
        from gi_cli.fetch import fetch

        return fetch(uri, self.session)

    def _answering(self) -> "Callable[[], Answering]":
        """Who answers function calls; flags about it are judged now. Raises
        UsageError."""

        def find() -> "Answering":
            from gi_cli.calls import Answering, commands, limits, require_declared

            path = self.run.env.environ.get("PATH")
            declared = calls.declared(self.made)
            require_declared(self.options, declared)
            return Answering(
                self.run,
                limits(self.options),
                declared,
                commands(self.options, self.turn.programs, path),
                no_input=self.options.no_input,
            )

        if not (calls.declared(self.made) or any_flag(self.options, Calls)):
            return find
        found = find()
        return lambda: found

    def _complete(self, sender: "Sender") -> None:
        """Upload what was too large for the request."""
        if self.turn.pending:
            from gi_cli.uploads import complete

            complete(self.turn.pending, self.session, sender)

    def _repeat(
        self,
        message: Message,
        sender: "Sender",
        answering: "Callable[[], Answering]",
        file: Output | None,
    ) -> None:
        """Send it once, or as often as was asked; the first failure ends it."""
        for number in range(self.count):
            if number:
                self._recorder = self._new_recorder()
                self.run.sink.next_response()
            try:
                self._converse(message, sender, answering, file)
            except GiError as error:
                if self.count > 1:
                    error.message += self._so_far(number)
                raise

    def _so_far(self, number: int) -> str:
        paths = [each["path"] for each in self.run.report.files]
        shown = f", in {' '.join(paths)}" if paths else ""
        return f"; {number} of {self.count} were delivered{shown}"

    def _converse(
        self,
        message: Message,
        sender: "Sender",
        answering: "Callable[[], Answering]",
        file: Output | None,
    ) -> None:
        from gi_cli.rounds import Turns

        run, recorder = self.run, self._recorder
        had = run.delivered()
        stored, declared = self.stored, calls.declared(self.made)
        keep = file is not None or (not stored and bool(declared))
        turns = Turns(
            self.session, sender, recorder, answering, keep=keep, stored=stored
        )
        message = self._with_answers(message, turns)
        error = turns.go(message, calls.as_steps(self.made.get("input")))
        recorder.close()
        if error is None or isinstance(error, ActionRequired):
            self._save(turns.rounds, file)
        states = [state for each in turns.rounds for state in each.states]
        kept = bool(states[-1].id) and stored
        lost = run.undelivered(states, kept=kept, had=had)
        late = recorder.late or run.late
        if error := run.settled(error) or run.complaint() or lost or late:
            raise error

    def _with_answers(self, message: Message, turns: "Turns") -> Message:
        """Answer the calls of the turn before that no result was given for."""
        turn = self.turn
        if turn.answers is None or not turn.answers.left:
            return message
        made, before = message.body or {}, turn.answers.steps()
        id = str(made.get("previous_interaction_id") or "")
        more = turns.answer_left(turn.answers.left, id, before)
        whole = made["input"]
        start = len(whole) - len(turn.own)
        turn.own = [*turn.answers.steps(more), *turn.own[len(before) :]]
        return message._replace(body={**made, "input": [*whole[:start], *turn.own]})

    def _save(self, rounds: "list[Round]", file: Output | None) -> None:
        """Add this turn to the transcript."""
        turn, made = self.turn, self.made
        if turn.transcript is None or file is None:
            return
        head = {"settings": settings_of(made, rounds[-1].states[-1].head)}
        head |= {k: made[k] for k in ("model", "agent") if k in made}
        steps = [step for each in rounds for step in each.steps()]
        file.write(turn.transcript.grown(head, [*turn.own, *steps]))


def _count(options: Any) -> int:
    """How often a request is sent; raises UsageError."""
    count = options.count if isinstance(options, Image) else None
    if count is None or count == 1:
        return 1
    if count < 1:
        raise UsageError(f"--count: {count} is less than 1")
    for name in ("id_file", "transcript"):
        if getattr(options, name):
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"--count and {flag} contradict each other: give one")
    return int(count)
