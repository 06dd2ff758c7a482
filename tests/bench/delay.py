"""How long an event takes from the service to the reader of stdout.

The service is in this process, on the clock of the reader, and sends an event when the
one before was read.
"""

import os
import select
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from statistics import median

from tests.bench.place import Place
from tests.bench.streams import around, event
from tests.processes import GI

GAP = 0.005  # seconds from one to the next
LONGEST = 10.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Service"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in around(self.server.deltas()):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


class Service(HTTPServer):
    """Answers once, and waits for each event at the pipe."""

    def __init__(self, events: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.timeout = LONGEST
        self.delays: list[float] = []  # seconds
        self.pipe = -1
        self._events = events

    def deltas(self) -> Iterator[bytes]:
        """Each is asked for when the one before was sent."""
        for n in range(self._events):
            mark = f"{n:05};"
            delta = event("step.delta", index=0, delta={"type": "text", "text": mark})
            sent = time.perf_counter()
            yield delta
            self._read(mark.encode())
            self.delays.append(time.perf_counter() - sent)
            time.sleep(GAP)

    def _read(self, mark: bytes) -> None:
        seen = b""
        while mark not in seen:
            ready, _, _ = select.select([self.pipe], [], [], LONGEST)
            part = os.read(self.pipe, 1 << 16) if ready else b""
            assert part, f"{mark!r} has not come"
            seen += part

    def handle_error(self, *_: object) -> None:
        raise  # noqa: PLE0704  # what the handler has raised


def delay(place: Place, *argv: str) -> float:
    """The median of a run, in ms; the address is put after the argv."""
    with Service(place.scaled(100)) as service:
        url = f"http://127.0.0.1:{service.server_port}"
        process = subprocess.Popen(
            (*argv, url), stdout=subprocess.PIPE, env=place.environ
        )
        with process:
            assert process.stdout, "it is a pipe"
            service.pipe = process.stdout.fileno()
            try:
                service.handle_request()
                process.communicate(timeout=LONGEST)
            finally:
                process.kill()
        assert process.returncode == 0, f"exit {process.returncode}: {argv}"
    assert service.delays, "nobody has come"
    return median(service.delays) * 1000


def gi_delay(place: Place) -> float:
    return delay(place, GI, "create", "hi", "--base-url")


def curl_delay(place: Place) -> float:
    return delay(place, "curl", "-sN", "-d", "{}")
