"""What bytes on stdin and in files become: the whole body, or a usage error."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.calling import MODEL
from tests.conftest import Done, Gi
from tests.faults.catalogue import held
from tests.faults.rows import PLAIN, TEXT, post, told
from tests.scripted import ScriptedServer, sse


class Place(NamedTuple):
    """Where the text is read, and where it stands in the body."""

    argv: tuple[str, ...]
    body: Any  # with TEXT_HERE in it
    file: bool = False


HERE = "the text"
TWO = [{"type": "text", "text": "x"}, {"type": "text", "text": HERE}]
PLACES = {
    "no words": Place((), {"input": HERE}),
    "-": Place(("-",), {"input": HERE}),
    "x -": Place(("x", "-"), {"input": TWO}),
    "-i -": Place(("-i", "-"), {"input": HERE}),
    "x -i -": Place(("x", "-i", "-"), {"input": TWO}),
    "-i FILE": Place(("x", "-i", "given.txt"), {"input": TWO}, file=True),
    "-s @-": Place(("x", "-s", "@-"), {"input": "x", "system_instruction": HERE}),
    "-s @FILE": Place(
        ("x", "-s", "@given.txt"), {"input": "x", "system_instruction": HERE}, file=True
    ),
    "-F @-": Place(("x", "-F", "a.b=@-"), {"input": "x", "a": {"b": HERE}}),
    "-F @FILE": Place(
        ("x", "-F", "a.b=@given.txt"), {"input": "x", "a": {"b": HERE}}, file=True
    ),
}
EACH_PLACE = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
CRLF, BOM = held("F74", "CRLF"), held("F74", "a BOM")
GOOD: dict[str, tuple[Any, bytes, str]] = {
    "CRLF": (CRLF, b"a\r\nb\r\n", "a\r\nb\r\n"),
    "CR": (CRLF, b"\ra\rb", "\ra\rb"),
    "mixed ends": (CRLF, b"a\n\r\n\rb\n\n", "a\n\r\n\rb\n\n"),
    "BOM": (BOM, b"\xef\xbb\xbfab", "ab"),
    "two BOMs": (BOM, b"\xef\xbb\xbf" * 2 + b"ab", "\ufeffab"),
    "BOM inside": (BOM, "a\ufeff\nb".encode(), "a\ufeff\nb"),
    "separators": (
        (),
        "a\x85b\u2028c\x0b\x0c\x1c".encode(),
        "a\x85b\u2028c\x0b\x0c\x1c",
    ),
    "controls": ((), b"\x1b[2J\x07\x7f\x01", "\x1b[2J\x07\x7f\x01"),
    "beyond the plane": ((), "🦊é\U0010ffff".encode(), "🦊é\U0010ffff"),
    "blanks around": ((), b" \n\ta \n", " \n\ta \n"),
}


def run(
    data: bytes, place: Place, gi: Gi, server: ScriptedServer, *more: str, code: int
) -> Done:
    Path("given.txt").write_bytes(data)
    argv = ("create", *place.argv, "--base-url", server.url, *more)
    return gi(*argv, stdin=None if place.file else data, code=code)


pytestmark = pytest.mark.usefixtures("here")


@EACH_PLACE
@pytest.mark.parametrize(
    ("data", "text"), [pytest.param(*g, id=n, marks=m) for n, (m, *g) in GOOD.items()]
)
def test_text_is_sent_as_it_is(
    data: bytes, text: str, place: Place, gi: Gi, server: ScriptedServer
) -> None:
    server.expect(*post(sse(*PLAIN)))
    assert run(data, place, gi, server, code=0) == Done(0, TEXT, "")
    (request,) = server.requests
    whole = json.dumps({"model": MODEL, **place.body, "stream": True})
    expected = json.loads(whole.replace(json.dumps(HERE), json.dumps(text)))
    assert request.json == expected
    assert request.body.isascii() or request.body.decode()  # UTF-8, whatever came


NUL, INVALID = held("F74", "a NUL"), held("F74", "invalid UTF-8")
BAD: dict[str, tuple[Any, bytes, str]] = {
    "NUL": (NUL, b"abc\0d", "is not text: it has a NUL at byte 3"),
    "NUL behind é": (NUL, "é\0".encode(), "is not text: it has a NUL at byte 2"),
    "NUL behind a BOM": (
        NUL,
        b"\xef\xbb\xbfa\0",
        "is not text: it has a NUL at byte 4",
    ),
    "0xff": (INVALID, b"ab\xff", "is not UTF-8 text (at byte 2)"),
    "cut": (INVALID, b"ab\xe2\x82", "is not UTF-8 text (at byte 2)"),
    "half a pair": (INVALID, b"a\xed\xa0\xbdb", "is not UTF-8 text (at byte 1)"),
    "overlong": (INVALID, b"a\xc0\x80", "is not UTF-8 text (at byte 1)"),
    "behind a BOM": (INVALID, b"\xef\xbb\xbfab\xff", "is not UTF-8 text (at byte 5)"),
    "UTF-16": (BOM, b"\xff\xfea\0b\0", "is not UTF-8 text (at byte 0)"),
}
TYPELESS = "gi: hint: add ;type=MIME, as in FILE;type=image/png\n"


@EACH_PLACE
@pytest.mark.parametrize(
    ("data", "why"), [pytest.param(*b, id=n, marks=m) for n, (m, *b) in BAD.items()]
)
def test_what_is_no_text_is_not_sent(
    data: bytes, why: str, place: Place, gi: Gi, server: ScriptedServer
) -> None:
    name = "given.txt" if place.file else "stdin"
    err = f"gi: error: {name} {why}\n"
    if "-i" in place.argv and not place.file and data[-1:] != b"\x82":
        # it may be anything there, but for what only ends in half a character
        err = f"gi: error: -i: the type of {name} is not known\n{TYPELESS}"
    assert run(data, place, gi, server, code=2) == Done(2, b"", err)
    done = run(data, place, gi, server, "--ndjson", code=2)
    assert (json.loads(done.out), done.err) == (told(2, err), err)
    assert server.requests == []


EXAMPLE = 'gi: hint: gi create "Why is the sky blue?"\n'
NOTHING: dict[str, tuple[tuple[str, ...], bytes, str]] = {
    "no words": ((), b"", f"the prompt is empty\n{EXAMPLE}"),
    "-": (("-",), b" \n\t\r\n", f"the prompt is empty\n{EXAMPLE}"),
    "a BOM alone": (("-",), b"\xef\xbb\xbf", f"the prompt is empty\n{EXAMPLE}"),
    "an empty word": (("",), b"", f"the prompt is empty\n{EXAMPLE}"),
    "-i -": (("-i", "-"), b"\n", "-i: stdin is empty\n"),
    "twice": (
        ("-", "-"),
        b"data",
        "stdin is named twice: as the first and as the last word\n",
    ),
    "for two": (
        ("-", "-s", "@-"),
        b"data",
        "stdin is named twice: for --system and -\n",
    ),
    "for -i and -F": (
        ("x", "-i", "-", "-F", "a=@-"),
        b"data",
        "stdin is named twice: for -F a and -i -\n",
    ),
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_to_send(name: str, gi: Gi, server: ScriptedServer) -> None:
    words, data, why = NOTHING[name]
    done = run(data, Place(words, None), gi, server, code=2)
    assert done == Done(2, b"", f"gi: error: {why}")
    assert server.requests == []
