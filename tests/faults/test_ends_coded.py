"""Streams that were coded, though gi asked for plain bytes."""

import gzip
import threading
import zlib
from pathlib import Path

import pytest

from tests.conftest import KEY, Gi
from tests.faults.catalogue import held
from tests.faults.ending import ONE, ONE_SAID, found
from tests.faults.rows import (
    FORMATS,
    PLAIN,
    TEXT,
    WHOLE,
    Row,
    data,
    params,
    post,
    replay,
)
from tests.processes import Running, environment
from tests.scripted import (
    ScriptedServer,
    Wait,
    sse,
)

CODINGS = {
    "gzip": ("gzip", gzip.compress(WHOLE)),
    "deflate": ("deflate", zlib.compress(WHOLE)),
    "br that is none": ("br", WHOLE),
}
ROWS = [
    Row(
        "F14",
        name,
        (post(sse(body, headers={"content-encoding": coding})),),
        0,
        TEXT,
        WHOLE,
    )
    for name, (coding, body) in CODINGS.items()
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_coded(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    """gi asks for none of them, and takes them."""
    replay(row, format, gi, server)
    assert server.requests[0].header("accept-encoding") == "identity"


@held("F14", "gzip cut short")
@pytest.mark.parametrize("format", FORMATS)
def test_gzip_cut_short(format: str, gi: Gi, server: ScriptedServer) -> None:
    """What came out of it is shown; the rest is GET's."""
    press = zlib.compressobj(wbits=31)
    body = press.compress(ONE) + press.flush(zlib.Z_SYNC_FLUSH)
    reply = sse(body + press.compress(WHOLE)[:9], headers={"content-encoding": "gzip"})
    replay(found("F14", "gzip cut short", ONE, reply, ONE_SAID), format, gi, server)


@held("F14", "gzip flushed for each event")
@pytest.mark.parametrize("format", FORMATS)
def test_flushed_gzip(format: str, server: ScriptedServer, tmp_path: Path) -> None:
    """Each event is out before the next is sent."""
    press, gates = zlib.compressobj(wbits=31), [threading.Event() for _ in range(2)]
    first, second, rest = (
        press.compress(part) + press.flush(zlib.Z_SYNC_FLUSH)
        for part in (ONE, PLAIN[3], b"".join(PLAIN[4:]))
    )
    parts = (first, Wait(gates[0]), second, Wait(gates[1]), rest)
    server.expect(*post(sse(*parts, headers={"content-encoding": "gzip"})))
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)
    with Running("create", "hi", "--format", format, env=env) as child:
        child.read_until(b"one ")
        gates[0].set()
        child.read_until(b"two")
        gates[1].set()
        done = child.finish()
    assert (done.code, done.err) == (0, b"")
    if format == "sse":
        assert done.out == WHOLE
    elif format == "text":
        assert done.out == TEXT
    else:
        assert done.out.splitlines()[:-1] == data(WHOLE)
