"""What Typer refuses, in gi's words: what is wrong, and what was probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

from gi_cli.errors import UsageError
from gi_cli.options import declared

BEHIND = "text that is no option goes behind --"
AFTER = "options stand after the command: gi create --json PROMPT"
NO_COMMAND = "a prompt stands after its command: gi create PROMPT"


def refused(error: typer.TyperException, argv: Sequence[str], tree: Any) -> UsageError:
    """The usage error for one of Typer's, with the help page that settles it."""
    said = error.format_message()
    command, words = _command(argv, tree)
    hints = [" ".join(["gi", *argv[:words], "--help"])]
    option = getattr(error, "option_name", "")
    if said.startswith("No such option") and option:
        inside = not getattr(command, "commands", None)
        said = f"No such option: {option}"
        if owners := _owners(option) if inside else []:
            said += f", it is one of gi {', gi '.join(owners)}"
        elif meant := _meant(option, command) if inside else None:
            said += f". Did you mean {meant}?"
        else:
            hints.append(BEHIND if inside else AFTER)
    elif (
        not words and said.startswith("No such command") and "Did you mean" not in said
    ):
        hints.append(NO_COMMAND)
    return UsageError(said, hints=hints)


def _command(argv: Sequence[str], tree: Any) -> tuple[Any, int]:
    """The command that the first words name, and how many these are."""
    command, words = tree, 0
    while word := getattr(command, "commands", {}).get((*argv, "")[words]):
        command, words = word, words + 1
    return command, words


def _owners(option: str) -> list[str]:
    """The commands that have the option."""
    from gi_cli.options.commands import TABLES

    return [
        command
        for command, options in TABLES.items()
        for _, _, flag in declared(options)
        if option.partition("=")[0] in "/".join(flag.names).split("/")
    ]


def _meant(option: str, command: Any) -> str | None:
    """The option of the command that is spelled most alike, or ends in these words."""
    name = option.partition("=")[0]
    names = [
        each
        for parameter in command.params
        for each in (*parameter.opts, *parameter.secondary_opts)
        if each.startswith("--")
    ]
    near = get_close_matches(name, names, n=1, cutoff=0.7)
    parts = [each for each in names if f"-{name.lstrip('-')}" in each[1:]]
    return next(iter((*near, *parts)), None)
