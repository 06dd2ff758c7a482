"""From a class of options to a Typer command, and grouped plain help."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from inspect import Parameter, Signature, get_annotations
from typing import Annotated, Any, TypeVar, get_args

import typer
from typer.core import TyperCommand

from gi_cli import config
from gi_cli.config import Config, Configured
from gi_cli.errors import UsageError
from gi_cli.options import Flag, Options, declared
from gi_cli.run import Run

ON = frozenset({"1", "true", "yes", "on"})
OFF = frozenset({"0", "false", "no", "off"})
HELP_NAMES = {"help_option_names": ["-h", "--help"]}
Job = Callable[[Run], None]
T = TypeVar("T", bound=Options)


def takes(
    options: type[T],
) -> Callable[[Callable[[T, Run], None]], Callable[..., Job]]:
    """Make a command of a function: Typer parses, and the job it returns runs outside
    of Typer, which would swallow EPIPE and Ctrl-C."""

    def bind(run: Callable[[T, Run], None]) -> Callable[..., Job]:
        @wraps(run)
        def command(context: typer.Context, **typed: Any) -> Job:
            given = frozenset(n for n in typed if _was_given(context, n))
            _refuse_empty(options, typed, given)

            def job(at: Run) -> None:
                made = _resolved(options, typed, given, at)
                at.configure(made)
                _tell_sources(made, at)
                run(made, at)

            return job

        context = Parameter(
            "context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        signature = Signature([context, *_parameters(options)])
        command.__signature__ = signature  # type: ignore[attr-defined]
        command.__annotations__ = {"context": typer.Context}
        return command

    return bind


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_empty(
    options: type[Options], typed: dict[str, Any], given: frozenset[str]
) -> None:
    """An empty value is an unset variable of a script; only a TEXT may be empty."""
    for name, _, flag in declared(options):
        text = (flag.metavar or "").startswith("TEXT")
        if name in given and flag.names and typed[name] == "" and not text:
            raise UsageError(f"{flag.names[-1]}: the value is empty")


def _resolved(
    options: type[T], typed: dict[str, Any], given: frozenset[str], at: Run
) -> T:
    """What was typed, else set in the environment, else configured."""
    at.config = config.load(at.env.environ)
    unset = [each for each in declared(options) if each[0] not in given]
    found = {**_configured(options, given, at.config), **_variables(unset, at)}
    values = {name: each.value for name, each in found.items()}
    sources = {name: each.source for name, each in found.items()}
    return options(given=given, sources=sources, **{**typed, **values})


def _configured(
    options: type[Options], given: frozenset[str], found: Config
) -> dict[str, Configured]:
    """What the configuration sets; a format that was typed takes the place of one."""
    values = found.of(options.table, options)
    if given & {*config.FORMATS}:
        values = {k: v for k, v in values.items() if k not in config.FORMATS}
    return {k: v for k, v in values.items() if k not in given}


def _variables(
    unset: Iterable[tuple[str, type[Options], Flag]], at: Run
) -> dict[str, Configured]:
    """The values of variables; an empty one is unset."""
    values: dict[str, Configured] = {}
    for name, group, flag in unset:
        variable = flag.envvar or ""
        if text := at.env.environ.get(variable, ""):
            switch = getattr(group, name) is False
            value = _switch(variable, text) if switch else text
            values[name] = Configured(value, variable)
    return values


def _tell_sources(options: Options, at: Run) -> None:
    """With -v, say which value is in force and where it was set."""
    for name, _, flag in declared(type(options)):
        source = options.sources.get(name)
        if source and flag.names:
            long = ("" if "JSON" in (flag.metavar or "") else " ") and (
                f" {getattr(options, name)}"
            )
            at.log(f"gi: {flag.names[-1]}{long} (from {source})")


def _switch(variable: str, value: str) -> bool:
    """On or off, in the words that people use; raises UsageError for others."""
    word = value.strip().lower()
    if word not in ON | OFF:
        raise UsageError(f"{variable}: {value!r} is neither 1 nor 0")
    return word in ON


def _parameters(options: type[Options]) -> Iterator[Parameter]:
    for name, group, flag in declared(options):
        kind = get_args(get_annotations(group)[name])[0]
        yield Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=getattr(options, name),
            annotation=Annotated[kind, _typer(flag, group.panel)],
        )


def _typer(flag: Flag, panel: str) -> Any:
    if not flag.names:
        return typer.Argument(help=flag.help, metavar=flag.metavar)
    variable = f" [{flag.envvar}]" if flag.envvar else ""
    return typer.Option(
        *flag.names,
        help=flag.help + variable,
        metavar=flag.metavar,
        show_default=False,
        rich_help_panel=panel,
    )


class GroupedHelp(TyperCommand):
    """Plain help with one section per group of options."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections in the order of the declaration."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record:
                panel = getattr(parameter, "rich_help_panel", None)
                words = parameter.param_type_name == "argument"
                title = "Arguments" if words else panel or "Help"
                sections.setdefault(title, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)
