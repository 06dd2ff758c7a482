"""A turn of several requests: the model calls, gi answers, until there is an answer."""

import os
import shlex
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gi_cli.errors import (
    OF_SERVER,
    ActionRequired,
    Empty,
    Failed,
    GiError,
    WriteFailed,
)
from gi_cli.exchange import converse
from gi_cli.places import state_folder, tail
from gi_cli.receiving import Recorder, Service
from gi_cli.request.calls import Call, Result, call_of, follow_up
from gi_cli.request.message import Message
from gi_cli.session import Kept, Session
from gi_cli.transport.send import Sender
from gi_cli.wire import codec
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.failure import tell_earlier

if TYPE_CHECKING:
    from gi_cli.calls import Answering

FEW = 3  # hints about calls, more would not be read

Json = dict[str, Any]


class Round(NamedTuple):
    """The states of one request and its continuations, and the results sent for it."""

    states: list[Assembler]
    results: list[Result]

    @property
    def id(self) -> str:
        """The interaction that the results are for."""
        return self.states[-1].id

    def calls(self) -> list[Call]:
        """The calls that wait for a result."""
        waiting = [step for s in self.states for step in s.unanswered_steps()]
        calls = [call_of(step.settle(), step.arguments) for step in waiting]
        return [call for n, call in enumerate(calls) if call not in calls[:n]]

    def steps(self) -> list[Any]:
        """What was generated, as it is sent back, and the results."""
        said = [step for state in self.states for step in state.returned()]
        return [*said, *(result.step() for result in self.results)]


class Carried(NamedTuple):
    """Results on their way, and the interaction that they are for."""

    id: str
    results: list[Json]


