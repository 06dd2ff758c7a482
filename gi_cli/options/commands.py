"""The options of each command."""

from typing import Annotated

from gi_cli.options import Options, flag, names
from gi_cli.options.ask import Ask
from gi_cli.options.doctor import Doctor
from gi_cli.options.emulator import Emulator
from gi_cli.options.groups import (
    Background,
    Connection,
    Destination,
    Inspect,
    Messages,
    Output,
    Patient,
    Rows,
)
from gi_cli.options.image import Image
from gi_cli.options.request import Fields, Formed
from gi_cli.options.research import Research


class Create(Ask, Formed, Background, Output):
    """`gi create`."""

    table = "create"


class Continue(Create):
    """`gi continue`."""

    table = "continue"
    panel = "Conversation"

    id: Annotated[
        str | None,
        flag("--id", metavar="ID", help="go on from this interaction"),
    ] = None
    last: Annotated[
        bool, flag("--last", help="go on from the newest turn of any terminal")
    ] = False
    result: Annotated[
        list[str] | None,
        flag(
            "--result",
            metavar="CALL_ID=VALUE",
            help="the result of a call left unanswered",
        ),
    ] = None
    results: Annotated[
        str | None,
        flag("--results", metavar="FILE", help="results that gi has kept, - is stdin"),
    ] = None
    no_inherit: Annotated[
        bool,
        flag("--no-inherit", help="repeat no model, tools or settings of that turn"),
    ] = False


class Wait(Output, Messages, Patient, Inspect):
    """`gi wait`."""

    table = "wait"

    ids: Annotated[list[str] | None, flag(metavar="ID...", help="interactions")] = None


class Cancel(Messages, Connection, Inspect):
    """`gi cancel`."""

    table = "cancel"

    ids: Annotated[list[str] | None, flag(metavar="ID...", help="interactions")] = None


class Get(Output, Messages, Connection, Inspect):
    """`gi get`."""

    table = "get"

    id: Annotated[str, flag(metavar="ID", help="the interaction")] = ""


class Delete(Messages, Connection, Inspect):
    """`gi delete`."""

    table = "delete"

    ids: Annotated[list[str] | None, flag(metavar="ID...", help="interactions")] = None


class List(Rows, Messages, Connection):
    """`gi list`."""

    table = "list"
    panel = "Output"

    status: Annotated[
        str | None,
        flag(
            "--status",
            metavar="STATUS",
            choices=names.STATUSES,
            help="only those with this status",
        ),
    ] = None
    refresh: Annotated[
        bool, flag("--refresh", help="ask the service how unfinished ones stand")
    ] = False
    prune: Annotated[
        bool, flag("--prune", help="drop what the service no longer keeps")
    ] = False
    claims: Annotated[
        bool, flag("--claims", help="what --once has claimed, in place of turns")
    ] = False


class Release(Messages, Connection):
    """`gi release`."""

    table = "release"
    panel = "Output"

    key: Annotated[
        str, flag(metavar="KEY", help="the KEY of --once, as gi list --claims shows it")
    ] = ""
    yes: Annotated[bool, flag("--yes", help="release it without asking")] = False


class Render(Output, Messages):
    """`gi render`."""

    table = "render"

    file: Annotated[
        str | None, flag(metavar="[FILE]", help="a saved stream (default: stdin)")
    ] = None


class AnyRequest(Fields, Destination, Messages, Connection, Inspect):
    """`gi request`."""

    table = "request"

    method: Annotated[
        str,
        flag(metavar="METHOD", choices=names.METHODS, help="GET, POST, DELETE ..."),
    ] = ""
    path: Annotated[
        str,
        flag(
            metavar="PATH",
            choices=names.ENDPOINTS,
            help="an endpoint: agents, or /v1beta/agents?x=1",
        ),
    ] = ""


class Help(Options):
    """`gi help`."""

    topic: Annotated[
        str,
        flag(
            metavar="[TOPIC]",
            choices=names.TOPICS,
            help="a command, or exit-codes, formats, fields, environment, completions",
        ),
    ] = ""


class FilesUpload(Rows, Messages, Connection, Inspect):
    """`gi files upload`."""

    table = "files"

    paths: Annotated[
        list[str] | None,
        flag(metavar="FILE...", help="files, - is stdin; ;type=MIME after one"),
    ] = None


class FilesList(Rows, Messages, Connection, Inspect):
    """`gi files list`."""

    table = "files"


class FilesGet(Messages, Connection, Inspect):
    """`gi files get`."""

    table = "files"

    id: Annotated[str, flag(metavar="ID", help="files/ID")] = ""


class FilesDelete(Messages, Connection, Inspect):
    """`gi files delete`."""

    table = "files"

    ids: Annotated[list[str] | None, flag(metavar="ID...", help="files/ID")] = None


class Files(FilesUpload, FilesList, FilesGet, FilesDelete):
    """`gi files`, whose commands share a table of the configuration."""


TABLES: dict[str, type[Options]] = {
    each.table: each
    for each in (
        *(Create, Continue, Research, Image, Get, Wait, Cancel),
        *(List, Release, Delete),
        *(Render, Files, AnyRequest, Emulator, Doctor),
    )
}
