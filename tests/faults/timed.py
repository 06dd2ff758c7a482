"""Rows without a socket: each part of an answer is one read, and what the server
waits costs no time, for the clock is the test's."""

import json
from collections.abc import Iterator, Sequence

import httpx

from gi_cli.transport.journey import HEADERS
from gi_cli.waits import Waits
from tests.conftest import FakeClock, run_main
from tests.faults.rows import Exchange, Json, Row, compare
from tests.scripted import Action, Pause, Reset

URL = "http://127.0.0.1:9"
RESET = "[Errno 104] Connection reset by peer"
CLOSED = "Server disconnected without sending a response."


class Timed:
    """Answers the exchanges of a script in order, and nothing else."""

    def __init__(
        self,
        script: Sequence[Exchange],
        clock: FakeClock,
        *,
        always: Exchange | None = None,
    ) -> None:
        self.requests: list[httpx.Request] = []
        self._left, self._clock, self._always = [*script], clock, always

    def __call__(self, waits: Waits) -> httpx.BaseTransport:
        return httpx.MockTransport(lambda request: self._answer(request, waits))

    @property
    def bodies(self) -> list[Json]:
        """Of the requests that create."""
        return [json.loads(r.content) for r in self.requests if r.method == "POST"]

    def assert_over(self) -> None:
        assert self._left == []

    def _answer(self, request: httpx.Request, waits: Waits) -> httpx.Response:
        self.requests.append(request)
        request.extensions["trace"](HEADERS, {})
        asked = (request.method, request.url.raw_path.decode())
        due = self._left.pop(0) if self._left else self._always
        assert due and due[:2] == asked, f"{asked}, not {due}"
        reply = due[2]
        parts = self._parts(reply.actions, waits)
        head = next(parts, None)
        if head is None:
            raise httpx.RemoteProtocolError(CLOSED)
        first, *lines = head.decode().strip().split("\r\n")
        headers = [
            (n, v.strip()) for n, _, v in (line.partition(":") for line in lines)
        ]
        return httpx.Response(int(first.split()[1]), headers=headers, content=parts)

    def _parts(self, actions: Sequence[Action], waits: Waits) -> Iterator[bytes]:
        for action in actions:
            match action:
                case bytes():
                    yield action
                case Pause(seconds):
                    self._pass(seconds, waits)
                case Reset():
                    raise httpx.ReadError(RESET)

    def _pass(self, seconds: float, waits: Waits) -> None:
        """Let time pass as the alarm of a process would see it."""
        end = self._clock.time + seconds
        while (left := end - self._clock.time) > 0:
            with waits.for_server():
                self._clock.time += min(left, 1.0)
        with waits.for_server():
            pass


def play(
    row: Row,
    format: str,
    clock: FakeClock | None = None,
    *,
    always: Exchange | None = None,
) -> Timed:
    """Run a row and compare all that a user can see; `always` comes as often as it
    likes behind its script."""
    clock = clock or FakeClock()
    service = Timed(row.script, clock, always=always)
    argv = (*row.argv, "--base-url", URL, "--format", format)
    done = run_main(*argv, code=row.code, clock=clock, service=service)
    compare(row, format, done, URL)
    service.assert_over()
    return service


def compare_document(row: Row) -> None:
    """--json has the text that text has."""
    steps = document(row)["steps"]
    texts = [content["text"] for step in steps for content in step["content"]]
    assert "".join(texts) == row.text.decode().removesuffix("\n")


def document(row: Row, clock: FakeClock | None = None) -> Json:
    """The document of --json without `gi`, which says the same as in other formats."""
    clock = clock or FakeClock()
    service = Timed(row.script, clock)
    argv = (*row.argv, "--base-url", URL, "--json")
    done = run_main(*argv, code=row.code, clock=clock, service=service)
    assert done.err.replace(URL, "URL") == row.err
    service.assert_over()
    whole: Json = json.loads(done.out)
    assert whole.pop("gi")["exit_code"] == row.code
    return whole
