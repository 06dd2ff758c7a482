"""`gi wait`, and whatever else goes on with an interaction that is under way."""

import shlex
from functools import partial

from gi_cli.console import in_a_line
from gi_cli.errors import (
    OF_SERVER,
    ExitCode,
    GiError,
    QuotaReached,
    Stopped,
    Unreachable,
    UsageError,
)
from gi_cli.fetch import fetch
from gi_cli.follow import (
    FIRST_POLL,
    GROWTH,
    LONGEST_POLL,
    Followed,
    Following,
    pause,
)
from gi_cli.lookup import raise_worst
from gi_cli.options.commands import Wait
from gi_cli.output import AtomicFile
from gi_cli.places import local, tail
from gi_cli.run import Run
from gi_cli.session import Kept, Session
from gi_cli.showing import finish_medium, show_event, show_whole
from gi_cli.waits import DeadlineReached
from gi_cli.wire import codec, replay
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import STEP_DELTA, Event
from gi_cli.wire.outcome import judge
from gi_cli.wire.status import is_over, status_of
from gi_cli.wire.told import Told


def wait(run: Run, options: Wait) -> None:
    """Follow each to its end; the worst outcome counts."""
    if not options.ids:
        raise UsageError("there is no ID")
    session = Session(run, options)
    if session.previews(options):
        shown = [session.about("GET", id, shown=True) for id in options.ids]
        session.preview(options, *shown)
        return
    for id in options.ids:  # the key is missed before a file is opened
        session.about("GET", id)
    run.getting = session.command("get")
    run.wait = session.command("wait")
    in_folder = run.format == "text" and (options.out or "").endswith("/")
    if in_folder or len(options.ids) > 1:  # a script's list of ids may hold just one
        Several(run, options, session).go()
        return
    run.open(options, fetch=partial(fetch, session=session))
    with session.sender() as sender:
        state, error = attach(run, Kept(session, sender), options.ids[0])
    session.ledger.set_status(session.origin, state.id, state.status)
    session.ledger.close()
    if error := run.settled(error) or run.complaint():
        raise error


def attach(run: Run, kept: Kept, id: str) -> tuple[Assembler, GiError | None]:
    """Follow an interaction to its end, and show it; raises GiError."""
    run.goes_on = True
    run.show_progress()
    state = Assembler(keep=run.sink.keeps_steps)
    state.head = {"id": id}
    run.report.know(state)

    def show(event: Event) -> None:
        show_event(run, event, state)
        if event.type != STEP_DELTA:
            run.flush()

    followed = Followed(state, Told(), show)
    run.watch_reader(True)
    try:
        return state, Following(run, kept, followed, background=True).go()
    finally:
        run.watch_reader(False)
        finish_medium(run)
        run.report.add(state)


class Several:
    """Interactions that are asked for in turn: one line each, as they end."""

    def __init__(self, run: Run, options: Wait, session: Session) -> None:
        self.run, self.options, self.session = run, options, session
        self.left: list[str] = list(dict.fromkeys(options.ids or ()))
        self.errors: list[GiError] = []
        self._statuses: dict[str, str | None] = {}
        self._runs: dict[str, Run] = {}  # of those whose text goes to a file

    def _refuse(self) -> None:
        """Raise UsageError for what only one interaction can be shown as."""
        run, out = self.run, self.options.out
        for name in ("extract", "citations"):
            if getattr(self.options, name):
                raise UsageError(f"--{name} goes with one ID only")
        if run.format not in ("text", "ndjson"):
            raise UsageError(f"--format {run.format} goes with one ID only")
        if out is not None and (run.format == "ndjson" or not out.endswith("/")):
            raise UsageError("-o: with several IDs it takes a folder, DIR/, and text")
        if out is None and "media_dir" in self.options.given:
            raise UsageError("--media-dir: with several IDs it goes with -o DIR/ only")
        if out is not None and not local(out).is_dir():
            hint = f"mkdir -p {shlex.quote(out)}"
            raise UsageError(f"-o: there is no folder {out}", hints=(hint,))
        run.env.console.require_stdout()

    def _opened(self, id: str) -> Run:
        """A run of its own for the text of one interaction."""
        path = f"{self.options.out}gi-{tail(id)}.md"
        typed = {**vars(self.options), "out": path}
        if self.options.media_dir is None:
            typed["media_dir"] = self.options.out
        run = Run(self.run.env, "text")
        run.configure(Wait(**typed))
        run.open(Wait(**typed), fetch=partial(fetch, session=self.session))
        return run

    def go(self) -> None:
        """Ask for each until all are over, or the deadline comes."""
        self._refuse()
        self.run.show_usage = self.options.usage
        command, self.run.wait = self.run.wait, None  # it is for those that are left
        try:
            if self.options.out:
                for id in self.left:
                    self._runs[id] = self._opened(id)
            with self.session.sender() as sender:
                self._follow(Kept(self.session, sender))
        except (DeadlineReached, Stopped) as late:
            late.hints = (f"{command} {shlex.join(self.left)}",)
            if isinstance(late, Stopped):
                raise
            self.run.env.waits.conclude(late)  # what is left is still told
            for id in self.left:
                self._tell(id, self._statuses.get(id), late)
            self.errors.append(late)
        finally:
            for each in self._runs.values():
                if isinstance(each.output, AtomicFile):
                    each.output.discard()  # what was not closed
        self.session.ledger.close()
        raise_worst(self.run, self.errors)

    def _follow(self, kept: Kept) -> None:
        seconds = FIRST_POLL
        while True:
            for id in [*self.left]:
                if self._is_done(id, kept):
                    self.left.remove(id)
            if not self.left:
                return
            pause(self.run.env.waits, seconds)
            seconds = min(seconds * GROWTH, LONGEST_POLL)

    def _is_done(self, id: str, kept: Kept) -> bool:
        try:
            found = kept.now(id)
        except (Unreachable, QuotaReached) as error:
            if error.retryable:
                return False
            return self._failed(id, error)
        except OF_SERVER as refused:
            return self._failed(id, refused)
        state = Assembler(keep=False)
        self._statuses[id] = status = status_of(found)
        if status is not None and not is_over(status):
            return False
        ended = self._show(id, found, state)
        self.session.ledger.set_status(self.session.origin, id, state.status)
        self._tell(id, state.status, ended)
        if ended:
            ended.message = f"{id}: {ended.message}"
            self.errors.append(ended)
        return True

    def _failed(self, id: str, error: GiError) -> bool:
        self._tell(id, None, error)
        error.message = f"{id}: {error.message}"
        self.errors.append(error)
        return True

    def _show(
        self, id: str, found: dict[str, object], state: Assembler
    ) -> GiError | None:
        """Show what there is of one that is over, and judge it."""
        run = self._runs.get(id)
        for event in replay.events(found, timeline=True):
            state.feed(event)
            if self.run.format == "ndjson":
                line = b'{"interaction_id":%b,"event":%b}\n'
                self.run.write(line % (codec.dumps(id), event.raw.encode()))
        self.run.report.add(state)
        error = judge(state)
        if run is not None:
            shown = Assembler(keep=False)
            show_whole(run, found, shown, timeline=True)
            error = run.settled(error)
            run.close(error, error.exit_code if error else ExitCode.OK)
        return error

    def _tell(self, id: str, status: str | None, error: GiError | None) -> None:
        if self.run.format == "text":
            code = int(error.exit_code) if error else 0
            line = f"{in_a_line(id)}\t{in_a_line(status or '-')}\t{code}\n"
            self.run.write(codec.encode(line))
