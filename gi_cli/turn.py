"""One turn as it was typed: inputs read, body built, sent, delivered."""

from functools import cached_property
from typing import Any

from gi_cli import inputs, transcript
from gi_cli.errors import ActionRequired, UsageError
from gi_cli.history import Before
from gi_cli.media import placeholder, undelivered
from gi_cli.options.commands import Create
from gi_cli.output import Output
from gi_cli.request import body
from gi_cli.request.inherit import repeated, settings_of
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.transcript import Transcript
from gi_cli.wire.assemble import Assembler

NO_MODEL = "nothing tells the model of that turn"


class Turn:
    """What `gi create` and `gi continue` have in common."""

    def __init__(self, run: Run, options: Create) -> None:
        self.run, self.options = run, options
        self.session = Session(run, options)
        self.name: str | None = None  # of the conversation
        self.transcript: Transcript | None = None
        self.own: list[dict[str, Any]] = []  # the steps of the user

    @cached_property
    def _base(self) -> dict[str, Any]:
        if self.options.body is None:
            return {}
        return inputs.json_object(self.options.body, "--body", self.session.stdin)

    def _texts(self) -> list[str] | None:
        """The prompt; None where the base of --body holds the input."""
        words = self.options.prompt or ()
        given = "input" in self._base or "continuation_token" in self._base
        if given and words:
            raise UsageError("--body has an input, and there is a PROMPT: give one")
        if given:
            return None
        literal = self.run.literal_words
        return inputs.prompt_texts(words, self.session.stdin, literal=literal)

    def body(self, before: Before | None = None) -> dict[str, Any]:
        """The body to send; raises UsageError for anything that is wrong with it."""
        stdin, options = self.session.stdin, self.options
        base = self._base
        texts = self._texts()
        system = options.system
        if system is not None:
            system = inputs.text_or_file(system, "--system", stdin)
        typed = body.typed(options, system, base)
        kept = self.transcript = before.transcript if before else self._new_transcript()
        if kept:
            typed.setdefault("store", False)
        repeat = self._repeated(before, typed) if before else {}
        self.name = options.session or (before.session if before else None)
        self.own = [] if texts is None else body.steps(texts)
        turn: Any = None if texts is None else body.turn(texts)
        if kept and texts is not None:
            turn = [*kept.steps, *self.own]
        stream = not options.no_stream
        return body.create(options, typed, turn, before=repeat, stream=stream)

    def _new_transcript(self) -> Transcript | None:
        path = self.options.transcript
        return transcript.begin(path) if path else None

    def _repeated(self, before: Before, typed: dict[str, Any]) -> dict[str, Any]:
        """What is taken over from the turn before, and its id."""
        fields: dict[str, Any] = {}
        if not getattr(self.options, "no_inherit", False):
            fields = repeated(before.who, before.settings, typed)
            who = any(before.who.values()) or {"model", "agent"} & {*typed}
            if not who:
                raise UsageError(NO_MODEL, hints=("-m MODEL, or --no-inherit",))
        if before.id:
            fields["previous_interaction_id"] = before.id
        return fields

    def send(self, made: dict[str, Any], *, command: str) -> None:
        """Show the request, or send it and deliver the answer."""
        run, options = self.run, self.options
        if self.session.preview(options, made):
            return
        if options.session and not self.session.has_ledger:
            raise UsageError("--session needs the ledger, and GI_LEDGER is off")
        message = self.session.create(made, key=self.session.key)
        if made.get("store") is not False:
            run.fetch = self.session.command("get")
        run.show_thoughts = options.thoughts and run.format == "text"
        run.open(options, placeholder)
        file = self.transcript.file() if self.transcript else None
        self.session.stdin.tell_unread()
        try:
            self._converse(message, command, file)
        finally:
            if file:
                file.commit()
        self.session.stdin.tell_unread()

    def _converse(self, message: Message, command: str, file: Output | None) -> None:
        from gi_cli.exchange import converse
        from gi_cli.record import Place, Recorder

        run, made = self.run, message.body or {}
        recorder = Recorder(
            lambda: self.session.ledger,
            run.env.clock,
            Place(self.session.origin, command, self.name, run.env.console.terminal),
            self.options.id_file,
        )
        try:
            with self.session.sender() as sender:
                states, error = converse(
                    run, sender, message, recorder, keep=file is not None
                )
        finally:
            recorder.close()
        if error is None or isinstance(error, ActionRequired):
            self._save(made, states, file)
        kept = bool(states[-1].id) and made.get("store") is not False
        lost = undelivered(run.format, count=sum(s.media for s in states), kept=kept)
        if error := error or run.complaint() or lost or run.late or recorder.late:
            raise error

    def _save(
        self, made: dict[str, Any], states: list[Assembler], file: Output | None
    ) -> None:
        """Add this turn to the transcript."""
        if self.transcript is None or file is None:
            return
        head = {"settings": settings_of(made, states[-1].head)}
        head |= {k: made[k] for k in ("model", "agent") if k in made}
        steps = [step for state in states for step in state.returned()]
        file.write(self.transcript.grown(head, [*self.own, *steps]))
