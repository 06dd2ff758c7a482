"""One run of gi: its environment, where its output goes, and what came of it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gi_cli.config import Config
from gi_cli.console import Console
from gi_cli.errors import ExitCode, GiError, UsageError, WriteFailed
from gi_cli.options import Options
from gi_cli.options.groups import Formats, Messages
from gi_cli.options.groups import Output as OutputOptions
from gi_cli.output import Output, RawFile, Stdout, distinct, to_file
from gi_cli.places import local
from gi_cli.report import Report
from gi_cli.request.body import expects_json
from gi_cli.request.message import REDACTED
from gi_cli.sinks import FORMATS, sink, text_sink
from gi_cli.waits import Clock, Waits
from gi_cli.wire import codec

if TYPE_CHECKING:
    import httpx

    from gi_cli.request.calls import Call
    from gi_cli.sinks.last import LastText

WAITING = (ExitCode.NETWORK, ExitCode.RUNNING, ExitCode.WRITE)
TOOL_USERS = {"tools", "agent"}  # what may lead to more than one text
FILES = ("save_events", "id_file", "transcript")


@dataclass(frozen=True)
class Environment:
    """Everything of the process that gi touches; tests give their own."""

    console: Console
    environ: Mapping[str, str]
    clock: Clock
    waits: Waits
    transport: "httpx.BaseTransport | None" = None


class Run:
    """What a command works with. `format` is known before any flag is judged."""

    def __init__(self, env: Environment, format: str) -> None:
        self.env = env
        self.format = format
        self.report = Report()
        self.secrets: set[str] = set()  # nowhere, not even in an answer
        self.hidden: set[str] = set()  # in no message; an answer may hold such words
        self.quiet = self.verbose = self.json_errors = False
        self.show_usage = self.show_thoughts = False
        self.output: Output = Stdout(env.console)
        self.events_file: RawFile | None = None
        self.answer: str | None = None  # the command that answers calls left open
        self.uploaded: list[str] = []  # names that a run without success tells
        self.late: GiError | None = None  # failed on the side, told at the end
        self.on_stdout = True
        self.argv: Sequence[str] = ()
        self.literal_words = 0  # how many words of the command line stood behind `--`
        self.config = Config()
        self.fetch: str | None = None  # the command that shows a stored interaction
        self.sink = sink(format)
        self.last: LastText | None = None  # of an answer that has to be JSON

    def configure(self, options: Options) -> None:
        """Take over what the flags say of format and messages; raises UsageError."""
        if isinstance(options, Messages):
            self.quiet, self.verbose = options.quiet, options.verbose
            known = (None, "text", "json")
            if options.error_format not in known:
                wrong = f"--error-format: {options.error_format!r}"
                raise UsageError(f"{wrong} is neither text nor json")
            self.json_errors = options.error_format == "json"
        if isinstance(options, Formats):
            self.format = _format(options)
            self.sink = sink(self.format)

    def open(
        self,
        options: OutputOptions,
        placeholder: Callable[[dict[str, Any]], str],
        body: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Open every file and check stdout, so that no paid answer meets a bad path.

        `body` is the request, where there is one: it says what the answer has to be.
        """
        _check(options, self.format)
        if expects_json(body) and (options.extract or options.citations):
            flag = "--extract" if options.extract else "--citations"
            raise UsageError(f"{flag} and --schema contradict each other: give one")
        self.show_usage = options.usage
        others = {name: getattr(options, name, None) for name in FILES}
        flags = {f"--{name.replace('_', '-')}": path for name, path in others.items()}
        inputs = (
            each.partition(";type=")[0] for each in getattr(options, "input", ()) or ()
        )
        distinct({"-o": options.out, **flags}, read=inputs)
        if events := others["save_events"]:
            self.events_file = RawFile(local(events), "--save-events", self.env.waits)
        if options.out in (None, "-"):
            self.env.console.require_stdout()
        else:
            self.output = to_file(
                str(options.out), "-o", self.env.waits, no_clobber=options.no_clobber
            )
            self.on_stdout = False
        self.sink = sink(self.format)
        if expects_json(body):
            from gi_cli.sinks.last import LastText

            self.last = LastText()
        if self.format == "text":
            self.sink = text_sink(
                placeholder=placeholder,
                tty=self.on_stdout and self.env.console.stdout_tty,
                extract=options.extract,
                citations=options.citations,
                last=self.last is not None and bool(body.keys() & TOOL_USERS),
            )

    def watch_reader(self, on: bool) -> None:
        """Notice that nobody reads stdout any more, while the server is silent."""
        wanted = on and self.on_stdout
        self.env.waits.watch = self.env.console.require_reader if wanted else None

    def received(self, chunk: bytes) -> None:
        """Take the raw bytes of a stream."""
        self.sink.received(chunk)
        self.keep(chunk)

    def keep(self, chunk: bytes) -> None:
        """Add raw bytes to the file of --save-events."""
        if self.events_file and not self.late:
            try:
                self.events_file.write(chunk)
            except WriteFailed as error:  # the answer itself goes on
                self.late = error

    def flush(self) -> None:
        """Write what the sink has ready."""
        if ready := self.sink.take():
            self._write(ready)

    def close(self, error: GiError | None, code: int) -> None:
        """Write the end of the output and make it last."""
        record = self.record(error) if error else None
        end = self.sink.close(self.report.result(record, code), self.report.document())
        try:
            if end:
                self._write(end)
            self.output.commit()
        finally:
            if self.events_file:
                self.events_file.commit()

    def _write(self, data: bytes) -> None:
        """Write what a sink made; JSON may repeat what a server echoed."""
        if self.format in ("ndjson", "json"):
            for secret in sorted(self.secrets, key=len, reverse=True):
                data = data.replace(secret.encode(), REDACTED.encode())
        self.output.write(data)

    def record(self, error: GiError) -> dict[str, Any]:
        """Give the error as JSON, without secrets."""
        record = error.record()
        hints = [self.redacted(hint) for hint in record["hints"]]
        return {**record, "message": self.redacted(record["message"]), "hints": hints}

    def tell(self, error: GiError) -> None:
        """Show an error on stderr, as text or as JSON."""
        console, ids = self.env.console, self.report.ids
        if self.json_errors:
            record = {**self.record(error), "interaction_id": ids[-1] if ids else None}
            console.report(codec.dumps({"error": record}).decode())
            return
        console.report(self.redacted(f"gi: error: {error.message}"))
        for hint in self.hints(error):
            console.report(self.redacted(f"gi: hint: {hint}"))

    def leave(self, calls: "Sequence[Call]") -> None:
        """Show calls that nobody answers: in `gi.result`, where text is shown to
        people."""
        self.report.calls = [call.record() for call in calls]
        for call in calls if self.format == "text" else ():
            line = f"gi: call {call.id}: {call.name} {call.text}"
            self.env.console.report(self.redacted(line))

    def complaint(self) -> GiError | None:
        """What the output lacks; the text that it left out is told on stderr."""
        error = self.sink.complaint()
        if self.last and not error:
            return self.last.complaint()
        if error:
            for line in self.sink.left_out().splitlines():
                self.env.console.report(self.redacted(line))
        return error

    def hints(self, error: GiError) -> tuple[str, ...]:
        """What people may do next; where an answer may wait, how to get it.

        `gi.result` has the id instead: `gi render` shows the same record anywhere.
        """
        ids = self.report.ids
        if self.answer and error.exit_code == ExitCode.ACTION:
            return (*error.hints, self.answer)
        if self.fetch is None or not ids or error.exit_code not in WAITING:
            return error.hints
        return (*error.hints, f"{self.fetch} {shlex.quote(ids[-1])}")

    def redacted(self, text: str) -> str:
        """The text without any secret that it may echo."""
        for secret in sorted(self.secrets | self.hidden, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text

    def say(self, line: str) -> None:
        """Show a line on stderr unless -q."""
        if not self.quiet:
            self.env.console.report(self.redacted(line))

    def log(self, line: str) -> None:
        """Show a line on stderr with -v."""
        if self.verbose:
            self.env.console.report(self.redacted(line))


def _format(options: Formats) -> str:
    """The format that the flags name; raises UsageError for two, or an unknown one."""
    names = [name for name in ("ndjson", "json", "sse") if getattr(options, name)]
    flags = [f"--{name}" for name in names]
    if options.format is not None:
        if options.format not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: {options.format!r} is none of {known}")
        names, flags = [*names, options.format], [*flags, f"--format {options.format}"]
    if len(set(names)) > 1:
        raise UsageError(f"{flags[0]} and {flags[1]} contradict each other: give one")
    return names[0] if names else "text"


def _check(options: OutputOptions, format: str) -> None:
    """Refuse what only text can do in another format."""
    for flag in ("extract", "citations"):
        if getattr(options, flag) and format != "text":
            raise UsageError(f"--{flag} goes with --format text only")
    if options.extract and options.citations:
        raise UsageError("--extract and --citations contradict each other: give one")
