"""What is to be written is tried before anything is sent; what fails later loses
nothing: the id is told, and the answer is fetched again."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import KEY, Done, Gi
from tests.faults.catalogue import held
from tests.faults.rows import FORMATS, FOUND, ID, PLAIN, STOP, TEXT, post, said, told
from tests.processes import environment
from tests.reaching import bash
from tests.scripted import ScriptedServer, sse

COMMANDS = {"create": "out.txt", "research": "out.md", "image": "out.png"}


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no folder: nobody may write below it, not even root."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"old")


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def refused(
    gi: Gi, server: ScriptedServer, *argv: str, why: str, hint: str = ""
) -> None:
    """Nothing was sent, made or changed, in text and in ndjson."""
    words = (*argv, "--base-url", server.url)
    err = f"gi: error: {why}\n" + (f"gi: hint: {hint}\n" if hint else "")
    assert gi(*words, code=2) == Done(2, b"", err)
    done = gi(*words, "--ndjson", code=2)
    assert (json.loads(done.out), done.err) == (told(2, err), err)
    assert server.requests == []
    assert content(Path()) == {"file": b"old"}


@held("F48", "-o in a folder that cannot be written")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("folder", ["file", "file/deep"])
def test_out_below_what_is_no_folder(
    folder: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    out = f"{folder}/{COMMANDS[command]}"
    refused(gi, server, command, "hi", "-o", out, why=f"-o: {out}: Not a directory")


@held("F48", "-o in a folder that cannot be written")
@pytest.mark.parametrize("what", ["folder", "folder/old"])
def test_out_without_permission(what: str, gi: Gi, server: ScriptedServer) -> None:
    """Who may write anyway, as root may, does."""
    Path("folder").mkdir()
    Path("folder/old").write_bytes(b"old")
    Path(what).chmod(0o500)
    argv = ("create", "hi", "--base-url", server.url, "-o", "folder/old")
    if os.access(what, os.W_OK):
        server.expect(*post(sse(*PLAIN)))
        assert gi(*argv) == Done(0, b"", "")
    else:
        why = "gi: error: -o: folder/old: Permission denied\n"
        assert gi(*argv, code=2) == Done(2, b"", why)
        assert server.requests == []
        assert Path("folder/old").read_bytes() == b"old"
    Path("folder").chmod(0o700)


NO_FOLDER = "-o: there is no folder no such", "mkdir -p 'no such'"


@held("F48", "-o in a folder that is missing")
@pytest.mark.parametrize("command", COMMANDS)
def test_out_in_a_folder_that_is_missing(
    command: str, gi: Gi, server: ScriptedServer
) -> None:
    out = f"no such/{COMMANDS[command]}"
    if command == "create":
        why, hint = f"-o: {out}: No such file or directory", ""
    else:  # there will be pictures in it
        why, hint = NO_FOLDER
    refused(gi, server, command, "hi", "-o", out, why=why, hint=hint)


@held("F48", "-o in a folder that is missing")
@pytest.mark.parametrize("command", ["create", "research"])
def test_out_that_names_a_folder(command: str, gi: Gi, server: ScriptedServer) -> None:
    why, hint = "-o: no such/ is not the name of a file", ""
    if command == "research":
        why, hint = NO_FOLDER
    refused(gi, server, command, "hi", "-o", "no such/", why=why, hint=hint)
    refused(gi, server, command, "hi", "-o", ".", why="-o: . is a directory")


@held("F48", "-o that exists, with --no-clobber")
@pytest.mark.parametrize("command", ["create", "research", "image"])
def test_out_that_exists(
    command: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    why = "-o: file exists, and --no-clobber was given"
    argv = (command, "hi", "-o", "file", "--no-clobber")
    refused(gi, server, *argv, why=why)


@held("F49", "an --id-file that cannot be written")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("file/id", "Not a directory"),
        ("no/id", "No such file or directory"),
        (".", "it is not a regular file"),
        ("/dev/full", "it is not a regular file"),
        ("x" * 256, "File name too long"),
    ],
    ids=["below a file", "no folder", "a folder", "a device", "a long name"],
)
def test_an_id_file_that_cannot_be_written(
    path: str, why: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    argv = (command, "hi", "--id-file", path)
    refused(gi, server, *argv, why=f"--id-file: {path}: {why}")


LONG = "x" * 3000
FILLING = post(sse(*PLAIN[:2], said(LONG), STOP, *PLAIN[-2:]))
UNTOLD = {"GI_LEDGER": "off", "PYTHONDONTWRITEBYTECODE": "1"}  # they need a disk too


def filled(
    limit: int, line: str, server: ScriptedServer, home: Path, code: int
) -> tuple[bytes, str]:
    """What it came to where no file may have more KiB than that."""
    env = environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url, **UNTOLD)
    done = bash(f"ulimit -f {limit}; {line}", env=env, cwd=home, code=code)
    return done.out, done.err.decode()


@pytest.mark.parametrize(
    "flag",
    [
        pytest.param("-o", marks=held("F48", "a full disk before")),
        pytest.param(
            "--id-file", marks=held("F49", "an --id-file that cannot be written")
        ),
    ],
)
@pytest.mark.parametrize("path", ["new", "file"])
def test_a_disk_that_is_full_before(
    path: str, flag: str, server: ScriptedServer, tmp_path: Path
) -> None:
    line = f"gi create hi {flag} {path}"
    told = f"gi: error: {flag}: {path}: File too large\n"
    assert filled(0, line, server, tmp_path, 2) == (b"", told)
    assert server.requests == []
    assert content(tmp_path) == {"file": b"old"}


FULL_AFTER = held("F48", "a full disk after")


@FULL_AFTER
@pytest.mark.parametrize("path", ["new", "file"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_is_full_after(
    format: str, path: str, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect(*FILLING)
    line = f"gi create hi --format {format} -o {path}"
    told = (
        f"gi: error: -o: {tmp_path / path}: File too large\n"
        f"gi: hint: gi get {ID}\ngi: id: {ID}\n"
    )
    assert filled(1, line, server, tmp_path, 9) == (b"", told)
    assert content(tmp_path) == {"file": b"old"}
    server.expect(*FOUND)
    assert filled(1, f"gi get {ID}", server, tmp_path, 0) == (TEXT, "")


@FULL_AFTER
def test_events_that_fill_the_disk(server: ScriptedServer, tmp_path: Path) -> None:
    """They are told, and do not cost the answer."""
    server.expect(*FILLING)
    line = "gi create hi --save-events events"
    told = (
        "gi: error: --save-events: events: File too large\n"
        f"gi: hint: gi get {ID}\ngi: id: {ID}\n"
    )
    assert filled(1, line, server, tmp_path, 9) == (LONG.encode(), told)


@FULL_AFTER
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_device(format: str, gi: Gi, server: ScriptedServer) -> None:
    server.expect(*FILLING)
    argv = ("create", "hi", "--base-url", server.url, "--format", format)
    done = gi(*argv, "-o", "/dev/full", code=9)
    assert done == Done(
        9,
        b"",
        "gi: error: -o: /dev/full: No space left on device\n"
        f"gi: hint: gi get --base-url {server.url} {ID}\ngi: id: {ID}\n",
    )
