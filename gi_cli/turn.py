"""One turn as it was typed: inputs read, body built, sent, delivered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi_cli import assignments, inputs, reading, transcript
from gi_cli.errors import ActionRequired, UsageError
from gi_cli.history import Before
from gi_cli.media import placeholder, undelivered
from gi_cli.options import any_flag
from gi_cli.options.calls import Calls
from gi_cli.options.commands import Continue, Create
from gi_cli.output import Output
from gi_cli.request import body, calls
from gi_cli.request.inherit import repeated, settings_of
from gi_cli.request.merge import Assignment
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.transcript import Transcript

if TYPE_CHECKING:
    from gi_cli.answers import Answers
    from gi_cli.calls import Answering
    from gi_cli.contents import Pending
    from gi_cli.rounds import Round, Turns
    from gi_cli.transport.send import Sender

NO_MODEL = "nothing tells the model of that turn"


class Turn:
    """What `gi create` and `gi continue` have in common."""

    def __init__(self, run: Run, options: Create) -> None:
        self.run, self.options = run, options
        self.session = Session(run, options)
        self.name: str | None = None  # of the conversation
        self.transcript: Transcript | None = None
        self.own: list[dict[str, Any]] = []  # the steps of the user
        self.programs: dict[str, Path] = {}  # beside declarations
        self.answers: Answers | None = None
        self.pending: list[Pending] = []  # contents that are uploaded first

    def _contents(
        self, given: str | None, *, needed: bool
    ) -> list[dict[str, Any]] | None:
        """What the user says; None where `given` names an input already, or none is
        needed."""
        options, stdin = self.options, self.session.stdin
        words, items = options.prompt or (), options.input or ()
        if given:
            flag = "a PROMPT" if words else "-i"
            if words or items:
                raise UsageError(f"{given} has an input, and there is {flag}: give one")
            return None
        if not (needed or words or items):
            return None
        if options.body is not None and not (words or items):
            raise UsageError("there is no prompt, and --body has no input")
        literal = self.run.literal_words
        texts = inputs.prompt_texts(words, stdin, literal=literal, alone=not items)
        contents = [{"type": "text", "text": text} for text in texts]
        if items:
            from gi_cli.contents import read

            self._tell_files(words)

            found = read(
                items,
                stdin,
                self.run.say,
                inline=options.inline,
                file_url=self.session.settings.url,
            )
            self.pending = found.pending
            contents += found.contents
        return contents

    def _tell_files(self, words: Sequence[str]) -> None:
        """A glob behind -i leaves all files but the first among the words."""
        for word in words[: len(words) - self.run.literal_words]:
            if reading.is_file(word):
                self.run.say(f"gi: {word} goes as a word; a file takes a -i of its own")

    def body(self, before: Before | None = None) -> dict[str, Any]:
        """The body to send; raises UsageError for anything that is wrong with it."""
        stdin, options = self.session.stdin, self.options
        base = assignments.base(options, stdin)
        flags, defaults = assignments.of_flags(options, stdin)
        flags += self._of_folder()
        fields = assignments.of_fields(options, stdin)
        typed = body.typed(base, flags, fields)
        given = _has_input(base, fields)
        results = self._results(before)
        needed = not results and "continuation_token" not in typed
        contents = self._contents(given, needed=needed)
        kept = self.transcript = before.transcript if before else self._new_transcript()
        if kept and given:
            raise UsageError(f"{given} has an input, and so has --transcript: give one")
        if kept:
            typed.setdefault("store", False)
        repeat = self._repeated(before, typed) if before else {}
        self.name = options.session or (before.session if before else None)
        self.own = [*results, *(body.steps(contents) if contents else ())]
        turn: Any = None
        if kept and self.own:
            turn = [*kept.steps, *self.own]
        elif results:
            turn = self.own
        elif contents:
            turn = body.turn(contents)
        yields = options.no_stream and "no_stream" not in options.given
        made = body.create(
            typed,
            turn,
            flags=flags,
            defaults=defaults,
            before=repeat,
            stream=None if yields else not options.no_stream,
        )
        if options.thoughts:
            body.add_thoughts(made, typed, base, insist="thoughts" in options.given)
        return made

    def _of_folder(self) -> list[Assignment]:
        """The declarations of --tools-dir."""
        if not self.options.tools_dir:
            return []
        from gi_cli.calls import in_folder

        waits = self.run.env.waits
        declared, self.programs = in_folder(self.options.tools_dir, waits)
        return [Assignment("--tools-dir", ("tools", None), tool) for tool in declared]

    def _results(self, before: Before | None) -> list[dict[str, Any]]:
        """The results that were given, as far as they are known yet."""
        options = self.options
        if before is None or not isinstance(options, Continue):
            return []
        if not (options.result or options.results):
            return []
        from gi_cli import answers

        self.answers = answers.find(self.session, options, before)
        return self.answers.steps()

    def _new_transcript(self) -> Transcript | None:
        path = self.options.transcript
        return transcript.begin(path, self.run.env.waits) if path else None

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
        if self.session.previews(options):
            if options.curl and self.pending:
                raise UsageError(
                    f"--curl cannot ask the service about {self.pending[0].name}",
                    hints=("gi files upload FILE, then -i 'files/ID;type=MIME'",),
                )
            self.session.preview(options, self.session.create(made, shown=True))
            return
        if options.session and not self.session.has_ledger:
            raise UsageError("--session needs the ledger, and GI_LEDGER is off")
        answering = self._answering(made)
        message = self.session.create(made)
        if made.get("store") is not False:
            run.fetch = self.session.command("get")
        run.show_thoughts = options.thoughts and run.format == "text"
        run.open(options, placeholder, made)
        file = self.transcript.file() if self.transcript else None
        self.session.stdin.tell_unread()
        try:
            self._converse(message, command, answering, file)
        finally:
            if file:
                file.commit()
        self.session.stdin.tell_unread()

    def _answering(self, made: dict[str, Any]) -> "Callable[[], Answering]":
        """Who answers function calls; flags about it are judged now. Raises
        UsageError."""

        def find() -> "Answering":
            from gi_cli.calls import Answering, commands, limits, require_declared

            declared = calls.declared(made)
            require_declared(self.options, declared)
            return Answering(
                self.run,
                limits(self.options),
                declared,
                commands(self.options, self.programs),
                no_input=self.options.no_input,
            )

        if not (calls.declared(made) or any_flag(self.options, Calls)):
            return find
        found = find()
        return lambda: found

    def _converse(
        self,
        message: Message,
        command: str,
        answering: "Callable[[], Answering]",
        file: Output | None,
    ) -> None:
        from gi_cli.record import Place, Recorder
        from gi_cli.rounds import Turns

        run, made = self.run, message.body or {}
        recorder = Recorder(
            lambda: self.session.ledger,
            run.env.clock,
            Place(self.session.origin, command, self.name, run.env.console.terminal),
            self.options.id_file,
        )
        stored = made.get("store") is not False
        try:
            with self.session.sender() as sender:
                self._complete(sender)
                keep = file is not None or (not stored and bool(calls.declared(made)))
                turns = Turns(
                    self.session, sender, recorder, answering, keep=keep, stored=stored
                )
                message = self._with_answers(message, turns)
                error = turns.go(message, calls.as_steps(made.get("input")))
        finally:
            recorder.close()
        if error is None or isinstance(error, ActionRequired):
            self._save(made, turns.rounds, file)
        states = [state for each in turns.rounds for state in each.states]
        kept = bool(states[-1].id) and stored
        lost = undelivered(run.format, count=sum(s.media for s in states), kept=kept)
        if error := error or run.complaint() or lost or run.late or recorder.late:
            raise error

    def _complete(self, sender: "Sender") -> None:
        """Upload what was too large for the request."""
        if self.pending:
            from gi_cli.uploads import complete

            complete(self.pending, self.session, sender)

    def _with_answers(self, message: Message, turns: "Turns") -> Message:
        """Answer the calls of the turn before that no result was given for."""
        if self.answers is None or not self.answers.left:
            return message
        made, before = message.body or {}, self.answers.steps()
        id = str(made.get("previous_interaction_id") or "")
        more = turns.answer_left(self.answers.left, id, before)
        whole = made["input"]
        start = len(whole) - len(self.own)
        self.own = [*self.answers.steps(more), *self.own[len(before) :]]
        return message._replace(body={**made, "input": [*whole[:start], *self.own]})

    def _save(
        self, made: dict[str, Any], rounds: "list[Round]", file: Output | None
    ) -> None:
        """Add this turn to the transcript."""
        if self.transcript is None or file is None:
            return
        head = {"settings": settings_of(made, rounds[-1].states[-1].head)}
        head |= {k: made[k] for k in ("model", "agent") if k in made}
        steps = [step for each in rounds for step in each.steps()]
        file.write(self.transcript.grown(head, [*self.own, *steps]))


def _has_input(base: Mapping[str, Any], fields: Iterable[Assignment]) -> str | None:
    """Who names the input that the words of a prompt would be."""
    named = [each.flag for each in fields if each.top == "input"]
    if "input" in base:
        return "--body"
    return named[0] if named else None
