"""Images, audio, video and documents: what an answer brings of them, and their bytes.

An image comes whole in one delta; audio comes in chunks, each base64 of its own (wire:
deltas and where they land, from the SDK types and live captures).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MEDIA = ("image", "audio", "video", "document")
HOLDS = frozenset({"data", "uri", "path"})  # `path`: a file that gi has written
MAGIC = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*"),
    *(b"%PDF", b"OggS", b"ID3", b"fLaC", b"\x1aE\xdf\xa3", b"FORM", b"PK\x03\x04"),
)
BOX = b"ftyp"  # MP4, HEIC, M4A: at offset 4
HEAD = 64  # characters that surely have the beginning of a file
SLICE = 1 << 22  # characters of base64 that are decoded at once, a multiple of four
URL_SAFE = str.maketrans("-_", "+/")


class File(NamedTuple):
    """A medium on disk: `path` as it is shown, size in bytes, SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str
    mime_type: str


class Medium(NamedTuple):
    """A content with `data` or `uri`, as it stands in the event.

    `more` says that its data goes on where the last medium's ended, `partial` that
    more may come, `thought` that it is part of a thought, `open` that its file is still
    growing. `kept` is the same content where whole steps are kept.
    """

    kind: str
    content: dict[str, Any]
    more: bool = False
    partial: bool = False
    thought: bool = False
    open: bool = False
    kept: dict[str, Any] | None = None
    file: File | None = None

    @property
    def mime_type(self) -> str:
        """As the server states it, "" if it does not."""
        stated = self.content.get("mime_type")
        return stated if isinstance(stated, str) else ""


def written(content: Mapping[str, Any]) -> File | None:
    """The file that gi has put in the place of a content's data."""
    path, size, sha256 = (content.get(key) for key in ("path", "bytes", "sha256"))
    if not (isinstance(path, str) and type(size) is int and isinstance(sha256, str)):
        return None
    return File(path, size, sha256, str(content.get("mime_type") or ""))


def is_chunk(content: Mapping[str, Any]) -> bool:
    """Tell whether gi has written its data to a file that a later chunk names."""
    return "bytes" in content and not HOLDS & content.keys()


class Trail(NamedTuple):
    """What has to be known of the last medium to tell whether the next one is the rest
    of it."""

    kind: str
    mime_type: Any
    joinable: bool


def trail(kind: str, content: Mapping[str, Any]) -> Trail:
    """What a medium leaves; only chunks of audio are looked at whole."""
    data = content.get("data")
    joinable = isinstance(data, str) and (kind != "audio" or is_base64(data))
    return Trail(kind, content.get("mime_type"), joinable)


def continues(kind: str, last: Trail, delta: Mapping[str, Any]) -> bool:
    """Tell whether a medium goes on: audio comes in chunks of one MIME type; an image
    delta without a type and without a known beginning is the rest of the last one."""
    data = delta.get("data")
    if last.kind != kind or not last.joinable or not isinstance(data, str):
        return False
    stated = delta.get("mime_type")
    if kind == "audio":
        goes_on = stated in (None, last.mime_type)
    else:
        goes_on = kind == "image" and not stated and not _begins(data)
    return goes_on and is_base64(data)


def _begins(data: str) -> bool:
    try:
        head = _decoded(_plain(data[:HEAD])[:16])
    except ValueError:
        return True  # not ours to join
    return head.startswith(MAGIC) or head[4:8] == BOX


def is_base64(data: str) -> bool:
    """Tell whether `pieces` takes it."""
    try:
        for _ in pieces(data):
            pass
    except ValueError:
        return False
    return True


def decoded(data: str) -> bytes:
    """All `pieces` in one."""
    return b"".join(pieces(data))


def _plain(data: str) -> str:
    """Base64 without line breaks, in the usual alphabet."""
    return "".join(data.split()).translate(URL_SAFE)


def _decoded(data: str) -> bytes:
    import pybase64  # many times as fast as the library's, which pictures notice

    try:
        return pybase64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except ValueError as error:
        raise ValueError("it is no base64") from error


def pieces(data: str) -> Iterator[bytes]:
    """The bytes of base64 a few megabytes at a time; raises ValueError.

    Padding is optional; the alphabet of URLs and line breaks are taken as well.
    """
    for start in range(0, len(data), SLICE):
        piece = data[start : start + SLICE]
        inner = start + SLICE < len(data) and "=" in piece
        try:
            yield _decoded("=" if inner else piece)  # padding only at the end
        except ValueError:
            rest = data[start:]
            plain = _plain(rest)
            if plain == rest:
                raise
            yield from pieces(plain)
            return


def size_of(data: str) -> int:
    """How many bytes base64 stands for."""
    return len("".join(data.split()).rstrip("=")) * 3 // 4


def replaced(value: Any, others: Mapping[int, tuple[Any, Any]]) -> Any:
    """A JSON value with others in the place of some of its objects, which are known by
    their identity (and have to live as long)."""
    if isinstance(value, list):
        return [replaced(each, others) for each in value]
    if not isinstance(value, dict):
        return value
    if found := others.get(id(value)):
        return found[1]
    return {k: replaced(v, others) for k, v in value.items()}


def in_place_of_data(content: Mapping[str, Any], file: File) -> dict[str, Any]:
    """A content that names the file which has its data."""
    rest = {k: v for k, v in content.items() if k != "data"}
    return {**rest, "path": file.path, "bytes": file.bytes, "sha256": file.sha256}
