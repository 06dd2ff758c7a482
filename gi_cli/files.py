"""`gi files`: what the Files API keeps for 48 hours."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

from gi_cli import contents, uploaded, uploads
from gi_cli.contents import Source
from gi_cli.errors import GiError, Unreachable, UsageError
from gi_cli.listing import require_one_shape, shaped
from gi_cli.lookup import each, raise_worst
from gi_cli.options.commands import FilesDelete, FilesGet, FilesList, FilesUpload
from gi_cli.options.groups import Connection
from gi_cli.request.message import Message, upload_by_curl
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.sinks.sink import Sink
from gi_cli.transport.send import Sender
from gi_cli.wire import codec

COLUMNS = ("FILE", "TYPE", "BYTES", "STATE", "EXPIRES", "NAME")
FIELDS = ("name", "mimeType", "sizeBytes", "state", "expirationTime", "displayName")
PIPES = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
PAGE = 100  # files in an answer, the most that the API gives

File = dict[str, Any]


def upload(run: Run, options: FilesUpload) -> None:
    """Upload each file; print its name, or its record, as soon as it can be used."""
    session = _session(run, options)
    require_one_shape(options)
    items = options.paths or ()
    if not items:
        raise UsageError("there is no FILE")
    with ExitStack() as kept:
        sources = [
            contents.source(item, session.stdin, run.say, kept, flag="FILE")
            for item in items
        ]
        if session.previews(options):
            _preview(session, options, sources)
        else:
            run.env.console.require_stdout()
            _upload(session, options, sources)


def _session(run: Run, options: Connection) -> Session:
    """What a command works with; it prints records, and nothing of a run."""
    run.sink = Sink()
    return Session(run, options)


def _upload(session: Session, options: FilesUpload, sources: list[Source]) -> None:
    records: list[File] = []
    left = iter(sources)

    def one(_item: str) -> None:
        records.append(uploads.upload(next(left), session, sender))
        if not options.json:
            line = codec.dumps(records[-1]) if options.ndjson else _name(records[-1])
            session.show(line + b"\n")
            session.run.uploaded.clear()  # it is told

    errors: list[GiError] = []
    try:
        with session.sender() as sender:
            errors = each(options.paths or (), one)
    finally:
        if options.json:
            session.show(codec.dumps(records, indent=True) + b"\n")
            session.run.uploaded.clear()
    raise_worst(session.run, errors)


def _name(file: File) -> bytes:
    return codec.encode(str(file["name"]))


def _preview(session: Session, options: FilesUpload, sources: list[Source]) -> None:
    """Show the request that begins each upload; as curl commands, the whole of it."""
    starts = [uploads.start(source, session, shown=True) for source in sources]
    if not options.curl:
        session.preview(options, *starts)
        return
    if session.stdin.read_for or any(s.name.startswith(PIPES) for s in sources):
        raise UsageError("--curl needs the name of a file, and a pipe has none")
    headers = uploads.piece_headers(0, last=True)
    pairs = zip(starts, sources, strict=True)
    ca_file, key = session.settings.ca_file, session.key_variable
    shown = (
        upload_by_curl(s, f.name, headers, key=key, ca_file=ca_file) for s, f in pairs
    )
    session.show_curl(b"".join(shown), *starts)


def show_all(run: Run, options: FilesList) -> None:
    """List the files that the service keeps for this key."""
    session = _session(run, options)
    require_one_shape(options)
    if session.previews(options):
        session.preview(options, _page(session, "", shown=True))
        return
    with session.sender() as sender:
        found = list(_all(session, sender))
    rows = [[str(file.get(name) or "-") for name in FIELDS] for file in found]
    session.show(shaped(options, found, COLUMNS, rows))


def _all(session: Session, sender: Sender) -> Iterator[File]:
    token, seen = "", set[str]()
    while token not in seen:
        seen.add(token)
        answer = uploaded.value_of(sender.read(_page(session, token)))
        found = answer.get("files") or []
        if not isinstance(found, list):
            raise Unreachable("the service did not answer with a list of files")
        yield from (file for file in found if isinstance(file, dict))
        token = str(answer.get("nextPageToken") or "")


def _page(session: Session, token: str, *, shown: bool = False) -> Message:
    query = {"pageSize": PAGE, **({"pageToken": token} if token else {})}
    url = f"{session.settings.url('files')}?{urlencode(query)}"
    return session.request("GET", url, shown=shown)


def get(run: Run, options: FilesGet) -> None:
    """Print what the service knows of a file, as JSON."""
    session = _session(run, options)
    if session.previews(options):
        request = uploaded.about("GET", options.id, session, shown=True)
        session.preview(options, request)
        return
    with session.sender() as sender:
        found = uploaded.look_up(options.id, session, sender)
    session.show(codec.dumps(found, indent=True) + b"\n")


def delete(run: Run, options: FilesDelete) -> None:
    """Delete each file from the service."""
    session = _session(run, options)
    if not options.ids:
        raise UsageError("there is no ID")
    preview = session.previews(options)
    requests = {
        id: uploaded.about("DELETE", id, session, shown=preview) for id in options.ids
    }
    if preview:
        session.preview(options, *requests.values())
        return

    def one(id: str) -> None:
        uploaded.ask(requests[id], sender).close()
        run.log(f"gi: deleted {id}")

    with session.sender() as sender:
        errors = each(requests, one)
    raise_worst(run, errors)
