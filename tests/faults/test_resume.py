"""A stream that is cut: asked for, resumed, polled, and shown once."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.calling import event
from tests.conftest import FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import (
    FORMATS,
    FOUND,
    HEAD,
    OVER,
    PLAIN,
    START,
    STOPPED,
    STORED,
    TEXT,
    TWO,
    Exchange,
    Json,
    Row,
    get,
    params,
    post,
    recovered,
    resume,
    said,
)
from tests.faults.timed import URL, Timed, compare_document, play
from tests.faults.words import BROKE_OFF, DIFFERENT, NAMED
from tests.following import GONE, refusal
from tests.scripted import Action, Pause, Reset, json_reply, raw, sse


def numbered(*events: bytes, letter: bytes = b"e") -> tuple[bytes, ...]:
    """Events with the ids e0, e1 and so on."""
    ids = (b'{"event_id": "%b%d", "event' % (letter, n) for n in range(len(events)))
    named = zip(events, ids, strict=True)
    return tuple(each.replace(b'{"event', id, 1) for each, id in named)


ALL = numbered(*PLAIN)
BEGUN, REST = ALL[:3], ALL[3:]
CUT = b"".join(BEGUN)
NOW = get(json_reply(HEAD))  # it runs
MADE = (TWO, STOPPED, OVER)
BACKGROUND = ("create", "hi", "--background")


def again(*parts: Action, after: str = "e2") -> Exchange:
    """A resumed stream."""
    return resume(sse(*parts), after)


def cut(
    id: str, what: str, *script: Exchange, begun: Sequence[Any] = BEGUN, **more: Any
) -> Row:
    """What follows a stream that was cut behind its first text; `more` says what is
    not as it is where GET tells the rest."""
    body = b"".join(part for part in begun if isinstance(part, bytes))
    given: Json = {
        "script": (post(sse(*begun)), *script),
        "code": 0,
        "text": TEXT,
        "sse": body + recovered(STORED),
        "lines": CUT,
        "made": MADE,
        "argv": BACKGROUND,
    }
    return Row(id, what, **given | more)


def mended(id: str, what: str, *script: Exchange, sse: bytes, **more: Any) -> Row:
    """The rest comes in resumed streams."""
    given: Json = {"sse": sse, "lines": b"".join(PLAIN), "made": ()}
    return cut(id, what, *script, **given | more)


def lost(
    id: str, what: str, *script: Exchange, code: int, err: str, **more: Any
) -> Row:
    """Nobody tells the rest."""
    status: Json = {"status": "in_progress"}
    given: Json = {"code": code, "err": err, "text": b"one ", "made": (), "sse": CUT}
    return cut(id, what, *script, **given | {"result": status} | more)


REFUSED = resume(refusal(400), "e2")
SILENT = again(*ALL[:2], Pause(61))
PINGS = (b": ping\n\n", Pause(5)) * 20
FEW = again(after="e2")
OTHER = numbered(START, said("uno "), said("dos"), *PLAIN[4:6], letter=b"f")
LESS = numbered(*PLAIN[:3], *PLAIN[4:6], letter=b"f")
EACH = (ALL[3], ALL[4], b"".join(ALL[5:]))  # a cut behind each
OTHER_IDS = (*BEGUN[:2], b"id: x7\n" + BEGUN[2])
NO_IDS = (*PLAIN[:2], b"id: x7\n" + PLAIN[2])
RESUMED = [
    cut(
        "F20",
        "a resumed stream replays two events and falls silent",
        *(NOW, SILENT, NOW, FOUND),
        sse=CUT + b"".join(ALL[:2]) + recovered(STORED),
    ),
    cut(
        "F20",
        "a resumed stream replays two events and falls silent",
        *(NOW, again(*ALL[:2], Pause(301)), FOUND),
        argv=("create", "hi"),
        sse=CUT + b"".join(ALL[:2]) + recovered(STORED),
    ),
    mended(
        "F21",
        "a resumed stream starts anew",
        *(NOW, again(*ALL)),
        sse=CUT + b"".join(ALL),
        lines=b"".join(ALL),
    ),
    mended(
        "F21",
        "a resumed stream starts anew",
        *(NOW, again(*PLAIN, after="")),
        begun=PLAIN[:3],
        sse=b"".join((*PLAIN[:3], *PLAIN)),
    ),
    lost(
        "F21",
        "a resumed stream tells another text",
        *(NOW, again(*OTHER), FOUND),
        code=8,
        text=b"one dos",
        sse=CUT + b"".join(OTHER),
        lines=CUT + b"".join(OTHER[2:]),
        err=DIFFERENT,
        result={"status": "completed"},
    ),
    mended(
        "F21",
        "a resumed stream tells less text",
        *(NOW, again(*LESS, after="e3"), FOUND),
        begun=ALL[:4],
        sse=b"".join((*ALL[:4], *LESS)) + recovered(STORED),
        lines=b"".join((*ALL[:4], *LESS[3:])),
        made=(OVER,),
    ),
    *(
        cut("F23", f"resuming gives {code}", *(NOW, resume(reply, "e2"), NOW, FOUND))
        for code, reply in (
            (400, refusal(400)),
            (404, GONE),
            (409, refusal(409, "conflict")),
            (501, refusal(501, "unimplemented")),
            ("JSON", json_reply(HEAD)),
        )
    ),
    cut("F24", "every stream is cut", *(NOW, FEW) * 3, NOW, FOUND),
    mended(
        "F24",
        "every stream is cut",
        *(NOW, again(EACH[0]), NOW, again(EACH[1], after="e3")),
        *(NOW, again(EACH[2], after="e4")),
        sse=b"".join(ALL),
        lines=b"".join(ALL),
    ),
    mended(
        "F26",
        "the id: line differs from event_id",
        *(NOW, again(*REST)),
        begun=OTHER_IDS,
        sse=b"".join((*OTHER_IDS, *REST)),
        lines=b"".join(ALL),
    ),
    mended(
        "F26",
        "an id: line and no event_id",
        *(NOW, again(*NO_IDS, *PLAIN[3:], after="")),
        begun=NO_IDS,
        sse=b"".join((*NO_IDS, *NO_IDS, *PLAIN[3:])),
    ),
    cut(
        "F28",
        "comments only",
        *(NOW, REFUSED, FOUND),
        begun=(*BEGUN, *PINGS),
        sse=CUT + b": ping\n\n" * 12 + recovered(STORED),
    ),
    cut("F29", "GET gives 404 three times", *(get(GONE),) * 3, FOUND),
    *(
        lost(
            "F29",
            f"GET gives {code}",
            get(refusal(code, "unauthenticated")),
            code=3,
            err=f"gi: error: the API refused the request: {code} unauthenticated: No.\n"
            f"gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor\n{NAMED}",
            error={
                "error_reason": "unauthenticated",
                "status_code": code,
                "hints": ["set GEMINI_API_KEY or pass --api-key-file FILE"],
            },
        )
        for code in (401, 403)
    ),
]


def trouble(code: int) -> Exchange:
    names = {429: "rate_limit_exceeded", 503: "unavailable"}
    return get(refusal(code, names.get(code, "internal")))


SLOW, BROKEN = get(raw(Pause(61))), get(raw(Reset()))
TROUBLED = [
    *(
        cut(
            "F30",
            f"GET gives {code}",
            trouble(code),
            NOW,
            REFUSED,
            trouble(code),
            FOUND,
        )
        for code in (500, 502, 503, 504, 429)
    ),
    cut("F30", "GET times out", SLOW, NOW, REFUSED, SLOW, FOUND),
    cut("F30", "GET is reset", BROKEN, NOW, REFUSED, BROKEN, FOUND),
    cut(
        "F30",
        "faults between good answers",
        *(*(trouble(500),) * 5, NOW, REFUSED, *(trouble(503),) * 5, BROKEN, SLOW, NOW),
        *(*(trouble(504),) * 9, FOUND),
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params([*RESUMED, *TROUBLED]))
def test_resume(row: Row, format: str) -> None:
    """Each word once, and one POST."""
    assert len(play(row, format).bodies) == 1


WELL = [row for row in (*RESUMED, *TROUBLED) if row.code != 8]


@pytest.mark.parametrize("row", params(WELL))
def test_the_document(row: Row) -> None:
    compare_document(row)


@pytest.mark.parametrize("format", FORMATS)
@held("F29", "GET gives 404 for ever")
def test_an_interaction_that_is_never_known(format: str) -> None:
    """For half a minute the service may not know it yet."""
    err = f"{BROKE_OFF}; the service no longer has the interaction\n{NAMED}"
    error = {"retryable": False}
    row = lost("F29", "GET gives 404 for ever", code=5, err=err, error=error)
    clock = FakeClock()
    play(row, format, clock, always=get(GONE))
    assert 30 <= sum(clock.slept) < 33


IMAGE = {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="}
PICTURE = event("step.delta", index=0, delta=IMAGE)
DRAWN = numbered(PLAIN[0], START, PICTURE, said("one "), *PLAIN[3:])


@held("F21", "a resumed stream starts anew, with an image")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("behind", [3, 4])
def test_an_image_that_comes_again(behind: int, format: str, tmp_path: Path) -> None:
    """One file, named once."""
    script = (post(sse(*DRAWN[:behind])), NOW, again(*DRAWN, after=f"e{behind - 1}"))
    clock, folder = FakeClock(), tmp_path / "media"
    folder.mkdir()
    argv = (*BACKGROUND, "--base-url", URL, "--format", format)
    service = Timed(script, clock)
    done = run_main(*argv, "--media-dir", str(folder), clock=clock, service=service)
    (path,) = folder.iterdir()
    assert (path.read_bytes(), done.err) == (b"\x89PNG\r\n\x1a\n", "")
    if format == "text":
        assert done.out == b"![image](%b)\none two\n" % bytes(path)
    elif format == "sse":
        assert done.out == b"".join((*DRAWN[:behind], *DRAWN))
    else:
        lines = [json.loads(line) for line in done.out.splitlines()]
        ids = [line.get("event_id") for line in lines]
        assert ids == [f"e{number}" for number in range(7)] + [None]
        assert lines[2]["delta"]["path"] == str(path)
        assert [file["path"] for file in lines[-1]["files"]] == [str(path)]
