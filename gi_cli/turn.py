"""One turn as it was typed: inputs read, body built."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi_cli import assignments, inputs, reading, transcript
from gi_cli.errors import UsageError
from gi_cli.history import Before
from gi_cli.options.ask import Ask
from gi_cli.options.commands import Continue
from gi_cli.request import body
from gi_cli.request.inherit import repeated
from gi_cli.request.merge import Assignment
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.transcript import Transcript

if TYPE_CHECKING:
    from gi_cli.answers import Answers
    from gi_cli.contents import Pending

NO_MODEL = "nothing tells the model of that turn"


class Turn:
    """What the commands have in common that create an interaction."""

    def __init__(self, run: Run, options: Ask) -> None:
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


def _has_input(base: Mapping[str, Any], fields: Iterable[Assignment]) -> str | None:
    """Who names the input that the words of a prompt would be."""
    named = [each.flag for each in fields if each.top == "input"]
    if "input" in base:
        return "--body"
    return named[0] if named else None
