"""The executable's inputs: pipes, process substitution, FIFOs, any locale, memory."""

from __future__ import annotations

import os
import sys
import threading
import time
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.rows import TARGET
from tests.processes import GI, Running, environment, run
from tests.reaching import answer, asked, body, reaching
from tests.scripted import ScriptedServer, sse

if TYPE_CHECKING:
    from pathlib import Path

bash = partial(run, "-c", program="bash")
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def media(kind: str, mime_type: str, data: bytes) -> dict[str, str]:
    return {"type": kind, "data": b64encode(data).decode(), "mime_type": mime_type}


def sends(
    line: str, given: Any, server: ScriptedServer, folder: Path, **extra: str
) -> None:
    """Run a line of bash that asks once, and compare the whole body."""
    server.expect("POST", TARGET, sse(*answer("🦊 hello")))
    result = bash(line, env=reaching(server, folder, **extra), cwd=folder)
    assert (result.out, result.err) == ("🦊 hello\n".encode(), b"")
    assert asked(server)[-1:] == [body(given)]


def test_a_diff_a_photo_and_notes(server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    (tmp_path / "notes.md").write_text("# Nötes\n")
    (tmp_path / "old").write_text("one\n")
    (tmp_path / "new").write_text("two\n")
    diff = "git diff --no-index old new"
    env = environment(tmp_path)
    shown = bash(diff, env=env, cwd=tmp_path, code=1).out.decode()
    assert shown.endswith("@@ -1 +1 @@\n-one\n+two\n")
    given = [
        text("review this"),
        text(shown),
        media("image", "image/jpeg", JPEG),
        text("# Nötes\n"),
    ]
    line = f'{diff} | gi create "review this" - -i photo.jpg -i notes.md'
    sends(line, given, server, tmp_path)


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("cat photo.jpg | gi create -i -", [media("image", "image/jpeg", JPEG)]),
        ("printf 'hi\\n' | gi create -i -", "hi\n"),
        ("printf 'hi\\n' | gi create see -i -", [text("see"), text("hi\n")]),
        ("printf '\\xef\\xbb\\xbfhi' | gi create -i -", "hi"),
        (
            "printf 'a,b\\n' | gi create -i '-;type=text/csv'",
            [media("document", "text/csv", b"a,b\n")],
        ),
        ("gi create -i - < photo.jpg", [media("image", "image/jpeg", JPEG)]),
        (
            "gi create see -i <(cat photo.jpg) -i <(printf two) -i <(printf three)",
            [
                text("see"),
                media("image", "image/jpeg", JPEG),
                text("two"),
                text("three"),
            ],
        ),
        ("gi create -i <(sleep 0.3; printf slow; sleep 0.3; printf ly)", "slowly"),
        (
            "gi create -i <(printf 'a,b\\n')';type=text/csv'",
            [media("document", "text/csv", b"a,b\n")],
        ),
        ("printf piped | gi create -i /dev/stdin", "piped"),
        ("printf one | gi create - -i <(printf two)", [text("one"), text("two")]),
        ("gi create -i /proc/version", None),
        ("gi create -i photo.jpg", [media("image", "image/jpeg", JPEG)]),
        ("gi create -i only.md", "only this"),
        ("gi create -i ./-.md", "a dash"),
        ("gi create -i -.md", "a dash"),
        ("gi create -i 'a;b c.md'", "odd"),
    ],
)
def test_what_a_shell_gives(
    line: str, given: Any, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    (tmp_path / "only.md").write_text("only this")
    (tmp_path / "-.md").write_text("a dash")
    (tmp_path / "a;b c.md").write_text("odd")
    if given is None:
        with open("/proc/version") as file:
            given = file.read()
    sends(line, given, server, tmp_path)


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        ("-s @pipe", {"system_instruction": "from the pipe"}),
        ("-F x=@pipe", {"x": "from the pipe"}),
        ("-i pipe", {"input": [text("hi"), text("from the pipe")]}),
    ],
)
def test_a_fifo_whose_writer_came_first(
    flags: str, fields: dict[str, Any], server: ScriptedServer, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")

    def write() -> None:
        with open(tmp_path / "pipe", "wb") as pipe:  # blocks until gi opens it
            pipe.write(b"from the pipe")

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    time.sleep(0.2)  # it is in its open by now
    server.expect("POST", TARGET, sse(*answer("hello")))
    result = bash(f"gi create hi {flags}", env=reaching(server, tmp_path), cwd=tmp_path)
    assert (result.out, result.err) == (b"hello\n", b"")
    assert asked(server) == [{**body("hi"), **fields}]
    writer.join(5)


def test_a_fifo_whose_writer_takes_its_time(
    server: ScriptedServer, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    line = "{ sleep 0.5; printf late; } > pipe & sleep 0.2; gi create -i pipe"
    sends(line, "late", server, tmp_path)


def test_a_fifo_that_never_ends_can_be_stopped(
    server: ScriptedServer, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR)
    argv = ("create", "-i", "pipe", "--timeout", "0.5")
    env = reaching(server, tmp_path)
    with Running(*argv, env=env, cwd=tmp_path) as child:
        result = child.finish()
    os.close(held)
    why = "the deadline was reached after 0.5 s (--timeout)"
    assert (result.code, result.err.decode()) == (6, f"gi: error: {why}\n")
    assert (child.took < 3, server.requests) == (True, [])


@pytest.mark.parametrize(
    "flag", ["-i pipe", "-s @pipe", "--body @pipe", "--tool @pipe"]
)
def test_a_fifo_without_a_writer_does_not_hang(
    flag: str, server: ScriptedServer, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    argv = ("create", "hi", *flag.split())
    result = run(*argv, env=reaching(server, tmp_path), cwd=tmp_path, timeout=5, code=2)
    name = {"-i": "-i", "-s": "--system"}.get(argv[2], argv[2])
    why = f"{name}: pipe is an empty pipe that nobody writes to"
    assert (result.out, result.err.decode()) == (b"", f"gi: error: {why}\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "printf 'ab\\0' | gi create -i '-;type=text/plain'",
            "stdin is not text: it has a NUL at byte 2",
        ),
        (
            "printf 'a\\xff' | gi create -i '-;type=text/plain'",
            "stdin is not UTF-8 text (at byte 1)",
        ),
        ("gi create -i - < /dev/null", "-i: stdin is empty"),
        ("gi create -i - <&-", "stdin cannot be read: it is closed"),
        (
            "gi create -i <(true)",
            "-i: /dev/fd/63 is an empty pipe that nobody writes to",
        ),
        (
            "tr '\\0' a < /dev/zero | head -c 100000001 | gi create -",
            "stdin is text of more than 100 MB",
        ),
        (
            "tr '\\0' a < /dev/zero | head -c 100000001 | gi create -i -",
            "stdin is text of more than 100 MB",
        ),
    ],
)
def test_what_a_shell_gives_in_vain(
    line: str, why: str, server: ScriptedServer, tmp_path: Path
) -> None:
    result = bash(line, env=reaching(server, tmp_path), cwd=tmp_path, code=2)
    assert (result.out, result.err.decode()) == (b"", f"gi: error: {why}\n")
    assert server.requests == []


def measured(*argv: str, env: dict[str, str], **at: Any) -> tuple[bytes, str, int]:
    """What it prints, what else it says, and the most memory that it takes, in KiB."""
    done = run("-c", MEASURE, GI, *argv, env=env, program=sys.executable, **at)
    *said, peak = done.err.decode().splitlines(keepends=True)
    return done.out, "".join(said), int(peak)


def test_ten_megabytes_of_text(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    given = "0123456789é\n" * 800_000
    env = reaching(server, tmp_path)
    out, said, peak = measured("create", "-i", "-", env=env, stdin=given.encode())
    assert (out, said) == (b"hello\n", "")
    (sent,) = asked(server)
    assert sent.pop("input") == given, "not the same"
    assert sent == {"model": "gemini-3-flash-preview", "stream": True}
    assert peak < 200_000, peak
