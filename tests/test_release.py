"""`gi release`: what it shows, whom it asks, and what is free afterwards."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gi_cli.ledger.claims import REMEDY, Claimed
from gi_cli.once import claims_of
from tests.conftest import Done, FakeClock, Gi
from tests.processes import Terminal, environment
from tests.questions import screen
from tests.test_ledger import NOW, newer, opened, rows, turn
from tests.test_list import claim, keep
from tests.test_once_process import Holder

HINT = "gi: hint: gi list --offline --claims\n"
ZONE = "Asia/Tokyo"
PHASES: dict[str, tuple[dict[str, Any], str]] = {
    "claimed": ({"sent_at": None}, "nothing was sent"),
    "sending": (
        {"model": "m", "agent": None},
        "sent 2026-09-21 23:13:20: gi research, m, 1,234 bytes\n  its id is not known",
    ),
    "id": (
        {"id": "v1_\x1b"},
        "sent 2026-09-21 23:13:20: gi research, mine, 1,234 bytes\n  id v1_\\x1b",
    ),
    "done": (
        {"id": "v1_1", "exit_code": 8, "finished": NOW + 61},
        "sent 2026-09-21 23:13:20: gi research, mine, 1,234 bytes\n"
        "  id v1_1\n"
        "  ended 2026-09-21 23:14:21 with exit code 8",
    ),
}


@pytest.fixture(autouse=True)
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(phase: str) -> str:
    return f"gi: k: {phase}, 2026-09-21 23:13:20\n  {PHASES[phase][1]}\n"


def in_phase(path: Path, phase: str) -> Claimed:
    """A claim in a ledger, beside the same KEY of another origin, and a turn."""
    made = claim("k", NOW, phase, **PHASES[phase][0])
    keep(path, made, made._replace(origin="elsewhere"))
    with opened(path) as ledger:
        ledger.add(turn("v1_1", origin="offline"))
    return made


def left(path: Path) -> list[tuple[str, str]]:
    with opened(path) as ledger:
        claims = claims_of(ledger)
        found = [*claims.all("offline"), *claims.all("elsewhere")]
    return [(each.origin, each.key) for each in found]


@pytest.mark.parametrize("phase", PHASES)
def test_yes(phase: str, gi: Gi, tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    in_phase(path, phase)
    environ = {"GI_LEDGER": str(path)}
    argv = ("release", "--offline", "k", "--yes")
    assert gi(*argv, environ=environ) == Done(0, b"", "")
    assert left(path) == [("elsewhere", "k")]
    assert rows(path, "id") == [("v1_1",)]
    said = f"gi: error: there is no claim of k\n{HINT}"
    assert gi(*argv, environ=environ, code=1) == Done(1, b"", said)


def test_verbose(gi: Gi, tmp_path: Path) -> None:
    in_phase(tmp_path / "l.db", "sending")
    environ = {"GI_LEDGER": f"{tmp_path}/l.db"}
    done = gi("release", "--offline", "k", "--yes", "-v", environ=environ)
    service = "gi: the service is http://localhost (--offline)\n"
    assert done == Done(0, b"", f"{service}gi: released k\n")


@pytest.mark.parametrize("phase", PHASES)
def test_nobody_can_be_asked(phase: str, gi: Gi, tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    in_phase(path, phase)
    done = gi("release", "--offline", "k", environ={"GI_LEDGER": str(path)}, code=2)
    said = "gi: error: nobody can be asked: --yes releases it\n"
    hint = "gi: hint: gi release --offline --yes k\n"
    assert done == Done(2, b"", shown(phase) + said + hint)
    assert left(path) == [("offline", "k"), ("elsewhere", "k")]


KEYS = {
    "r-{date}": ("r-2026-09-21", None),
    "{{x}} {week}": ("{x} 2026-W39", None),
    "{x}": ("{x}", None),  # as gi list --claims shows it
    "{date}": ("{date}", None),
    "it's": ("it's", None),
    "-- -k": ("-k", None),
    "{day}": (
        "{da}",
        (2, "KEY: {day}: {day} is none of {date}, {hour}, {week}, {month}; a brace "),
    ),
    "K": ("k", (1, "there is no claim of K")),
    "{date}x": ("{date}", (1, "there is no claim of 2026-09-21x")),
}


@pytest.mark.parametrize("typed", KEYS)
def test_keys(typed: str, gi: Gi, tmp_path: Path) -> None:
    key, refused = KEYS[typed]
    path = tmp_path / "l.db"
    keep(path, claim(key, NOW, "sending"))
    words = typed.split() if typed.startswith("--") else [typed]
    argv = ("release", "--offline", "--yes", *words)
    code, why = refused or (0, "")
    environ = {"GI_LEDGER": str(path)}
    done = gi(*argv, environ=environ, clock=FakeClock(), code=code)
    assert done.err.startswith(f"gi: error: {why}" if why else "")
    assert left(path) == ([("offline", key)] if refused else [])


def test_no_key(gi: Gi, tmp_path: Path) -> None:
    environ = {"GI_LEDGER": f"{tmp_path}/l.db"}
    said = "gi: error: there is no KEY\n"
    assert gi("release", "", environ=environ, code=2) == Done(2, b"", said)
    assert list(tmp_path.iterdir()) == []


def test_no_ledger(gi: Gi) -> None:
    done = gi("release", "k", environ={"GI_LEDGER": "off"}, code=2)
    assert done == Done(2, b"", "gi: error: GI_LEDGER=off: claims need a ledger\n")


def test_a_ledger_that_cannot_be_read(gi: Gi, tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    newer(path)
    done = gi("release", "k", environ={"GI_LEDGER": str(path)}, code=9)
    why = f"the ledger cannot be used: {path}: it belongs to a newer gi (99)"
    assert done == Done(9, b"", f"gi: error: {why}\ngi: hint: {REMEDY}\n")


def test_a_live_holder(gi: Gi, tmp_path: Path) -> None:
    environ = {"GI_LEDGER": f"{tmp_path}/l.db"}
    argv = ("release", "--offline", "k", "--yes")
    with Holder(tmp_path, "sending", "hold") as holder:
        holder.read_until(b"holding\n")
        said = "gi: error: k is held by a run that is under way\n"
        assert gi(*argv, environ=environ, code=6) == Done(6, b"", said)
        holder.signal(signal.SIGKILL)
        assert holder.finish().code == -9
    assert gi(*argv, environ=environ) == Done(0, b"", "")
    with Holder(tmp_path) as following:
        assert following.finish().code == 0
        assert following.lines == ["took claimed None"]


QUESTION = "gi: release k? [y/N] "
ANSWERS = {
    "y": ((b"y\n",), 0, ""),
    "Yes": ((b" Yes \n",), 0, ""),
    "Enter": ((b"\n",), 1, "gi: error: k was not released\n"),
    "n": ((b"n\n",), 1, "gi: error: k was not released\n"),
    "quit": ((b"q\n",), 1, "gi: error: k was not released\n"),
    "something else": ((b"what\n", b"y\n"), 0, "gi: answer y (yes) or n (no)\n"),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_person_is_asked(name: str, phase: str, tmp_path: Path) -> None:
    typed, code, said = ANSWERS[name]
    path = tmp_path / "l.db"
    in_phase(path, phase)
    env = environment(tmp_path, GI_LEDGER=str(path), TZ=ZONE)
    argv = ("release", "--offline", "k")
    with Terminal(*argv, env=env, stdin=b"y\n", tty=("stderr",)) as child:
        expected = b""
        for line in typed:
            expected += screen(QUESTION if expected else shown(phase) + QUESTION)
            child.read_until(screen(QUESTION))
            child.send(line)
            expected += screen(line.decode())
            if line == typed[0]:
                expected += screen(said)
        result = child.finish()
    assert (result.code, result.out, child.screen) == (code, b"", expected)
    kept = [("offline", "k")] if code else []
    assert left(path) == [*kept, ("elsewhere", "k")]


def test_a_run_waits_for_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    in_phase(path, "sending")
    env = environment(tmp_path, GI_LEDGER=str(path))
    with Terminal("release", "--offline", "k", env=env) as child:
        child.read_until(screen(QUESTION))
        with Holder(tmp_path) as waiting:
            waiting.read_until(b"busy\n")
            child.send(b"y\n")
            assert child.finish().code == 0
            assert waiting.finish().code == 0
            assert waiting.lines == ["busy", "took claimed None"]


def test_a_signal_ends_the_question(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    in_phase(path, "sending")
    env = environment(tmp_path, GI_LEDGER=str(path))
    with Terminal("release", "--offline", "k", env=env) as child:
        child.read_until(screen(QUESTION))
        child.signal(signal.SIGTERM)
        assert (child.finish().code, child.took < 1.0) == (143, True)
    assert left(path) == [("offline", "k"), ("elsewhere", "k")]
