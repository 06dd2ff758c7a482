"""A server that is killed in the middle of creates, and started again on its state.

    python -m tests.bench killed --rounds 100

Every id that a client has seen has to be there afterwards, with its status.
"""

import argparse
import random
import re
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from threading import Event
from typing import NamedTuple

import httpx

from tests.bench.service import request, served

CLIENTS = 50
LATEST = 0.5  # seconds until the kill
READ = 1 << 16
ID = re.compile(rb'"id":"(v1_[^"]+)"')
BODIES: tuple[dict[str, object], ...] = (
    {"model": "m", "input": "Count from 1 to 3000.", "stream": True},
    {"model": "m", "input": "Hello"},
    {"agent": "deep-research-preview-04-2026", "input": "x", "background": True},
)
STATUSES = ("completed", "in_progress")


class Round(NamedTuple):
    """What came of one: ids that clients saw, those that are gone, answers cut."""

    seen: int
    lost: list[str]
    cut: int


def play(chance: random.Random, state: Path) -> Round:
    """Kill the server at a random moment while all clients create."""
    with served("--state", str(state)) as service, ThreadPoolExecutor(CLIENTS) as pool:
        dead = Event()
        chosen = [chance.choice(BODIES) for _ in range(CLIENTS)]
        asked = [request(service.address, body) for body in chosen]
        found = [pool.submit(_create, service.address, each, dead) for each in asked]
        time.sleep(chance.uniform(0.05, LATEST))
        service.stop(SIGKILL)
        dead.set()
        seen = [id for each in found for id in each.result()[0]]
        cut = sum(each.result()[1] for each in found)
    with (
        served("--state", str(state)) as service,
        httpx.Client(base_url=service.url, trust_env=False) as api,
    ):
        lost = [id for id in seen if not _is_there(api, id)]
    return Round(len(seen), lost, cut)


def _create(
    address: tuple[str, int], asked: bytes, dead: Event
) -> tuple[list[str], int]:
    """Create until the server is gone: the ids seen, and how many answers were cut."""
    seen, cut = [], 0
    while not dead.is_set():
        received = b""
        with suppress(OSError), socket.create_connection(address) as connection:
            connection.sendall(asked)
            while data := connection.recv(READ):
                received += data
        seen += [id.decode() for id in ID.findall(received)[:1]]
        whole = received.endswith((b"0\r\n\r\n", b"}"))
        cut += bool(received) and not whole
    return seen, cut


def _is_there(api: httpx.Client, id: str) -> bool:
    answer = api.get(f"/v1beta/interactions/{id}")
    return answer.status_code == 200 and answer.json()["status"] in STATUSES


def main(argv: Sequence[str]) -> int:
    """Play rounds on one state, and tell what was lost."""
    parser = argparse.ArgumentParser("python -m tests.bench killed")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    chance = random.Random(given.seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder, "state.db")
        played = [play(chance, state) for _ in range(given.rounds)]
    lost = [id for each in played for id in each.lost]
    counts = {
        "rounds": len(played),
        "ids that clients saw": sum(each.seen for each in played),
        "answers cut": sum(each.cut for each in played),
        "ids lost": len(lost),
    }
    told = "".join(f"{name:<24} {count}\n" for name, count in counts.items())
    sys.stdout.write(told)
    return int(bool(lost))
