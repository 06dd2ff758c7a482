"""The command tree. Typer lives in this room, and only here."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from gi_cli import __version__
from gi_cli.commands.bind import signed
from gi_cli.commands.help import HELP_NAMES, Command, Group, epilog

SECTIONS = {
    "Ask": ("create", "continue", "research", "image"),
    "Interactions": ("get", "wait", "cancel", "list", "release", "delete"),
    "Also": ("render", "files", "request", "emulator", "doctor", "help"),
}
NAMES = tuple(name for names in SECTIONS.values() for name in names)
KEYWORDS = {"continue": "continue_", "help": "topic"}  # whose modules have other names
ABOUT = "Script Google's Gemini Interactions API."
EXAMPLES = (
    'gi create "Why is the sky blue?"',
    'git diff | gi create "Write a commit message for this." -',
    'gi image "a fox in the snow" -o fox.jpg',
    "gi create --offline Hello    # no key, no network, no cost",
)
EPILOG = "gi COMMAND --help tells more of a command, as does man gi-COMMAND."


class Main(Group):
    """`gi`."""

    sections = SECTIONS


def tree(argv: Sequence[str]) -> Any:
    """The tree as far as argv leads: the command that it names, or else only what each
    command is for. A command's module is imported with it.
    """
    app = _group(ABOUT, epilog(EPILOG, EXAMPLES), Main)
    app.callback()(_main)
    named = next((word for word in argv if word != "--"), "")
    for name in (named,) if named in NAMES else NAMES:
        module = import_module(f"gi_cli.commands.{KEYWORDS.get(name, name)}")
        if name != named:
            about = getattr(module, "ABOUT", None) or module.run.__doc__
            app.command(name, help=about)(lambda: None)
        elif hasattr(module, "COMMANDS"):
            examples = [e for each in module.EXAMPLES.values() for e in each]
            below = epilog(module.EPILOG, examples)
            group = _group(module.ABOUT, below, Group)
            for inner, run in module.COMMANDS.items():
                _add(group, inner, run, epilog("", module.EXAMPLES[inner]))
            app.add_typer(group, name=name)
        else:
            _add(app, name, module.run, epilog(module.EPILOG, module.EXAMPLES))
    return get_command(app)


def _group(about: str, below: str, cls: type[Group]) -> typer.Typer:
    return typer.Typer(
        cls=cls,
        help=about,
        epilog=below,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=HELP_NAMES,
    )


def _add(app: typer.Typer, name: str, run: Any, below: str) -> None:
    add = app.command(name, cls=Command, context_settings=HELP_NAMES, epilog=below)
    add(signed(run, run.options))


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gi {__version__}")
        raise typer.Exit


def _main(
    *,
    version: bool = typer.Option(
        False,
        "-V",
        "--version",
        help="show the version",
        is_eager=True,
        callback=_show_version,
    ),
) -> None:
    """Hold the options of gi itself."""
