"""What a hostile reader of the requests found, held with tests."""

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.bodies import MODEL, TARGET, answer
from tests.conftest import KEY, Done, Gi
from tests.processes import Running, environment
from tests.scripted import ScriptedServer, json_reply

SECRET = "sk-mysecretvalue-999"  # noqa: S105
SERVER_TOOL = {
    "type": "mcp_server",
    "name": "a",
    "url": "https://x.example",
    "headers": {"Authorization": f"Bearer {SECRET}"},
}
ECHO = {"error": {"code": "invalid_request", "message": f"bad value {SECRET} given"}}


@pytest.mark.parametrize("format", ["text", "ndjson", "json"])
@pytest.mark.parametrize(
    "argv",
    [
        ("-F", f"tools[]={json.dumps(SERVER_TOOL)}"),
        ("-F", f"environment.env.TOKEN={SECRET}"),
        ("-H", f"X-Auth-Token: {SECRET}"),
    ],
    ids=["tool", "environment", "header"],
)
def test_an_echoed_secret(
    argv: tuple[str, ...], format: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, json_reply(ECHO, status=400))
    at = ("--format", format, "--base-url", server.url)
    done = gi("create", "hi", *argv, *at, code=1)
    said = (
        "the API refused the request: 400 invalid_request: bad value [redacted] given"
    )
    assert done.err == f"gi: error: {said}\n"
    assert SECRET.encode() not in done.out


def test_an_answer_is_not_redacted_for_a_word_of_a_header(
    gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", TARGET, answer("the standard answer"))
    argv = ("-H", "X-Auth-Mode: standard", "--ndjson", "--base-url", server.url)
    line = json.loads(gi("create", "hi", *argv).out.splitlines()[0])
    [step] = line["interaction"]["steps"]
    assert step["content"] == [{"type": "text", "text": "the standard answer"}]


def test_the_value_of_an_option_is_not_the_end_of_options(gi: Gi) -> None:
    argv = ("create", "--dry-run", "-s", "--", "hello", "-")
    made = json.loads(gi(*argv, stdin=b"STDIN\n").out)["body"]
    assert made == {
        "model": MODEL,
        "input": [{"type": "text", "text": t} for t in ("hello", "STDIN\n")],
        "system_instruction": "--",
        "stream": True,
    }


def test_stdin_that_is_empty(gi: Gi) -> None:
    done = gi("create", "review this", "-", stdin=b"", code=2)
    said = "stdin is empty: nothing stands where - is"
    assert done == Done(2, b"", f"gi: error: {said}\n")


def test_a_glob_behind_an_input(
    gi: Gi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(name)
    argv = ("create", "--dry-run", "-i", "a.md", "b.md", "which?", "--", "b.md")
    done = gi(*argv)
    texts = [c["text"] for c in json.loads(done.out)["body"]["input"]]
    assert texts == ["b.md which? b.md", "a.md"]
    assert done.err == "gi: b.md goes as a word; a file takes a -i of its own\n"


def test_an_input_is_not_an_output(gi: Gi, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("text")
    done = gi("create", "hi", "-i", str(path), "--save-events", str(path), code=2)
    said = f"-i and --save-events name the same file: {path}"
    assert done == Done(2, b"", f"gi: error: {said}\n")
    assert path.read_text() == "text"


def test_a_fifo_as_a_transcript(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "talk")
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    argv = ("create", "hi", "--transcript", str(tmp_path / "talk"))
    with Running(*argv, env=env) as gi:
        done = gi.finish()
    said = f"--transcript: {tmp_path}/talk is an empty pipe that nobody writes to"
    assert (done.code, done.out, done.err.decode()) == (
        2,
        b"",
        f"gi: error: {said}\n",
    )


@pytest.mark.parametrize("host", ["key.localhost", "localhost.example"])
def test_what_only_looks_like_loopback(host: str, gi: Gi) -> None:
    done = gi("create", "hi", "--base-url", f"http://{host}", code=2)
    said = f"gi: error: http://{host}: the API key is only sent over https\n"
    assert done == Done(2, b"", f"{said}gi: hint: --base-url https://{host}\n")


def test_a_slow_upload_is_not_idle(tmp_path: Path) -> None:
    """Bytes that leave are progress: the body takes longer than the idle limit.

    The kernel holds 4 MB of it: what gi cannot see being read takes half of the limit.
    """
    (tmp_path / "a.txt").write_bytes(b"x" * 12_000_000)
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=_read_slowly, args=(listener,))
        thread.start()
        argv = ("create", "-i", str(tmp_path / "a.txt"), "--idle-timeout", "4")
        with Running(*argv, "--base-url", f"http://127.0.0.1:{port}", env=env) as gi:
            done = gi.finish(timeout=30)
        thread.join()
    assert (done.code, done.out, done.err) == (0, b"ok\n", b"")


def _read_slowly(listener: socket.socket) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection, _ = listener.accept()
    with connection:
        while not connection.recv(1 << 17).endswith(b'"stream":true}'):
            time.sleep(0.05)
        for action in answer("ok").actions:
            assert isinstance(action, bytes)
            connection.sendall(action)


@pytest.mark.parametrize("argv", [("get", "v1_a"), ("files", "get", "a")])
def test_a_dripping_answer_is_idle(argv: tuple[str, ...], tmp_path: Path) -> None:
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=_drip, args=(listener,))
        thread.start()
        at = ("--base-url", f"http://127.0.0.1:{port}", "--idle-timeout", "1")
        with Running(*argv, *at, "--retries", "0", env=env) as gi:
            done = gi.finish(timeout=20)
        thread.join()
    said = b"no event came from the server for 1 s (--idle-timeout)"
    assert (done.code, done.out, said in done.err) == (5, b"", True)


def _drip(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"
        )
        try:
            while True:
                time.sleep(0.2)
                connection.sendall(b" ")
        except OSError:
            return


def test_a_signal_tells_what_was_uploaded(
    server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    there = f"{server.url}/there?upload_id=0123456789abcdefgh"
    record = {"name": "files/abc", "state": "PROCESSING"}
    start = json_reply({}, headers={"x-goog-upload-url": there})
    done = json_reply({"file": record}, headers={"x-goog-upload-status": "final"})
    server.expect("POST", "/upload/v1beta/files", start)
    server.expect("POST", "/there?upload_id=0123456789abcdefgh", done)
    server.expect("GET", "/v1beta/files/abc", json_reply(record))
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    argv = ("files", "upload", str(path), "--base-url", server.url)
    with Running(*argv, env=env) as gi:
        while len(server.requests) < 3:
            time.sleep(0.02)
        time.sleep(0.2)
        gi.signal(signal.SIGTERM)
        ended = gi.finish()
    assert (ended.code, ended.out) == (143, b"")
    assert ended.err == b"gi: uploaded: files/abc\n"
