"""A research job: the place it works in, and runs of gi that are killed at random."""

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from tests.processes import GI, environment

KEY = "night"
PROMPT = ("How long is a night?", "And a day?", "Tell it in detail.")
IDLE = 1.0  # seconds
TIMEOUTS = (1, 3, 60, 60, 60)
KILLS = 5  # of each of the two, at most
LATEST = (0.4, 1.0, 2.0)  # seconds from a start to the kill, at most
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
STARTS = 40
ENDS = (0, 4, 5, 6)  # what gi may end with by itself
UNBORN = "KeyboardInterrupt"  # Ctrl-C came before gi did, and Python may say 1
WRONG = ("a bug in gi", "warning: ")  # nothing that gi may say


class Place:
    """A folder to work in, and a home, for the service with that URL."""

    def __init__(self, folder: Path, url: str) -> None:
        self.work, home, self._log = (folder / name for name in ("work", "home", "log"))
        for each in (self.work, home, self._log):
            each.mkdir(parents=True)
        self._env = environment(home, GEMINI_API_KEY="k", GI_BASE_URL=url)
        self.state = Path(self._env["XDG_STATE_HOME"])

    def start(self, name: str, *argv: str) -> subprocess.Popen[bytes]:
        """Start gi; what it says goes to a file of that name."""
        with (self._log / name).open("wb") as said:
            return subprocess.Popen(
                (GI, *argv),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self._env,
                cwd=self.work,
                start_new_session=True,
            )

    def said(self, name: str) -> str:
        return (self._log / name).read_text(errors="replace")

    def listed(self, *flags: str) -> list[dict[str, Any]]:
        """What the ledger says; raises AssertionError if it cannot be read."""
        name = f"list{''.join(flags)}"
        code = self.start(name, "list", "--json", *flags).wait(30)
        said = self.said(name)
        assert code == 0, f"gi list ends with {code}: {said}"
        found: list[dict[str, Any]] = orjson.loads(said)
        return found

    def files(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in self.work.iterdir()}


class Runs:
    """One of the two that are under way: a run after another, until the job ends.

    What is drawn for each start depends on `chance` alone, not on what happens.
    """

    def __init__(self, name: str, place: Place, chance: random.Random) -> None:
        self._name, self._place, self._chance = name, place, chance
        self.kills: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.history: list[str] = []
        self.ended = ""  # `report` or `sending` in the end
        self._left = chance.randint(0, KILLS)
        self._start()

    def _start(self) -> None:
        count, chance = len(self.history), self._chance
        assert count < STARTS, f"{self._name} was started {count} times"
        self._at = time.monotonic() + chance.uniform(0, chance.choice(LATEST))
        self._planned = chance.choice(SIGNALS)
        self._killed: signal.Signals | None = None
        limits = (f"--idle-timeout={IDLE}", f"--timeout={chance.choice(TIMEOUTS)}")
        argv = ("--once", KEY, "-o", "report.md", "--retries=2", *limits, *PROMPT)
        self._log = f"{self._name}{count}"
        self._process = self._place.start(self._log, "research", *argv)

    def step(self) -> None:
        """See to the run that is under way; raises AssertionError."""
        code = self._process.poll()
        if code is not None:
            self._judge(code)
            if not self.ended:
                self._start()
        elif self._left and not self._killed and time.monotonic() >= self._at:
            self._killed = self._planned
            self._process.send_signal(self._planned)
            self.kills[self._planned.name] += 1
            self._left -= 1

    def _judge(self, code: int) -> None:
        """Take note of how the run ended."""
        said, killed = self._place.said(self._log), self._killed
        how = f"{self._log}: exit {code}{f' after {killed.name}' if killed else ''}"
        self.history.append(f"{how}\n{said}")
        self.codes[code] += 1
        stopped = (-killed, 128 + killed) if killed else ()
        unborn = killed == signal.SIGINT and UNBORN in said
        assert code in (*ENDS, *stopped) or unborn, how
        assert not any(words in said for words in WRONG), how
        if code == 0:
            self.ended = "report"
        elif code == 5 and self._phases() == ["sending"]:
            self.ended = "sending"

    def _phases(self) -> list[str]:
        return [claim["phase"] for claim in self._place.listed("--claims")]

    def stop(self) -> None:
        """End what is under way."""
        self._process.kill()
        self._process.wait()
