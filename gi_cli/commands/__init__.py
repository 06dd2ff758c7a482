"""The command tree. Typer lives in this room, and only here."""

from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from gi_cli.commands.bind import HELP_NAMES, GroupedHelp

NAMES = ("create", "continue", "get", "list", "delete", "render")
ABOUT = "Script Google's Gemini Interactions API."
EPILOG = "gi COMMAND --help tells more. The README lists the exit codes."


def tree(argv: list[str]) -> Any:
    """The tree with the one command that argv names, or else with every command.

    A command's module is imported with it, so only what is asked for costs time.
    """
    app = typer.Typer(
        help=ABOUT,
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=HELP_NAMES,
    )
    app.callback()(_main)
    for name in argv[:1] if argv[:1] and argv[0] in NAMES else NAMES:
        module = import_module(
            f"gi_cli.commands.{name.replace('continue', 'continue_')}"
        )
        app.command(
            name, cls=GroupedHelp, context_settings=HELP_NAMES, epilog=module.EPILOG
        )(module.run)
    return get_command(app)


def _main(
    *,
    version: bool = typer.Option(False, "-V", "--version", help="show the version"),
) -> None:
    """Hold the options of gi itself; `gi --version` alone never comes here."""
