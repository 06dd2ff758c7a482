"""What a file's first bytes, and its suffix, say it is."""

import io
import struct
import zipfile
from collections.abc import Sequence

import pytest

from gi_cli.request import mime

OPEN_XML = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
TYPES = "[Content_Types].xml"
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
API = {  # what the API's schema lists
    "image": "png jpeg webp heic heif gif bmp tiff",
    "audio": "wav mp3 aiff aac ogg flac mpeg m4a l16 opus alaw mulaw webm",
    "video": "mp4 mpeg mpg mov avi x-flv webm wmv 3gpp jpeg2000",
    "application": (
        "pdf msword vnd.ms-powerpoint vnd.ms-excel "
        "vnd.openxmlformats-officedocument.wordprocessingml.document "
        "vnd.openxmlformats-officedocument.wordprocessingml.template "
        "vnd.openxmlformats-officedocument.presentationml.presentation "
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet "
        "vnd.oasis.opendocument.text vnd.oasis.opendocument.presentation "
        "vnd.oasis.opendocument.spreadsheet"
    ),
    "text": "csv",
}
UNUSED = {"video/mpg", "video/jpeg2000"}  # video/mpeg again; only in answers
BEYOND = {  # known, but not the API's
    *("image/avif", "audio/amr", "audio/x-ms-wma", "video/ogg", "video/x-matroska"),
    *("text/html", "text/css", "text/plain", "text/xml", "text/rtf", "text/javascript"),
    "application/json",
}


def none() -> Sequence[str]:
    """For what is no ZIP archive."""
    raise AssertionError("members were asked for")


def form(kind: bytes, name: bytes, order: str = "<") -> bytes:
    return kind + struct.pack(f"{order}I", 36) + name + b"data" + bytes(8)


def ftyp(*brands: bytes, size: int | None = None) -> bytes:
    major, *compatible = brands
    data = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return struct.pack(">I", size or len(data) + 4) + data + b"\0\0\0\x08free"


def ebml(name: bytes, size: bytes | None = None) -> bytes:
    size = size or bytes([0x80 | len(name)])
    version = b"\x42\x86\x81\x01"
    return b"\x1a\x45\xdf\xa3\x9f" + version + b"\x42\x82" + size + name + version


def bitmap(size: int, planes: int = 1) -> bytes:
    sides = struct.pack("<HH" if size == 12 else "<II", 8, 8)
    begin = b"BM" + struct.pack("<IIII", 1078, 0, 54, size)
    return begin + sides + struct.pack("<HH", planes, 24)


