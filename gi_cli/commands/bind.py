"""From a class of options to a Typer command, and grouped plain help."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, Signature, get_annotations
from typing import Annotated, Any, TypeVar, get_args

import typer
from typer.core import TyperCommand

from gi_cli.errors import UsageError
from gi_cli.options import Flag, Options
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
                variables = _from_environ(options, given, at.env.environ)
                made = options(given=given, **{**typed, **variables})
                at.configure(made)
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


def _from_environ(
    options: type[Options], given: frozenset[str], environ: Mapping[str, str]
) -> dict[str, Any]:
    """The values of variables whose flags were not typed; an empty one is unset."""
    values: dict[str, Any] = {}
    for name, group, flag in declared(options):
        variable = flag.envvar or ""
        text = environ.get(variable, "")
        if text and name not in given:
            switch = getattr(group, name) is False
            values[name] = _switch(variable, text) if switch else text
    return values


def _switch(variable: str, value: str) -> bool:
    """On or off, in the words that people use; raises UsageError for others."""
    word = value.strip().lower()
    if word not in ON | OFF:
        raise UsageError(f"{variable}: {value!r} is neither 1 nor 0")
    return word in ON


def declared(options: type[Options]) -> Iterator[tuple[str, type[Options], Flag]]:
    """Name, group and declaration of each flag: leaf first, then bases in order."""
    for group in options.__mro__:
        for name, hint in get_annotations(group).items():
            found = [arg for arg in get_args(hint) if isinstance(arg, Flag)]
            if found:
                yield name, group, found[0]


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
