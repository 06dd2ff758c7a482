"""Research jobs that are killed and started again, at a service that breaks.

    python -m tests.bench chaos --rounds 500 --seed 1

A round has an emulator of its own on a socket, which drops, stalls and refuses at
random, and a job that is started two at a time: `gi research --once KEY -o report.md`.
The runs are killed at random moments and started again until the job ends. Then at
most one request has created work, and there is either the whole report or a claim in
`sending` and exit code 5.

The rounds have the seeds from SEED on. `--rounds 1 --seed SEED --keep DIR` runs one
again, with the same faults and the same plan of kills; what meets what is up to the
machine, so it may take several tries (`--repeat`).
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.breaking import BrokenError
from tests.bench.counts import counted, listed
from tests.bench.job import KEY, PROMPT, Place, Runs
from tests.serving import serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SPEED = 2.0  # how much faster than ours the emulator's time passes
LONGEST = 120.0  # seconds of a round
EVENTS = 32  # of the stream, with the one that tells the end
FAULTS = (  # and how often they happen at most
    ("drop-after={few}, on=STREAM", 0.5),
    ("drop-after={many}, on=STREAM", 0.5),
    ("stall-after={few}, on=STREAM", 0.1),
    ("stall-after={many}, on=STREAM", 0.2),
    ("error-after={many}", 0.2),
    ("truncate", 0.2),
    ("no-event-ids", 0.5),
    ("replay", 0.3),
    ("resume-refused", 0.1),
    ("queued=500", 0.3),
    ("status=503, on=READ", 0.3),
    ("drop, on=READ", 0.2),
    ("stall, on=READ", 0.05),
    ("rate-limit=1, on=CREATE", 0.3),
    ("status=503, on=CREATE", 0.1),
    ("drop, on=CREATE", 0.1),
    ("stall, on=CREATE", 0.05),
)
Files = Mapping[str, bytes]


class Service(Emulator):
    """An emulator whose time passes quickly, and what happened there."""

    def __init__(self, fault: str) -> None:
        self.created: list[str] = []  # a list grows safely from any thread
        self.answers: list[str] = []
        self._numbers = count(1)
        self._began = time.time()
        super().__init__(
            now=lambda: self._began + (time.time() - self._began) * SPEED,
            new_id=self._counted,
            sleep=lambda seconds: time.sleep(seconds / SPEED),
            fault=fault,
        )

    def _counted(self) -> str:
        id = f"v1_chaos{next(self._numbers):04}"
        self.created.append(id)
        return id

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterator[bytes]:
        def start(status: str, *rest: Any) -> Any:
            self.answers.append(status[:3])
            return start_response(status, *rest)

        try:
            yield from super().__call__(environ, start)
        except BrokenError as error:
            self.answers.append(type(error).__name__.lower())
            raise


def faults(chance: random.Random) -> str:
    """What the service of a round does, and how often."""
    groups = []
    for text, most in FAULTS:
        few, many = chance.randint(0, 6), chance.randint(7, EVENTS)
        often, seed = chance.uniform(0, most), chance.randrange(10**6)
        shown = text.format(few=few, many=many)
        groups.append(f"{shown}, chance={often:.3f}, seed={seed}")
    return "; ".join(groups)


@dataclass
class Round:
    """What came of a round; `failure` is "" for one that ended as it has to."""

    seed: int
    failure: str = ""
    outcome: str = ""
    created: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)


def play(seed: int, wanted: Files, folder: Path) -> Round:
    """One round; `wanted` is what a job leaves that nobody disturbs."""
    one = Round(seed)
    service = Service(faults(_chance(f"{seed}")))
    with serving(service) as url:
        place = Place(folder, url)
        both = [Runs(name, place, _chance(f"{seed}{name}")) for name in "ab"]
        try:
            _run(both, place, wanted)
            one.outcome = both[0].ended
            _check(both, place, wanted, len(service.created))
        except AssertionError as error:
            one.failure = f"{error} ({len(service.created)} created)"
        finally:
            for each in both:
                each.stop()
    one.created, one.answers = len(service.created), Counter(service.answers)
    for each in both:
        one.kills += each.kills
        one.codes += each.codes
        one.history += each.history
    return one


def _chance(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311


def _run(both: Sequence[Runs], place: Place, wanted: Files) -> None:
    """Let both go on until they have ended; nobody ever sees a part of a file."""
    end = time.monotonic() + LONGEST
    while left := [each for each in both if not each.ended]:
        assert time.monotonic() < end, f"not ended after {LONGEST:g} s"
        time.sleep(0.01)
        for each in left:
            each.step()
        for name, data in wanted.items():
            path = place.work / name
            assert not path.exists() or path.read_bytes() == data, (
                f"other bytes: {name}"
            )


def _check(both: Sequence[Runs], place: Place, wanted: Files, created: int) -> None:
    """What has to be true in the end."""
    ends = sorted({each.ended for each in both})
    assert ends in (["report"], ["sending"]), f"different ends: {ends}"
    delivered = ends == ["report"]
    assert created <= 1, "created more than once"
    assert created or not delivered, "nothing was created"
    files = place.files()
    parts = [name for name in files if name.endswith(".part")]
    killed = sum(each.kills["SIGKILL"] for each in both)
    assert len(parts) <= 2 * killed, f"left behind: {parts}"  # text and a picture
    found = {name: files[name] for name in files.keys() - {*parts}}
    assert found == (wanted if delivered else {}), f"the files are {[*found]}"
    damaged = [path.name for path in place.state.rglob("*corrupt*")]
    assert damaged == [], f"a damaged ledger: {damaged}"
    told = [(c["key"], c["phase"], c["exit_code"]) for c in place.listed("--claims")]
    known = ("done", 0) if delivered else ("sending", None)
    assert told == [(KEY, *known)], f"the claims are {told}"
    turns = [turn["status"] for turn in place.listed()]
    fitting = (
        (["completed"],) if delivered else (["sending"], [])
    )  # a claim comes first
    assert turns in fitting, f"the turns are {turns}"


def undisturbed(folder: Path) -> Files:
    """What a job leaves that nobody disturbs."""
    with serving(Service("")) as url:
        place = Place(folder, url)
        process = place.start("run", "research", "-o", "report.md", *PROMPT)
        assert process.wait(30) == 0, place.said("run")
        return place.files()


def play_all(seeds: Sequence[int], jobs: int, folder: Path) -> Iterator[Round]:
    """A round for each seed, several at once; the folders of failed ones are left."""
    wanted = undisturbed(folder / "undisturbed")

    def numbered(number: int, seed: int) -> Round:
        place = folder / f"seed-{seed}-{number}"
        one = play(seed, wanted, place)
        if not one.failure:
            shutil.rmtree(place)
        return one

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(numbered, range(len(seeds)), seeds)


def table(played: Sequence[Round]) -> str:
    """The counts."""
    none: Counter[Any] = Counter()
    codes = sum((each.codes for each in played), none)
    good = Counter(each.outcome for each in played if not each.failure)
    created = Counter(f"{min(each.created, 2)}" for each in played)
    texts = {
        "rounds": f"{len(played)}",
        "runs of gi": f"{codes.total()}",
        "  by exit code": counted(codes),
        "kills": counted(sum((each.kills for each in played), none)),
        "answers of the service": counted(sum((r.answers for r in played), none)),
        "outcomes": f"report {good['report']}, sending {good['sending']}",
        "POSTs that created work": f"0: {created['0']}, 1: {created['1']}, "
        f"more: {created['2']}",
        "failures": f"{sum(bool(each.failure) for each in played)}",
    }
    return listed(texts)


def main(argv: Sequence[str]) -> int:
    """Play rounds, tell each that failed, and print the table."""
    parser = argparse.ArgumentParser("python -m tests.bench chaos")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--repeat", type=int, default=1, help="play each so often")
    parser.add_argument("--jobs", type=int, default=4, help="rounds at once")
    parser.add_argument("--keep", metavar="DIR", help="a folder to keep failed ones in")
    given = parser.parse_args(argv)
    seeds = [*range(given.seed, given.seed + given.rounds)] * given.repeat
    began, played = time.monotonic(), []
    with tempfile.TemporaryDirectory() as aside:
        folder = tempfile.mkdtemp(dir=given.keep or aside)
        for one in play_all(seeds, given.jobs, Path(folder).resolve()):
            played.append(one)
            if one.failure:
                told = "".join(one.history)
                sys.stdout.write(f"seed {one.seed}: {one.failure}\n{told}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{table(played)}{'seconds':<24} {time.monotonic() - began:.0f}\n")
    return int(any(one.failure for one in played))
