"""The Files API: resumable uploads, and waiting until the service can use a file.

Protocol (wire: Files API): a start request names the size and type, its answer has an
address in `X-Goog-Upload-URL`, and that gets the bytes in pieces, each at its offset.
"""

import gc
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import IO, Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from gi_cli import reading, settings
from gi_cli.contents import Pending, Source
from gi_cli.errors import OF_SERVER, Failed, StillRunning, Unreachable, UsageError
from gi_cli.request import mime
from gi_cli.request.message import Message
from gi_cli.session import Session
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender

PIECE = 8 << 20  # bytes, as Google's own clients send
TRIES = 4  # of a piece whose answer does not say that it arrived
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds between looks at a file's state
SHORTEST_ID = 16
PROTOCOL = "x-goog-upload-"
STATUS, COMMAND = f"{PROTOCOL}status", f"{PROTOCOL}command"
ACTIVE, FINAL = "active", "final"

File = dict[str, Any]


def complete(pending: Sequence[Pending], session: Session, sender: Sender) -> None:
    """Upload or look up what contents lack, and fill them in."""
    for each in pending:
        try:
            found = _found(each, session, sender)
        except OF_SERVER as error:
            error.message = f"{each.name}: {error.message}"
            raise
        each.content.update(type=mime.kind_of(found["mime_type"]), **found)


def _found(pending: Pending, session: Session, sender: Sender) -> dict[str, str]:
    if source := pending.source:
        file = upload(source, session, sender)
        id, stated = file["name"], source.mime_type
    else:
        file = ready(look_up(pending.id, session, sender), session, sender)
        id, stated = pending.id, ""
    mime_type = file.get("mimeType") or stated
    if not mime_type:
        raise Unreachable("the service does not tell its type")
    uri = file.get("uri") or session.settings.url(id)
    return {"uri": str(uri), "mime_type": str(mime_type)}


def upload(source: Source, session: Session, sender: Sender) -> File:
    """Upload a file and wait until it can be used; gives the service's record of it."""
    address = _address(_start(source, session, sender), session)
    try:
        with source.open() as file:
            told = Transfer(source, file, address, session, sender).run()
    finally:
        session.run.env.console.clear()
    made = told.get("file")
    if not isinstance(made, dict) or not isinstance(made.get("name"), str):
        raise Unreachable("the service did not say what became of it")
    session.run.log(f"gi: uploaded {source.name} as {made['name']}")
    return ready(made, session, sender)


class Transfer(NamedTuple):
    """A file on its way, in pieces, to the address that the service named for it."""

    source: Source
    file: IO[bytes]
    address: str
    session: Session
    sender: Sender

    def run(self) -> File:
        """Send each piece until the service says that it arrived; gives what it tells
        of the last one."""
        offset = lost = 0
        total = f"{self.source.size / 1e6:.0f} MB"
        while lost < TRIES:
            share = f"{offset / 1e6:.0f} of {total}"
            show(self.session, f"uploading {self.source.name}: {share}")
            end, told = self._send(offset)
            gc.collect(0)  # httpx ties the piece into a cycle
            if told is not None:
                return told
            if end > offset:
                offset, lost = end, 0
            else:
                self.sender.pause(lost)
                lost += 1
        raise Unreachable("the upload broke: a piece of the file was not confirmed")

    def _send(self, offset: int) -> tuple[int, File | None]:
        """Send the piece at an offset. Gives how many bytes there are then, and what
        the service tells once it has them all."""
        data = self._read(offset)
        end = offset + len(data)
        headers = piece_headers(offset, last=end == self.source.size)
        try:
            answer = self.sender.read(self._message(headers, data))
        except Failed as refused:
            answer, end = self._arrived(offset, refused)
        status = answer.header(STATUS)
        if status == FINAL and end == self.source.size:
            return end, value_of(answer)
        _drain(answer)
        return end if status == ACTIVE else offset, None

    def _arrived(self, offset: int, refused: Failed) -> tuple[Answer, int]:
        """How many bytes there are after a piece was refused: its first try may have
        arrived, or a part of it. Raises `refused` if nothing did."""
        try:
            answer = self.sender.read(self._message({COMMAND: "query"}))
        except OF_SERVER:
            raise refused from None
        size, final = self.source.size, answer.header(STATUS) == FINAL
        told = answer.header(f"{PROTOCOL}size-received")
        received = int(told) if told.isdecimal() else size if final else 0
        if received == size if final else offset < received <= size:
            return answer, received
        answer.close()
        raise refused

    def _read(self, offset: int) -> bytes:
        """The piece at an offset; what was added to the file since is left out."""
        name, size = self.source.name, min(PIECE, self.source.size - offset)
        self.file.seek(offset)
        data = reading.some(self.file, name, size)
        if len(data) < size:
            raise UsageError(f"{name} became shorter while it was uploaded")
        return data

    def _message(self, more: Mapping[str, str], data: bytes = b"") -> Message:
        """A request to the address, which is the permission: the key never goes there.

        What the user adds with -H is for the service that the base URL names.
        """
        known = self.session.settings
        if urlsplit(known.base_url)[:2] != urlsplit(self.address)[:2]:
            known = known._replace(headers={})
        headers = settings.headers(known, "", stream=False, body=False)
        return Message("POST", self.address, {**headers, **more}, data=data)


def _drain(answer: Answer) -> None:
    """Read what else there is, so that the connection serves the next piece too."""
    try:
        with suppress(Unreachable):
            for _ in answer.chunks():
                pass
    finally:
        answer.close()


def show(session: Session, doing: str) -> None:
    """Show on a terminal what is being done."""
    if not session.run.quiet:
        session.run.env.console.live(f"gi: {doing}")


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
    _drain(answer)
    address = answer.header(f"{PROTOCOL}url")
    if not address:
        raise Unreachable("the service named no address to upload to")
    return address


def _address(told: str, session: Session) -> str:
    """Where the bytes go: behind a base URL of the user's, to that.

    A gateway passes on Google's own address, which may be out of reach.
    """
    try:
        own, parts = urlsplit(session.settings.base_url), urlsplit(told)
    except ValueError:
        raise Unreachable("the service named no address to upload to") from None
    path = parts.path
    if own.path and not path.startswith(f"{own.path}/"):
        path = own.path + path
    moved = urlunsplit((own.scheme, own.netloc, path, parts.query, ""))
    address = moved if session.settings.custom else told
    ids = {value for _, value in parse_qsl(parts.query) if len(value) >= SHORTEST_ID}
    session.run.secrets |= ids or {told, address}  # who knows it can write to it
    if not session.settings.custom and (parts.scheme != "https" or not parts.hostname):
        raise Unreachable("the service named an address to upload to that is not https")
    return address


def piece_headers(offset: int, *, last: bool) -> dict[str, str]:
    """The headers of one piece."""
    command = "upload, finalize" if last else "upload"
    return {f"{PROTOCOL}offset": str(offset), COMMAND: command}


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
    try:
        while file.get("state") == "PROCESSING":
            show(session, f"{name} is being processed")
            session.run.env.waits.sleep(wait)
            file = look_up(name, session, sender)
            wait = min(wait * 1.5, LONGEST_WAIT)
    except StillRunning as late:
        late.message += f"; {name} is still being processed"
        get = "gi files get" + session.command("get").removeprefix("gi get")
        late.hints += (f"{get} {shlex.quote(name)}",)
        raise
    finally:
        session.run.env.console.clear()
    if file.get("state") == "FAILED":
        told = file.get("error")
        why = told.get("message") if isinstance(told, dict) else None
        raise Failed(f"{name} cannot be used: {why or 'its processing failed'}")
    return file
