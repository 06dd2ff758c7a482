"""From a class of options to a Typer command."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import typer

from gi_cli import config
from gi_cli.config import Configured
from gi_cli.errors import GiError, UsageError
from gi_cli.options import Flag, Options, declared, whence
from gi_cli.options.rivals import ruled_out

if TYPE_CHECKING:
    from gi_cli.run import Run

ON = frozenset({"1", "true", "yes", "on"})
OFF = frozenset({"0", "false", "no", "off"})
TOLD_WHEN_USED = ("base_url", "api_key_file")
Job = Callable[["Run"], None]
T = TypeVar("T", bound=Options)


def takes(
    options: type[T],
) -> Callable[[Callable[[T, "Run"], None]], Callable[..., Job]]:
    """Make a command of a function: Typer parses, and the job it returns runs outside
    of Typer, which would swallow EPIPE and Ctrl-C."""

    def bind(run: Callable[[T, "Run"], None]) -> Callable[..., Job]:
        @wraps(run)
        def command(context: typer.Context, **typed: Any) -> Job:
            given = frozenset(n for n in typed if _was_given(context, n))
            _refuse_empty(options, typed, given)

            def job(at: "Run") -> None:
                if "--" in at.argv:
                    at.literal_words = _behind_dashes(at.argv, options)
                made = _resolved(options, typed, given, at)
                try:
                    at.configure(made)
                    if at.verbose:
                        _tell_sources(made, at)
                    run(made, at)
                except GiError as error:
                    error.message += whence(made, error.message)
                    raise

            return job

        command.__annotations__ = {"context": typer.Context}
        command.options = options  # type: ignore[attr-defined]
        return command

    return bind


def signed(command: Callable[..., Job], options: type[Options]) -> Callable[..., Job]:
    """Let Typer see the options of a command; where it may not run, that can wait."""
    context = Parameter(
        "context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    signature = Signature([context, *_parameters(options)])
    command.__signature__ = signature  # type: ignore[attr-defined]
    return command


def _behind_dashes(argv: Sequence[str], options: type[Options]) -> int:
    """How many words stand behind the `--` that is not the value of an option."""
    takes_value = {
        name
        for attribute, group, flag in declared(options)
        for name in flag.names
        if getattr(group, attribute) is not False and "/" not in name
    }
    is_value = False
    for place, word in enumerate(argv):
        if word == "--" and not is_value:
            return len(argv) - place - 1
        short = [f"-{c}" for c in word[1:]] if re.match("-[^-]", word) else []
        found = next((n for n, each in enumerate(short) if each in takes_value), None)
        last = found is not None and found == len(short) - 1
        is_value = not is_value and (word in takes_value or last)
    return 0


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_empty(
    options: type[Options], typed: dict[str, Any], given: frozenset[str]
) -> None:
    """Refuse an empty value, unless it is a text."""
    for name, _, flag in declared(options):
        empty = name in given and flag.names and typed[name] == ""
        if empty and not config.may_be_empty(flag):
            raise UsageError(f"{flag.names[-1]}: the value is empty")


def _resolved(
    options: type[T], typed: dict[str, Any], given: frozenset[str], at: "Run"
) -> T:
    """What was typed, else set in the environment, else configured: for the command,
    then for all. What does not go with a stronger value is not in force."""
    with _examined(options, at, "config"):
        at.config = config.load(at.env.environ, at.env.waits)
    taken = {*given}.union(*(ruled_out(name, typed[name]) for name in given))
    found: dict[str, Configured] = {}
    for level in (_variables(options, given, at), *at.config.of(options)):
        free = {name: each for name, each in level.items() if name not in taken}
        taken.update(free, *(ruled_out(k, each.value) for k, each in free.items()))
        found |= free
    values = {name: each.value for name, each in found.items()}
    sources = {name: each.source for name, each in found.items()}
    return options(given=given, sources=sources, **{**typed, **values})


def _variables(
    options: type[Options], given: frozenset[str], at: "Run"
) -> dict[str, Configured]:
    """The values of variables; an empty one is unset."""
    values: dict[str, Configured] = {}
    for name, group, flag in declared(options):
        variable = flag.envvar or ""
        text = at.env.environ.get(variable, "")
        if text and name not in given:
            switch = getattr(group, name) is False
            with _examined(options, at, "variables"):
                value = _switch(variable, text) if switch else text
                values[name] = Configured(value, variable)
    return values


@contextmanager
def _examined(options: type[Options], at: "Run", what: str) -> Iterator[None]:
    """Leave what is wrong there to a command that examines it."""
    try:
        yield
    except UsageError as error:
        if not options.examines:
            raise
        at.faults[what] = error


def _tell_sources(options: Options, at: "Run") -> None:
    """With -v, say which value is in force that was not typed, and where it was set."""
    for name, _, flag in declared(type(options)):
        if (source := options.sources.get(name)) and name not in TOLD_WHEN_USED:
            shown = _shown(getattr(options, name), flag)
            at.log(f"gi: {config.key_of(flag)}{shown} (from {source})")


def _shown(value: Any, flag: Flag) -> str:
    """A value in words, unless it is long or may hold a secret."""
    metavar = flag.metavar or ""
    if any(mark in metavar for mark in ("TEXT", "JSON", "=")):
        return ""
    if isinstance(value, bool):
        return f" = {str(value).lower()}"
    return f" = {', '.join(value) if isinstance(value, list) else value}"


def _switch(variable: str, value: str) -> bool:
    """On or off, in the words that people use; raises UsageError for others."""
    word = value.strip().lower()
    if word not in ON | OFF:
        raise UsageError(f"{variable}: {value!r} is neither 1 nor 0")
    return word in ON


def _parameters(options: type[Options]) -> Iterator[Parameter]:
    for name, group, flag in declared(options):
        kind = get_args(group.__annotations__[name])[0]
        yield Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=_typer(getattr(options, name), flag, group.panel, kind),
            annotation=kind,
        )


def _typer(default: Any, flag: Flag, panel: str, kind: Any) -> Any:
    if not flag.names:
        return typer.Argument(default, help=flag.help, metavar=flag.metavar)
    variable = f" [{flag.envvar}]" if flag.envvar else ""
    more = "..." if kind == list[str] | None else ""
    return typer.Option(
        default,
        *flag.names,
        help=flag.help + variable,
        metavar=flag.metavar and flag.metavar + more,
        show_default=False,
        rich_help_panel=panel,
    )
