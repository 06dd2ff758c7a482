"""Answers the function calls of a turn: with commands, or with a person's words.

A model's text never meets a shell: the command is the user's own, the arguments go to
its stdin. First everybody who has to be asked is asked, then commands run, so that a
`q` leaves nothing half done.
"""

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gi_cli import reading, terminal
from gi_cli.errors import ActionRequired, UsageError
from gi_cli.inputs import text_of
from gi_cli.key import VARIABLES
from gi_cli.options.calls import Calls as Options
from gi_cli.programs import Ended, Program, environment, run_all
from gi_cli.request import tools
from gi_cli.request.calls import (
    Call,
    Result,
    objection,
    printed_result,
    text_result,
)
from gi_cli.run import Run
from gi_cli.settings import duration
from gi_cli.terminal import Choice, Terminal, Typed
from gi_cli.waits import Waits

MAX_ROUNDS, MAX_JOBS = 16, 64
TIMEOUT, LIMIT = 60.0, 1 << 20  # seconds, bytes
SHORTEST_KEY = 8  # characters; a shorter one is part of other words
SIZE = re.compile(r"(\d+)([kM]?)(?:i?B)?", re.ASCII | re.IGNORECASE)
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
SKIPPED = "The user declined to answer this call."
AGREE = "--no-confirm runs commands without asking"
STOPPED = "the calls were left unanswered"

Json = dict[str, Any]


class Command(NamedTuple):
    """What answers a function, and whether a person has to agree each time."""

    argv: tuple[str, ...]
    confirm: bool


class Limits(NamedTuple):
    """How often, how long, how much, how many."""

    rounds: int
    timeout: float | None
    output: int
    jobs: int


def limits(options: Options) -> Limits:
    """The limits as they were set; raises UsageError."""
    return Limits(
        _count("--max-rounds", options.max_rounds, MAX_ROUNDS, least=0),
        duration("--call-timeout", options.call_timeout, TIMEOUT),
        _size("--call-output-limit", options.call_output_limit),
        min(_count("--call-jobs", options.call_jobs, 1, least=1), MAX_JOBS),
    )


def _count(flag: str, value: int | None, default: int, *, least: int) -> int:
    if value is not None and value < least:
        raise UsageError(f"{flag}: {value} is less than {least}")
    return default if value is None else value


def _size(flag: str, text: str | None) -> int:
    if text is None:
        return LIMIT
    found = SIZE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise UsageError(f"{flag}: {text!r} is not a size like 4096, 64k or 2M")
    return int(found[1]) * UNITS[found[2].lower()]


def commands(
    options: Options, beside: Mapping[str, Path], path: str | None
) -> dict[str, Command]:
    """The command of each function: of --exec, looked for in the folders of `path`,
    else `beside` its declaration."""
    ask = options.confirm
    found = {
        name: Command((str(path),), confirm=ask is not False)
        for name, path in beside.items()
    }
    typed: set[str] = set()
    for text in options.exec or ():
        name, equals, command = text.partition("=")
        try:
            argv = tuple(shlex.split(command))
        except ValueError as error:
            raise UsageError(f"--exec {name}: {error}") from error
        if not (name and equals and argv):
            raise UsageError(f"--exec: {text!r} is not NAME=COMMAND")
        if name in typed:
            raise UsageError(f"--exec: {name} is given twice")
        if not shutil.which(argv[0], path=path):
            raise UsageError(f"--exec {name}: {argv[0]} is no program that can be run")
        typed.add(name)
        found[name] = Command(argv, confirm=ask is True)
    return found


def require_declared(options: Options, declared: Sequence[str]) -> None:
    """Refuse a command that no call could ever reach."""
    for text in options.exec or ():
        name = text.partition("=")[0]
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise UsageError(
                f"--exec: {name} is not declared; declared functions: {known}",
                hints=("--function JSON|@FILE declares one",),
            )


def in_folder(folder: str, waits: Waits) -> tuple[list[Json], dict[str, Path]]:
    """The declarations of --tools-dir, and the program beside each of them."""
    try:
        files = sorted(p for p in Path(folder).iterdir() if p.suffix == ".json")
    except OSError as error:
        raise UsageError(f"--tools-dir: {folder}: {error.strerror}") from error
    if not files:
        raise UsageError(f"--tools-dir: {folder} holds no NAME.json")
    found: list[Json] = []
    programs: dict[str, Path] = {}
    for file in files:
        found.append(_declaration(file, waits))
        programs[file.stem] = file.with_suffix("").absolute()
        if not programs[file.stem].is_file():
            raise UsageError(f"--tools-dir: there is no {file.stem} beside {file}")
    return found, programs


