"""`gi emulator` as a process, and a client of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.processes import Running, environment

PATH = "/v1beta/interactions"
KEY = "test-key-0123456789"


class Emulating(Running):
    """The process; `url` is what it has printed."""

    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@contextmanager
def emulating(folder: Path, *argv: str) -> Iterator[Emulating]:
    with Emulating("emulator", *argv, env=environment(folder), cwd=folder) as running:
        running.url = running.read_until(b"\n").decode().strip()
        yield running


@contextmanager
def client(url: str, key: str = KEY) -> Iterator[httpx.Client]:
    headers = {"x-goog-api-key": key} if key else {}
    with httpx.Client(base_url=url, trust_env=False, headers=headers) as api:
        yield api
