"""The Files API: resumable uploads, and waiting until the service can use a file.

Protocol (wire: Files API): a start request names the size and type, its answer has an
address in `X-Goog-Upload-URL`, and that gets the bytes in pieces, each at its offset.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from gi_cli.contents import Pending, Source
from gi_cli.errors import Failed, StillRunning, Unreachable, UsageError
from gi_cli.request import mime
from gi_cli.request.headers import KEY_HEADER
from gi_cli.request.message import Message
from gi_cli.session import Session
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender

PIECE = 8 << 20  # bytes, as Google's own clients send
TRIES = 4  # of a piece whose answer does not say that it arrived
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds between looks at a file's state
PROTOCOL = "x-goog-upload-"

File = dict[str, Any]


def complete(pending: Sequence[Pending], session: Session, sender: Sender) -> None:
    """Upload or look up what contents lack, and fill them in."""
    for each in pending:
        if each.source:
            found = upload(each.source, session, sender)
        else:
            found = ready(look_up(each.id, session, sender), session, sender)
        kind = str(found.get("mimeType") or each.content["mime_type"])
        uri = found.get("uri") or each.content["uri"]
        each.content.update(type=mime.kind_of(kind), uri=uri, mime_type=kind)


def upload(source: Source, session: Session, sender: Sender) -> File:
    """Upload a file and wait until it can be used; gives the service's record of it."""
    name = source.name
    told = _start(source, session, sender)
    address = _address(told, session)
    session.run.secrets.add(address)  # whoever knows it can write to it
    found: File = {}
    try:
        for offset in range(0, source.size, PIECE):
            progress(session, f"uploading {name}", offset, source.size)
            data = source.file.read(PIECE)
            if len(data) < min(PIECE, source.size - offset):
                raise UsageError(f"{name} became shorter while it was uploaded")
            last = offset + PIECE >= source.size
            found = _send_piece(_piece(address, data, offset, last, session), sender)
    finally:
        session.run.env.console.clear()
    file = found.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("name"), str):
        raise Unreachable(f"{name}: the service did not say what became of it")
    session.run.log(f"gi: uploaded {name} as {file['name']}")
    return ready(file, session, sender)


def progress(session: Session, doing: str, done: int, size: int) -> None:
    """Show on a terminal how far it is."""
    if not session.run.quiet:
        share = f"{done / 1e6:.0f} of {size / 1e6:.0f} MB"
        session.run.env.console.live(f"gi: {doing}: {share}")


def start(source: Source, session: Session, *, shown: bool = False) -> Message:
    """The request that begins an upload."""
    named = PurePath(source.name).name
    url = session.settings.url("files", service="upload")
    body = {"file": {"display_name": named}}
    made = session.request("POST", url, body=body, shown=shown)
    upload = {
        "protocol": "resumable",
        "command": "start",
        "header-content-length": str(source.size),
        "header-content-type": source.mime_type,
    }
    headers = {f"{PROTOCOL}{name}": value for name, value in upload.items()}
    return made._replace(headers={**made.headers, **headers})


def _start(source: Source, session: Session, sender: Sender) -> str:
    answer = sender.read(start(source, session))
    answer.close()
    address = answer.header(f"{PROTOCOL}url")
    if not address:
        raise Unreachable(f"{source.name}: the service named no address to upload to")
    return address


def _address(told: str, session: Session) -> str:
    """Where the bytes go: behind a base URL of the user's, to that.

    A gateway passes on Google's own address, which may be out of reach.
    """
    own, parts = urlsplit(session.settings.base_url), urlsplit(told)
    if session.settings.custom:
        path = parts.path
        if own.path and not path.startswith(f"{own.path}/"):
            path = own.path + path
        return urlunsplit((own.scheme, own.netloc, path, parts.query, ""))
    if parts.scheme != "https" or not parts.hostname:
        raise Unreachable("the service named an address to upload to that is not https")
    return told


def piece_headers(offset: int, *, last: bool) -> dict[str, str]:
    """The headers of one piece."""
    command = "upload, finalize" if last else "upload"
    return {f"{PROTOCOL}offset": str(offset), f"{PROTOCOL}command": command}


def _piece(
    address: str, data: bytes, offset: int, last: bool, session: Session
) -> Message:
    """One piece. The address is the permission: the key never goes there."""
    own = urlsplit(session.settings.base_url)[:2] == urlsplit(address)[:2]
    headers = session.settings.headers if own else {}
    headers = {k: v for k, v in headers.items() if v and k != KEY_HEADER}
    headers |= piece_headers(offset, last=last)
    return Message("POST", address, headers, data=data)


def _send_piece(message: Message, sender: Sender) -> File:
    """Send a piece until the service says that it arrived."""
    expected = "final" if "finalize" in message.headers[f"{PROTOCOL}command"] else ""
    for attempt in range(TRIES):
        answer = sender.read(message)
        status = answer.header(f"{PROTOCOL}status")
        if status and (status == expected or not expected):
            return value_of(answer) if expected else _closed(answer)
        answer.close()
        sender.pause(attempt)
    raise Unreachable("the upload broke: a piece of the file was not confirmed")


def _closed(answer: Answer) -> File:
    answer.close()
    return {}


def value_of(answer: Answer) -> File:
    """The JSON object of an answer; raises the error that it tells."""
    try:
        return answer.value(lambda _: None)
    finally:
        answer.close()


def about(method: str, id: str, session: Session, *, shown: bool = False) -> Message:
    """A request about one uploaded file, `files/ID` or the ID alone."""
    name = id.removeprefix("files/")
    if not name.strip("."):
        raise UsageError(f"{id!r} is not the ID of a file")
    url = session.settings.url("files", quote(name, safe=""))
    return session.request(method, url, shown=shown)


def look_up(id: str, session: Session, sender: Sender) -> File:
    """The service's record of a file."""
    return value_of(sender.read(about("GET", id, session)))


def ready(file: File, session: Session, sender: Sender) -> File:
    """Wait while the service prepares a file; videos need it."""
    name, wait = str(file.get("name")), FIRST_WAIT
    while file.get("state") == "PROCESSING":
        session.run.log(f"gi: {name} is being processed")
        try:
            session.run.env.waits.sleep(wait)
            file = look_up(name, session, sender)
        except StillRunning as late:
            late.message += f"; {name} is still being processed"
            late.hints += (f"{session.command('files')} get {name}",)
            raise
        wait = min(wait * 1.5, LONGEST_WAIT)
    if file.get("state") == "FAILED":
        told = file.get("error")
        why = told.get("message") if isinstance(told, dict) else None
        raise Failed(f"{name} cannot be used: {why or 'its processing failed'}")
    return file
