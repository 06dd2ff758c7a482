"""The command tree. Typer lives in this room, and only here."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from gi_cli.commands.bind import HELP_NAMES, GroupedHelp

NAMES = (
    *("create", "continue", "research", "image", "get", "wait", "cancel"),
    *("list", "release", "delete"),
    *("render", "files", "request"),
)
INNER = ("upload", "list", "get", "delete")  # of `gi files`
ABOUT = "Script Google's Gemini Interactions API."
EPILOG = "gi COMMAND --help tells more. The README lists the exit codes."


def tree(argv: list[str]) -> Any:
    """The tree with the one command that argv names, or else with every command.

    A command's module is imported with it, so only what is asked for costs time.
    """
    app = _group(ABOUT, EPILOG)
    app.callback()(_main)
    for name in argv[:1] if argv[:1] and argv[0] in NAMES else NAMES:
        module = import_module(
            f"gi_cli.commands.{name.replace('continue', 'continue_')}"
        )
        if hasattr(module, "COMMANDS"):
            group = _group(module.ABOUT, module.EPILOG)
            for inner, run in module.COMMANDS.items():
                _add(group, inner, run, module.EPILOG)
            app.add_typer(group, name=name)
        else:
            _add(app, name, module.run, module.EPILOG)
    return get_command(app)


def _group(about: str, epilog: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        epilog=epilog,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=HELP_NAMES,
    )


def _add(app: typer.Typer, name: str, run: Callable[..., Any], epilog: str) -> None:
    app.command(name, cls=GroupedHelp, context_settings=HELP_NAMES, epilog=epilog)(run)


def _main(
    *,
    version: bool = typer.Option(False, "-V", "--version", help="show the version"),
) -> None:
    """Hold the options of gi itself; `gi --version` alone never comes here."""
