"""What Typer refuses, in gi's words: what is wrong, and what was probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

from gi_cli.errors import UsageError

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
        meant = _meant(option, command) if inside else None
        said = f"No such option: {option}"
        if meant:
            said += f". Did you mean {meant}?"
        else:
            hints.append(BEHIND if inside else AFTER)
    elif said.startswith("No such command") and "Did you mean" not in said:
        hints.append(NO_COMMAND)
    return UsageError(said, hints=hints)


def _command(argv: Sequence[str], tree: Any) -> tuple[Any, int]:
    """The command that the first words name, and how many these are."""
    command, words = tree, 0
    while word := getattr(command, "commands", {}).get((*argv, "")[words]):
        command, words = word, words + 1
    return command, words


def _meant(option: str, command: Any) -> str | None:
    """The option of the command that is spelled most alike."""
    names = [
        name
        for each in command.params
        for name in (*each.opts, *each.secondary_opts)
        if name.startswith("--")
    ]
    return next(iter(get_close_matches(option.partition("=")[0], names, n=1)), None)