def ogg(codec: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(20) + b"\x01\x13" + codec


def adts(first: bytes, length: int = 16) -> bytes:
    bits = 1 << 54 | 4 << 50 | 2 << 46 | length << 13 | 0x7FF << 2
    frame = first + bits.to_bytes(7, "big")[2:]
    return frame.ljust(length, b"\x21") + frame


ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(8)
ID3 = b"ID3\x04\0\0\0\0\x02\x01TIT2"
CONTENT: list[tuple[bytes, str, str]] = [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "", "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", ".png", "image/jpeg"),
    (b"GIF87a\x01\0\x01\0\x80\0\0", "", "image/gif"),
    (b"GIF89a\x01\0\x01\0\x80\0\0", "", "image/gif"),
    (form(b"RIFF", b"WEBP"), "", "image/webp"),
    (bitmap(12), "", "image/bmp"),
    (bitmap(40), "", "image/bmp"),
    (b"II*\0\x08\0\0\0", "", "image/tiff"),
    (b"MM\0*\0\0\0\x08", "", "image/tiff"),
    (b"II+\0\x08\0\0\0\x10", "", "image/tiff"),
    (b"MM\0+\0\x08\0\0\0\0", "", "image/tiff"),
    (ftyp(b"heic", b"mif1", b"heic"), "", "image/heic"),
    *((ftyp(b), "", "image/heic") for b in (b"heix", b"hevc", b"heim", b"heis")),
    (ftyp(b"mif1", b"miaf"), "", "image/heif"),
    (ftyp(b"msf1", b"iso8"), "", "image/heif"),
    (ftyp(b"avif", b"mif1", b"miaf"), "", "image/avif"),
    (ftyp(b"mif1", b"avif", b"miaf"), "", "image/avif"),
    (form(b"RIFF", b"WAVE"), "", "audio/wav"),
    (form(b"RF64", b"WAVE"), "", "audio/wav"),
    (form(b"FORM", b"AIFF", ">"), "", "audio/aiff"),
    (form(b"FORM", b"AIFC", ">"), "", "audio/aiff"),
    (ID3, ".mp3", "audio/mp3"),
    (ID3, ".aac", "audio/aac"),
    (ID3, ".flac", "audio/flac"),
    (b"\xff\xfb\x90\x64\0\0", "", "audio/mp3"),
    (b"\xff\xf3\x84\xc4\0\0", "", "audio/mp3"),
    (b"\xff\xfd\xa4\x04\0\0", "", "audio/mpeg"),
    (adts(b"\xff\xf1"), "", "audio/aac"),
    (adts(b"\xff\xf9"), "", "audio/aac"),
    (adts(b"\xff\xf0", 5000)[:4096], "", "audio/aac"),
    (b"fLaC\0\0\0\x22\x10\0", "", "audio/flac"),
    (b"fLaC\x80\0\0\x22\x10\0", "", "audio/flac"),
    (ogg(b"\x01vorbis"), ".ogg", "audio/ogg"),
    (ogg(b"OpusHead"), ".opus", "audio/opus"),
    (ogg(b"\x80theora"), ".ogv", "video/ogg"),
    (ftyp(b"M4A ", b"M4A ", b"isom"), "", "audio/m4a"),
    (ftyp(b"mp42", b"isom"), ".m4a", "audio/m4a"),
    (ftyp(b"3gp4", b"isom"), ".m4a", "audio/m4a"),
    (b"#!AMR\n\x3c\0", "", "audio/amr"),
    (ftyp(b"isom", b"iso2", b"avc1", b"mp41"), ".mp4", "video/mp4"),
    (ftyp(b"XAVC", b"mp42", b"iso2"), "", "video/mp4"),
    (ftyp(b"qt  "), ".mp4", "video/mov"),
    (b"\0\0\0\x08wide\0\0\x20\0mdat", "", "video/mov"),
    (b"\0\0\x02\xd7moov\0\0\0\x6cmvhd", "", "video/mov"),
    (b"\0\0\0\x01mdat\0\0\0\x01", "", "video/mov"),
    (ftyp(b"3gp5", b"isom"), "", "video/3gpp"),
    (ebml(b"webm"), ".webm", "video/webm"),
    (ebml(b"webm"), ".weba", "audio/webm"),
    (ebml(b"matroska", b"\x01" + bytes(6) + b"\x08"), "", "video/x-matroska"),
    (form(b"RIFF", b"AVI "), "", "video/avi"),
    (b"\0\0\x01\xba\x44\0\x04\0", "", "video/mpeg"),
    (b"\0\0\x01\xb3\x14\0\xf0\x13", "", "video/mpeg"),
    (b"FLV\x01\x05\0\0\0\x09", "", "video/x-flv"),
    (ASF, ".wmv", "video/wmv"),
    (ASF, ".wma", "audio/x-ms-wma"),
    (b"%PDF-1.7\n%\xe2\xe3", "", "application/pdf"),
    (b"\xef\xbb\xbf\r\n %PDF-2.0\n", ".txt", "application/pdf"),
    (OLE2, ".doc", "application/msword"),
    (OLE2, ".ppt", "application/vnd.ms-powerpoint"),
    (OLE2, ".xls", "application/vnd.ms-excel"),
]


@pytest.mark.parametrize(("head", "suffix", "found"), CONTENT)
def test_content(head: bytes, suffix: str, found: str) -> None:
    assert mime.of_content(head, none, suffix) == found


