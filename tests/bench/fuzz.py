"""Streams that are wrong in every way, through all of gi but the sockets.

    python -m tests.bench fuzz --count 1000000 --seed 1 --jobs 2

Each seed is a stream (tests/bench/noise.py), and a command and a format that it comes
to (ways.py). Whatever it is, gi ends, with one of its codes, and with 0 only if an
oracle that shares no code with it finds a completed interaction. What it prints is what
its format promises. One seed of COMPARED goes through all formats, in one read and in
many, and ends with the same code each time.

A finding names its seed; `--count 1 --seed SEED` runs that one again, and compares it.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tests.bench.counts import counted, listed
from tests.bench.fuzzed import Fuzzed
from tests.bench.judged import check, compare
from tests.bench.noise import noise
from tests.bench.ways import drawn

COMPARED = 100
BATCH = 500  # streams between two reports of a worker
LONGEST_TOLD = 3000  # characters
LONGEST = 60.0  # seconds of one stream
SHOWN = 20  # findings, more would not be read
WARM = 5000  # streams until memory is as large as it gets
MIB = 1 << 20


@dataclass
class Tally:
    """What came of some streams; memory is resident, in MiB."""

    streams: int = 0
    events: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    findings: list[str] = field(default_factory=list)
    peak: float = 0.0
    warm: float = 0.0  # once WARM streams are behind
    last: float = 0.0

    def add(self, other: "Tally") -> None:
        """Take in what a worker tells."""
        self.streams += other.streams
        self.events += other.events
        self.codes += other.codes
        self.commands += other.commands
        self.formats += other.formats
        self.compared += other.compared
        self.findings += other.findings
        self.peak = max(self.peak, other.peak)
        if other.last - other.warm >= self.last - self.warm:
            self.warm, self.last = other.warm, other.last


def play(seed: int, fuzzed: Fuzzed, tally: Tally, *, compared: bool) -> None:
    """Run the stream of a seed."""
    tally.streams += 1
    try:
        made = noise(seed)
        way, format = drawn(made)
        ended = fuzzed.run(made, way, format)
        tally.events += made.events
        tally.codes[ended.code] += 1
        tally.formats[format] += 1
        tally.commands[way.argv[0]] += 1
        check(made, way, format, ended)
        if compared:
            tally.compared += compare(fuzzed, made)
    except Exception as error:
        lines = traceback.format_exception(error)
        told = f"{error}" if isinstance(error, AssertionError) else "".join(lines)
        tally.findings.append(f"seed {seed}: {told}")


def play_all(
    seeds: Sequence[int],
    every: int = COMPARED,
    starting: Callable[[int], None] = lambda seed: None,
) -> Iterator[Tally]:
    """Run streams one after another in this process, and tell now and then."""
    fuzzed, warm = Fuzzed(), 0.0
    alone = len(seeds) == 1
    try:
        for at in range(0, len(seeds), BATCH):
            tally = Tally()
            for seed in seeds[at : at + BATCH]:
                starting(seed)
                play(seed, fuzzed, tally, compared=alone or seed % every == 0)
            tally.last = resident()
            tally.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            warm = tally.warm = warm if warm and at > WARM else tally.last
            yield tally
    finally:
        fuzzed.close()


def resident() -> float:
    """The memory of this process that is in use now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


class Worker:
    """A process of its own, which is watched: a stream that never ends is a finding."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self.reading, writing = multiprocessing.Pipe(duplex=False)
        self._now: Any = multiprocessing.RawValue("q", seeds[0])
        self._seen, self._since = -1, time.monotonic()
        self._process = multiprocessing.Process(
            target=_work, args=(seeds, writing, self._now), daemon=True
        )
        self._process.start()
        writing.close()

    def receive(self) -> Tally | None:
        """What it tells; None at its end."""
        try:
            tally: Tally = self.reading.recv()
        except EOFError:
            self._process.join()
            return None
        return tally

    @property
    def lost(self) -> list[str]:
        """How it ended, if not as it should."""
        code = self._process.exitcode
        return [f"seed {self._now.value}: exit {code}"] if code else []

    def watch(self) -> None:
        """Kill it if it has been at one stream for too long."""
        if self._now.value != self._seen:
            self._seen, self._since = self._now.value, time.monotonic()
        elif time.monotonic() - self._since > LONGEST:
            self._process.kill()


def _work(seeds: Sequence[int], writing: Connection, now: Any) -> None:
    for tally in play_all(seeds, starting=lambda seed: setattr(now, "value", seed)):
        writing.send(tally)


def play_at_once(seeds: Sequence[int], jobs: int) -> Iterator[Tally]:
    """The same in several processes."""
    workers = [Worker(seeds[number::jobs]) for number in range(min(jobs, len(seeds)))]
    by_pipe = {worker.reading: worker for worker in workers}
    while by_pipe:
        for pipe in wait([*by_pipe], timeout=1.0):
            worker = by_pipe[pipe]  # type: ignore[index]
            tally = worker.receive()
            if tally is None:
                del by_pipe[worker.reading]
                yield Tally(findings=worker.lost)
            else:
                yield tally
        for worker in by_pipe.values():
            worker.watch()


def table(whole: Tally, seconds: float) -> str:
    """The counts."""
    texts = {
        "streams": f"{whole.streams}",
        "events": f"{whole.events}",
        "commands": counted(whole.commands),
        "formats": counted(whole.formats),
        "exit codes": counted(whole.codes),
        "compared runs": f"{whole.compared}",
        "findings": f"{len(whole.findings)}",
        "peak memory": f"{whole.peak:.0f} MiB of a process",
        "growth of memory": f"{whole.last - whole.warm:.1f} MiB of a process",
        "seconds": f"{seconds:.0f}",
    }
    return listed(texts)


def main(argv: Sequence[str]) -> int:
    """Run streams, tell each finding, and print the table."""
    parser = argparse.ArgumentParser("python -m tests.bench fuzz")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first stream")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    given = parser.parse_args(argv)
    seeds = range(given.seed, given.seed + given.count)
    began, whole = time.monotonic(), Tally()
    played = play_all(seeds) if given.jobs == 1 else play_at_once(seeds, given.jobs)
    for tally in played:
        for finding in tally.findings[: max(SHOWN - len(whole.findings), 0)]:
            seed = finding.partition(":")[0].removeprefix("seed ")
            again = f"python -m tests.bench fuzz --count 1 --seed {seed} --jobs 1"
            sys.stdout.write(f"{finding[:LONGEST_TOLD].rstrip()}\n  {again}\n")
            sys.stdout.flush()
        whole.add(tally)
    sys.stdout.write(table(whole, time.monotonic() - began))
    return int(bool(whole.findings))
