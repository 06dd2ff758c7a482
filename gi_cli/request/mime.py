"""A file's MIME type, in the API's names: by its first bytes, else by its suffix.

The API has names of its own (video/mov, audio/mp3); what it has no name for goes by the
registered one, for the service to judge.
"""

from collections.abc import Callable, Sequence

HEAD = 4096  # bytes of a file's beginning that tell its type

OPEN_XML = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
DOCX = OPEN_XML + "wordprocessingml.document"
OLE2_OFFICE = {
    ".doc": "application/msword",
    ".ppt": "application/vnd.ms-powerpoint",
    ".xls": "application/vnd.ms-excel",
}
ZIP_OFFICE = {
    ".docx": DOCX,
    ".dotx": OPEN_XML + "wordprocessingml.template",
    ".pptx": OPEN_XML + "presentationml.presentation",
    ".xlsx": OPEN_XML + "spreadsheetml.sheet",
    ".odp": OPEN_DOCUMENT + "presentation",
    ".ods": OPEN_DOCUMENT + "spreadsheet",
    ".odt": OPEN_DOCUMENT + "text",
}
SUFFIXES = {
    **OLE2_OFFICE,
    **ZIP_OFFICE,
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aifc": "audio/aiff",
    ".aiff": "audio/aiff",
    ".alaw": "audio/alaw",
    ".amr": "audio/amr",
    ".flac": "audio/flac",
    ".l16": "audio/l16",
    ".m4a": "audio/m4a",
    ".m4b": "audio/m4a",
    ".mp2": "audio/mpeg",
    ".mp3": "audio/mp3",
    ".mulaw": "audio/mulaw",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/opus",
    ".pcm": "audio/l16",
    ".ulaw": "audio/mulaw",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".wma": "audio/x-ms-wma",
    ".3gp": "video/3gpp",
    ".3gpp": "video/3gpp",
    ".asf": "video/wmv",
    ".avi": "video/avi",
    ".flv": "video/x-flv",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/mov",
    ".mp4": "video/mp4",
    ".mpeg": "video/mpeg",
    ".mpg": "video/mpeg",
    ".ogv": "video/ogg",
    ".qt": "video/mov",
    ".webm": "video/webm",
    ".wmv": "video/wmv",
    ".css": "text/css",
    ".htm": "text/html",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/plain",
    ".rtf": "text/rtf",
    ".txt": "text/plain",
    ".xml": "text/xml",
}

ZIP = b"PK\x03\x04"
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
EBML = bytes.fromhex("1a45dfa3")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"II+\0": "image/tiff",  # more than 4 GB
    b"MM\0+": "image/tiff",
    b"fLaC\0\0\0\x22": "audio/flac",
    b"fLaC\x80\0\0\x22": "audio/flac",
    b"OggS\0": "audio/ogg",
    b"#!AMR\n": "audio/amr",
    b"FLV\x01": "video/x-flv",
    b"\0\0\x01\xba": "video/mpeg",  # program stream
    b"\0\0\x01\xb3": "video/mpeg",  # video alone
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"): "video/wmv",
}
FORMS = {  # the first four bytes, and four after the size
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RF64", b"WAVE"): "audio/wav",  # more than 4 GB
    (b"RIFF", b"AVI "): "video/avi",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}
BRANDS = {  # of an ftyp box, without the last letter, which is a version or a variant
    b"hei": "image/heic",
    b"hev": "image/heic",
    b"mif": "image/heif",
    b"msf": "image/heif",
    b"avi": "image/avif",
    b"M4A": "audio/m4a",
    b"M4B": "audio/m4a",
    b"qt ": "video/mov",
    **dict.fromkeys((b"3gp", b"3ge", b"3gg", b"3gr", b"3gs"), "video/3gpp"),
    **dict.fromkeys((b"iso", b"mp4", b"avc", b"M4V", b"MSN", b"f4v"), "video/mp4"),
    **dict.fromkeys((b"das", b"cmf", b"mmp"), "video/mp4"),
}
ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")  # QuickTime before ftyp
PARTS = {  # the folder that an Open XML archive has
    "word": DOCX,
    "ppt": ZIP_OFFICE[".pptx"],
    "xl": ZIP_OFFICE[".xlsx"],
}
UNSIGNED = frozenset({"audio/l16", "audio/alaw", "audio/mulaw", "text/csv"})
MPEG_AUDIO = frozenset({"audio/mp3", "audio/mpeg"})
SOUND_ONLY = {".m4a": "audio/m4a", ".m4b": "audio/m4a"}
SHARED = {  # what else a container holds, by suffix
    DOCX: {".dotx": ZIP_OFFICE[".dotx"]},
    "audio/ogg": {".opus": "audio/opus", ".ogv": "video/ogg"},
    "video/3gpp": SOUND_ONLY,  # sound recorders of telephones
    "video/mp4": SOUND_ONLY,
    "video/webm": {".weba": "audio/webm"},
    "video/wmv": {".wma": "audio/x-ms-wma"},
}