LOOK_ALIKES = {
    "empty": b"",
    "text": b"Hello, world\n",
    "UTF-16 little-endian": "Hello, world".encode("utf-16"),
    "UTF-16 big-endian": b"\xfe\xff" + "Hello, world".encode("utf-16-be"),
    "ones": b"\xff" * 64,
    "BM prose": b"BM is short for Burgers and Milkshakes, a restaurant.",
    "BM and NULs": b"BM" + bytes(60),
    "BM of two planes": bitmap(40, planes=2),
    "GIF8 prose": b"GIF8 is how such files begin\0",
    "GIF89a prose": b"GIF89a is a format of 1989",
    "unknown RIFF": form(b"RIFF", b"sfbk"),
    "ID3 prose": b"ID3 tags are at the beginning of files",
    "ID3 without a size": b"ID3\x03\0\0\xff\xff\xff\xff",
    "PDF prose": b"About %PDF-1.7",
    "fLaC prose": b"fLaC is how such files begin",
    "ftyp prose": b"an  ftypisom",
    "wide prose": b"I'm wide awake",
    "unknown brand": ftyp(b"jxl "),
    "brand past the box": ftyp(b"jxl ", b"isom", size=16),
    "unknown EBML": ebml(b"other"),
    "mp3 version": b"\xff\xeb\x90\x64\0\0",
    "mp3 layer I": b"\xff\xff\x90\x64\0\0",
    "mp3 bit rate": b"\xff\xfb\xf0\x64\0\0",
    "mp3 frequency": b"\xff\xfb\x9c\x64\0\0",
    "mp3 emphasis": b"\xff\xfb\x90\x66\0\0",
    "ADTS without a second frame": adts(b"\xff\xf1")[:-7] + bytes(7),
    "ADTS of no length": adts(b"\xff\xf1", 16)[:3] + bytes(16),
    "ADTS frequency": b"\xff\xf1\x7c" + adts(b"\xff\xf1")[3:],
    "OLE2": OLE2,
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes(name: str) -> None:
    assert mime.of_content(LOOK_ALIKES[name], none, ".docx") is None


def archive(*names: str, mimetype: str = "") -> tuple[bytes, list[str]]:
    """The head of a ZIP archive, and its members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        if mimetype:
            out.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name in names:
            out.writestr(name, "<x/>")
        return file.getvalue()[: mime.HEAD], out.namelist()


@pytest.mark.parametrize(
    ("names", "mimetype", "suffix", "found"),
    [
        ([TYPES, "word/a.xml"], "", "", f"{OPEN_XML}wordprocessingml.document"),
        ([TYPES, "word/a.xml"], "", ".dotx", f"{OPEN_XML}wordprocessingml.template"),
        ([TYPES, "xl/a.xml"], "", ".docx", f"{OPEN_XML}spreadsheetml.sheet"),
        (["ppt/a.xml", TYPES], "", "", f"{OPEN_XML}presentationml.presentation"),
        ([TYPES, "docs/word/a.xml"], "", ".docx", None),
        (["word/a.txt"], "", ".docx", None),
        ([TYPES, "word"], "", ".docx", None),
        (["a.txt"], "", ".zip", None),
        (["a.xml"], f"{OPEN_DOCUMENT}text", "", f"{OPEN_DOCUMENT}text"),
        (["a.xml"], f"{OPEN_DOCUMENT}spreadsheet", "", f"{OPEN_DOCUMENT}spreadsheet"),
        (["a.xml"], f"{OPEN_DOCUMENT}presentation", "", f"{OPEN_DOCUMENT}presentation"),
        (["a.xml"], f"{OPEN_DOCUMENT}text-template", ".ott", None),
        (["a.xhtml"], "application/epub+zip", ".epub", None),
    ],
)
def test_archives(
    names: list[str], mimetype: str, suffix: str, found: str | None
) -> None:
    head, members = archive(*names, mimetype=mimetype)
    assert mime.of_content(head, lambda: members, suffix) == found


@pytest.mark.parametrize(
    ("suffix", "found"),
    [
        (".xlsx", f"{OPEN_XML}spreadsheetml.sheet"),
        (".odt", f"{OPEN_DOCUMENT}text"),
        (".doc", None),
        ("", None),
    ],
)
def test_the_suffix_decides_a_broken_archive(suffix: str, found: str | None) -> None:
    assert mime.of_content(archive("a.txt")[0], list[str], suffix) == found


@pytest.mark.parametrize(
    ("found", "stated", "agree"),
    [
        ("image/png", "image/png", True),
        ("image/jpeg", "image/png", False),
        ("audio/mp3", "audio/mpeg", True),
        ("text/plain", "application/json", True),
        ("text/plain", "text/html", True),
        ("text/plain", "text/csv", False),
    ],
)
def test_types_that_agree(found: str, stated: str, agree: bool) -> None:
    assert mime.agree(found, stated) is agree
