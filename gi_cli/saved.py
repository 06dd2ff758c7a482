"""`gi render`: a saved stream (SSE, NDJSON or JSON) through the same sinks."""

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

from gi_cli.errors import (
    OF_SERVER,
    Empty,
    ExitCode,
    GiError,
    Incomplete,
    UsageError,
)
from gi_cli.exchange import uncontinued
from gi_cli.follow import Followed, deliver
from gi_cli.options.commands import Render
from gi_cli.receiving import end_of, started
from gi_cli.request.calls import call_of
from gi_cli.run import Run
from gi_cli.showing import finish_medium, show_event, show_whole
from gi_cli.sinks.ndjson import RESULT as FUNCTION_RESULT
from gi_cli.transport.stream import Tap, decoded
from gi_cli.wire import codec, failure, legacy, replay
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.events import (
    COMPLETED,
    CREATED,
    RECOVERED,
    UNPARSED,
    Event,
    decode,
)
from gi_cli.wire.status import REQUIRES_ACTION, REQUIRES_CONTINUATION
from gi_cli.wire.told import Told

CHUNK = 1 << 16
RESULT = "gi.result"
GOES_ON = (REQUIRES_CONTINUATION, REQUIRES_ACTION)
SSE = b"event: %b\ndata: %b\n\n"
END = b"event: done\ndata: [DONE]\n\n"
BEGINNINGS = (CREATED, "interaction.start")


def render(run: Run, options: Render) -> None:
    """Show what a file holds, and end as the run that wrote it."""
    name = options.file or "-"
    if name == "-" and not run.env.console.stdin_offered:
        raise UsageError("there is no FILE")
    chunks = _chunks(run, name)
    first = next(chunks, b"")
    run.open(options)
    saved = Saved(run)
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    try:
        if start == b"{":
            saved.lines(chain((first,), chunks))
        else:
            saved.stream(chain((first,), chunks))
    finally:
        finish_medium(run)
    error = saved.error()
    if error := error or run.complaint():
        raise error


def _chunks(run: Run, name: str) -> Iterator[bytes]:
    """The file's bytes as they come, in pieces."""
    if name == "-":
        yield from iter(run.env.console.read_some, b"")
        return
    try:
        with run.env.waits:  # a FIFO may have no writer yet, or a slow one
            number = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        while chunk := _read(run, number):
            yield chunk
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from error
    os.close(number)


def _read(run: Run, number: int) -> bytes:
    with run.env.waits:
        return os.read(number, CHUNK)


