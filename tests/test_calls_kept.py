"""Results that could not be sent: kept in a file, and delivered from there."""

import json
import shlex
from pathlib import Path

import pytest

from tests.calling import (
    TARGET,
    call,
    calling,
    failed,
    follow_up,
    result,
    run,
    saying,
    sent,
)
from tests.conftest import Done, FakeClock, Gi
from tests.scripted import Reply, Reset, ScriptedServer, body_reply, json_reply, raw

INVALID = {"error": {"code": "invalid_request", "message": "Corrupted."}}
BUSY = {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}
BOTH = call(arguments={"a": 1}), call("B", "put", arguments={})
RESULTS = result("get\n"), failed("the command ended with 1\nput\n", "B", "put")
REFUSED = json_reply(INVALID, 400)
PAGE = body_reply(b"<html>", "text/html", 503)
RESET = raw(Reset())
ENDS: dict[str, tuple[tuple[Reply, ...], int]] = {
    "400": ((REFUSED,), 1),
    "503 each time": ((json_reply(BUSY, 503),) * 5, 5),
    "503 of a proxy": ((PAGE,), 5),
    "reset": ((RESET,), 5),
    "cut": ((raw(b"HTTP/1.1 200 OK\r\n", Reset()),), 5),
    "empty stream": ((raw(b"HTTP/1.1 200 OK\r\n\r\n"),), 5),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands() -> tuple[str, ...]:
    """Both append to a file; the second one fails."""
    note = "echo $GI_FUNCTION_NAME | tee -a ran; cat > /dev/null"
    one, two = f"get=sh -c '{note}'", f"put=sh -c '{note}; exit 1'"
    return "--exec", one, "--exec", two


def kept_by(done: Done) -> tuple[Path, list[str]]:
    """The file, and the hinted command behind `gi`."""
    files = list(Path().glob("gi-results-*"))
    hint = "gi: hint: gi "
    lines = [line for line in done.err.splitlines() if line.startswith(hint)]
    found = [shlex.split(line.removeprefix(hint)) for line in lines]
    assert len(files) == 1
    return files[0], next(words for words in found if str(files[0]) in str(words))


@pytest.mark.parametrize("end", ENDS)
def test_kept(end: str, gi: Gi, server: ScriptedServer) -> None:
    replies, code = ENDS[end]
    all_replies = (calling(*BOTH, id="v1_abcdefghijk"), *replies)
    argv, clock = commands(), FakeClock()
    done = run(gi, server, *argv, replies=all_replies, code=code, clock=clock)
    assert done.out == b""
    body = sent(server)
    assert body == follow_up(*RESULTS, id="v1_abcdefghijk")
    assert Path("ran").read_text() == "get\nput\n"
    file, words = kept_by(done)
    assert str(file) == "gi-results-defghijk.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_bytes()) == [*RESULTS]
    assert f"; the results of the calls are kept in {file}\n" in done.err
    steps = {"id": "v1_abcdefghijk", "steps": [*BOTH]}
    server.expect("GET", f"{TARGET}/v1_abcdefghijk", json_reply(steps))
    server.expect("POST", TARGET, saying())
    assert gi(*words).out == b"ok\n"
    assert sent(server) == body
    assert Path("ran").read_text() == "get\nput\n"


def test_kept_stateless(gi: Gi, server: ScriptedServer) -> None:
    """There is nothing to refer to: the whole body is kept."""
    flags = ("--no-store", *commands())
    done = run(gi, server, *flags, replies=(calling(*BOTH, id=""), REFUSED), code=1)
    body = server.requests[-1].body
    file, words = kept_by(done)
    assert file.read_bytes() == body + b"\n"
    assert file.stat().st_mode & 0o777 == 0o600
    server.expect("POST", TARGET, saying())
    assert gi(*words).out == b"ok\n"
    assert server.requests[-1].body == body
    assert Path("ran").read_text() == "get\nput\n"


def test_later_round(gi: Gi, server: ScriptedServer) -> None:
    """Only what was not delivered is kept."""
    replies = (calling(BOTH[0]), calling(BOTH[1], id="v1_2"), REFUSED)
    done = run(gi, server, *commands(), replies=replies, code=1)
    file, words = kept_by(done)
    assert json.loads(file.read_bytes()) == [RESULTS[1]]
    assert words[words.index("--id") + 1] == "v1_2"


def test_free_name(gi: Gi, server: ScriptedServer) -> None:
    Path("gi-results-v11.json").write_text("mine")
    run(gi, server, *commands(), replies=(calling(*BOTH), REFUSED), code=1)
    assert Path("gi-results-v11.json").read_text() == "mine"
    assert json.loads(Path("gi-results-v11-2.json").read_bytes()) == [*RESULTS]
