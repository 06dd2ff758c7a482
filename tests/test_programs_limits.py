"""Programs side by side and within limits, and that nothing of them is left."""

import os
import signal
import time
import tracemalloc
from pathlib import Path

import pytest

from gi_cli.programs import Ended
from gi_cli.waits import DeadlineReached, SystemClock, Waits
from tests.conftest import Ran, Result
from tests.survivors import DEAF, HANGS, STUBBORN

BIG = bytes(1 << 20)  # more than a pipe holds
MIB = 1 << 20


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("printf 1234567890", (b"1234567890", None, 0)),
        (
            "printf 12345678901; sleep 60",
            (b"1234567890", "the command wrote more than 10 bytes", -15),
        ),
        (
            "exec yes 1",
            (b"1\n1\n1\n1\n1\n", "the command wrote more than 10 bytes", -15),
        ),
        (
            f"{STUBBORN} while :; do echo 1 || sleep 60; done",
            (b"1\n1\n1\n1\n1\n", "the command wrote more than 10 bytes", -9),
        ),
    ],
    ids=["just as much", "one more", "yes", "deaf"],
)
@pytest.mark.parametrize("timeout", [60, None])
def test_too_much(script: str, result: Result, timeout: float | None, ran: Ran) -> None:
    assert ran(script, limit=10, timeout=timeout) == [result]


def test_100_mb_cost_no_memory(ran: Ran) -> None:
    tracemalloc.start()
    try:
        results = ran("head -c 100000000 /dev/zero; sleep 60", limit=MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert results == [(bytes(MIB), "the command wrote more than 1048576 bytes", -15)]
    assert peak < 4 * MIB


LATE = "the command did not end within 0.3 s"
ENDLESS: dict[str, tuple[str, Result]] = {
    "sleeps": ("sleep 60", (b"", LATE, -15)),
    "has said something": ("echo one; sleep 60", (b"one\n", LATE, -15)),
    "has closed everything": ("exec <&- >&- 2>&-; sleep 60", (b"", LATE, -15)),
    "takes a little": ("dd bs=5000 count=1 2>&- >&-; sleep 60", (b"", LATE, -15)),
    "is deaf": (f"{STUBBORN} while :; do sleep 1; done", (b"", LATE, -9)),
    "has stopped": ("kill -STOP $$", (b"", LATE, -9)),
    "has a deaf child": (f"({STUBBORN} sleep 60) & sleep 60", (b"", LATE, -15)),
    "says good-bye": (
        "trap 'echo bye; exit 0' TERM; while :; do sleep 0.01; done",
        (b"bye\n", LATE, 0),
    ),
    "talks all the time": (
        "while :; do echo; sleep 0.1; done | tr -d '\n'; sleep 60",
        (b"", LATE, -15),
    ),
}


def test_what_does_not_end(ran: Ran) -> None:
    """All at once: the deaf take a second longer each."""
    scripts = [script for script, _ in ENDLESS.values()]
    assert ran(*scripts, "echo ok", stdin=BIG, timeout=0.3) == [
        *(result for _, result in ENDLESS.values()),
        (b"ok\n", None, 0),
    ]


def test_a_child_in_a_session_of_its_own(ran: Ran, tmp_path: Path) -> None:
    """It has stdout, and nobody waits for it: it is out of reach, as it wished."""
    told = "echo $$ >$DIR/{0}.new; mv $DIR/{0}.new $DIR/{0}"
    daemon = f"setsid sh -c '{told}; exec sleep 60' & "
    daemon += "until [ -e $DIR/{0} ]; do sleep 0.01; done; echo {0}; "
    scripts = (daemon.format("a"), daemon.format("b") + "sleep 60")
    assert ran(*scripts, timeout=2) == [
        (b"a\n", None, 0),
        (b"b\n", "the command did not end within 2 s", -15),
    ]
    for name in "ab":
        os.kill(int((tmp_path / name).read_text()), signal.SIGKILL)


def test_one_at_a_time(ran: Ran, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ran(*(f"echo +{n} >>{log}; echo -{n} >>{log}" for n in range(5)), at_once=1)
    assert log.read_text().split() == [f"{s}{n}" for n in range(5) for s in "+-"]


def test_two_at_once(ran: Ran, tmp_path: Path) -> None:
    """Each waits for its partner, and never are there more."""
    log = tmp_path / "log"
    meet = (
        f"echo 1 >>{log}; : >$DIR/{{0}}; until [ -e $DIR/{{1}} ]; do sleep 0.01; done; "
        f"echo -1 >>{log}; echo {{0}}"
    )
    scripts = [meet.format(n, n ^ 1) for n in range(6)]
    assert ran(*scripts, at_once=2) == [(b"%d\n" % n, None, 0) for n in range(6)]
    steps = [int(line) for line in log.read_text().split()]
    assert max(sum(steps[:end]) for end in range(len(steps))) == 2


def test_each_is_told_as_it_ends(ran: Ran, tmp_path: Path) -> None:
    """The first goes on only when the others have been told of."""
    told: list[tuple[int, Result]] = []

    def ended(index: int, result: Ended) -> None:
        told.append((index, result[:3]))
        if len(told) == 2:
            (tmp_path / "go").touch()

    wait = "until [ -e $DIR/go ]; do sleep 0.01; done; echo 0"
    results = ran(wait, "echo 1", ("gi-no-such-command",), ended=ended)
    assert sorted(told[:2]) == [(1, results[1]), (2, results[2])]
    assert told[2:] == [(0, results[0])]


def test_fifty(ran: Ran) -> None:
    began = time.monotonic()
    results = ran(*(f"sleep 0.5; echo {n}" for n in range(50)), stdin=BIG)
    assert results == [(b"%d\n" % n, None, 0) for n in range(50)]
    assert time.monotonic() - began < 12  # of 25 one by one


def test_waiting_costs_nothing(ran: Ran) -> None:
    """Nor do a closed stdout, input that nobody takes, output that nobody wants."""
    idle = ("sleep 1", "exec >&-; sleep 1", "exec <&-; sleep 1", "sleep 1 & wait")
    scripts = (*idle, "trap '' TERM; exec yes")
    began = time.process_time()
    ran(*scripts, stdin=BIG)
    assert time.process_time() - began < 0.4


def test_a_deadline_ends_them_all(ran: Ran) -> None:
    told = []
    waits = Waits(SystemClock())
    waits.limit(timeout=0.5, idle=None)
    began = time.monotonic()
    with pytest.raises(DeadlineReached):
        ran(
            *("echo done", "sleep 60", *[DEAF] * 5, "kill -STOP $$", "never"),
            at_once=7,
            stdin=BIG,
            waits=waits,
            ended=lambda index, result: told.append((index, result[:3])),
        )
    assert told == [(0, (b"done\n", None, 0))]
    assert time.monotonic() - began < HANGS


def test_a_deadline_that_has_passed_starts_nothing(ran: Ran, tmp_path: Path) -> None:
    waits = Waits(SystemClock())
    waits.limit(timeout=1e-9, idle=None)
    with pytest.raises(DeadlineReached):
        ran(": >$DIR/started", waits=waits)
    time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_listener_ends_them_all(ran: Ran) -> None:
    def ended(index: int, result: Ended) -> None:
        raise ValueError(result[:3])

    began = time.monotonic()
    with pytest.raises(ValueError, match="done"):
        ran(DEAF, "echo done", "echo done", DEAF, ended=ended)
    assert time.monotonic() - began < HANGS