def of_content(
    head: bytes, members: Callable[[], Sequence[str]], suffix: str
) -> str | None:
    """The type that a file's first bytes tell; None for text and for the unknown.

    `members` lists the names in a ZIP archive, none if it is broken, and is called for
    nothing else. `suffix`
    (".docx", lower case) decides only between types that share a container.
    """
    if head.startswith(OLE2):
        return OLE2_OFFICE.get(suffix)
    if head.startswith(ZIP):
        found = _opendocument(head) or _zipped(members, suffix)
    else:
        found = _signed(head) or _lettered(head) or _tagged(head, suffix)
        found = found or _framed(head)
    return SHARED.get(found or "", {}).get(suffix, found)


def of_suffix(suffix: str) -> str | None:
    """The type that a suffix (".png", lower case) tells."""
    return SUFFIXES.get(suffix)


def kind_of(mime_type: str) -> str:
    """The type of the content that carries it."""
    kind = mime_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "document"


def is_text(mime_type: str) -> bool:
    """Tell whether a local file goes as text, as the API has no document for it."""
    name = mime_type.partition(";")[0].rstrip()
    text = name.startswith("text/") and name != "text/csv"
    return text or name == "application/json"


def agree(found: str, stated: str) -> bool:
    """Tell whether two types are one thing under two names, or both go as text."""
    same = found == stated or {found, stated} <= MPEG_AUDIO
    return same or (is_text(found) and is_text(stated))


def _zipped(members: Callable[[], Sequence[str]], suffix: str) -> str | None:
    """Open XML; of a broken archive only the suffix is left."""
    names = members()
    if not names:
        return ZIP_OFFICE.get(suffix)
    if "[Content_Types].xml" not in names:
        return None
    folders = {name.partition("/")[0] for name in names if "/" in name}
    return next((PARTS[folder] for folder in PARTS if folder in folders), None)


def _opendocument(head: bytes) -> str | None:
    """OpenDocument archives begin with their type, stored as it is."""
    if head[30:38] != b"mimetype":
        return None
    skipped = int.from_bytes(head[28:30], "little")  # the extra field
    name, found, _ = head[38 + skipped :].partition(b"PK")
    types = (each for each in ZIP_OFFICE.values() if each.encode() == name)
    return next(types, None) if found else None


def _signed(head: bytes) -> str | None:
    """Types whose mark is in no text, and PDF, where some writers put blanks first."""
    if head.startswith(EBML):
        return _matroska(head)
    if head.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    return next((t for mark, t in SIGNATURES.items() if head.startswith(mark)), None)


def _matroska(head: bytes) -> str | None:
    """The document type of EBML: an ID, a size of up to eight bytes, a name."""
    name = head.partition(b"\x42\x82")[2][:16]
    if b"webm" in name:
        return "video/webm"
    return "video/x-matroska" if b"matroska" in name else None


def _lettered(head: bytes) -> str | None:
    """Types whose mark could be a word: they need a NUL, which no text has."""
    if b"\0" not in head:
        return None
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"BM"):
        return "image/bmp" if _is_bitmap(head) else None
    if head[4:8] == b"ftyp":
        return _branded(head)
    if head[4:8] in ATOMS:
        return "video/mov"
    return FORMS.get((head[:4], head[8:12]))


def _is_bitmap(head: bytes) -> bool:
    """The second header has one of a few sizes, and one plane."""
    size = int.from_bytes(head[14:18], "little")
    place = 22 if size == 12 else 26
    planes = head[place : place + 2]
    return size in (12, 16, 40, 52, 56, 64, 108, 124) and planes == b"\x01\0"


def _branded(head: bytes) -> str | None:
    """The first brand that is known: the major one, then what it is compatible with.

    AVIF may call itself HEIF first, which is its container.
    """
    size = int.from_bytes(head[:4], "big")
    places = (8, *range(16, min(size, len(head)), 4))
    brands = (BRANDS.get(head[place : place + 3]) for place in places)
    found = [each for each in brands if each]
    if found[:1] == ["image/heif"] and "image/avif" in found:
        return "image/avif"
    return found[0] if found else None


def _tagged(head: bytes, suffix: str) -> str | None:
    """Audio behind an ID3v2 tag: the version, and a size in seven bits a byte."""
    plausible = head[3:4] in (b"\x02", b"\x03", b"\x04") and len(head) >= 10
    if not (head.startswith(b"ID3") and plausible and max(head[6:10]) < 0x80):
        return None
    return {".aac": "audio/aac", ".flac": "audio/flac"}.get(suffix, "audio/mp3")


def _framed(head: bytes) -> str | None:
    """MPEG audio: eleven bits set, and no value in the frame's header is reserved.

    A UTF-16 byte order mark would be layer I, which nobody uses.
    """
    if len(head) < 6 or head[0] != 0xFF or head[1] < 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        return "audio/aac" if _is_adts(head) else None
    rate, frequency, emphasis = head[2] >> 4, head[2] >> 2 & 3, head[3] & 3
    if version == 1 or rate in (0, 15) or frequency == 3 or emphasis == 2:
        return None
    return {1: "audio/mp3", 2: "audio/mpeg"}.get(layer)


def _is_adts(head: bytes) -> bool:
    """A frequency of the table, and a second frame where the first one ends."""
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    known = head[1] >= 0xF0 and head[2] >> 2 & 15 < 13 and length > 6
    return known and head[length : length + 2] in (b"", head[:1], head[:2])
