"""The `gi` runner: main() in this process, with an environment of the test's own."""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import httpx
import pytest

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import main
from gi_cli.programs import Ended, Program, run_all
from gi_cli.waits import Clock, SystemClock, Waits
from tests.scripted import ScriptedServer
from tests.survivors import HANGS, alive, descriptors, marked, until

KEY = "test-key-0123456789"


@dataclass
class FakeClock:
    """Time that passes only while gi sleeps; `slept` is the record."""

    slept: list[float] = field(default_factory=list)
    time: float = 1_790_000_000.0

    def monotonic(self) -> float:
        return self.time

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass(frozen=True)
class Done:
    """What a run of main() came to."""

    code: int
    out: bytes
    err: str


class Gi(Protocol):
    def __call__(
        self,
        *argv: str,
        code: int = 0,
        stdin: bytes | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> Done: ...


def run_main(
    *argv: str,
    code: int = 0,
    stdin: bytes | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    service: Callable[[Waits], httpx.BaseTransport] | None = None,
) -> Done:
    """Call main() on files in place of the descriptors; stdin None is /dev/null.
    A `service` stands in for the network."""
    time = clock or SystemClock()
    waits = Waits(time)
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        Path(os.devnull).open("rb") as null,
    ):
        given.write(stdin or b"")
        given.seek(0)
        console = Console(
            waits,
            stdin=null.fileno() if stdin is None else given.fileno(),
            stdout=out.fileno(),
            stderr=err.fileno(),
        )
        variables = {"GEMINI_API_KEY": KEY} if environ is None else environ
        env = Environment(
            console=console,
            environ=variables,
            clock=time,
            waits=waits,
            transport=service(waits) if service else None,
        )
        ended = main(argv, env)
        out.seek(0)
        err.seek(0)
        done = Done(ended, out.read(), err.read().decode())
    assert done.code == code, f"exit {done.code}, not {code}:\n{done.err}"
    return done


@pytest.fixture
def gi() -> Gi:
    """main() in process; the exit code is asserted on every call."""
    return run_main


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server that fails the test on an exchange too many or too few."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture(autouse=True)
def clean(tmp_path: Path) -> Iterator[None]:
    """An empty home, no keys, no proxies, whatever the developer's shell has."""
    kept = dict(os.environ)
    dropped = ("GI_", "GOOGLE_", "GEMINI_", "XDG_", "CI", "SSL_CERT", "REQUESTS_")
    for name in kept:
        if name.startswith(dropped) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HOME"] = f"{tmp_path}.home"  # beside it: tests list their own folder
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with room above it where nothing may appear; a module
    may lay something in it."""
    folder = tmp_path / "above" / "here"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite tests/golden"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare with a file of tests/golden, or write it with --update-golden."""
    folder = Path(__file__).with_name("golden")

    def check(name: str, data: bytes) -> None:
        path = folder / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        assert data == path.read_bytes()

    return check


Result = tuple[bytes, str | None, int | None]


class Ran(Protocol):
    def __call__(
        self,
        *programs: str | tuple[str, ...],
        stdin: bytes = b"",
        environ: Mapping[str, str] = MappingProxyType({}),
        at_once: int = 50,
        timeout: float | None = 60.0,
        limit: int = 1 << 20,
        ended: Callable[[int, Ended], None] = lambda index, result: None,
        waits: Waits | None = None,
    ) -> list[Result]: ...


@pytest.fixture
def ran(tmp_path: Path) -> Iterator[Ran]:
    """Run shell scripts, or argvs, and tell what they came to, but how long they took.

    Afterwards nothing runs that the test has started, and all is closed and reaped.
    """
    environment = marked(tmp_path)
    gc.collect()  # what earlier tests have left closes now, not in between
    opened = descriptors()

    def run(
        *programs: str | tuple[str, ...],
        stdin: bytes = b"",
        environ: Mapping[str, str] = MappingProxyType({}),
        at_once: int = 50,
        timeout: float | None = 60.0,
        limit: int = 1 << 20,
        ended: Callable[[int, Ended], None] = lambda index, result: None,
        waits: Waits | None = None,
    ) -> list[Result]:
        argvs = [("sh", "-c", p) if isinstance(p, str) else p for p in programs]
        results = run_all(
            [Program(argv, stdin, {**environment, **environ}) for argv in argvs],
            waits or Waits(SystemClock()),
            at_once=at_once,
            timeout=timeout,
            limit=limit,
            ended=ended,
        )
        assert all(result.seconds < HANGS for result in results)
        return [result[:3] for result in results]

    yield run
    until(lambda: alive(tmp_path) == [])
    gc.collect()
    assert descriptors() == opened
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
