"""One stream through gi: everything between the socket and the descriptors is real.

Only the parsing of a command line is shared by runs. What `main` does with the parsed
one is done for each of them anew.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import _attempt, _end, _job, main
from gi_cli.run import Run
from gi_cli.waits import Waits
from tests.bench.noise import Answer, Noise
from tests.bench.ways import FILE, PLACE, Way, saved
from tests.conftest import FakeClock

ENVIRON = {"GEMINI_API_KEY": "test-key-0123456789", "GI_LEDGER": "off"}


class Ended(NamedTuple):
    """What a run came to."""

    code: int
    out: bytes
    err: str
    served: list[bytes]  # bodies, as far as they were asked for
    posts: int
    files: list[str]


class Service(httpx.BaseTransport):
    """Says to each POST the same, and to the GETs one answer after another."""

    def __init__(self, noise: Noise, *, whole: bool, at_once: bool) -> None:
        self._first = noise.later[0] if whole and noise.later else noise.first
        self._noise, self._at_once = noise, at_once
        self.posts, self._gets = 0, 0
        self.served: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.method == "POST":
            self.posts += 1
            return self._response(self._first)
        self._gets += 1
        later = self._noise.later
        if self._gets > len(later) or not later:
            return self._response(Answer(b"", 403, "application/json"))
        return self._response(later[self._gets - 1])

    def _response(self, answer: Answer) -> httpx.Response:
        if answer.status // 100 == 2:
            self.served.append(answer.body)
        body = Body([answer.body] if self._at_once else answer.chunks(), answer.broken)
        kind = {"content-type": answer.type} if answer.type else {}
        return httpx.Response(answer.status, headers=kind, stream=body)


class Body(httpx.SyncByteStream):
    """The reads of a response."""

    def __init__(self, chunks: Sequence[bytes], broken: bool) -> None:
        self._chunks, self._broken = chunks, broken

    def __iter__(self) -> Iterator[bytes]:
        yield from (chunk for chunk in self._chunks if chunk)
        if self._broken:
            raise httpx.ReadError("[Errno 104] Connection reset by peer")


class Fuzzed:
    """Runs gi on streams; what it writes goes to memory. `anew` parses the command
    line of each run: that is all of `main`, and takes several times as long."""

    def __init__(self, *, anew: bool = False) -> None:
        self._anew = anew
        shared = Path("/dev/shm")  # noqa: S108  # files are memory there
        within = shared if os.access(shared, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(dir=within))
        self._saved, self._here = self._folder / "saved", self._folder / "here"
        self._saved.mkdir()
        self._here.mkdir()
        self._file = self._folder / "file"
        self._null = os.open(os.devnull, os.O_RDONLY)
        self._files = [
            open(self._folder / name, "w+b", 0)  # noqa: SIM115  # until `close`
            for name in ("out", "err")
        ]
        self._jobs: dict[tuple[str, ...], Any] = {}

    def close(self) -> None:
        """Remove what it wrote."""
        for file in self._files:
            file.close()
        os.close(self._null)
        shutil.rmtree(self._folder)

    def run(
        self, noise: Noise, way: Way, format: str, *, at_once: bool = False
    ) -> Ended:
        """Let gi read the stream of a seed."""
        clock = FakeClock()
        waits = Waits(clock)
        out, err = self._files
        console = Console(
            waits, stdin=self._null, stdout=out.fileno(), stderr=err.fileno()
        )
        service = Service(noise, whole=way.whole, at_once=at_once)
        env = Environment(console, ENVIRON, clock, waits, service)
        argv = (*map(self._placed, way.argv), "--format", format)
        if FILE in way.argv:
            service.served.append(saved(noise))
            self._file.write_bytes(service.served[0])
        with chdir(self._here):
            code = main(argv, env) if self._anew else self._main(argv, env, format)
        _emptied(self._here)  # results of calls that could not be sent are kept there
        texts = [_taken(file) for file in self._files]
        told = texts[1].decode()
        return Ended(
            code,
            texts[0],
            told,
            service.served,
            service.posts,
            _emptied(self._saved),
        )

    def _main(self, argv: tuple[str, ...], env: Environment, format: str) -> int:
        """What `main` does, with a command line that was parsed before."""
        if argv not in self._jobs:
            self._jobs[argv] = _job(list(argv), env)
        job, run = self._jobs[argv], Run(env, format)
        run.argv = argv
        return _end(run, _attempt(lambda: job(run)))

    def _placed(self, word: str) -> str:
        if word == FILE:
            return str(self._file)
        return word.replace(PLACE, str(self._saved), 1)


def _emptied(folder: Path) -> list[str]:
    """The names in a folder, which then has none."""
    found = [*folder.iterdir()]
    for path in found:
        path.unlink()
    return sorted(path.name for path in found)


def _taken(file: Any) -> bytes:
    size = file.tell()
    if not size:
        return b""
    file.seek(0)
    data: bytes = file.read(size)
    file.seek(0)
    file.truncate()
    return data
