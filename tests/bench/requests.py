"""Random and changed requests to an emulator on a socket, thousands of them.

    python -m tests.bench requests --count 10000 --seed 1

Whatever comes, the answer has the API's shape, nothing is the server's fault, nothing
hangs, and what is kept can be read afterwards. What is no HTTP may be answered with the
end of the connection. The same seed asks the same; which ids are known by then is up to
the threads.
"""

import argparse
import json
import random
import socket
import sqlite3
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.server import Server
from gi_cli.emulator.storage import Stored
from tests.bench.counts import counted, listed
from tests.bench.mutants import PATH, Mutant, mutant

SPEED = 100.0  # how much faster than ours the emulator's time passes
PATIENCE = 20.0  # seconds that an answer may take on a busy machine
KNOWN = 50  # ids that are asked for again
MEDIA = ("image/png", "image/jpeg", "audio/wav", "audio/l16")


class Watched(Server):
    """A server that keeps what it would have written to stderr."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.tracebacks: list[str] = []
        super().__init__(*args, **more)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.tracebacks.append(traceback.format_exc())


@dataclass
class Played:
    """What came of all requests."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0
    kept: int = 0
    failures: list[str] = field(default_factory=list)


class Client:
    """Sends mutants from many threads, and judges what comes back."""

    def __init__(self, port: int, seed: int) -> None:
        self._port, self._seed = port, seed
        self._ids: list[str] = []
        self._lock = threading.Lock()
        self.played = Played()

    def play(self, number: int) -> None:
        """Send the request of this number."""
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311
        with self._lock:
            ids = [*self._ids]
        sent = mutant(chance, ids)
        began = time.monotonic()
        try:
            answer, failure = self._ask(sent), ""
        except (AssertionError, LookupError, ValueError) as error:
            answer, failure = "failure", f"{number}, {sent.kind}: {error!r}"
        with self._lock:
            self.played.count += 1
            self.played.kinds[sent.kind] += 1
            self.played.answers[answer] += 1
            self.played.slowest = max(self.played.slowest, time.monotonic() - began)
            if failure:
                self.played.failures.append(failure)

    def _ask(self, sent: Mutant) -> str:
        address = ("127.0.0.1", self._port)
        with socket.create_connection(address, PATIENCE) as connection:
            with suppress(OSError):  # answered before it was all sent
                _send(connection, sent)
            if sent.leaves:
                return "nobody waited"
            try:
                return self._judged(connection, sent)
            except TimeoutError as error:
                raise AssertionError(f"silent for {PATIENCE:g} s") from error
            except (HTTPException, ConnectionError) as error:
                assert not sent.sound, f"no answer: {error!r}"
                return "closed"

    def _judged(self, connection: socket.socket, sent: Mutant) -> str:
        with closing(HTTPResponse(connection)) as response:
            response.begin()
            answer = Answer(
                response.status, response.headers.get_content_type(), response.read()
            )
        id = judge(answer, sound=sent.sound)
        if id and len(self._ids) < KNOWN:
            self._ids.append(id)
        return f"{answer.status}"


class Answer(NamedTuple):
    """What came back."""

    status: int
    kind: str  # the type of its content
    body: bytes


def judge(answer: Answer, *, sound: bool) -> str:
    """Raise AssertionError if it is none of the API's; return the id that it tells."""
    status, kind, body = answer
    if not sound and not body:
        assert status < 500, f"{status}: {body[:200]!r}"
    elif kind == "application/json":
        return _judge_json(status, json.loads(body))
    elif kind == "text/event-stream":
        _judge_events(status, body)
    elif kind in MEDIA:
        assert status == 200
    else:
        assert (status, body) == (200, b""), f"{status} {kind}: {body[:200]!r}"
    return ""


def _judge_json(status: int, value: Any) -> str:
    if status != 200:
        _judge_refusal(status, value)
        return ""
    assert isinstance(value, dict), value
    if value.get("object") != "interaction":
        return ""
    assert isinstance(value["status"], str), value
    return str(value["id"])


