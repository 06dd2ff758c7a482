"""Answers POST /NAME/v1beta/interactions with the event stream in the file NAME, and
GET with the JSON in it.

    python tests/bench/server.py FOLDER

It is a process of its own, so that what it costs is not counted; it prints its port.
"""

import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._send("text/event-stream")

    def do_GET(self) -> None:
        self._send("application/json")

    def _send(self, kind: str) -> None:
        path = Path(sys.argv[1], self.path.split("/")[1])
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(path.stat().st_size))
        self.end_headers()
        with path.open("rb") as file, suppress(ConnectionError):  # gi may have enough
            self.connection.sendfile(file)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
