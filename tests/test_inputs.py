"""What -i names becomes a content of the turn, or is refused before any request."""

import io
import json
import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, Gi
from tests.scripted import ScriptedServer, sse
from tests.test_create import DONE
from tests.test_mime import ASF, ID3, OLE2, OPEN_DOCUMENT, OPEN_XML, bitmap, form, ftyp

HI = {"type": "text", "text": "hi"}
UNREAD = (
    "gi: stdin has data that was not read; "
    "pass - as the first or last word to send it\n"
)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MP4 = ftyp(b"isom", b"iso2", b"mp41")
RAW = b"\x00\x01\xfe\xff" * 8


def document(*names: str, mimetype: str = "") -> bytes:
    """An office document: the archive that its kind is told by."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        if mimetype:
            out.writestr("mimetype", mimetype)
        for name in names:
            out.writestr(name, "<x/>")
    return file.getvalue()


TYPES = "[Content_Types].xml"
WORD = document(TYPES, "word/document.xml")
LOCAL: list[tuple[str, bytes, str, str]] = [
    ("a.png", PNG, "image", "image/png"),
    ("a.JPG", JPEG, "image", "image/jpeg"),
    ("a.gif", b"GIF89a\x01\0\x01\0\x80\0\0", "image", "image/gif"),
    ("a.webp", form(b"RIFF", b"WEBP"), "image", "image/webp"),
    ("a.heic", ftyp(b"heic", b"mif1"), "image", "image/heic"),
    ("a.heif", ftyp(b"mif1", b"miaf"), "image", "image/heif"),
    ("a.bmp", bitmap(40), "image", "image/bmp"),
    ("a.tif", b"II*\0\x08\0\0\0", "image", "image/tiff"),
    ("a.wav", form(b"RIFF", b"WAVE"), "audio", "audio/wav"),
    ("a.mp3", ID3, "audio", "audio/mp3"),
    ("a.aiff", form(b"FORM", b"AIFF", ">"), "audio", "audio/aiff"),
    ("a.aac", b"\xff\xf1\x50\x80\x02\x1f\xfc", "audio", "audio/aac"),
    ("a.ogg", b"OggS\0\x02" + bytes(20), "audio", "audio/ogg"),
    ("a.opus", b"OggS\0\x02" + bytes(20), "audio", "audio/opus"),
    ("a.flac", b"fLaC\0\0\0\x22\x10\0", "audio", "audio/flac"),
    ("a.m4a", ftyp(b"M4A ", b"isom"), "audio", "audio/m4a"),
    ("a.l16", RAW, "audio", "audio/l16"),
    ("a.alaw", RAW, "audio", "audio/alaw"),
    ("a.mulaw", RAW, "audio", "audio/mulaw"),
    ("a.weba", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "audio", "audio/webm"),
    ("a.mp4", MP4, "video", "video/mp4"),
    ("a.mov", ftyp(b"qt  "), "video", "video/mov"),
    ("a.avi", form(b"RIFF", b"AVI "), "video", "video/avi"),
    ("a.mpg", b"\0\0\x01\xba\x44\0\x04\0", "video", "video/mpeg"),
    ("a.webm", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video", "video/webm"),
    ("a.wmv", ASF, "video", "video/wmv"),
    ("a.flv", b"FLV\x01\x05\0\0\0\x09", "video", "video/x-flv"),
    ("a.3gp", ftyp(b"3gp5", b"isom"), "video", "video/3gpp"),
    ("a.pdf", PDF, "document", "application/pdf"),
    ("a.csv", b"day,n\n1,20\n", "document", "text/csv"),
    ("a.CSV", "día,n\n".encode("latin-1"), "document", "text/csv"),
    ("a.doc", OLE2, "document", "application/msword"),
    ("a.xls", OLE2, "document", "application/vnd.ms-excel"),
    ("a.ppt", OLE2, "document", "application/vnd.ms-powerpoint"),
    ("a.docx", WORD, "document", f"{OPEN_XML}wordprocessingml.document"),
    ("a.dotx", WORD, "document", f"{OPEN_XML}wordprocessingml.template"),
    (
        "a.xlsx",
        document(TYPES, "xl/workbook.xml"),
        "document",
        f"{OPEN_XML}spreadsheetml.sheet",
    ),
    (
        "a.pptx",
        document(TYPES, "ppt/presentation.xml"),
        "document",
        f"{OPEN_XML}presentationml.presentation",
    ),
    *(
        (
            f"a.{suffix}",
            document("content.xml", mimetype=OPEN_DOCUMENT + name),
            "document",
            OPEN_DOCUMENT + name,
        )
        for suffix, name in (
            ("odt", "text"),
            ("ods", "spreadsheet"),
            ("odp", "presentation"),
        )
    ),
    ("photo", JPEG, "image", "image/jpeg"),
    ("report", WORD, "document", f"{OPEN_XML}wordprocessingml.document"),
    ("a.png;type=image/webp", PNG, "image", "image/webp"),
    ("a.bin;type=Video/MP4", RAW, "video", "video/mp4"),
    ("a.raw;type=audio/l16; rate=16000", RAW, "audio", "audio/l16; rate=16000"),
    ("a.md;type=application/pdf", b"# Notes", "document", "application/pdf"),
    ("a.txt;type=text/csv", b"a,b\n", "document", "text/csv"),
    ("a;type=b;type=image/png", PNG, "image", "image/png"),
]


def place(item: str) -> str:
    """The name of the file, without the type that is stated behind it."""
    return item.rpartition(";type=")[0] or item


def asked(gi: Gi, *argv: str, stdin: bytes | None = None, said: str = "") -> Any:
    """The `input` of a dry run, which says nothing else than expected."""
    done = gi("create", *argv, "--dry-run", stdin=stdin, environ={})
    assert done.err == said
    return json.loads(done.out)["body"]["input"]


@pytest.mark.parametrize(("item", "data", "kind", "mime_type"), LOCAL)
def test_a_local_file(
    item: str, data: bytes, kind: str, mime_type: str, gi: Gi, tmp_path: Path
) -> None:
    (tmp_path / place(item)).write_bytes(data)
    sent = {"type": kind, "data": b64encode(data).decode(), "mime_type": mime_type}
    assert asked(gi, "hi", "-i", f"{tmp_path}/{item}") == [HI, sent]


@pytest.mark.parametrize(
    ("item", "data", "text"),
    [
        ("notes.md", "# Nötes\r\n🦊\n".encode(), "# Nötes\r\n🦊\n"),
        ("a.txt", b"\xef\xbb\xbfbehind a mark", "behind a mark"),
        ("a.json", b'{"a": 1}', '{"a": 1}'),
        ("a.html", b"<p>hi</p>", "<p>hi</p>"),
        ("a.svg", b"<svg/>", "<svg/>"),
        ("main.rs", b"fn main() {}\n", "fn main() {}\n"),
        ("Makefile", b"all:\n\ttrue\n", "all:\n\ttrue\n"),
        ("cut", b"x" * 4095 + "é".encode(), "x" * 4095 + "é"),
        ("a.csv;type=text/plain", b"a,b\n", "a,b\n"),
        ("a.bin;type=text/plain; charset=utf-8", b"hi", "hi"),
        ("a.pdf;type=application/json", b"[]", "[]"),
    ],
)
def test_a_text_file(item: str, data: bytes, text: str, gi: Gi, tmp_path: Path) -> None:
    (tmp_path / place(item)).write_bytes(data)
    path = f"{tmp_path}/{item}"
    assert asked(gi, "hi", "-i", path) == [HI, {"type": "text", "text": text}]
    assert asked(gi, "-i", path) == text


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.png", JPEG, "image/jpeg"),
        ("a.mp3", form(b"RIFF", b"WAVE"), "audio/wav"),
        ("a.txt", PDF, "application/pdf"),
        ("a.csv", PNG, "image/png"),
        ("a.docx", document(TYPES, "xl/a.xml"), f"{OPEN_XML}spreadsheetml.sheet"),
        ("a.png", b"<h1>404</h1>", "text/plain"),
    ],
)
def test_the_content_wins_over_the_suffix(
    name: str, data: bytes, found: str, gi: Gi, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    said = f"gi: {path} is {found} by its content, and goes as that\n"
    [sent] = [asked(gi, "hi", "-i", str(path), said=said)[1]]
    assert sent.get("mime_type", "text/plain") == found
    assert asked(gi, "hi", "-i", str(path), "-q") == [HI, sent]


URLS: list[tuple[str, str, str | None]] = [
    ("https://x.example/a.png", "image", "image/png"),
    ("HTTP://x.example/a.JPEG?size=2#top", "image", "image/jpeg"),
    ("https://x.example/a.mp3", "audio", "audio/mp3"),
    ("https://x.example/a.mov", "video", "video/mov"),
    ("https://x.example/a.pdf", "document", "application/pdf"),
    ("https://x.example/a.csv", "document", "text/csv"),
    ("https://x.example/a.html", "document", "text/html"),
    ("https://x.example/a.md", "document", "text/plain"),
    (
        "https://x.example/a.docx",
        "document",
        f"{OPEN_XML}wordprocessingml.document",
    ),
    ("gs://bucket/dir/a.webm", "video", "video/webm"),
    ("https://x.example/a.png;type=image/webp", "image", "image/webp"),
    ("https://x.example/?id=7;type=application/pdf", "document", "application/pdf"),
    ("gs://bucket/a;type=audio/wav", "audio", "audio/wav"),
    ("https://x.example/a;type=i/../a.gif", "image", "image/gif"),
    ("https://www.youtube.com/watch?v=9hE5-98ZeCg", "video", None),
    ("https://m.youtube.com/watch?v=9hE5-98ZeCg", "video", None),
    ("https://YouTube.com/shorts/9hE5-98ZeCg", "video", None),
    ("https://youtu.be/9hE5-98ZeCg?t=4", "video", None),
    ("https://youtu.be/9hE5-98ZeCg;type=video/mp4", "video", "video/mp4"),
]


@pytest.mark.parametrize(("item", "kind", "mime_type"), URLS)
def test_an_address(item: str, kind: str, mime_type: str | None, gi: Gi) -> None:
    stated = mime_type and item.endswith(f";type={mime_type}")
    sent = {"type": kind, "uri": place(item) if stated else item}
    if mime_type:
        sent["mime_type"] = mime_type
    assert asked(gi, "hi", "-i", item) == [HI, sent]


def test_the_order_is_that_of_the_command_line(gi: Gi, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "empty.pdf").write_bytes(PDF)
    items = ("notes.md", "photo.jpg", "empty.pdf", "notes.md")
    words = [word for item in items for word in ("-i", f"{tmp_path}/{item}")]
    words[2:2] = ["-i", "https://youtu.be/x"]
    notes = {"type": "text", "text": "notes"}
    sent = [
        {"type": "text", "text": "review this"},
        {"type": "text", "text": "diff"},
        notes,
        {"type": "video", "uri": "https://youtu.be/x"},
        {
            "type": "image",
            "data": b64encode(JPEG).decode(),
            "mime_type": "image/jpeg",
        },
        {
            "type": "document",
            "data": b64encode(PDF).decode(),
            "mime_type": "application/pdf",
        },
        notes,
    ]
    assert asked(gi, "review", "this", "-", *words, stdin=b"diff") == sent
    assert asked(gi, *words, "review this", "-", stdin=b"diff") == sent
    turned = [sent[1], sent[0], *sent[2:]]
    assert asked(gi, "-", "review this", *words, stdin=b"diff") == turned


def test_an_input_makes_a_prompt_needless(gi: Gi, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    data = b64encode(PDF).decode()
    sent = [{"type": "document", "data": data, "mime_type": "application/pdf"}]
    assert asked(gi, "-i", f"{tmp_path}/a.pdf") == sent
    assert asked(gi, "-i", f"{tmp_path}/a.pdf", stdin=b"unread") == sent


def test_a_stdin_that_is_not_named_is_told(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("notes")
    server.expect("POST", "/v1beta/interactions", sse(DONE))
    there = ("--base-url", server.url)
    done = gi("create", "-i", f"{tmp_path}/a.md", *there, stdin=b"unread")
    assert done == Done(0, b"ok\n", UNREAD)
    assert server.requests[0].json["input"] == "notes"


@pytest.mark.parametrize(
    ("item", "data", "sent"),
    [
        ("-", b"text \xf0\x9f\xa6\x8a\n", {"type": "text", "text": "text 🦊\n"}),
        ("-", b"\xef\xbb\xbfmarked", {"type": "text", "text": "marked"}),
        ("-", JPEG, {"type": "image", "mime_type": "image/jpeg"}),
        (
            "-",
            WORD,
            {
                "type": "document",
                "mime_type": f"{OPEN_XML}wordprocessingml.document",
            },
        ),
        ("-;type=text/csv", b"a,b\n", {"type": "document", "mime_type": "text/csv"}),
        ("-;type=audio/l16", RAW, {"type": "audio", "mime_type": "audio/l16"}),
    ],
    ids=["text", "mark", "image", "office", "csv", "raw"],
)
def test_stdin(item: str, data: bytes, sent: dict[str, str], gi: Gi) -> None:
    if "text" not in sent:
        sent = {
            "type": sent["type"],
            "data": b64encode(data).decode(),
            "mime_type": sent["mime_type"],
        }
    assert asked(gi, "hi", "-i", item, stdin=data) == [HI, sent]
