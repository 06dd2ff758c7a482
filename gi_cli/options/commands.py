"""The options of each command."""

from typing import Annotated

from gi_cli.options import Options, flag
from gi_cli.options.groups import (
    Connection,
    Conversation,
    Inspect,
    Messages,
    Output,
    Request,
    Streaming,
)


class Words(Options):
    """The prompt."""

    prompt: Annotated[
        list[str] | None,
        flag(
            metavar="[PROMPT]...",
            help="the words of the prompt; - reads stdin at that place",
        ),
    ] = None


class Create(
    Words, Request, Conversation, Output, Streaming, Messages, Connection, Inspect
):
    """`gi create`."""


class Continue(Create):
    """`gi continue`."""

    panel = "Conversation"

    id: Annotated[
        str | None,
        flag("--id", metavar="ID", help="go on from this interaction"),
    ] = None
    last: Annotated[
        bool, flag("--last", help="go on from the newest turn of any terminal")
    ] = False
    no_inherit: Annotated[
        bool,
        flag("--no-inherit", help="repeat no model, tools or settings of that turn"),
    ] = False


class Get(Output, Messages, Connection):
    """`gi get`."""

    id: Annotated[str, flag(metavar="ID", help="the interaction")] = ""


class Delete(Messages, Connection):
    """`gi delete`."""

    ids: Annotated[list[str] | None, flag(metavar="ID...", help="interactions")] = None


class List(Messages, Connection):
    """`gi list`."""

    panel = "Output"

    ndjson: Annotated[bool, flag("--ndjson", help="one JSON object per line")] = False
    json: Annotated[bool, flag("--json", help="one JSON list")] = False
    status: Annotated[
        str | None,
        flag("--status", metavar="STATUS", help="only those with this status"),
    ] = None
    refresh: Annotated[
        bool, flag("--refresh", help="ask the service how unfinished ones stand")
    ] = False
    prune: Annotated[
        bool, flag("--prune", help="drop what the service no longer keeps")
    ] = False


class Render(Output, Messages):
    """`gi render`."""

    file: Annotated[
        str | None, flag(metavar="[FILE]", help="a saved stream (default: stdin)")
    ] = None
