"""Runs that claim a KEY: `python -m tests.claiming LEDGER KEY TIMEOUT STEP...`.

With `storm` for a LEDGER, many of them at once: `storm FOLDER ROUNDS`.
"""

import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

from gi_cli import once
from gi_cli.errors import GiError, Unreachable
from gi_cli.ledger import Ledger
from gi_cli.ledger.claims import CLAIMED, KNOWN
from gi_cli.programs import Program, run_all
from gi_cli.waits import SystemClock, Waits

FREE = "gi release"
ORIGIN = "offline"


def opened(path: Path, waits: Waits) -> Ledger:
    return Ledger(path, waits, say)


def work(key: str) -> once.Work:
    return once.Work(ORIGIN, key, "research", {"agent": "mine", "input": "hi"})


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(path: Path, key: str, timeout: float, *steps: str) -> int:
    """Take the KEY, go through the steps, and tell each when it is done."""
    waits = Waits(SystemClock())
    with waits.installed():
        waits.limit(timeout=timeout, idle=None)
        try:
            claims = once.claims_of(opened(path, waits))
            with once.held(claims, ORIGIN, key, lambda: say("busy")):
                claim = once.take(claims, work(key), FREE)
                say(f"took {claim.phase} {claim.id}")
                for step in steps:
                    _go(claim, waits, *step.split("="))
                    say(step)
        except GiError as error:
            say(error.message)
            return error.exit_code
    return 0


def _go(claim: once.Claim, waits: Waits, step: str, value: str = "") -> None:
    match step:
        case "known":
            claim.known(value)
        case "done":
            claim.done(int(value))
        case "hold":
            say("holding")
            waits.sleep(60)
        case "child":
            program = Program(("sh", "-c", value), b"", os.environ)
            run_all([program], waits, at_once=1, timeout=60, limit=9, ended=_ignore)
        case "full":  # no file may grow any more
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        case _:
            getattr(claim, step)()


def _ignore(index: int, result: object) -> None:
    """What a program came to."""


def storm(folder: Path, rounds: int) -> None:
    """Kill those who contend for a KEY at random moments: never do two of them post."""
    chance = random.Random(7)  # noqa: S311
    ends: set[str] = set()
    for number in range(rounds):
        log = folder / f"{number}.log"
        log.touch()
        children = [_contender(folder, log) for _ in range(3)]
        for child in children[: chance.randint(1, 3)]:
            time.sleep(chance.uniform(0.0, 0.015))
            os.kill(child, signal.SIGKILL)
        children.append(_contender(folder, log))
        for child in children:
            os.waitpid(child, 0)
        lines = log.read_text().split()
        assert lines.count("post") <= 1, lines
        ends.add(lines[-1])
    assert ends == {"done", "lost"}, ends


def _contender(folder: Path, log: Path) -> int:
    """Start one that posts, unless another has, and give its pid."""
    if child := os.fork():
        return child
    with log.open("a", buffering=1) as report:
        claims = once.claims_of(opened(folder / "l.db", Waits(SystemClock())))
        with once.held(claims, ORIGIN, log.name, lambda: None):
            try:
                claim = once.take(claims, work(log.name), FREE)
                if claim.phase == CLAIMED:
                    claim.sending()
                    report.write("post\n")
                    time.sleep(0.003)
                    claim.known("v1_1")
                if claim.phase == KNOWN:
                    time.sleep(0.003)
                    claim.done(0)
                report.write("done\n")
            except Unreachable:
                report.write("lost\n")
    os._exit(0)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    if place == "storm":
        storm(Path(rest[0]), int(rest[1]))
    else:
        sys.exit(main(Path(place), rest[0], float(rest[1]), *rest[2:]))
