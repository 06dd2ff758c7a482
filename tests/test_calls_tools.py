"""Who may answer: commands that are named, a folder of tools, and what is refused."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.calling import (
    DECLARED,
    GET,
    PUT,
    QUIET,
    call,
    calling,
    follow_up,
    result,
    run,
    saying,
    sent,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer


class Refused(NamedTuple):
    argv: tuple[str, ...]
    error: str
    hint: str | None = None


DECLARES = "--function JSON|@FILE declares one"
REFUSED = {
    "undeclared": Refused(
        ("--exec", "no=cat"),
        "--exec: no is not declared; declared functions: get, put",
        DECLARES,
    ),
    "twice": Refused((*QUIET, "--exec", "get=ls"), "--exec: get is given twice"),
    "no command": Refused(("--exec", "get="), "--exec: 'get=' is not NAME=COMMAND"),
    "blank command": Refused(
        ("--exec", "get= "), "--exec: 'get= ' is not NAME=COMMAND"
    ),
    "no =": Refused(("--exec", "get"), "--exec: 'get' is not NAME=COMMAND"),
    "quoting": Refused(("--exec", "get=cat '"), "--exec get: No closing quotation"),
    "rounds": Refused(("--max-rounds", "-1"), "--max-rounds: -1 is less than 0"),
    "jobs": Refused(("--call-jobs", "0"), "--call-jobs: 0 is less than 1"),
    "size": Refused(
        ("--call-output-limit", "lots"),
        "--call-output-limit: 'lots' is not a size like 4096, 64k or 2M",
    ),
    "no size": Refused(
        ("--call-output-limit", "0"),
        "--call-output-limit: '0' is not a size like 4096, 64k or 2M",
    ),
    "time": Refused(
        ("--call-timeout", "soon"),
        "--call-timeout: 'soon' is not a time like 90, 90s, 70m or 2h",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi) -> None:
    case = REFUSED[name]
    done = gi("create", "hi", *DECLARED, *case.argv, code=2)
    lines = [f"gi: error: {case.error}"]
    lines += [f"gi: hint: {case.hint}"] if case.hint else []
    assert (done.out, done.err.splitlines()) == (b"", lines)


def folder(path: Path, **files: str | None) -> str:
    """A folder of declarations; each name with a text has a program."""
    for name, text in files.items():
        (path / f"{name}.json").write_text('{"description": "d"}')
        if text is not None:
            (path / name).write_text(f"#!/bin/sh\n{text}\n")
            (path / name).chmod(0o700)
    return str(path)


def test_tools_dir(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    tools = folder(tmp_path, look="echo $GI_FUNCTION_NAME $GI_CALL_ID", seek="cat")
    flags = ("--tools-dir", tools, "--no-confirm", "--exec", "seek=echo mine")
    steps = call("A", "look", arguments={}), call("B", "seek", arguments={})
    run(gi, server, *flags, replies=(calling(*steps), saying()))
    more = [
        {"type": "function", "name": name, "description": "d"}
        for name in ("look", "seek")
    ]
    both = result("look A\n", "A", "look"), result("mine\n", "B", "seek")
    assert sent(server) == follow_up(*both, tools=[GET, PUT, *more])


def test_tools_dir_asks(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """Nobody can say yes here."""
    tools = folder(tmp_path, look=f"touch {tmp_path}/ran")
    answer = calling(call("A", "look"))
    run(gi, server, "--tools-dir", tools, replies=(answer,), code=7)
    assert not (tmp_path / "ran").exists()


def test_confirm_exec(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    flags = ("--confirm", "--exec", f"get=touch {tmp_path}/ran")
    run(gi, server, *flags, replies=(calling(call()),), code=7)
    assert list(tmp_path.iterdir()) == []


FOLDERS: dict[str, tuple[dict[str, str | None], dict[str, str], str]] = {
    "no program": ({"look": None}, {}, "there is no look beside {}/look.json"),
    "no declarations": ({}, {"look": ""}, "{} holds no NAME.json"),
    "another name": (
        {"look": "cat"},
        {"look.json": '{"name": "other"}'},
        "{}/look.json: it declares 'other', not 'look'",
    ),
    "no object": (
        {"look": "cat"},
        {"look.json": "[]"},
        "{}/look.json: it is not a JSON object",
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folder_refused(name: str, gi: Gi, tmp_path: Path) -> None:
    programs, texts, error = FOLDERS[name]
    folder(tmp_path, **programs)
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
    done = gi("create", "hi", "--tools-dir", str(tmp_path), code=2)
    told = error.format(tmp_path)
    assert (done.out, done.err) == (b"", f"gi: error: --tools-dir: {told}\n")


def test_no_folder(gi: Gi, tmp_path: Path) -> None:
    done = gi("create", "hi", "--tools-dir", f"{tmp_path}/no", code=2)
    told = f"--tools-dir: {tmp_path}/no: No such file or directory"
    assert done.err == f"gi: error: {told}\n"
