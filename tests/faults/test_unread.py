"""An event that cannot be read may have been a part of the answer: GET tells."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from gi_cli.wire.codec import dumps
from tests.calling import DECLARED, call, event, pieces, result
from tests.conftest import FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import (
    FORMATS,
    FOUND,
    OVER,
    PLAIN,
    STORED,
    TEXT,
    TWO,
    Json,
    Row,
    ended,
    get,
    params,
    post,
    recovered,
)
from tests.faults.test_framing import DEEP, delta
from tests.faults.timed import URL, Timed, compare_document, play
from tests.faults.words import DIFFERENT, NAMED
from tests.scripted import json_reply, sse

CUT = b'data: {"event_type":"step.delta","index":0,"delta":{"type":"text","te\n\n'
NESTED = b"data: %b\n\n" % delta(b'two","type":"text","more":%b,"last":"' % DEEP)
NESTED_END = ended(steps=[]).replace(b"[]", DEEP)
UNREAD = "gi: error: an event of the stream could not be read\n"


def unread(event: bytes) -> bytes:
    """The line of an event that could not be read."""
    value = {
        "event_type": "gi.unparsed",
        "data": event.partition(b"data: ")[2].decode(),
    }
    value["data"] = value["data"].rstrip("\n")
    return b"data: %b\n\n" % dumps(value)


def asked(
    what: str, at: int, event: bytes, *made: Json, code: int = 0, **more: Any
) -> Row:
    """The plain answer with this in the place of one of its events."""
    parts = (*PLAIN[:at], event, *PLAIN[at + 1 :])
    lines = b"".join((*PLAIN[:at], unread(event), *PLAIN[at + 1 :]))
    stream = b"".join(parts)
    given: Json = {"text": TEXT, "sse": stream + recovered(STORED), "made": made}
    given |= {"script": (post(sse(*parts)), FOUND)} | more
    return Row("F14B", what, code=code, lines=lines, **given)


ASKED = [
    asked("the last text cut short", 3, CUT, TWO, OVER),
    asked("a text nested too deeply", 3, NESTED, TWO, OVER),
    asked("an end nested too deeply", 5, NESTED_END, OVER),
    asked(
        "a text cut short",
        2,
        CUT,
        code=8,
        text=b"two",
        sse=b"".join((*PLAIN[:2], CUT, *PLAIN[3:])),
        err=DIFFERENT,
        result={"status": "completed"},
    ),
    asked(
        "a text cut short, not stored",
        2,
        CUT,
        code=5,
        script=(post(sse(*PLAIN[:2], CUT, *PLAIN[3:])),),
        argv=("create", "hi", "--no-store"),
        text=b"two",
        sse=b"".join((*PLAIN[:2], CUT, *PLAIN[3:])),
        error={"retryable": False},
        err=UNREAD + NAMED,
        result={"status": "completed"},
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ASKED))
def test_an_event_that_cannot_be_read(row: Row, format: str) -> None:
    play(row, format)


@pytest.mark.parametrize("row", params([row for row in ASKED if row.code != 8]))
def test_the_document(row: Row) -> None:
    compare_document(row)


CALL = call(arguments={})
ASKS = event("step.start", index=0, step=CALL)
NEXT = sse(b"".join(PLAIN).replace(b"v1_1", b"v1_2"))


@pytest.mark.parametrize(
    "parts",
    [
        (ASKS, pieces('{"a":1'), CUT, pieces("}")),
        (ASKS, CUT),
        (CUT, pieces('{"a":1}')),
    ],
    ids=["a part", "all of them", "the call itself"],
)
@held("F14B", "arguments cut short")
def test_arguments_that_cannot_be_read(parts: tuple[bytes, ...]) -> None:
    """No command runs with what is left of them: GET has the whole."""
    end = (event("step.stop", index=0), ended("requires_action"))
    whole = {**STORED, "status": "requires_action"}
    whole |= {"steps": [call(arguments={"a": 1, "b": 2})]}
    stream = post(sse(PLAIN[0], *parts, *end))
    clock = FakeClock()
    service = Timed((stream, get(json_reply(whole)), post(NEXT)), clock)
    argv = ("create", "hi", "--base-url", URL, *DECLARED, "--exec", "get=cat")
    done = run_main(*argv, clock=clock, service=service)
    assert (done.out, done.err) == (TEXT, "")
    assert service.bodies[1]["input"] == [result('{"a":1,"b":2}')]
    service.assert_over()


IMAGE = {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="}
OTHER_IMAGE = {**IMAGE, "data": "iVBORw0KGgoA"}
DRAWN = {**STORED, "steps": [{"type": "model_output", "content": [IMAGE, OTHER_IMAGE]}]}


@pytest.mark.parametrize("aside", [False, True])
@held("F14B", "an image cut short")
def test_an_image_that_cannot_be_read(aside: bool, tmp_path: Path) -> None:
    """Nobody knows which of the two was shown: only a file can be written anew."""
    other = event("step.delta", index=0, delta=OTHER_IMAGE)
    stream = post(sse(*PLAIN[:2], CUT, other, *PLAIN[4:]))
    clock, folder = FakeClock(), tmp_path / "media"
    folder.mkdir()
    out = ("-o", str(tmp_path / "out.md")) if aside else ()
    argv = ("create", "hi", "--base-url", URL, "--media-dir", str(folder), *out)
    service = Timed((stream, get(json_reply(DRAWN))), clock)
    done = run_main(*argv, code=0 if aside else 8, clock=clock, service=service)
    if aside:
        kept = {path.read_bytes() for path in folder.iterdir()}
        assert kept == {b64decode(each["data"]) for each in (IMAGE, OTHER_IMAGE)}
        assert (tmp_path / "out.md").read_text().count("![image]") == 2
    else:
        assert done.err == DIFFERENT


@held("F14B", "no JSON")
def test_a_word_between_events_is_no_image(tmp_path: Path) -> None:
    """What is no object cannot have held one: the images that GET tells are shown."""
    first = event("step.delta", index=0, delta=IMAGE)
    stream = post(sse(*PLAIN[:2], b"data: ping\n\n", first))
    clock, folder = FakeClock(), tmp_path / "media"
    folder.mkdir()
    argv = ("create", "hi", "--base-url", URL, "--media-dir", str(folder))
    service = Timed((stream, get(json_reply(DRAWN))), clock)
    done = run_main(*argv, clock=clock, service=service)
    kept = sorted(folder.iterdir())
    assert [path.read_bytes() for path in kept] == [
        b64decode(each["data"]) for each in (IMAGE, OTHER_IMAGE)
    ]
    assert done.out == b"![image](%b)\n![image](%b)\n" % tuple(map(bytes, kept))
    assert done.err == ""
