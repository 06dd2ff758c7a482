"""What `gi image` refuses before it asks for a picture."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bodies import Refusal, check_refused
from tests.calling import TARGET
from tests.conftest import Gi
from tests.images import (
    NOTHING,
    Tree,
    make,
    showing,
    text,
    tree,
)
from tests.scripted import ScriptedServer

pytestmark = pytest.mark.usefixtures("here")


class Case(NamedTuple):
    refusal: Refusal
    before: Tree = NOTHING


def refused(*argv: str, error: str, hint: str = "", before: Tree = NOTHING) -> Case:
    return Case(Refusal(argv, error, (hint,) if hint else ()), before)


def sys_error() -> str:
    """Why nobody can make a file in /sys, be it root."""
    try:
        os.open("/sys/gi-test", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except OSError as error:
        return str(error.strerror)
    raise AssertionError("/sys takes files")


def contradict(one: str, other: str) -> str:
    return f"{one} and {other} contradict each other: give one"


MISSING = {
    "-o": ("-o", "none/fox.png", "none"),
    "-o of a folder": ("-o", "none/", "none/"),
    "-o of a template": ("-o", "none/{n}.png", "none"),
    "-o with a blank": ("-o", "a b/c/fox.png", "a b/c"),
    "--media-dir": ("--media-dir", "none", "none"),
}
REFUSALS = {
    f"missing folder, {name}": refused(
        *(flag, path),
        error=f"{flag}: there is no folder {folder}",
        hint=f"mkdir -p {chr(39)}{folder}{chr(39)}"
        if " " in folder
        else f"mkdir -p {folder}",
    )
    for name, (flag, path, folder) in MISSING.items()
}
NOT_A_FOLDER = {
    "file in a file": ("-o", "file/fox.png", "file/fox.png"),
    "template in a file": ("-o", "file/{n}.png", "file/{n}.png"),
    "folder that is a file": ("-o", "file/", "file/"),
    "media in a file": ("--media-dir", "file", "file"),
}
REFUSALS |= {
    name: refused(
        *(flag, path), error=f"{flag}: {shown}: Not a directory", before={"file": b""}
    )
    for name, (flag, path, shown) in NOT_A_FOLDER.items()
}
READ_ONLY = {
    "file": ("-o", "/sys/gi-test.png", "/sys/gi-test.png"),
    "folder": ("-o", "/sys", "/sys"),
    "folder with a slash": ("-o", "/sys/", "/sys/"),
    "template": ("-o", "/sys/gi-test-{n}", "/sys"),
    "--media-dir": ("--media-dir", "/sys", "/sys"),
}
REFUSALS |= {
    f"read-only, {name}": refused(flag, path, error=f"{flag}: {shown}: {sys_error()}")
    for name, (flag, path, shown) in READ_ONLY.items()
}
TOO_LONG = "x" * 256
REFUSALS |= {
    "name too long": refused(
        "-o", TOO_LONG, error=f"-o: {TOO_LONG}: File name too long"
    ),
    "--no-clobber": refused(
        *("-o", "fox.png", "--no-clobber"),
        error="-o: fox.png exists, and --no-clobber was given",
        before={"fox.png": b"old"},
    ),
    "--no-clobber and a dangling link": refused(
        *("-o", "fox.png", "--no-clobber"),
        error="-o: fox.png exists, and --no-clobber was given",
        before={"fox.png": "-> none"},
    ),
    "looping link": refused(
        *("-o", "fox.png"),
        error="-o: fox.png: Too many levels of symbolic links",
        before={"fox.png": "-> fox.png"},
    ),
    "link into a missing folder": refused(
        *("-o", "fox.png"),
        error="-o: there is no folder HERE/none",
        hint="mkdir -p HERE/none",
        before={"fox.png": "-> none/fox.png"},
    ),
    "field in a folder": refused(
        *("-o", "{n}/fox.png"),
        error="-o: {n}/fox.png: only a file name may have {n} and {ext}",
        before={"{n}": "folder"},
    ),
    "unknown field": refused(
        "-o", "{id}-{n}.png", error="-o: {id}-{n}.png: {id} is neither {n} nor {ext}"
    ),
    "empty field": refused(
        "-o", "{}.{ext}", error="-o: {}.{ext}: {} is neither {n} nor {ext}"
    ),
    "-o and --media-dir": refused(
        *("-o", "a.png", "--media-dir", "."), error=contradict("-o", "--media-dir")
    ),
    "empty -o": refused("-o", "", error="--out: the value is empty"),
    "empty --media-dir": refused(
        "--media-dir", "", error="--media-dir: the value is empty"
    ),
    "-o and --save-events": refused(
        *("-o", "a.png", "--save-events", "./a.png"),
        error="-o and --save-events name the same file: ./a.png",
    ),
    "--count 0": refused("--count", "0", error="--count: 0 is less than 1"),
    "--count -1": refused("--count", "-1", error="--count: -1 is less than 1"),
    "--count and --id-file": refused(
        *("--count", "2", "--id-file", "id"), error=contradict("--count", "--id-file")
    ),
    "--count and --transcript": refused(
        *("--count", "2", "--transcript", "t"),
        error=contradict("--count", "--transcript"),
    ),
    "-0 and events": refused("-0", "--sse", error=contradict("-0", "--format sse")),
    "-0 and text": refused("-0", "--text", error=contradict("-0", "--text")),
}
REFUSALS |= {
    f"-o {out} and {other}": refused(
        *("-o", out, *other.split()), error=contradict(f"-o {out}", other)
    )
    for out in ("-", "/dev/stdout")
    for other in ("--text", "--format sse")
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_before_any_request(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    case = REFUSALS[name]
    make(here, case.before)
    argv, error, hints, _ = case.refusal
    hints = tuple(hint.replace("HERE", str(here)) for hint in hints)
    refusal = Refusal(argv, error.replace("HERE", str(here)), hints)
    check_refused(gi, server, refusal, command=("image", "a fox"))
    assert tree(tmp_path, here) == case.before


def test_a_current_folder_that_takes_no_file_is_refused(
    gi: Gi, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/sys")
    error = f"the current folder: .: {sys_error()}"
    check_refused(gi, server, Refusal((), error), command=("image", "a fox"))


GONE = {
    "image": ("image", (), "the current folder: there is no folder ."),
    "image -o": ("image", ("-o", "a.png"), "-o: a.png: No such file or directory"),
    "create -o": ("create", ("-o", "a"), "-o: a: No such file or directory"),
}


@pytest.mark.parametrize("name", GONE)
def test_a_current_folder_that_is_gone_is_refused(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    command, argv, error = GONE[name]
    here.rmdir()
    check_refused(gi, server, Refusal(argv, error), command=(command, "a fox"))


def test_text_needs_no_folder(gi: Gi, server: ScriptedServer, here: Path) -> None:
    here.rmdir()
    server.expect("POST", TARGET, showing(text("Hi.")))
    done = gi("create", "hi", "--base-url", server.url)
    assert (done.out, done.err) == (b"Hi.\n", "")


def test_text_for_a_looping_link_is_refused(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    make(here, {"loop": "-> loop"})
    error = "-o: loop: Too many levels of symbolic links"
    check_refused(gi, server, Refusal(("-o", "loop"), error))


def test_a_text_in_a_name_that_is_too_long_is_refused(
    gi: Gi, server: ScriptedServer
) -> None:
    error = f"-o: {TOO_LONG}: File name too long"
    check_refused(gi, server, Refusal(("-o", TOO_LONG), error))
