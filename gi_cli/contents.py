"""What -i names: files, addresses, uploaded files and stdin, as contents of a turn."""

import binascii
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import PurePath
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

from gi_cli import reading
from gi_cli.errors import UsageError
from gi_cli.inputs import STDIN, Stdin, text_in
from gi_cli.request import mime

FLAG = "-i"
STDIN_NAME = "stdin"
STATED = ";type="
TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?: *;[ -~]+)?", re.ASCII)
ADDRESS = re.compile(r"(?:https?|gs)://", re.IGNORECASE)
UPLOADED = re.compile(r"files/[A-Za-z0-9_-]+")
VIDEO_HOSTS = ("youtube.com", "youtu.be")
INLINE = 20_000_000  # bytes of base64 in a request, more goes through the Files API
TYPE_HINT = "add ;type=MIME, as in FILE;type=image/png"

Content = dict[str, Any]
Say = Callable[[str], None]


class Source(NamedTuple):
    """A file whose size and type are known; `open` gives it, once."""

    name: str
    size: int
    mime_type: str
    open: Callable[[], IO[bytes]]

    @property
    def encoded(self) -> int:
        """Bytes that it takes in a request."""
        return -(-self.size // 3) * 4


class Pending(NamedTuple):
    """A content that lacks what only the service can tell: it is filled in place.

    `source` is a file to upload; without it the content is an uploaded file, `id`.
    """

    content: Content
    source: Source | None = None
    id: str = ""

    @property
    def name(self) -> str:
        """The file as the user named it."""
        return self.source.name if self.source else self.id


class Given(NamedTuple):
    """The contents of -i in order, and those of them that are not complete yet."""

    contents: list[Content]
    pending: list[Pending]


def read(
    items: Sequence[str],
    stdin: Stdin,
    say: Say,
    *,
    inline: bool,
    file_url: Callable[[str], str],
) -> Given:
    """Judge types and sizes of all, then put what is small into the request.

    `file_url` gives the address of an uploaded file. Raises UsageError.
    """
    pending: list[Pending] = []
    contents: list[Content] = []
    with ExitStack() as kept:
        found = [_one(item, stdin, say, kept, file_url) for item in items]
        sources = [each for each in found if isinstance(each, Source)]
        large = _too_large(sources, inline=inline)
        for each in found:
            if isinstance(each, Source):
                contents.append(_content(each, pending, upload=each in large))
            elif isinstance(each, Pending):
                pending.append(each)
                contents.append(each.content)
            else:
                contents.append(each)
        kept.pop_all()
    size = sum(len(str(c.get("data") or c.get("text") or "")) for c in contents)
    _require_room(size, FLAG)
    return Given(contents, pending)


def _require_room(size: int, flag: str) -> None:
    if size > reading.LARGEST_REQUEST:
        raise UsageError(
            f"{flag}: the files take {size // 1_000_000} MB of the request, "
            "and 100 MB is the most"
        )


def _too_large(sources: list[Source], *, inline: bool) -> list[Source]:
    """Which files are uploaded: the largest ones, until the others fit."""
    total = sum(each.encoded for each in sources)
    if inline:
        _require_room(total, "--inline")
        return []
    large = []
    for each in sorted(sources, key=lambda each: -each.size):
        if total <= INLINE:
            break
        total -= each.encoded
        large.append(each)
    return large


def _content(source: Source, pending: list[Pending], *, upload: bool) -> Content:
    head = {"type": mime.kind_of(source.mime_type)}
    if upload:
        content = {
            **head,
            "uri": f"<upload of {source.name}>",
            "mime_type": source.mime_type,
        }
        pending.append(Pending(content, source))
        return content
    with source.open() as file:
        data = reading.some(file, source.name, source.size + 1)
    if len(data) != source.size:
        raise UsageError(f"{FLAG}: {source.name} changed while it was read")
    encoded = binascii.b2a_base64(data, newline=False).decode()
    return {**head, "data": encoded, "mime_type": source.mime_type}


def _one(
    item: str,
    stdin: Stdin,
    say: Say,
    kept: ExitStack,
    file_url: Callable[[str], str],
) -> Content | Source | Pending:
    """One -i; `;type=` at its end overrides what gi would find."""
    place, stated = _parts(item, FLAG)
    if ADDRESS.match(place):
        return _address(place, stated)
    if UPLOADED.fullmatch(place):
        if reading.exists(place):
            say(f"gi: {place} is the uploaded file; the local one is ./{place}")
        return _uploaded(place, stated, file_url(place))
    found = source(item, stdin, say, kept)
    if not mime.is_text(found.mime_type):
        return found
    with found.open() as file:
        text = text_in(file, found.name)
    if not text.strip():
        raise UsageError(f"{FLAG}: {found.name} is empty")
    return {"type": "text", "text": text}


def source(
    item: str, stdin: Stdin, say: Say, kept: ExitStack, *, flag: str = FLAG
) -> Source:
    """Judge the size and type of a file or stdin; raises UsageError.

    What came out of a pipe is `kept` open. `flag` names it in errors.
    """
    name, stated = _parts(item, flag)

    def opened() -> IO[bytes]:
        return reading.opened(name, flag, stdin.console.waits)

    if name == STDIN:
        file, suffix, name = stdin.spooled(f"{flag} -"), "", STDIN_NAME
    else:
        file, suffix = opened(), PurePath(name).suffix.lower()
    with ExitStack() as judged:
        judged.enter_context(file)
        size = reading.size(file)
        if not size:
            raise UsageError(f"{flag}: {name} is empty")
        if size > reading.LARGEST:
            raise UsageError(f"{flag}: {name} is larger than 2 GB")
        mime_type = stated or _type(name, file, suffix, say)
        if mime_type is None:
            unknown = f"{flag}: the type of {name} is not known"
            raise UsageError(unknown, hints=(TYPE_HINT,))
        if reading.is_kept(file):
            kept.push(judged.pop_all())
            return Source(name, size, mime_type, lambda: file)
    return Source(name, size, mime_type, opened)


def _parts(item: str, flag: str) -> tuple[str, str | None]:
    """What is named, and the type behind `;type=`; an address may have its own."""
    place, mark, stated = item.rpartition(STATED)
    if mark and reading.exists(item):  # that is its name
        return item, None
    if mark and TYPE.fullmatch(stated):
        return place, stated.lower()
    if mark and not ADDRESS.match(item):
        wrong = f"{flag}: {place}: {stated!r} is not a MIME type"
        raise UsageError(wrong, hints=(TYPE_HINT,))
    return item, None


def _address(url: str, stated: str | None) -> Content:
    """An address is passed on, never fetched."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{FLAG}: {url} is not a URL: {error}") from error
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if not host:
        raise UsageError(f"{FLAG}: {url} is not a URL: it names no host")
    mime_type = stated or mime.of_suffix(PurePath(parts.path).suffix.lower())
    if mime_type:
        kind = mime.kind_of(mime_type)
        return {"type": kind, "uri": url, "mime_type": mime_type}
    if host in VIDEO_HOSTS:
        return {"type": "video", "uri": url}
    raise UsageError(f"{FLAG}: {url} does not tell its type", hints=(TYPE_HINT,))


def _uploaded(id: str, stated: str | None, url: str) -> Content | Pending:
    if stated:
        return {"type": mime.kind_of(stated), "uri": url, "mime_type": stated}
    unknown = {"type": f"<type of {id}>", "uri": url, "mime_type": f"<type of {id}>"}
    return Pending(unknown, id=id)


def _type(name: str, file: IO[bytes], suffix: str, say: Say) -> str | None:
    """The type by content, else by suffix."""
    head = reading.some(file, name, mime.HEAD)
    file.seek(0)
    by_suffix = mime.of_suffix(suffix)
    found = mime.of_content(head, lambda: _members(file), suffix)
    if found is None and _is_text(head):
        known = by_suffix and (mime.is_text(by_suffix) or by_suffix == "text/csv")
        found = by_suffix if known else "text/plain"
    if found and by_suffix and not mime.agree(found, by_suffix):
        say(f"gi: {name} is {found} by its content, and goes as that")
    signed = by_suffix and by_suffix not in mime.UNSIGNED
    if not found and signed and not mime.is_text(str(by_suffix)):
        say(f"gi: {name} goes as {by_suffix}, though its content does not look like it")
    return found or by_suffix


def _is_text(head: bytes) -> bool:
    """Tell whether the beginning of a file is UTF-8; its last character may be cut."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3 or error.reason != "unexpected end of data":
            return False
    return b"\0" not in head


def _members(file: IO[bytes]) -> list[str]:
    """The names in a ZIP archive; none in a broken one."""
    import zipfile

    broken = (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError)
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except broken:
        return []
    finally:
        file.seek(0)
