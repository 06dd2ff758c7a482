"""Files: -o is replaced as a whole, --save-events gets the raw bytes."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from tests.conftest import FakeClock, Gi
from tests.following import runs_on
from tests.scripted import ScriptedServer, json_reply, sse
from tests.test_streams import TARGET, stream

COUNT = ", ".join(map(str, range(1, 26))).encode() + b"\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def ask(gi: Gi, server: ScriptedServer, name: str, *argv: str, code: int = 0) -> bytes:
    server.expect("POST", TARGET, sse(stream(name)))
    words = ("create", "hi", "--base-url", server.url, *argv)
    return gi(*words, code=code, clock=FakeClock()).out


def test_text_goes_to_the_file_alone(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    assert ask(gi, server, "text", "-o", "a.txt") == b""
    assert files(tmp_path) == {"a.txt": COUNT}


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "sse"])
def test_the_file_holds_what_stdout_would(
    format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    shown = ask(gi, server, "text", "--format", format)
    assert ask(gi, server, "text", "--format", format, "-o", "a") == b""
    assert files(tmp_path) == {"a": shown}


def test_what_came_before_a_cut_is_kept(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    runs_on(server, "v1_Che_cIKO8iNbuS1EvzAWPKp4ZYlsepn3cvA")
    ask(gi, server, "bare-error-array", "-o", "a.txt", code=5)
    assert files(tmp_path) == {"a.txt": b"So far so good"}


def test_where_nothing_came_the_old_file_stays(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    ask(gi, server, "bare-error-line", "-o", "a.txt", code=1)
    assert files(tmp_path) == {"a.txt": b"old"}


def test_the_old_mode_is_kept_and_a_new_file_has_the_umasks(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "old").write_bytes(b"")
    (tmp_path / "old").chmod(0o604)
    before = os.umask(0o027)
    try:
        ask(gi, server, "text", "-o", "old")
        ask(gi, server, "text", "-o", "new")
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert modes == {"old": 0o604, "new": 0o640}


def test_a_symlink_stays_one(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/target")
    ask(gi, server, "text", "-o", "link")
    assert (tmp_path / "link").is_symlink()
    assert files(tmp_path / "folder") == {"target": COUNT}


def test_a_fifo_is_written_not_replaced(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    reader.start()
    ask(gi, server, "text", "-o", "fifo")
    reader.join(10)
    assert (got, stat.S_ISFIFO(fifo.stat().st_mode)) == ([COUNT], True)


def test_a_device_is_written(gi: Gi, server: ScriptedServer) -> None:
    ask(gi, server, "text", "-o", "/dev/null")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "sse"])
def test_events_are_kept_raw_in_every_format(
    format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    ask(gi, server, "crlf", "--format", format, "--save-events", "raw.sse")
    assert files(tmp_path) == {"raw.sse": stream("crlf")}


def test_one_response_is_kept_raw_as_well(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    content = {"type": "text", "text": "a"}
    step = {"type": "model_output", "content": [content]}
    whole = {"id": "v1_a", "status": "completed", "steps": [step]}
    server.expect("POST", TARGET, json_reply(whole))
    argv = ("create", "hi", "--no-stream", "--base-url", server.url)
    assert gi(*argv, "--save-events", "raw.json").out == b"a\n"
    assert json.loads((tmp_path / "raw.json").read_bytes()) == whole


def test_events_that_cannot_be_kept_do_not_cost_the_answer(
    gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, sse(stream("text")))
    argv = ("create", "hi", "--base-url", server.url, "--save-events", "/dev/full")
    done = gi(*argv, code=9)
    assert done.out == COUNT.rstrip(b"\n")
    said = "gi: error: --save-events: /dev/full: No space left on device"
    assert done.err.splitlines()[0] == said


def test_one_path_for_both_is_refused(gi: Gi, tmp_path: Path) -> None:
    argv = ("create", "hi", "-o", "a", "--save-events", "./a")
    done = gi(*argv, code=2)
    assert done.err == "gi: error: -o and --save-events name the same file: ./a\n"
    assert files(tmp_path) == {}
