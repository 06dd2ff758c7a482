"""Inputs that cannot be sent: exit code 2 before any request, and the file is named."""

import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gi_cli import reading
from gi_cli.errors import UsageError
from tests.conftest import KEY, Done, Gi
from tests.scripted import ScriptedServer
from tests.test_inputs import JPEG, PNG, RAW
from tests.test_mime import OLE2

NOBODY = 65534
GB = 1 << 30
HINT = "gi: hint: add ;type=MIME, as in FILE;type=image/png"


def refused(gi: Gi, server: ScriptedServer, *argv: str, said: str) -> None:
    """The whole of what is said, and that the service heard nothing."""
    done = gi("create", "hi", "--base-url", server.url, *argv, code=2)
    assert done == Done(2, b"", f"gi: error: {said}\n")
    assert server.requests == []


def sparse(path: Path, size: int, head: bytes = b"") -> None:
    path.write_bytes(head)
    os.truncate(path, size)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


Make = Callable[[Path], object]
UNKNOWN = f"-i: the type of {{path}} is not known\n{HINT}"
UTF_16 = "hi".encode("utf-16")
FILES: dict[str, tuple[str, bytes | Make, str]] = {
    "missing": ("a.png", lambda path: None, "-i: {path}: No such file or directory"),
    "under a file": (
        "a/b.png",
        lambda path: path.parent.write_bytes(b"x"),
        "-i: {path}: Not a directory",
    ),
    "loop": (
        "a.png",
        lambda path: path.symlink_to(path),
        "-i: {path}: Too many levels of symbolic links",
    ),
    "directory": ("a.png", Path.mkdir, "-i: {path} is a directory"),
    "fifo": ("a.png", os.mkfifo, "-i: {path} is an empty pipe that nobody writes to"),
    "socket": ("a.png", listening, "-i: {path}: No such device or address"),
    "device": (
        "null.png",
        lambda path: path.symlink_to("/dev/null"),
        "-i: {path} is not a file or a pipe",
    ),
    "endless device": (
        "zero.png",
        lambda path: path.symlink_to("/dev/zero"),
        "-i: {path} is not a file or a pipe",
    ),
    "empty": ("a.png", b"", "-i: {path} is empty"),
    "empty text": ("a.md", b"", "-i: {path} is empty"),
    "blank text": ("a.md", b" \n", "-i: {path} is empty"),
    "mark alone": ("a.md", b"\xef\xbb\xbf", "-i: {path} is empty"),
    "large": (
        "a.png",
        lambda path: sparse(path, 2 * GB + 1, PNG),
        "-i: {path} is larger than 2 GB",
    ),
    "large text": (
        "a.md;type=text/plain",
        lambda path: sparse(path, 100_000_001),
        "{path} is text of more than 100 MB",
    ),
    "unknown": ("a.bin", RAW, UNKNOWN),
    "no suffix": ("a", RAW, UNKNOWN),
    "archive": ("a.zip", b"PK\x03\x04" + RAW, UNKNOWN),
    "old office": ("a", OLE2, UNKNOWN),
    "UTF-16": ("a.txt", UTF_16, "{path} is not UTF-8 text (at byte 0)"),
    "UTF-16 without a suffix": ("a", UTF_16, UNKNOWN),
    "UTF-16 without a mark": (
        "a.txt",
        "hi".encode("utf-16-le"),
        "{path} is not text: it has a NUL at byte 1",
    ),
    "Latin-1": ("a.md", b"caf\xe9", "{path} is not UTF-8 text (at byte 3)"),
    "binary further on": (
        "a",
        b"#!/bin/sh\n" + b"#" * 5000 + b"\xff",
        "{path} is not UTF-8 text (at byte 5010)",
    ),
    "NUL": (
        "a.md",
        "é\0".encode(),
        "{path} is not text: it has a NUL at byte 2",
    ),
    "no type": ("a;type=png", PNG, f"-i: {{path}}: 'png' is not a MIME type\n{HINT}"),
    "empty type": ("a;type=", PNG, f"-i: {{path}}: '' is not a MIME type\n{HINT}"),
    "type beyond ASCII": (
        "a;type=ímage/png",
        PNG,
        f"-i: {{path}}: 'ímage/png' is not a MIME type\n{HINT}",
    ),
}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_file(
    name: str, preview: bool, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    item, made, said = FILES[name]
    path = tmp_path / item.partition(";")[0]
    if isinstance(made, bytes):
        path.write_bytes(made)
    else:
        made(path)
    flags = ("-i", f"{tmp_path}/{item}", *(["--dry-run"] if preview else []))
    refused(gi, server, *flags, said=said.format(path=path))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("", "-i: '' is no file name"),
        ("~/a.png", "-i: ~/a.png: No such file or directory"),
        ("x" * 300, f"-i: {'x' * 300}: File name too long"),
        ("/dev/stdin", "-i: /dev/stdin is not a file or a pipe"),
        ("file:///a.png", "-i: file:///a.png: No such file or directory"),
        ("files/a/b", "-i: files/a/b: No such file or directory"),
        ("https:///a.png", "-i: https:///a.png is not a URL: it names no host"),
        ("https://[x/a.png", "-i: https://[x/a.png is not a URL: Invalid IPv6 URL"),
    ],
)
def test_a_name(item: str, said: str, gi: Gi, server: ScriptedServer) -> None:
    refused(gi, server, "-i", item, said=said)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/a",
        "https://x.example/a.zip",
        "https://x.example/?a.png",
        "gs://bucket/a",
        "https://youtube.com.example/watch",
    ],
)
def test_an_address_without_a_type(url: str, gi: Gi, server: ScriptedServer) -> None:
    refused(gi, server, "-i", url, said=f"-i: {url} does not tell its type\n{HINT}")