def _send(connection: socket.socket, sent: Mutant) -> None:
    size = -(-len(sent.data) // sent.pieces) or 1
    for at in range(0, len(sent.data), size):
        connection.sendall(sent.data[at : at + size])
        if sent.pieces > 1:
            time.sleep(0.005)
    if sent.half_closed:
        connection.shutdown(socket.SHUT_WR)


def _judge_refusal(status: int, value: Any) -> None:
    """One of the two shapes of the API; nothing is the server's fault."""
    assert 400 <= status < 500, f"{status}: {value}"
    error = value["error"]
    message, code = error["message"], error["code"]
    assert isinstance(message, str), value
    assert message, value
    if isinstance(code, int):
        assert code == status, value
        assert isinstance(error["status"], str), value
        assert error.keys() <= {"code", "message", "status", "details"}, value
    else:
        assert {*error} == {"code", "message"}, value
        assert isinstance(code, str), value


def _judge_events(status: int, body: bytes) -> None:
    if status != 200:
        name, data = body.rstrip(b"\n").split(b"\n")
        assert name == b"event: error", body
        _judge_refusal(status, json.loads(data.removeprefix(b"data: ")))
        return
    *frames, rest = body.split(b"\n\n")
    assert rest == b"", rest
    assert frames[0].startswith(b"event: ") or not frames, body[:200]
    for frame in frames:
        name, data = frame.split(b"\n")
        if name != b"event: done":
            event = json.loads(data.removeprefix(b"data: "))
            assert name == b"event: " + event["event_type"].encode(), frame


@contextmanager
def _serving(state: Path) -> Iterator[Watched]:
    began = time.time()
    app = Emulator(
        now=lambda: began + (time.time() - began) * SPEED,
        sleep=lambda seconds: time.sleep(seconds / SPEED),
        storage=Stored(state),
    )
    with Watched(app) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def play(count: int, seed: int, jobs: int = 8) -> Played:
    """Send so many requests, and read all that was kept."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder, "state.db")
        with _serving(state) as server:
            client = Client(server.server_port, seed)
            with ThreadPoolExecutor(jobs) as pool:
                list(pool.map(client.play, range(count)))
        played = client.played
        played.failures += server.tracebacks
        _read_all(state, played)
    return played


def _read_all(state: Path, played: Played) -> None:
    """Read with another emulator what the first one has kept."""
    with closing(sqlite3.connect(state)) as database:
        ((sound,),) = database.execute("PRAGMA integrity_check")
        found = database.execute("SELECT id FROM interactions").fetchall()
    if sound != "ok":
        played.failures.append(f"the state: {sound}")
    transport = httpx.WSGITransport(app=Emulator(storage=Stored(state)))
    with httpx.Client(transport=transport, base_url="http://gi") as api:
        for (id,) in found:
            response = api.get(f"{PATH}/{id}", params={"include_input": "true"})
            if response.status_code != 200 or response.json()["id"] != id:
                played.failures.append(f"the state: {id}: {response.text}")
    played.kept = len(found)


def table(played: Played) -> str:
    """The counts."""
    texts = {
        "requests": f"{played.count}",
        **{f"  {kind}": f"{played.kinds[kind]}" for kind in sorted(played.kinds)},
        "answers": counted(played.answers),
        "slowest answer": f"{played.slowest:.2f} s",
        "interactions kept": f"{played.kept}, all readable"
        if not any("the state" in line for line in played.failures)
        else f"{played.kept}, not all readable",
        "failures": f"{len(played.failures)}",
    }
    return listed(texts)


def main(argv: Sequence[str]) -> int:
    """Send requests, tell of each that failed, and print the table."""
    parser = argparse.ArgumentParser("python -m tests.bench requests")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=8, help="requests at once")
    given = parser.parse_args(argv)
    began = time.monotonic()
    played = play(given.count, given.seed, given.jobs)
    for failure in played.failures:
        sys.stdout.write(f"{failure}\n")
    spent = time.monotonic() - began
    sys.stdout.write(f"{table(played)}{'seconds':<24} {spent:.0f}\n")
    return int(bool(played.failures))