class Turns:
    """The requests of one turn. `keep` keeps whole steps, to send them back;
    `stored` says that the service keeps the interactions."""

    def __init__(
        self,
        session: Session,
        sender: Sender,
        recorder: Recorder,
        answering: "Callable[[], Answering]",
        *,
        keep: bool,
        stored: bool,
    ) -> None:
        self.run, self.session = session.run, session
        kept = Kept(session, sender) if stored else None
        self.service = Service(sender, recorder, kept)
        self._find_answering = answering
        self.keep, self.stored = keep, stored
        self.rounds: list[Round] = []
        self.carried = Carried("", [])  # by the request under way

    @cached_property
    def answering(self) -> "Answering":
        """Who answers; not needed by most turns."""
        return self._find_answering()

    def go(self, message: Message, said: Sequence[Any]) -> GiError | None:
        """Send, and answer calls for as long as there are any.

        `said` are the steps of the request's input. Gives how it all ended. Raises
        GiError where there was no answer; results that could not be sent are kept.
        """
        said = list(said)
        while True:
            error = self._exchange(message)
            last = self.rounds[-1]
            calls = last.calls()
            if not isinstance(error, ActionRequired) or not calls:
                return self._settled(error)
            if why := ambiguous(calls):
                error.message += f"; {why}"
                return self._unanswered(calls, error)
            if len(self.rounds) > self.answering.limits.rounds:
                return self._given_up(calls, error)
            try:
                self._answer(calls, last)
            except ActionRequired as refused:
                error.message = refused.message or error.message
                error.hints += refused.hints
                return self._unanswered(calls, error)
            except GiError as stopped:
                self._keep(stopped, Carried(last.id, self._done()))
                raise
            said += last.steps()
            message = self._next(message, last, said)

    def answer_left(
        self, calls: list[Call], id: str, given: list[Json]
    ) -> list[Result]:
        """Answer the calls of an earlier turn for which no result was `given`."""
        try:
            results = self.answering.answer(calls, id)
        except ActionRequired as refused:
            names = ", ".join(shlex.quote(call.name) for call in calls)
            error = ActionRequired(
                refused.message or f"no result was given for a call of {names}",
                hints=refused.hints,
            )
            raise self._unanswered(calls, error, id) from refused
        except GiError as stopped:
            self._keep(stopped, Carried(id, [*given, *self._done()]))
            raise
        self.carried = Carried(id, [*given, *(each.step() for each in results)])
        return results

    def _done(self) -> list[Json]:
        return [result.step() for result in self.answering.done]

    def _exchange(self, message: Message) -> GiError | None:
        """One request; results that it brought and that nobody took are kept."""
        if self.rounds:
            self.run.sink.next_response()
        try:
            states, error = converse(self.run, self.service, message, keep=self.keep)
        except GiError as failed:
            tell_earlier(failed, (message.body or {}).get("previous_interaction_id"))
            if not self._landed():
                self._keep(failed, self.carried, message)
            raise
        begun = any(state.head for state in states)
        broken = isinstance(error, OF_SERVER) and not self.stored
        if error and (not begun or broken or isinstance(error, Failed)):
            self._keep(error, self.carried, message)
        self.rounds.append(Round(states, []))
        return error

    def _landed(self) -> bool:
        """Tell whether the service has the results, and will tell what came of them:
        then sending them again would start paid work twice."""
        ids = self.run.report.ids
        return self.stored and bool(ids) and ids[-1] != self.carried.id

    def _next(self, message: Message, last: Round, said: list[Any]) -> Message:
        results = [result.step() for result in last.results]
        self.carried = Carried(last.id, results)
        body = follow_up(message.body or {}, last.id, said[: -len(results)], results)
        return message._replace(body=body)

    def _answer(self, calls: list[Call], last: Round) -> None:
        """Find the results, and show them in all formats that do."""
        self.run.watch_reader(True)
        try:
            last.results[:] = self.answering.answer(calls, last.id)
        finally:
            self.run.watch_reader(False)
        for result in last.results:
            step = result.step()
            self.run.report.answered(step)
            self.run.sink.result({"interaction_id": last.id or None, **step})
        self.run.flush()

    def _settled(self, error: GiError | None) -> GiError | None:
        """Without a last word the run has still done what it was for."""
        answered = any(each.results for each in self.rounds)
        shown = any(s.delivered for each in self.rounds for s in each.states)
        return None if isinstance(error, Empty) and (answered or shown) else error

    def _given_up(self, calls: list[Call], error: GiError) -> GiError:
        most = self.answering.limits.rounds
        error.message += f"; calls were answered {most} times (--max-rounds)"
        return self._unanswered(calls, error)

    def _unanswered(
        self, calls: list[Call], error: GiError, id: str | None = None
    ) -> GiError:
        """Show the calls, and how they are answered from anywhere."""
        self.run.leave(calls)
        command = self._continue(self.rounds[-1].id if id is None else id)
        if command and not ambiguous(calls):
            given = [f"--result {shlex.quote(f'{c.id}=VALUE')}" for c in calls[:FEW]]
            more = " ..." if len(calls) > FEW else ""
            self.run.answer = f"{command} {' '.join(given)}{more}"
        return error

    def _continue(self, id: str) -> str | None:
        """The command that goes on from an interaction, if one can."""
        if not id or not self.stored:
            return None
        return f"{self.session.command('continue')} --id {shlex.quote(id)}"

    def _keep(
        self, error: GiError, carried: "Carried", message: Message | None = None
    ) -> None:
        """Put results that were not delivered into a file, and tell how to send them.

        No command runs twice for one call.
        """
        if not carried.results:
            return
        command = self._continue(carried.id)
        flag, value = "--results", codec.dumps(carried.results, indent=True)
        if command is None:
            if message is None:
                return
            command, flag = self.session.command("create"), "--body"
            value = codec.dumps(message.body)
        name = f"gi-results-{tail(carried.id)}.json"
        try:
            path = write_new(Path(name), value)
        except WriteFailed:  # of this folder; the state has one too
            folder = state_folder(self.run.env.environ)
            try:
                folder.mkdir(0o700, parents=True, exist_ok=True)
                path = write_new(folder / name, value)
            except (OSError, WriteFailed) as failed:
                error.message += f"; the results of the calls are lost: {failed}"
                return
        name = f"@{path}" if flag == "--body" else str(path)
        error.message += f"; the results of the calls are kept in {path}"
        error.hints = (*error.hints, f"{command} {flag} {shlex.quote(name)}")


def ambiguous(calls: Sequence[Call]) -> str | None:
    """Why a result could not be matched to its call."""
    ids = [call.id for call in calls]
    if not all(ids):
        return "a call without an id cannot be answered"
    if len({*ids}) < len(ids):
        return "two calls share an id, so neither can be answered"
    return None


def write_new(path: Path, data: bytes) -> Path:
    """Write a file that only its owner reads, under a name that is free; all of it, or
    nothing. Raises WriteFailed."""
    free, number = path, 1
    while True:
        try:
            fd = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            break
        except FileExistsError:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")
        except OSError as error:
            raise WriteFailed(f"{free}: {error.strerror}") from error
    try:
        with open(fd, "wb") as file:
            file.write(data + b"\n")
    except OSError as error:
        free.unlink(missing_ok=True)
        raise WriteFailed(f"{free}: {error.strerror}") from error
    return free