def test_an_unreadable_file(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    path.chmod(0)
    environ = {"GEMINI_API_KEY": KEY, "XDG_CONFIG_HOME": "/none"}
    argv = ("create", "hi", "-i", str(path), "--base-url", server.url)
    user = os.geteuid()
    if user == 0:  # root may read anything
        os.seteuid(NOBODY)
    try:
        done = gi(*argv, code=2, environ=environ)
    finally:
        os.seteuid(user)
    assert done == Done(2, b"", f"gi: error: -i: {path}: Permission denied\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("argv", "stdin", "said"),
    [
        (("-i", "-"), b"", "-i: stdin is empty"),
        (("-i", "-"), b" \n", "-i: stdin is empty"),
        (("-i", "-"), RAW, f"-i: the type of stdin is not known\n{HINT}"),
        (
            ("-i", "-;type=text/plain"),
            b"a\0",
            "stdin is not text: it has a NUL at byte 1",
        ),
        (("-i", "-;type=text/plain"), b"ab\xff", "stdin is not UTF-8 text (at byte 2)"),
        (("-i", "-", "-i", "-"), b"x", "stdin is named twice: for -i - and -i -"),
        (("-", "-i", "-"), b"x", "stdin is named twice: for - and -i -"),
        (("-s", "@-", "-i", "-"), b"x", "stdin is named twice: for --system and -i -"),
    ],
)
def test_stdin(
    argv: tuple[str, ...], stdin: bytes, said: str, gi: Gi, server: ScriptedServer
) -> None:
    done = gi("create", "hi", *argv, "--base-url", server.url, code=2, stdin=stdin)
    assert done == Done(2, b"", f"gi: error: {said}\n")
    assert server.requests == []


BAD: list[tuple[Make, str]] = [
    (Path.mkdir, "{path} is a directory"),
    (os.mkfifo, "{path} is an empty pipe that nobody writes to"),
    (lambda path: None, "{path}: No such file or directory"),
]
FLAGS = ("-s", "--body", "--schema", "--tool", "--function", "-F")


@pytest.mark.parametrize(("make", "why"), BAD)
@pytest.mark.parametrize("flag", FLAGS)
def test_the_file_of_a_flag(
    flag: str, make: Make, why: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    make(path)
    value = f"x=@{path}" if flag == "-F" else f"@{path}"
    name = {"-s": "--system", "-F": "-F x"}.get(flag, flag)
    refused(gi, server, flag, value, said=f"{name}: {why.format(path=path)}")


def test_all_are_judged_before_one_is_looked_up(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    items = ("-i", "files/abc", "-i", f"{tmp_path}/a.jpg", "-i", "/none/a.png")
    said = "-i: /none/a.png: No such file or directory"
    refused(gi, server, *items, said=said)


def test_more_than_a_request_holds(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    sparse(tmp_path / "a.png", 60_000_000, PNG)
    sparse(tmp_path / "b.png", 15_000_003, PNG)
    items = ("-i", f"{tmp_path}/a.png", "-i", f"{tmp_path}/b.png", "--inline")
    said = "--inline: the files take 100 MB of the request, and 100 MB is the most"
    refused(gi, server, *items, said=said)


class Broken(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails() -> None:
    with pytest.raises(UsageError) as caught:
        reading.some(Broken(), "a.png")
    assert caught.value.message == "a.png cannot be read: Input/output error"
    with pytest.raises(UsageError) as caught:
        reading.whole(Broken().read, "stdin")
    assert caught.value.message == "stdin cannot be read: Input/output error"


def test_a_file_that_tells_no_size(gi: Gi, server: ScriptedServer) -> None:
    why = "-i: /proc/self/mem cannot be read: Input/output error"
    refused(gi, server, "-i", "/proc/self/mem", said=why)
