"""What never ends: the deadline, silence, clocks; and what cannot be cancelled."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import FakeClock, run_main
from tests.faults.catalogue import held
from tests.faults.rows import (
    FORMATS,
    FOUND,
    HEAD,
    ID,
    PLAIN,
    STORED,
    TARGET,
    Json,
    Row,
    get,
    params,
    post,
    resume,
)
from tests.faults.test_resume import BACKGROUND, BEGUN, CUT, NOW, REFUSED, cut, lost
from tests.faults.timed import URL, Timed, play
from tests.faults.words import BROKE_OFF, NAMED, WAIT
from tests.scripted import Pause, Reply, body_reply, json_reply, raw, sse

FINAL = {"retryable": False, "hints": []}


def late(limit: str) -> str:
    return f"gi: error: the deadline was reached after {limit} (--timeout)"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("argv", "code", "said", "waited"),
    [
        ((*BACKGROUND, "--timeout", "3h"), 6, late("10800 s"), 10_800),
        ((*BACKGROUND, "--timeout", "40"), 6, late("40 s"), 40),
        (("create", "hi", "--timeout", "40"), 6, late("40 s"), 40),
        (("create", "hi"), 5, BROKE_OFF, 60),
    ],
)
@held("F31", "in_progress for ever")
def test_in_progress_for_ever(
    argv: tuple[str, ...], code: int, said: str, waited: int, format: str
) -> None:
    """Only the deadline ends it, in the foreground a minute; nothing is cancelled."""
    err, clock = f"{said}\n{WAIT}{NAMED}", FakeClock()
    more: Json = {"argv": argv, "error": FINAL}
    script = (NOW, REFUSED)
    row = lost("F31", "in_progress for ever", *script, code=code, err=err, **more)
    service = play(row, format, clock, always=NOW)
    assert {request.method for request in service.requests[1:]} == {"GET"}
    assert len(service.requests) < 8 + waited / 12
    assert waited <= sum(clock.slept) < waited + 20


STEPLESS: Json = {**HEAD, "created": "2026-09-21T13:00:00Z", "steps": []}  # 73 min ago
DEAD = "; after {} it has no step yet, and may never end"
UNENDED = "gi: error: the interaction is still in_progress"
UNBORN = {
    "get": (("get", ID), {}, UNENDED + DEAD.format("73 min")),
    "wait": (("wait", ID, "--timeout", "1h"), {}, late("3600 s") + DEAD.format("2 h")),
    "get, with a step": (("get", ID), STORED, UNENDED),
    "get, young": (("get", ID), {"created": "2026-09-21T13:30:00Z"}, UNENDED),
    "get, of any time": (("get", ID), {"created": "?"}, UNENDED),
}


@held("F31", "in_progress for ever, without a step")
@pytest.mark.parametrize("name", UNBORN)
def test_what_may_never_end(name: str) -> None:
    argv, more, said = UNBORN[name]
    found = get(json_reply({**STEPLESS, **more, "status": "in_progress"}))
    clock = FakeClock()
    refused = resume(json_reply({"error": {"code": "invalid_request"}}, 400))
    script = (found, refused) if argv[0] == "wait" else (found,)
    service = Timed(script, clock, always=found)
    run = (*argv, "--base-url", URL)
    done = run_main(*run, code=6, clock=clock, service=service)
    assert done.err.replace(URL, "URL") == f"{said}\n{WAIT}{NAMED}"
    service.assert_over()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "row",
    params(
        lost(
            "F27",
            what,
            code=5,
            err=f"{BROKE_OFF}; the interaction may have been created\n",
            begun=BEGUN[1:],
            sse=b"".join(BEGUN[1:]),
            lines=b"".join(BEGUN[1:]),
            result={},
            error={"retryable": False},
            argv=argv,
        )
        for what, argv in (
            ("a cut before the id is known", ("create", "hi")),
            ("a cut in the background before the id is known", BACKGROUND),
        )
    ),
)
def test_an_interaction_without_an_id(row: Row, format: str) -> None:
    play(row, format)


@pytest.mark.parametrize("format", FORMATS)
@held("F36", "it completes before the deadline's last look")
def test_the_last_look(format: str) -> None:
    """The poll before the deadline is not left out for coming a little later."""
    clock, script = FakeClock(), (NOW, REFUSED, NOW, NOW, FOUND)
    argv = (*BACKGROUND, "--timeout", "18")
    play(cut("F36", "it completes before", *script, argv=argv), format, clock)
    assert sum(clock.slept) == pytest.approx(16)


@held("F36", "it completes before the deadline's last look")
def test_the_last_look_at_several() -> None:
    clock = FakeClock()
    running, over = json_reply({**HEAD, "id": "v1_2"}), json_reply(STORED)
    other = ("GET", f"{TARGET}/v1_2", running)
    done_other = ("GET", f"{TARGET}/v1_2", json_reply({**STORED, "id": "v1_2"}))
    script = (NOW, other, NOW, other, NOW, other, get(over), done_other)
    argv = ("wait", ID, "v1_2", "--timeout", "18", "--base-url", URL)
    service = Timed(script, clock)
    done = run_main(*argv, clock=clock, service=service)
    assert (done.out, done.err) == (b"v1_1\tcompleted\t0\nv1_2\tcompleted\t0\n", "")
    assert sum(clock.slept) == pytest.approx(16)


# Silence


IDLE = "no event came from the server for 300 s (--idle-timeout)"
CREATED = "the interaction may have been created"
DRIP = [part for byte in CUT for part in (bytes([byte]), Pause(20))]


def silent(what: str, reply: Reply, said: str, **more: Any) -> Row:
    given: Json = {"code": 5, "text": b"", "sse": b"", "error": FINAL}
    again = "; it was not sent again" if what == "no headers" else ""
    given["err"] = f"gi: error: {said}; {CREATED}{again}\n"
    return Row("F34", what, (post(reply),), **given | more)


def dripped(seconds: int) -> dict[str, bytes]:
    """What has come by then."""
    return {"sse": CUT[: seconds // 20], "lines": b""}


DEADLINE = late("90 s").removeprefix("gi: error: ")
TIMEOUT: Json = {"argv": ("create", "hi", "--timeout", "90"), "code": 6}
SILENT = [
    silent("no headers", raw(Pause(400)), f"no answer came: {IDLE}"),
    silent("headers and no byte", sse(Pause(400)), IDLE),
    silent("one byte now and then", sse(*DRIP), IDLE, **dripped(300)),
    silent("no headers", raw(Pause(400)), DEADLINE, **TIMEOUT),
    silent("headers and no byte", sse(Pause(400)), DEADLINE, **TIMEOUT),
    silent("one byte now and then", sse(*DRIP), DEADLINE, **TIMEOUT, **dripped(100)),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(SILENT))
def test_silence(row: Row, format: str) -> None:
    """Bytes alone are no progress, and one POST is all."""
    play(row, format)


# Clocks


@dataclass
class Jumping(FakeClock):
    """The wall clock jumps while gi sleeps; the other one does not."""

    jump: float = 0.0
    jumped: float = 0.0

    def now(self) -> float:
        return self.time + self.jumped

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.jumped = self.jump


@dataclass
class Sleeping(FakeClock):
    """The machine sleeps for hours while gi does."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.time += 7200.0 if len(self.slept) == 2 else 0.0


