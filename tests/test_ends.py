"""An answer that has come is delivered, whatever happens after its last event."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import KEY, Gi
from tests.processes import environment, run
from tests.scripted import Pause, Reset, ScriptedServer, Wait, raw, sse
from tests.test_streams import TARGET, stream

FORMATS = ("text", "ndjson", "json", "sse")
TEXT = stream("text")
COUNT = ", ".join(map(str, range(1, 26))).encode() + b"\n"


def reaching(server: ScriptedServer, home: Path) -> dict[str, str]:
    ledger = str(home / "ledger.db")
    return environment(
        home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url, GI_LEDGER=ledger
    )


@pytest.mark.parametrize("format", FORMATS)
def test_a_deadline_behind_the_last_event(
    format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    """The server keeps the connection open until --timeout is over."""
    env = reaching(server, tmp_path)
    server.expect("POST", TARGET, sse(TEXT))
    server.expect("POST", TARGET, sse(TEXT, Wait(threading.Event())))
    argv = ("create", "hi", "--format", format)
    whole = run(*argv, env=env)
    assert run(*argv, "--timeout", "1", env=env) == whole


def test_a_reader_that_has_gone_while_the_server_is_silent(
    server: ScriptedServer, tmp_path: Path
) -> None:
    first = TEXT.partition(b"\n\n")[0] + b"\n\n"
    server.expect("POST", TARGET, sse(first, Wait(threading.Event())))
    line = "gi create hi --ndjson | head -1 >/dev/null; echo ${PIPESTATUS[0]}"
    began = time.monotonic()
    done = run("-c", line, env=reaching(server, tmp_path), program="bash")
    assert (done.out, done.err) == (b"141\n", b"")
    assert time.monotonic() - began < 5


def test_a_locked_ledger_costs_neither_the_answer_nor_the_code(
    server: ScriptedServer, tmp_path: Path
) -> None:
    env = reaching(server, tmp_path)
    for _ in range(2):
        server.expect("POST", TARGET, sse(TEXT))
    whole = run("create", "hi", "--json", env=env)
    with closing(sqlite3.connect(env["GI_LEDGER"], isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert run("create", "hi", "--json", "--timeout", "8", env=env) == whole


def test_dev_stdout_shares_the_place_of_the_shell(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(TEXT))
    line = "{ echo before; gi create hi -o /dev/stdout; echo after; } > log"
    run("-c", line, env=reaching(server, tmp_path), cwd=tmp_path, program="bash")
    assert (tmp_path / "log").read_bytes() == b"before\n" + COUNT + b"after\n"


def test_a_relabelled_stream_in_small_pieces(gi: Gi, server: ScriptedServer) -> None:
    label = {"content-type": "application/octet-stream"}
    pieces = (TEXT[:1], Pause(0.05), TEXT[1:9], Pause(0.05), TEXT[9:])
    server.expect("POST", TARGET, sse(*pieces, headers=label))
    done = gi("create", "hi", "--base-url", server.url)
    assert (done.out, done.err) == (COUNT, "")


def test_a_whole_answer_that_breaks_off_before_it_begins(
    gi: Gi, server: ScriptedServer
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    head += b"content-length: 99\r\n\r\n"
    server.expect("POST", TARGET, raw(head, Pause(0.2), Reset()))
    done = gi("create", "hi", "--no-stream", "--base-url", server.url, code=5)
    why = "the answer broke off: [Errno 104] Connection reset by peer"
    said = f"gi: error: {why}; the interaction may have been created\n"
    assert (done.out, done.err) == (b"", said)
