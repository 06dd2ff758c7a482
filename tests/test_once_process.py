"""--once among processes: who holds a KEY, who waits, who was killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import gi_cli
from tests.processes import Running
from tests.survivors import alive, marked, until


class Holder(Running):
    """A process that takes the KEY and goes through steps."""

    def __init__(self, home: Path, *steps: str, timeout: float = 30.0) -> None:
        self.home = home
        argv = ("-m", "tests.claiming", str(home / "l.db"), "k", str(timeout), *steps)
        root = Path(gi_cli.__file__).parents[1]
        super().__init__(*argv, program=sys.executable, env=marked(home), cwd=root)

    @property
    def lines(self) -> list[str]:
        return self._seen["stdout"].decode().splitlines()

    def ended(self) -> tuple[int, list[str], bool]:
        """Code, lines, and whether that came soon."""
        result = self.finish()
        assert result.err == b""
        return result.code, self.lines, self.took < 1.0


STEPS = {
    "claimed": ("hold",),
    "sending": ("sending", "hold"),
    "id": ("sending", "known=v1_1", "hold"),
    "done": ("sending", "known=v1_1", "done=0", "hold"),
    "released": ("sending", "release", "hold"),
}
NEXT = {
    "claimed": (0, "took claimed None"),
    "sending": (5, "--once: k: "),
    "id": (0, "took id v1_1"),
    "done": (0, "took done v1_1"),
    "released": (0, "took claimed None"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_holder_is_killed(name: str, tmp_path: Path) -> None:
    """The next one waits for it, then finds how far it came."""
    code, found = NEXT[name]
    with Holder(tmp_path, *STEPS[name]) as holder:
        holder.read_until(b"holding\n")
        with Holder(tmp_path) as following:
            following.read_until(b"busy\n")
            holder.signal(signal.SIGKILL)
            since = time.monotonic()
            result = following.finish()
            assert time.monotonic() - since < 1.0
        assert (holder.finish().code, result.code, result.err) == (-9, code, b"")
        busy, last = following.lines
        assert (busy, last[: len(found)]) == ("busy", found)


def test_one_after_the_other(tmp_path: Path) -> None:
    steps = ("sending", "known=v1_1", "done=0", "child=sleep 0.3")
    with Holder(tmp_path, *steps) as first:
        first.read_until(b"done=0\n")
        with Holder(tmp_path) as second, Holder(tmp_path) as third:
            for each in (second, third):
                each.read_until(b"busy\n")
            assert first.ended()[0] == 0
            for each in (second, third):
                result = each.finish()
                assert (result.code, each.lines) == (0, ["busy", "took done v1_1"])


def test_a_child_does_not_hold_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"child=echo $$ >{pid}.new; mv {pid}.new {pid}; exec sleep 60"
    with Holder(tmp_path, "sending", "known=v1_1", script) as holder:
        until(pid.exists)
        holder.signal(signal.SIGKILL)
        assert holder.finish().code == -9
        with Holder(tmp_path) as following:
            assert following.finish().code == 0
            assert following.lines == ["took id v1_1"]
        (left,) = alive(tmp_path)
        assert "sleep" in left
        os.kill(int(pid.read_text()), signal.SIGKILL)
        until(lambda: alive(tmp_path) == [])


@pytest.mark.parametrize(
    "signum", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name
)
def test_a_signal_ends_the_wait(signum: signal.Signals, tmp_path: Path) -> None:
    with Holder(tmp_path, "hold") as holder:
        holder.read_until(b"holding\n")
        with Holder(tmp_path) as waiting:
            waiting.read_until(b"busy\n")
            waiting.signal(signum)
            said = ["busy", "stopped by a signal"]
            assert waiting.ended() == (128 + signum, said, True)
        holder.signal(signum)
        assert holder.ended()[0] == 128 + signum


def test_the_deadline_ends_the_wait(tmp_path: Path) -> None:
    with Holder(tmp_path, "hold") as holder:
        holder.read_until(b"holding\n")
        with Holder(tmp_path, timeout=0.5) as waiting:
            why = "the deadline was reached after 0.5 s (--timeout)"
            assert waiting.ended()[:2] == (6, ["busy", why])


@pytest.mark.parametrize(
    ("step", "left"), [("sending", "claimed"), ("known", "sending")]
)
def test_a_full_disk(step: str, left: str, tmp_path: Path) -> None:
    """What cannot be committed did not happen, and ends the run."""
    steps = ("full", "sending") if step == "sending" else ("sending", "full", "known=v")
    with Holder(tmp_path, *steps) as holder:
        assert holder.finish().code == 9
        why = f"the ledger cannot be used: {tmp_path / 'l.db'}: "
        assert holder.lines[-1].startswith(why)
    with closing(sqlite3.connect(tmp_path / "l.db")) as db:
        assert db.execute("SELECT key, phase FROM claims").fetchall() == [("k", left)]


def test_a_storm_of_kills(tmp_path: Path) -> None:
    root = Path(gi_cli.__file__).parents[1]
    argv = (sys.executable, "-m", "tests.claiming", "storm", str(tmp_path), "100")
    done = subprocess.run(argv, cwd=root, timeout=100, check=False)
    assert done.returncode == 0
