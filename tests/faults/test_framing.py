"""How bytes become events: ends of lines, fields, encodings, and data of any shape."""

from typing import Any

import pytest

from tests.faults.rows import (
    FORMATS,
    PLAIN,
    TEXT,
    WHOLE,
    Json,
    Row,
    params,
    post,
    said,
)
from tests.faults.timed import compare_document, play
from tests.scripted import sse

EVENTS = b"".join(PLAIN[:-1])
MIXED = b"".join(
    line + (b"\n", b"\r\n", b"\r")[number % 3]
    for number, line in enumerate(WHOLE.split(b"\n")[:-1])
)
ENDS = {
    "LF": WHOLE,
    "CRLF": WHOLE.replace(b"\n", b"\r\n"),
    "CR": WHOLE.replace(b"\n", b"\r"),
    "mixed": MIXED,
}


def reads(id: str, what: str, *parts: bytes, **more: Any) -> Row:
    """The plain answer, written in another way: the outcome is that of PLAIN."""
    given: Json = {"text": TEXT, "sse": b"".join(parts), "lines": WHOLE}
    given |= more
    return Row(id, what, (post(sse(*parts)),), 0, **given)


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[n : n + 1] for n in range(len(data))]


def behind_cr(data: bytes) -> list[bytes]:
    """Cut between the two characters of each end of a line."""
    first, *rest = data.split(b"\n")
    return [first, *(b"\n" + part for part in rest)]


def put_in(id: str, what: str, event: bytes, **more: Any) -> Row:
    """The plain answer with something between its two texts."""
    return reads(id, what, *PLAIN[:3], event, *PLAIN[3:], **more)


def with_line(line: bytes) -> bytes:
    """The events of the plain answer, and a line of its own between the two texts."""
    return b"".join((*PLAIN[:3], b"data: %b\n\n" % line, *PLAIN[3:]))


def delta(text: bytes) -> bytes:
    """The line of a delta whose text is written so."""
    head = b'{"event_type":"step.delta","index":0,"delta":{"type":"text","text":"'
    return head + text + b'"}}'


def texted(what: str, text: bytes, shown: bytes, line: bytes | None = None) -> Row:
    """The plain answer with a delta whose text is written so, read byte by byte."""
    event = b"data: %b\n\n" % delta(text)
    parts = byte_by_byte(b"".join((*PLAIN[:3], event, *PLAIN[3:])))
    lines = with_line(delta(text if line is None else line))
    return reads("F149", what, *parts, text=b"one %btwo\n" % shown, lines=lines)


def valued(what: str, data: bytes, line: bytes | None = None, **more: Any) -> Row:
    """The plain answer with an event of another name whose data is this."""
    lines = with_line(data if line is None else line)
    event = b"event: odd\ndata: %b\n\n" % data
    return put_in("F14B", what, event, **{"lines": lines} | more)


def field(id: str, what: str, line: bytes) -> Row:
    """The plain answer with a line in its third event and in an event of its own."""
    marked = said("two").replace(b"data: ", line + b"\ndata: ")
    return reads(id, what, *PLAIN[:3], line + b"\n\n", marked, *PLAIN[4:])


SPLIT = b"".join(
    b'event: step.delta\ndata: {"event_type":"step.delta",\ndata:"index":0,\n'
    b'data: "delta":{"type":"text",\ndata\ndata: "text":"%b"}}\n\n' % text
    for text in (b"one ", b"two")
)
JOINED = b"".join(b"data: %b\n\n" % delta(text) for text in (b"one ", b"two"))
UPPER = b"EVENT: step.delta\nDATA: %b\n\n" % delta(b"no")
DEEP = b"[" * 100_000 + b"]" * 100_000
FRAMES = [
    *(reads("F142", name, data) for name, data in ENDS.items()),
    *(reads("F142", "a byte a read", *byte_by_byte(data)) for data in ENDS.values()),
    *(reads("F142", "one read", data) for data in ENDS.values()),
    reads("F142", "CRLF between reads", *behind_cr(ENDS["CRLF"])),
    reads("F142", "a BOM", b"\xef\xbb\xbf", *PLAIN),
    reads("F142", "a BOM", *byte_by_byte(b"\xef\xbb\xbf" + ENDS["CR"])),
    reads("F144", "no space after data:", WHOLE.replace(b"data: ", b"data:")),
    reads(
        "F144",
        "two spaces after data:",
        WHOLE.replace(b"data: ", b"data:  "),
        lines=EVENTS.replace(b"data: ", b"data:  "),
    ),
    reads(
        "F144",
        "a tab after data:",
        WHOLE.replace(b"data: ", b"data:\t"),
        lines=EVENTS.replace(b"data: ", b"data: \t"),
    ),
    reads(
        "F145",
        "data on several lines",
        *(*PLAIN[:2], SPLIT, *PLAIN[4:]),
        lines=b"".join((*PLAIN[:2], JOINED, *PLAIN[4:])),
    ),
    field("F147", "comments", b": keep-alive"),
    field("F147", "comments", b": data: {}"),
    field("F147", "a colon alone", b":"),
    field("F148", "a field without a colon", b"none"),
    put_in("F148", "a field without a colon", b"event: step.delta\ndata\n\n"),
    field("F148", "an unknown field", b"colour: red"),
    field("F148", "a field in upper case", b"ID: 7"),
    put_in("F148", "a field in upper case", UPPER),
    field("F148", "NUL in id:", b"id: 7\0"),
    field("F148", "retry: that is no number", b"retry: soon"),
    texted("split UTF-8", "é漢😀".encode(), "é漢😀".encode()),
    texted(
        "U+2028 and its kin",
        "\u2028\u2029\x85\\u000b\\u000c\\u001c".encode(),
        "\u2028\u2029\x85\x0b\x0c\x1c".encode(),
    ),
    texted("overlong UTF-8", b"\xc0\xaf", *("\ufffd\ufffd".encode(),) * 2),
    texted("a lone 0xFF", b"\xff", *("\ufffd".encode(),) * 2),
    valued("a scalar", b"1"),
    valued("a scalar", b'"step.delta"'),
    valued("a scalar", b"true"),
    valued("a list", b'[1,{"event_type":"interaction.completed"}]'),
    valued("null", b"null"),
    valued("duplicate keys", b'{"event_type":"odd","event_type":"step.delta"}'),
    put_in(
        "F14B",
        "duplicate keys",
        b"data: %b\n\n" % delta(b'no","text":"or '),
        text=b"one or two\n",
        lines=with_line(delta(b'no","text":"or ')),
    ),
    valued("1e400", b"1e400"),
    valued("1e400", b'{"n":1e400}', b'{"event_type":"odd","n":1e400}'),
    valued("no JSON", b"ping", b'{"event_type":"gi.unparsed","data":"ping"}'),
    valued("deep nesting", DEEP, b'{"event_type":"gi.unparsed","data":"%b"}' % DEEP),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(FRAMES))
def test_framing(row: Row, format: str) -> None:
    """However it is written, it is the same answer, and --sse has every byte."""
    play(row, format)


@pytest.mark.parametrize("row", params(FRAMES))
def test_the_document(row: Row) -> None:
    compare_document(row)
