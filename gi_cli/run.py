"""One run of gi: its environment, where its output goes, and what came of it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gi_cli import shape
from gi_cli.config import Config
from gi_cli.console import in_a_line, visible, visible_json
from gi_cli.environment import Environment
from gi_cli.errors import ExitCode, GiError, Incomplete, UsageError, WriteFailed
from gi_cli.options import Options
from gi_cli.options.groups import Formats, Messages, Shown
from gi_cli.output import (
    AtomicFile,
    Output,
    RawFile,
    Stdout,
    is_special,
    to_file,
)
from gi_cli.places import local
from gi_cli.progress import Progress
from gi_cli.request.body import asked, expects_json
from gi_cli.request.message import REDACTED
from gi_cli.sinks import sink
from gi_cli.sinks.sink import Sink
from gi_cli.telling import Telling
from gi_cli.wire import codec
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.medium import MEDIA, Medium

if TYPE_CHECKING:
    from gi_cli.media.gallery import Fetch, Gallery
    from gi_cli.sinks.last import LastText
    from gi_cli.sources import Sources


# How an interaction ended; other codes tell what only this run met.
ENDED = (ExitCode.OK, ExitCode.FAILED, ExitCode.ACTION, ExitCode.INCOMPLETE)


class Run(Telling):
    """What a command works with. `format` is known before any flag is judged."""

    def __init__(self, env: Environment, format: str) -> None:
        super().__init__(env, format)
        self.show_usage = self.show_thoughts = False
        self.output: Output = Stdout(env.console)
        self.events_file: RawFile | None = None
        self.uploaded: list[str] = []  # names that a run without success tells
        self.late: GiError | None = None  # failed on the side, told at the end
        self.on_stdout = True
        self.argv: Sequence[str] = ()
        self.literal_words = 0  # how many words of the command line stood behind `--`
        self.config = Config()
        self.faults: dict[str, UsageError] = {}  # of what a command examines
        self.sink = sink(format)
        self._new_sink: Callable[[], Sink] = Sink
        self.detach = False  # the id is all that is waited for
        self.gallery: Gallery | None = None  # where media are saved
        self.sources: Sources | None = None  # what is cited
        self.progress: Progress | None = None  # for people who watch
        self.wanted: str | None = None  # the medium that the answer has to have
        self._beside: str | None = None  # the file that references stand in
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
            self.format = shape.format_of(options)
            self.sink = sink(self.format)

    def open(
        self,
        options: Shown,
        body: Mapping[str, Any] = MappingProxyType({}),
        *,
        fetch: "Fetch | None" = None,
    ) -> None:
        """Open every file and check stdout, so that no paid answer meets a bad path.

        `body` is the request, where there is one: it says what the answer has to be.
        `fetch` gets media that the service only names.
        """
        wanted = shape.shape_of(options, self.format, body)
        self.show_usage = options.usage
        out = None if options.names_pictures else options.out
        shape.require_distinct(options, out)
        self._open_gallery(options, body, fetch)
        self._open_aside(options)
        if out in (None, "-"):
            self.env.console.require_stdout()
        else:
            self.output = to_file(
                str(out), "-o", self.env.waits, no_clobber=options.no_clobber
            )
            self.on_stdout = False
            self._beside = None if is_special(str(out), "-o") else out
        if expects_json(body):
            from gi_cli.sinks.last import LastText

            self.last = LastText()
        tty = self.on_terminal
        self._new_sink = lambda: shape.shaped(wanted, self._named, tty=tty)
        self.sink = self._new_sink()

    @property
    def on_terminal(self) -> bool:
        """Tell whether people see the payload as it comes."""
        if isinstance(self.output, RawFile):
            return self.output.is_terminal
        return self.on_stdout and self.env.console.stdout_tty

    def _open_aside(self, options: Shown) -> None:
        """Open what is written beside the payload."""
        if events := getattr(options, "save_events", None):
            self.events_file = RawFile(local(events), "--save-events", self.env.waits)
        if sources := getattr(options, "sources_file", None):
            from gi_cli.sources import Sources

            self.sources = Sources(AtomicFile(local(sources), "--sources"))

    def _open_gallery(
        self, options: Shown, body: Mapping[str, Any], fetch: "Fetch | None"
    ) -> None:
        """Prepare the places for media, where they are saved."""
        kinds = asked(body)
        placed = options.names_pictures or options.saves_beside or options.media_dir
        if not (placed or {*kinds} & {*MEDIA}):
            return
        from gi_cli.media.gallery import Gallery
        from gi_cli.media.plan import plan

        if planned := plan(options, body, self.env.console):
            keeps = self.sink.keeps_steps
            self.gallery = Gallery(planned, self.say, fetch, keeps=keeps)
            self.report.files = self.gallery.files
            self.report.saved = self.gallery.kept
            only = kinds[0] if kinds and {*kinds} <= {*MEDIA} else None
            self.wanted = "image" if options.names_pictures else only

    def _named(self, medium: Medium) -> str:
        """What stands in text for a medium."""
        from gi_cli.media.shown import placeholder, reference

        if medium.file:
            return reference(medium.kind, medium.file, self._beside)
        if not (self.report.ids and self.getting):
            return placeholder(medium, "not saved")
        id = in_a_line(shlex.quote(self.report.ids[-1]))
        return placeholder(medium, f"gi get {id} --media-dir DIR")

    def undelivered(
        self, states: Sequence[Assembler], *, kept: bool, had: int = 0
    ) -> GiError | None:
        """What an answer lacks although it is complete: the medium that was asked for
        (`had` were there before), or one that text could only name and nobody keeps."""
        if self.wanted and self.delivered() == had:
            self._show_left_out()
            return Incomplete(f"the answer has no {self.wanted}")
        unsaved = self.gallery is None and any(each.media for each in states)
        if self.format != "text" or kept or not unsaved:
            return None
        lost = "the answer has media that were not saved, and the service keeps none"
        return Incomplete(lost, hints=("--media-dir DIR saves them",))

    def delivered(self) -> int:
        """How many media of the kind that the answer has to have are saved."""
        return self.gallery.saved.count(self.wanted) if self.gallery else 0

    def settled(self, error: GiError | None) -> GiError | None:
        """How it ended, if not every medium could be saved; one error has the last
        word, and the other is told as well."""
        problem = self.gallery.error() if self.gallery else None
        self.media_failed = self.media_failed or problem is not None
        if error and problem:
            self.say(f"gi: {problem.message}")
        return error or problem

    def show_id(self, id: str) -> None:
        """The id is the payload: --detach."""
        if self.format == "text":
            shown = visible(id) if self.on_terminal else id
            self.write(codec.encode(f"{shown}\n"))

    def restart(self) -> bool:
        """Begin the payload anew, where nobody has read it yet; tell whether that is
        possible."""
        if isinstance(self.output, AtomicFile):
            self.output.restart()
        elif self.format != "json":
            return False
        if self.format != "sse":  # raw bytes are what they are
            self.sink = self._new_sink()
        if self.sources:
            self.sources.restart()
        return True

    def watch_reader(self, on: bool) -> None:
        """Notice that nobody reads stdout any more, while the server is silent."""
        wanted = on and (self.on_stdout or self.progress)
        self.env.waits.watch = self._look if wanted else None

    def _look(self) -> None:
        if self.on_stdout:
            self.env.console.require_reader()
        if self.progress:
            self.progress.tick()

    def show_progress(self) -> None:
        """Show people on a terminal how far it is."""
        console = self.env.console
        self.progress = Progress(console, self.env.clock, shown=not self.quiet)

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
            self.write(ready)
        if not self.quiet and (aside := self.sink.aside()):
            for line in aside.splitlines():
                self.env.console.report(self.redacted(line))

    def _is_to_come(self, code: int) -> bool:
        """Tell whether the text is made elsewhere, and half of it is not worth what a
        file holds."""
        there = self.goes_on and bool(self.report.ids) and self.format == "text"
        return there and code not in (*ENDED, ExitCode.WRITE)

    def close(self, error: GiError | None, code: int) -> None:
        """Write the end of the output and make it last."""
        record = self.record(error) if error else None
        end = self.sink.close(self.report.result(record, code), self.report.document())
        to_come = self._is_to_come(code)
        try:
            if to_come and isinstance(self.output, AtomicFile):
                self.output.discard()
            elif end:
                self.write(end)
            self.output.commit()
            if self.sources:
                self.sources.close(whole=not to_come)
        finally:
            if self.events_file:
                self.events_file.commit()

    def write(self, data: bytes) -> None:
        """Write what a sink made; JSON may repeat what a server echoed, and hold what
        acts on a terminal."""
        if self.format in ("ndjson", "json"):
            data = visible_json(data) if self.on_terminal else data
            for secret in sorted(self.secrets, key=len, reverse=True):
                data = data.replace(secret.encode(), REDACTED.encode())
        self.output.write(data)

    def complaint(self) -> GiError | None:
        """What the output lacks, or what failed on the side; the text that it left out
        is told on stderr."""
        error = self.sink.complaint()
        if self.last and not error:
            return self.last.complaint() or self.late
        if error:
            self._show_left_out()
        return error or self.late

    def _show_left_out(self) -> None:
        for line in self.sink.left_out().splitlines():
            self.env.console.report(self.redacted(line))