ON_TIME = (*BACKGROUND, "--timeout", "60")
DAY = 86_400.0
CLOCKS = [
    pytest.param(-DAY, marks=held("F35", "the wall clock jumps back")),
    pytest.param(DAY, marks=held("F35", "the wall clock jumps ahead")),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("jump", CLOCKS)
def test_a_clock_that_jumps(jump: float, format: str) -> None:
    """The deadline is where it was, and so is all that is waited for."""
    row = cut("F35", "", *(NOW, REFUSED, NOW, NOW, NOW, FOUND), argv=ON_TIME)
    clock = Jumping(jump=jump)
    play(row, format, clock)
    assert clock.slept == [pytest.approx(each, rel=0.11) for each in (5, 6.5, 8.45, 11)]
    said = f"{late('60 s')}\n{WAIT}{NAMED}"
    row = lost("F35", "", *(NOW, REFUSED), code=6, err=said, argv=ON_TIME, error=FINAL)
    clock = Jumping(jump=jump)
    play(row, format, clock, always=NOW)
    assert 60 <= sum(clock.slept) < 80


@pytest.mark.parametrize("format", FORMATS)
@held("F35", "the machine sleeps")
def test_a_machine_that_sleeps(format: str) -> None:
    """A deadline that has passed by then is told at once; without one it goes on."""
    said = f"{late('60 s')}\n{WAIT}{NAMED}"
    script = (NOW, REFUSED, NOW)
    row = lost("F35", "", *script, code=6, err=said, argv=ON_TIME, error=FINAL)
    play(row, format, Sleeping())
    unlimited = (*BACKGROUND, "--timeout", "0")
    play(cut("F35", "", *script, FOUND, argv=unlimited), format, Sleeping())


# Usage, cancel and delete


@pytest.mark.parametrize("format", FORMATS)
@held("F37", "completed, and the GET for usage fails")
def test_usage_that_was_not_told(format: str) -> None:
    """It is not asked for, so nothing can fail."""
    what, stream = "completed, and the GET for usage fails", b"".join(PLAIN)
    err = "gi: usage: the server told no token counts\n"
    argv = ("create", "hi", "--usage")
    row = Row(
        "F37", what, (post(sse(stream)),), 0, b"one two\n", stream, err, argv=argv
    )
    play(row, format)


REFUSED_BY = "gi: error: v1_1: the API refused the request:"
METHOD = {"error": {"code": 404, "message": "Method not found.", "status": "NOT_FOUND"}}
NEVER = {"error": {"code": 501, "message": "Not here.", "status": "UNIMPLEMENTED"}}
STILL = f"gi: v1_1 is still in_progress\n{WAIT}"
NOT_FOUND = f"{REFUSED_BY} 404 NOT_FOUND: Method not found.\n"
NOT_HERE = f"{REFUSED_BY} 501 UNIMPLEMENTED: Not here.\n"
LIFECYCLE = [
    ("F32", "cancel gives 404", "cancel", json_reply(METHOD, 404), 1, NOT_FOUND),
    ("F32", "cancel gives 501", "cancel", json_reply(NEVER, 501), 5, NOT_HERE),
    ("F32", "cancel leaves it running", "cancel", json_reply(HEAD), 0, STILL),
    ("F32", "cancel gives an empty body", "cancel", body_reply(b""), 0, ""),
    ("F33", "delete gives 501", "delete", json_reply(NEVER, 501), 5, NOT_HERE),
]


@pytest.mark.parametrize(
    ("command", "reply", "code", "err"),
    [pytest.param(*rest, marks=held(id, what)) for id, what, *rest in LIFECYCLE],
)
def test_lifecycle(command: str, reply: Reply, code: int, err: str) -> None:
    """One request, and what is said to it."""
    own = f"{TARGET}/{ID}"
    asked = {"cancel": ("POST", f"{own}/cancel"), "delete": ("DELETE", own)}
    clock = FakeClock()
    service = Timed([(*asked[command], reply)], clock)
    argv = (command, ID, "--base-url", URL)
    done = run_main(*argv, code=code, clock=clock, service=service)
    assert (done.out, done.err.replace(URL, "URL"), clock.slept) == (b"", err, [])
