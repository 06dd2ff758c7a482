"""One stream through gi: everything between the socket and the descriptors is real.

Only the parsing of a command line is shared by runs. What `main` does with the parsed
one is done for each of them anew.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import httpx

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import _attempt, _end, _job, main
from gi_cli.run import Run
from gi_cli.waits import Waits
from tests.bench.junk import STREAM
from tests.bench.noise import Answer, Noise
from tests.bench.oracle import has_completed
from tests.conftest import FakeClock

FORMATS = ("text", "ndjson", "json", "sse")
ENVIRON = {"GEMINI_API_KEY": "test-key-0123456789", "GI_LEDGER": "off"}
CODES = frozenset({0, 1, 3, 4, 5, 6, 7, 8})
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
OTHER_TEXT = "what the service has stored is not what was shown"
UNSTORED, SAVED = "--no-store", "--media-dir"
ALONE = {  # flags, and the formats that they are drawn for
    (UNSTORED, SAVED): FORMATS,
    (UNSTORED,): FORMATS,
    (SAVED,): FORMATS,
    ("--background",): FORMATS,
    (UNSTORED, "--citations"): ("text",),
    (UNSTORED, "-x"): ("text",),
    (UNSTORED, "--schema", '{"type":"object"}'): ("text", "ndjson"),
}
DRAWN = [
    flags
    for flags, often in zip(ALONE, (8, 3, 2, 1, 1, 1, 1), strict=True)
    for _ in range(often)
]


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

    def __init__(self, noise: Noise, *, at_once: bool) -> None:
        self._noise, self._at_once = noise, at_once
        self.posts, self._gets = 0, 0
        self.served: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.method == "POST":
            self.posts += 1
            return self._response(self._noise.first)
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
        self._saved = self._folder / "saved"
        self._saved.mkdir()
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
        self, noise: Noise, format: str, flags: Sequence[str], *, at_once: bool = False
    ) -> Ended:
        """Let gi read the stream of a seed."""
        clock = FakeClock()
        waits = Waits(clock)
        out, err = self._files
        console = Console(
            waits, stdin=self._null, stdout=out.fileno(), stderr=err.fileno()
        )
        service = Service(noise, at_once=at_once)
        env = Environment(console, ENVIRON, clock, waits, service)
        argv = ("create", "hi", "--format", format, *self._with_place(flags))
        code = main(argv, env) if self._anew else self._main(argv, env, format)
        left = [*self._saved.iterdir()]
        for path in left:
            path.unlink()
        texts = [_taken(file) for file in self._files]
        told = texts[1].decode()
        return Ended(
            code,
            texts[0],
            told,
            service.served,
            service.posts,
            sorted(path.name for path in left),
        )

    def _main(self, argv: tuple[str, ...], env: Environment, format: str) -> int:
        """What `main` does, with a command line that was parsed before."""
        if argv not in self._jobs:
            self._jobs[argv] = _job(list(argv), env)
        job, run = self._jobs[argv], Run(env, format)
        run.argv = argv
        return _end(run, _attempt(lambda: job(run)))

    def _with_place(self, flags: Sequence[str]) -> Iterator[str]:
        for flag in flags:
            yield flag
            if flag == SAVED:
                yield str(self._saved)


def _taken(file: Any) -> bytes:
    size = file.tell()
    if not size:
        return b""
    file.seek(0)
    data: bytes = file.read(size)
    file.seek(0)
    file.truncate()
    return data


def drawn(noise: Noise) -> tuple[str, tuple[str, ...]]:
    """The format and the flags of a seed."""
    chance = Random(noise.seed ^ 0x5EED)  # noqa: S311
    flags = chance.choice(DRAWN)
    return chance.choice(ALONE[flags]), flags


def check(noise: Noise, format: str, flags: Sequence[str], ended: Ended) -> None:
    """Raise AssertionError for what may never be, whatever the service says."""
    code = ended.code
    assert code in CODES, f"exit {code}: {ended.err}"
    assert code or has_completed(ended.served), "exit 0, and nothing has completed"
    if is_plain(noise, flags):
        assert code == noise.code, f"exit {code}, not {noise.code}: {ended.err}"
    found = CONTROLS.search(ended.err)
    assert found is None, f"stderr has {found}"
    assert not [n for n in ended.files if n.endswith(".part")], f"left: {ended.files}"
    CHECKS[format](noise, flags, ended)


def is_plain(noise: Noise, flags: Sequence[str]) -> bool:
    """Tell whether nothing was changed, and no flag asks for something else."""
    return noise.code is not None and flags in (
        (UNSTORED,),
        (UNSTORED, SAVED),
        (SAVED,),
    )


def _text(noise: Noise, flags: Sequence[str], ended: Ended) -> None:
    text = ended.out.decode()
    if is_plain(noise, flags):
        whole = noise.text.encode("utf-16", "surrogatepass").decode("utf-16")
        end = "" if ended.code or whole.endswith("\n") else "\n"
        assert text == whole + end, f"another text than {whole!r}"
    assert ended.code or not ended.out or ended.out.endswith(b"\n"), (
        "no last line break"
    )


def _sse(noise: Noise, flags: Sequence[str], ended: Ended) -> None:
    first = noise.first
    if first.status // 100 != 2 or not first.type.startswith(STREAM):
        return
    if UNSTORED in flags and ended.posts == 1:
        assert ended.out == first.body, "other bytes than were received"
    assert ended.out.startswith(first.body), "not the bytes that were received"


def _ndjson(noise: Noise, flags: Sequence[str], ended: Ended) -> None:
    *lines, last = ended.out.split(b"\n")
    assert last == b"", "no last line break"
    values = [_value(line) for line in lines]
    assert values[-1]["event_type"] == "gi.result", "no gi.result"
    _check_result(values[-1], ended)


def _json(noise: Noise, flags: Sequence[str], ended: Ended) -> None:
    document = _value(ended.out)
    _check_result(document["gi"], ended)


def _check_result(result: dict[str, Any], ended: Ended) -> None:
    assert result["exit_code"] == ended.code, f"gi.result has {result['exit_code']}"
    assert (result["error"] is None) == (ended.code == 0), "error and code differ"
    told = {Path(file["path"]).name for file in result["files"]}
    assert told == {*ended.files}, f"files: {told}, not {ended.files}"


def _value(text: bytes) -> Any:
    """JSON as every reader takes it: no NaN."""
    return json.loads(text.decode(), parse_constant=_refuse, parse_int=_number)


def _number(text: str) -> int | str:
    return int(text) if len(text) < 19 else text


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


CHECKS = {"text": _text, "ndjson": _ndjson, "json": _json, "sse": _sse}


def compare(fuzzed: Fuzzed, noise: Noise) -> int:
    """Run it in all formats, and each in one read: codes and outputs are the same.
    Tell how many runs that were.

    One difference is meant: where the service has stored another text than it has
    streamed, a format that has printed nothing of it yet can still tell the right one.
    """
    _, flags = drawn(noise)
    if SAVED not in flags:
        flags = (UNSTORED, SAVED)  # else text lacks media that others show
    codes, contradicted = {}, False
    for format in FORMATS:
        ended = fuzzed.run(noise, format, flags)
        check(noise, format, flags, ended)
        whole = fuzzed.run(noise, format, flags, at_once=True)
        assert ended.out == whole.out, f"{format}: another output in one read"
        codes[format], codes[f"{format} in one read"] = ended.code, whole.code
        contradicted |= OTHER_TEXT in ended.err
    assert contradicted or len({*codes.values()}) == 1, f"exit codes: {codes}"
    return len(codes)
