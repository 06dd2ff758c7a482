"""Where children run: a folder, the streams in it and the server that sends them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tests.bench.streams import Images, Text, write_images, write_text
from tests.processes import environment

SERVER = Path(__file__).with_name("server.py")
MIB = 1 << 20


class Spent(NamedTuple):
    """What a child has taken."""

    cpu: float  # ms, user and system
    wall: float  # ms
    peak: float  # MiB; not less than the peak of this process when it was started


class Place:
    """Where children run, and streams that are made when they are first asked for."""

    def __init__(self, folder: Path, port: int, scale: float) -> None:
        self.folder, self.out, self.err = folder, folder / "out", folder / "err"
        self._port, self._scale = port, scale
        self.environ = environment(folder / "home", GEMINI_API_KEY="k" * 20)

    @cached_property
    def ten(self) -> Text:
        return write_text(self.folder / "ten", 5)

    @cached_property
    def deltas(self) -> Text:
        return write_text(self.folder / "deltas", self.scaled(200_000))

    @cached_property
    def images(self) -> Images:
        return write_images(self.folder / "images", 8, self.scaled(4 * MIB))

    @cached_property
    def large(self) -> Images:
        return write_images(self.folder / "large", 1, self.scaled(64 * MIB))

    def scaled(self, number: int) -> int:
        return max(round(number * self._scale), 10)

    def base(self, name: str) -> str:
        """The base URL where the stream is the answer."""
        return f"http://127.0.0.1:{self._port}/{name}"

    def run(self, *argv: str) -> Spent:
        """Run to the end, with the output into the file `out`, and insist on a 0."""
        code, spent = self.run_any(*argv)
        assert code == 0, f"exit {code}: {' '.join(argv)}\n{self.err.read_text()}"
        return spent

    def run_any(self, *argv: str) -> tuple[int, Spent]:
        """The same with any exit code, which it tells."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self.out), flags, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, str(self.err), flags, 0o600),
        ]
        began = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, self.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - began
        code = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        return code, Spent(cpu * 1000, wall * 1000, usage.ru_maxrss / 1024)


@contextmanager
def placed(scale: float) -> Iterator[Place]:
    """A place with a server that runs until the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        argv = (sys.executable, SERVER, folder)
        server = subprocess.Popen(argv, stdout=subprocess.PIPE)
        try:
            assert server.stdout, "it is a pipe"
            with server.stdout:
                yield Place(folder, int(server.stdout.readline()), scale)
        finally:
            server.kill()
            server.wait()