def _declaration(file: Path, waits: Waits) -> Json:
    flag = f"--tools-dir: {file}"
    with reading.opened(str(file), "--tools-dir", waits) as opened:
        whole = tools.object_of(text_of(opened.read(), flag), flag)
    wrapped = whole.get("function")
    inner = wrapped if isinstance(wrapped, dict) else whole
    name = inner.setdefault("name", file.stem)
    if name != file.stem:
        raise UsageError(f"{flag}: it declares {name!r}, not {file.stem!r}")
    return tools.function(inner)


class Answering:
    """Answers the calls of one run. `done` are the results so far of the calls under
    way, for the case that they cannot be sent."""

    def __init__(
        self,
        run: Run,
        limits: Limits,
        declared: Sequence[str],
        commands: Mapping[str, Command],
        *,
        no_input: bool,
    ) -> None:
        self.limits, self.done = limits, list[Result]()
        self._run, self._declared, self._commands = run, declared, commands
        self._no_input = no_input

    def answer(self, calls: Sequence[Call], interaction_id: str) -> list[Result]:
        """A result for each call, in order.

        Raises ActionRequired, before anything has run, if nobody may answer one of
        them, or the person who was asked does not want to.
        """
        self.done = []
        found: dict[int, Result] = {}
        left: dict[int, Command] = {}
        asked: dict[int, Command | None] = {}
        for place, call in enumerate(calls):
            self._run.log(f"gi: call {call.id}: {call.name} {call.text}")
            command = self._commands.get(call.name)
            if why := objection(call, self._declared):
                found[place] = text_result(call, why, is_error=True)
            elif command and not command.confirm:
                left[place] = command
            else:
                asked[place] = command
        self._ask(calls, asked, found, left)
        self._execute(calls, left, found, interaction_id)
        return [found[place] for place in range(len(calls))]

    def _ask(
        self,
        calls: Sequence[Call],
        asked: Mapping[int, Command | None],
        found: dict[int, Result],
        left: dict[int, Command],
    ) -> None:
        if not asked:
            return
        run = self._run
        self.done = list(found.values())
        person = terminal.find(
            run.env.environ, run.env.console, no_input=self._no_input
        )
        if person is None:
            waiting = any(asked.values())
            raise ActionRequired("", hints=(AGREE,) if waiting else ())
        try:
            for number, (place, command) in enumerate(asked.items(), 1):
                call = calls[place]
                answer = _asked(person, call, command, number, len(asked))
                if answer is Choice.QUIT:
                    raise ActionRequired(STOPPED)
                if command and answer is Choice.YES:
                    left[place] = command
                elif isinstance(answer, Typed):
                    found[place] = text_result(call, answer.text)
                    self.done.append(found[place])
                else:
                    found[place] = text_result(call, SKIPPED, is_error=True)
        finally:
            person.close()

    def _execute(
        self,
        calls: Sequence[Call],
        left: Mapping[int, Command],
        found: dict[int, Result],
        interaction_id: str,
    ) -> None:
        """Run the commands, in the order of the calls."""
        self.done = list(found.values())
        places = sorted(left)

        def ended(index: int, how: Ended) -> None:
            call = calls[places[index]]
            result = _result(call, how)
            found[places[index]] = result
            self.done.append(result)
            self._tell(result, how)

        programs = [
            self._program(calls[place], left[place], interaction_id) for place in places
        ]
        run_all(
            programs,
            self._run.env.waits,
            at_once=self.limits.jobs,
            timeout=self.limits.timeout,
            limit=self.limits.output,
            ended=ended,
        )

    def _program(self, call: Call, command: Command, interaction_id: str) -> Program:
        run = self._run
        environ = environment(
            run.env.environ,
            name=call.name,
            call_id=call.id,
            interaction_id=interaction_id,
            secrets={*run.secrets, *run.hidden, *_keys(run.env.environ)},
        )
        return Program(command.argv, call.text.encode("utf-8", "replace"), environ)

    def _tell(self, result: Result, how: Ended) -> None:
        status = "not started" if how.status is None else f"status {how.status}"
        size = f"{len(how.output)} bytes"
        told = f"{status}, {size}, {how.seconds:.2f} s"
        self._run.log(f"gi: {result.call.name} ({result.call.id}): {told}")


def _keys(environ: Mapping[str, str]) -> list[str]:
    """Keys in the environment that this run may not even use."""
    found = (environ.get(name, "").strip() for name in VARIABLES)
    return [key for key in found if len(key) >= SHORTEST_KEY]


def _asked(
    person: Terminal, call: Call, command: Command | None, number: int, of: int
) -> Typed | Choice:
    if command:
        return person.ask_run(call.name, call.text, shlex.join(command.argv))
    return person.ask_result(call.name, call.text, number=number, of=of)


def _result(call: Call, how: Ended) -> Result:
    """What a program's end means to the model."""
    text = how.output.decode("utf-8", "replace")
    if how.failure is None:
        result = printed_result(call, text)
    else:
        printed = f"\n{text}" if text.strip() else ""
        result = text_result(call, f"{how.failure}{printed}", is_error=True)
    return result._replace(seconds=how.seconds)
