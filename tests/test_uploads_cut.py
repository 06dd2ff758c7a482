"""Pieces that break off under way, against the emulator: the file arrives whole."""

import hashlib
import json
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from tests.test_uploads import PIECE, video
from tests.test_uploads_address import over

SIZE = 2 * PIECE + 1000
URL = "http://localhost"
WHOLE = PIECE + 1  # more bytes than a piece has: all of it arrives, its answer is lost


class Cutting(httpx.BaseTransport):
    """Breaks each piece off that is named, after so many bytes."""

    def __init__(self, cuts: dict[int, int]) -> None:
        self.cuts, self.commands = cuts, list[str]()
        self._inner = httpx.WSGITransport(app=Emulator())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.commands.append(request.headers.get("x-goog-upload-command", "-"))
        count = self.cuts.pop(len(self.commands) - 1, None)
        if count is None:
            return self._inner.handle_request(request)
        data = request.read()[:count]
        if count < PIECE:  # nothing tells the service that it is the end
            request.headers["x-goog-upload-command"] = "upload"
        headers = [h for h in request.headers.items() if h[0] != "content-length"]
        part = httpx.Request("POST", request.url, headers=headers, content=data)
        self._inner.handle_request(part).read()
        raise httpx.ReadError("reset by peer")


UP, LAST, ASK = "upload", "upload, finalize", "query"


@pytest.mark.parametrize(
    ("cuts", "commands"),
    [
        ({}, [UP, UP, LAST]),
        ({1: 0, 2: 0}, [UP, UP, UP, UP, LAST]),
        ({1: 5_000_000}, [UP, UP, ASK, UP, LAST]),
        ({1: 5_000_000, 4: 5_000_000}, [UP, UP, ASK, UP, UP, ASK, LAST]),
        ({2: WHOLE}, [UP, UP, UP, ASK, LAST]),
        ({3: 10}, [UP, UP, LAST, LAST, ASK, LAST]),
        ({3: WHOLE}, [UP, UP, LAST, LAST, ASK]),
        ({3: 1000}, [UP, UP, LAST, LAST, ASK, LAST]),
    ],
    ids=str,
)
def test_the_file_arrives_whole(
    cuts: dict[int, int], commands: list[str], tmp_path: Path
) -> None:
    path = video(tmp_path, SIZE)
    data = path.read_bytes()[:100] + bytes(n % 251 for n in range(SIZE - 100))
    path.write_bytes(data)
    transport = Cutting(dict(cuts))
    argv = ("files", "upload", f"{path};type=audio/l16", "--json", "--base-url", URL)
    done = over(transport, *argv)
    assert (done.code, done.err) == (0, "")
    [record] = json.loads(done.out)
    digest = b64encode(hashlib.sha256(data).digest()).decode()
    assert (record["sizeBytes"], record["sha256Hash"]) == (str(SIZE), digest)
    assert transport.commands == ["start", *commands]