class Saved:
    """The interactions of a file, one after another."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.states: list[Assembler] = []
        self._told: failure.Failure | None = None
        self._shown = Told()  # of the last of them
        self._other: GiError | None = None  # that the stored state made of it
        self._result: dict[str, Any] = {}

    def stream(self, chunks: Iterator[bytes]) -> None:
        """Show server-sent events."""
        tap = Tap(chunks, self.run.env.waits, self.run.received, self.run.flush)
        for event in decoded(tap):
            self._add(event)
        self._told = failure.find(tap.residue())

    def lines(self, chunks: Iterator[bytes]) -> None:
        """Show NDJSON, or one JSON document."""
        batches = _lines(chunks)
        first = next(batches, [b""])
        if not _is_event(first[0]):
            rest = [line for batch in batches for line in batch]
            self._document(b"\n".join([*first, *rest]))
            return
        for batch in chain((first,), batches):
            for line in batch:
                self._line(line)
            self.run.flush()

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        event = decode("", line.decode("utf-8", "replace"))
        if event.type == RESULT:
            self._result = event.data
            self.run.report.offline = bool(event.data.get("offline"))
            return
        if event.type == FUNCTION_RESULT:
            self._answered(event.data)
            return
        if event.type == UNPARSED and isinstance(event.data.get("data"), str):
            event = Event(event.type, {}, event.data["data"], portable=False)
        name = codec.encode(" ".join(event.type.split()))  # `data` has it exactly
        self.run.sink.received(SSE % (name, codec.encode(event.raw)))
        if event.type == COMPLETED:  # NDJSON leaves the end mark out
            self.run.sink.received(END)
        self._add(event)

    def _answered(self, data: dict[str, Any]) -> None:
        """Show the result of a call, which is gi's own."""
        record = {k: v for k, v in data.items() if k != "event_type"}
        step = {"type": "function_result", **record}
        self.run.sink.result(step)
        step.pop("interaction_id", None)
        self.run.report.answered(step)

    def _document(self, data: bytes) -> None:
        """Show a whole interaction; what gi added to it is not the server's."""
        try:
            value = codec.loads(data)
        except ValueError as error:
            raise UsageError(f"the file is no stream of events: {error}") from error
        if not isinstance(value, dict):
            raise UsageError("the file is no interaction")
        result = value.pop("gi", None)
        self._result = result if isinstance(result, dict) else {}
        if self._result and not value:
            return  # a run that failed before there was an answer
        self.run.sink.whole(value)
        self._whole(value)

    def _whole(self, interaction: dict[str, Any]) -> None:
        """Show an interaction in one piece: the answer of a POST or of a GET."""
        whole = legacy.interaction(interaction)
        timeline = any(s.get("type") == "user_input" for s in replay.steps_of(whole))
        show_whole(self.run, whole, self._next(), timeline=timeline)

    def _next(self) -> Assembler:
        """Begin the next interaction, and end the one before."""
        if self.states:
            self.run.report.add(self.states[-1])
            self.run.sink.next_response()
        state = Assembler(keep=self.run.sink.keeps_steps)
        self.states.append(state)
        self._shown, self._other = Told(), None
        return state

    def _add(self, event: Event) -> None:
        if event.type == RECOVERED:
            self._recovered(event.data)
            return
        if not self.states or (event.type in BEGINNINGS and self._is_next(event)):
            self._next()
        if fresh := self._shown.fresh(event):
            show_event(self.run, fresh, self.states[-1])

    def _recovered(self, found: dict[str, Any]) -> None:
        """Show what GET has told: all of it, or what a stream before it lacks."""
        state = self.states[-1] if self.states else None
        if state is None or not state.id or found.get("id") != state.id:
            self._whole(found)
            return

        def show(event: Event) -> None:
            show_event(self.run, event, state)

        followed = Followed(state, self._shown, show)
        ended = deliver(self.run, followed, found, again=True)
        self._other = ended if isinstance(ended, Incomplete) else None

    def _is_next(self, event: Event) -> bool:
        """Tell whether another response of the same run begins: a continuation, or the
        answer to the results of calls. Unstored interactions all have the id ""."""
        last = self.states[-1]
        inner = event.data.get("interaction")
        named = inner.get("id") if isinstance(inner, dict) else None
        goes_on = last.status in GOES_ON or bool(last.unanswered())
        other = bool(named and named != last.id)
        return (last.completed and (goes_on or other)) or bool(last.id and other)

    def error(self) -> GiError | None:
        """How the last interaction ended: as the saved result says, or as it looks."""
        recorded = _recorded(self._result)
        if not self.states:
            raise recorded or UsageError("there is no event in the file")
        state = self.states[-1]
        self.run.report.add(state)
        ended = self._other or started(end_of(state, None, self._told), state)
        error = None if self._result.get("exit_code") == 0 else recorded or ended
        if isinstance(error, Empty) and len(self.states) > 1:
            error = None  # the calls before it were answered
        if error and error.exit_code == ExitCode.ACTION:
            waiting = state.unanswered_steps()
            self.run.leave([call_of(each.settle(), each.arguments) for each in waiting])
        if len(self.states) > 1 and isinstance(error, OF_SERVER):
            return error if state.completed else uncontinued(error)
        kept = bool(state.id)
        lost = self.run.undelivered(self.states, kept=kept)
        return self.run.settled(error) or lost


def _lines(chunks: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The lines that each chunk completes, without their ends; at least one each."""
    partial: list[bytes] = []
    for chunk in chunks:
        head, *more = chunk.split(b"\n")
        partial.append(head)
        if more:
            yield [b"".join(partial), *more[:-1]]
            partial = [more[-1]]
    if any(partial):
        yield [b"".join(partial)]


def _is_event(line: bytes) -> bool:
    """Tell whether a line is an object that names its event."""
    return b'"event_type"' in line and line.rstrip().endswith(b"}")


def _recorded(result: dict[str, Any]) -> GiError | None:
    """The error that a saved gi.result tells."""
    code, told = result.get("exit_code"), result.get("error")
    if type(code) is not int or not code or not isinstance(told, dict):
        return None
    return RecordedError(code, told) if code in [*ExitCode] else None


class RecordedError(GiError):
    """An error as a saved gi.result tells it."""

    def __init__(self, code: int, told: dict[str, Any]) -> None:
        found = told.get("hints")
        hints = [str(hint) for hint in found] if isinstance(found, list) else []
        super().__init__(str(told.get("message")), hints=hints)
        self._code, self._told = ExitCode(code), {**told, "hints": hints}

    @property
    def exit_code(self) -> ExitCode:
        """The code of the run that was saved."""
        return self._code

    def record(self) -> dict[str, Any]:
        """Give the error as it was saved."""
        return {**super().record(), **self._told}
