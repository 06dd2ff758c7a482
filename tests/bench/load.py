"""Many streams at once from `gi emulator`, each checked to its last event.

    python -m tests.bench load --streams 200 --events 2000

The server is a process of its own, and so is what it costs; the clients are sockets of
this one. The exit code is 0 if every stream came as a whole.
"""

import argparse
import selectors
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from tests.bench.counts import listed
from tests.bench.service import request, served

READ = 1 << 18
LONGEST = 600.0  # seconds
WORDS = 6  # numbers of an event
AROUND = 9  # events that are no part of the text


class Taken(NamedTuple):
    """What a run came to; times in seconds, sizes in MiB."""

    streams: int
    events: int  # of all streams
    failures: list[str]
    took: float
    first: float  # until the last of the streams had its first event
    idle: float  # memory of the server before
    peak: float
    cpu: float  # of the server


class Client:
    """One stream, as its bytes."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self.socket.sendall(request)
        self.socket.setblocking(False)
        self.received = bytearray()
        self.first = 0.0

    def read(self) -> bool:
        """Take what has come; tell whether there is more to come."""
        data = self.socket.recv(READ)
        self.first = self.first or time.monotonic()
        self.received += data  # a part of its own could hold a page for some bytes
        return bool(data)

    def judged(self, numbers: int) -> tuple[int, str]:
        """How many events came, and what is wrong with them."""
        head, _, body = bytes(self.received).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            return 0, repr(head[:80])
        *frames, rest = b"".join(_chunks(body)).split(b"\n\n")
        lines = [frame.partition(b"\ndata: ")[2] for frame in frames]
        told = [orjson.loads(line) for line in lines[:-1]]
        text = "".join(
            event["delta"].get("text", "")
            for event in told
            if event["event_type"] == "step.delta"
        )
        whole = text == ", ".join(map(str, range(1, numbers + 1))) + "."
        ended = lines[-1:] == [b"[DONE]"] and not rest
        return len(frames), "" if whole and ended else f"{len(frames)} events came"


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while size := int(body[at : (end := body.find(b"\r\n", at))] or b"0", 16):
        yield body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


def load(streams: int, events: int, *argv: str) -> Taken:
    """Ask for all streams at once, read them as they come, and check each."""
    numbers = (events - AROUND) * WORDS
    prompt = f"Count from 1 to {numbers}."
    body: dict[str, object] = {"model": "m", "input": prompt, "stream": True}
    with served(*argv) as service:
        idle = service.peak()
        began = time.monotonic()
        asked = request(service.address, body)
        clients = [Client(service.address, asked) for _ in range(streams)]
        _read(clients, began + LONGEST)
        took = time.monotonic() - began
        peak = service.peak()
        code, cpu = service.stop(signal.SIGTERM)
    found = [client.judged(numbers) for client in clients]
    failures = [failure for _, failure in found if failure]
    failures += [f"exit code {code}"] if code != 128 + signal.SIGTERM else []
    first = max(client.first for client in clients) - began
    total = sum(count for count, _ in found)
    return Taken(streams, total, failures, took, first, idle, peak, cpu)


def _read(clients: Sequence[Client], end: float) -> None:
    with selectors.DefaultSelector() as ready:
        for client in clients:
            ready.register(client.socket, selectors.EVENT_READ, client)
        while ready.get_map() and time.monotonic() < end:
            for key, _ in ready.select(1.0):
                if not key.data.read():
                    ready.unregister(key.fileobj)
                    key.data.socket.close()


def table(taken: Taken) -> str:
    """The figures."""
    texts = {
        "streams": f"{taken.streams}",
        "events": f"{taken.events} ({taken.events / taken.took:.0f}/s)",
        "seconds": f"{taken.took:.1f}, CPU of the server {taken.cpu:.1f}",
        "first event, the latest": f"{taken.first:.2f} s",
        "memory of the server": f"{taken.idle:.0f} MiB, at its peak {taken.peak:.0f}",
        "failures": f"{len(taken.failures)}",
    }
    return listed(texts)


def main(argv: Sequence[str]) -> int:
    """Load the server once, and print what it took."""
    parser = argparse.ArgumentParser("python -m tests.bench load")
    parser.add_argument("--streams", type=int, default=200, help="at once")
    parser.add_argument("--events", type=int, default=2000, help="of each stream")
    parser.add_argument("--pace", type=int, default=1, help="ms before each event")
    parser.add_argument("--state", action="store_true", help="keep them in a file")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        kept = ("--state", f"{folder}/state.db") if given.state else ()
        paced = ("--fault", f"slow={given.pace}") if given.pace else ()
        taken = load(given.streams, given.events, *paced, *kept)
    for failure in taken.failures:
        sys.stdout.write(f"{failure}\n")
    sys.stdout.write(table(taken))
    return int(bool(taken.failures))
