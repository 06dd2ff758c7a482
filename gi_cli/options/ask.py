"""The options of what creates an interaction."""

from typing import Annotated

from gi_cli.options import Options, flag
from gi_cli.options.calls import Calls
from gi_cli.options.groups import (
    Connection,
    Conversation,
    Inspect,
    Messages,
    Shown,
    Streaming,
)
from gi_cli.options.request import Asked, Inputs


class Words(Options):
    """The prompt."""

    prompt: Annotated[
        list[str] | None,
        flag(
            metavar="[PROMPT]...",
            help="words; - reads stdin at that place",
        ),
    ] = None


class Ask(
    Words,
    Inputs,
    Asked,
    Calls,
    Conversation,
    Shown,
    Streaming,
    Messages,
    Connection,
    Inspect,
):
    """What all commands have in common that create an interaction."""
