"""`gi emulator` in a process of its own, and what it takes."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL

import orjson

from tests.processes import GI, environment

PEAK = re.compile(r"\nVmHWM:\s*(\d+)")


class Service:
    """A server that runs until it is stopped."""

    def __init__(self, folder: Path, *argv: str) -> None:
        reading, writing = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, writing, 1)]
        words, env = (GI, "emulator", *argv), environment(folder)
        self._pid = os.posix_spawn(GI, words, env, file_actions=actions)
        os.close(writing)
        with os.fdopen(reading) as said:
            self.url = said.readline().strip()
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.address = host, int(port)

    def peak(self) -> float:
        """The most MiB that it has held so far, 0 where the system does not tell."""
        status = Path(f"/proc/{self._pid}/status")
        found = PEAK.search(status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else 0.0

    def stop(self, signum: int) -> tuple[int, float]:
        """Stop it: its exit code, its CPU in seconds. (The peak that wait4 tells counts
        the process that started it.)"""
        os.kill(self._pid, signum)
        _, status, usage = os.wait4(self._pid, 0)
        self._pid = 0
        code = os.waitstatus_to_exitcode(status)
        return code, usage.ru_utime + usage.ru_stime

    def close(self) -> None:
        """End it, if nobody has stopped it."""
        with suppress(ProcessLookupError):
            if self._pid:
                self.stop(SIGKILL)


@contextmanager
def served(*argv: str) -> Iterator[Service]:
    """A server with a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), *argv)
        try:
            yield service
        finally:
            service.close()


def request(address: tuple[str, int], body: dict[str, object]) -> bytes:
    """The bytes of a create."""
    data = orjson.dumps(body)
    head = (
        "POST /v1beta/interactions HTTP/1.1\r\n"
        f"Host: {address[0]}:{address[1]}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
