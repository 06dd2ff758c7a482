"""The Files API: resumable uploads, and waiting until the service can use a file.

Protocol (wire: Files API): a start request names the size and type, its answer has an
address in `X-Goog-Upload-URL`, and that gets the bytes in pieces, each at its offset.
"""

import gc
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import IO, Any, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from gi_cli import reading, settings
from gi_cli.contents import Pending, Source
from gi_cli.errors import (
    OF_SERVER,
    Failed,
    Unreachable,
    UsageError,
    WriteFailed,
)
from gi_cli.request import mime
from gi_cli.request.message import Message
from gi_cli.session import Session
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender
from gi_cli.uploaded import look_up, ready, show, value_of

PIECE = 8 << 20  # bytes, as Google's own clients send
TRIES = 4  # of a piece whose answer does not say that it arrived
SHORTEST_ID = 16
NAME = re.compile(r"files/[\w-]+", re.ASCII)
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
    if not (isinstance(mime_type, str) and mime_type):
        raise Unreachable("the service does not tell its type")
    uri = file.get("uri") or session.settings.url(id)
    if not isinstance(uri, str):
        raise Unreachable("the service does not tell its address")
    return {"uri": uri, "mime_type": mime_type}


def upload(source: Source, session: Session, sender: Sender) -> File:
    """Upload a file and wait until it can be used; gives the service's record of it."""
    address = _address(_start(source, session, sender), session)
    try:
        with _opened(source) as file:
            told = Transfer(source, file, address, session, sender).run()
    finally:
        session.run.env.console.clear()
    made = told.get("file")
    name = made.get("name") if isinstance(made, dict) else None
    if not isinstance(made, dict) or not (
        isinstance(name, str) and NAME.fullmatch(name)
    ):
        raise Unreachable("the service did not say what became of it")
    session.run.uploaded.append(name)
    session.run.log(f"gi: uploaded {source.name} as {name}")
    return {"name": name, **ready(made, session, sender)}


def _opened(source: Source) -> IO[bytes]:
    """The file; by now requests were sent, so what is wrong with it is no usage."""
    try:
        return source.open()
    except UsageError as error:
        raise WriteFailed(error.message) from error


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
            raise WriteFailed(f"{name} became shorter while it was uploaded")
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
    session.run.hidden |= _ids(parts.query) or {told, address}
    if not (address.isascii() and address.isprintable()):
        raise Unreachable("the service named no address to upload to")
    if not session.settings.custom and (parts.scheme != "https" or not parts.hostname):
        raise Unreachable("the service named an address to upload to that is not https")
    return address


def _ids(query: str) -> set[str]:
    """What lets whoever knows it write to the upload, as it stands and decoded."""
    values = [pair.partition("=")[2] for pair in query.split("&")]
    found = {form for v in values for form in (v, unquote(v), unquote_plus(v))}
    return {each for each in found if len(each) >= SHORTEST_ID}


def piece_headers(offset: int, *, last: bool) -> dict[str, str]:
    """The headers of one piece."""
    command = "upload, finalize" if last else "upload"
    return {f"{PROTOCOL}offset": str(offset), COMMAND: command}
