"""A configuration that says nothing, or what it may not: exit 2, and no request."""

import errno
import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Done, Gi
from tests.profiles import profile
from tests.scripted import ScriptedServer


class Refused(NamedTuple):
    """`{}` stands for the path of the file."""

    text: str | bytes
    why: str
    hints: tuple[str, ...] = ()


ONLY_FLAG = "is not allowed here, only as a flag"
ONLY_TABLE = "is only allowed in the table of a command"
TYPED = (
    *("input", "out", "dry-run", "curl"),
    *("exec", "tools-dir", "once", "no-confirm", "yes", "body", "header"),
)
REFUSED = {
    **{
        f"{key} in {table or 'the top level'}": Refused(
            f"{table}\n{key} = 'x'",
            f"{{}}{table and ' '}{table}: {key} {ONLY_FLAG}",
        )
        for key in TYPED
        for table in ("", "[create]", "[request]", "[delete]")
    },
    **{
        f"{key} in the top level": Refused(f"{key} = 'x'", f"{{}}: {key} {ONLY_TABLE}")
        for key in ("format", "ndjson", "json", "sse", "field", "raw-field")
    },
    "an unknown key": Refused(
        "modle = 'x'", "{}: modle is no option", ("did you mean model?",)
    ),
    "an underscore": Refused(
        "[create]\nmax_output_tokens = 1",
        "{} [create]: max_output_tokens is no option",
        ("did you mean max-output-tokens?",),
    ),
    "dashes": Refused(
        "--timeout = '1s'", "{}: --timeout is no option", ("did you mean timeout?",)
    ),
    "a key like nothing": Refused("qqq = 1", "{}: qqq is no option"),
    "a key near to a refused one": Refused("bodyy = 1", "{}: bodyy is no option"),
    "no-store": Refused(
        "no-store = true", "{}: no-store is no key", ("store = false",)
    ),
    "an unknown table": Refused(
        "[creat]\nmodel = 'x'",
        "{}: [creat] is not a command",
        ("did you mean create?",),
    ),
    "a table like nothing": Refused("[xyz]\n", "{}: [xyz] is not a command"),
    "a table of a subcommand": Refused(
        "[files.upload]\njson = true", "{} [files]: upload is no option"
    ),
    "an unknown key in another command": Refused(
        "[list]\nstatsu = 'x'",
        "{} [list]: statsu is no option",
        ("did you mean status?",),
    ),
    "a key of other commands": Refused(
        "[delete]\nmodel = 'x'",
        "{} [delete]: model is no option of gi delete",
        ("it goes into [create] or [continue] or [image]",),
    ),
    "a key of no network": Refused(
        "[render]\nbase-url = 'https://a.example'",
        "{} [render]: base-url is no option of gi render",
        (
            "it goes into [create] or [continue] or [research] or [image] or [get] "
            "or [wait] or [cancel] or [list] or [release] "
            "or [delete] or [files] or [request] or [doctor]",
        ),
    ),
    "a command in a table": Refused(
        "[create]\napi-key-command = 'x'",
        "{} [create]: api-key-command is only allowed at the top level",
    ),
    "a number for a text": Refused("system = true", "{}: system: it has to be a text"),
    "a list for a text": Refused("model = ['x']", "{}: model: it has to be a text"),
    "a date": Refused("timeout = 2026-01-01", "{}: timeout: it has to be a text"),
    "a text for a number": Refused(
        "[create]\nseed = '1'", "{} [create]: seed: it has to be a whole number"
    ),
    "a fraction": Refused("seed = 1.5", "{}: seed: it has to be a whole number"),
    "a switch for a number": Refused(
        "retries = true", "{}: retries: it has to be a whole number"
    ),
    "a number for a switch": Refused(
        "offline = 1", "{}: offline: it has to be true or false"
    ),
    "a text for a tri-state": Refused(
        "store = 'no'", "{}: store: it has to be true or false"
    ),
    "a list of lists": Refused("tool = [['x']]", "{}: tool: it has to be a text"),
    "a wrong type in another command": Refused(
        "[list]\nrefresh = 'x'", "{} [list]: refresh: it has to be true or false"
    ),
    "a command that is no text": Refused(
        "api-key-command = ['pass', 'show']",
        "{}: api-key-command: it has to be a text",
    ),
    "empty": Refused("model = ''", "{}: model: the value is empty"),
    "empty in a list": Refused("tool = ['']", "{}: tool: the value is empty"),
    "an empty command": Refused(
        "api-key-command = ''", "{}: api-key-command: the value is empty"
    ),
    "two of one kind": Refused(
        "model = 'm'\nagent = 'a'",
        "{}: model and agent contradict each other: set one",
    ),
    "two formats": Refused(
        "[get]\njson = true\nformat = 'sse'",
        "{} [get]: json and format contradict each other: set one",
    ),
    "no TOML": Refused(
        "model = 'x'\nseed = \n",
        "{}: it is not TOML: Invalid value (at line 2, column 8)",
    ),
    "an open text": Refused(
        '[create]\nmodel = "x',
        "{}: it is not TOML: Illegal character '\\n' (at line 2, column 11)",
    ),
    "no end": Refused(
        "model = '''x",
        """{}: it is not TOML: Expected "'''" (at end of document)""",
    ),
    "twice": Refused(
        "model = 'x'\nmodel = 'y'",
        "{}: it is not TOML: Cannot overwrite a value (at line 2, column 12)",
    ),
    "not UTF-8": Refused(b"model = 'x'\n# caf\xe9\n", "{}: line 2 is not UTF-8 text"),
}


@pytest.mark.parametrize("format", ["text", "ndjson", "json"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(
    name: str, format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    text, why, hints = REFUSED[name]
    own = profile(tmp_path, text)
    argv = ("create", "hi", "--format", format, "--base-url", server.url)
    done = gi(*argv, code=2, environ=own.environ)
    why = why.format(own)
    lines = [f"gi: error: {why}", *(f"gi: hint: {hint}" for hint in hints)]
    assert done.err.splitlines() == lines
    if format == "text":
        assert done.out == b""
        return
    told = json.loads(done.out)
    result = told if format == "ndjson" else told["gi"]
    error = result["error"]
    assert (result["exit_code"], error["error_type"]) == (2, "usage")
    assert (error["message"], error["hints"]) == (why, list(hints))


@pytest.fixture(name="odd", params=["directory", "loop", "FIFO"])
def _odd(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A file that cannot be read, and why."""
    path = profile(tmp_path, "").path
    path.unlink()
    if request.param == "directory":
        path.mkdir()
        return path, f"the configuration: {path} is a directory"
    if request.param == "loop":
        path.symlink_to(path)
        why = os.strerror(errno.ELOOP)
        return path, f"the configuration: {path}: {why}"
    os.mkfifo(path)
    return path, f"the configuration: {path} is an empty pipe that nobody writes to"


COMMANDS = [
    *("create hi", "continue hi --last", "get v1_a", "delete v1_a", "list", "render"),
    *("files upload x", "files list", "files get a", "files delete a"),
    *("request GET agents", "release k"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_unreadable(
    command: str, odd: tuple[Path, str], gi: Gi, tmp_path: Path
) -> None:
    environ = {"GEMINI_API_KEY": KEY, "XDG_CONFIG_HOME": f"{tmp_path}/config"}
    done = gi(*command.split(), code=2, environ=environ)
    assert done == Done(2, b"", f"gi: error: {odd[1]}\n")


HELPS = [["-h"], ["--help"], ["create", "--help"], ["files", "-h"]]


@pytest.mark.parametrize("argv", HELPS, ids=" ".join)
def test_help_does_not_look(argv: list[str], gi: Gi, tmp_path: Path) -> None:
    own = profile(tmp_path, "]")
    assert gi(*argv, environ=own.environ) == gi(*argv, environ={})


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version_does_not_look(flag: str, gi: Gi, tmp_path: Path) -> None:
    own = profile(tmp_path, "]")
    assert gi(flag, environ=own.environ) == Done(0, f"gi {__version__}\n".encode(), "")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_editors_leave(mark: str, end: str, gi: Gi, tmp_path: Path) -> None:
    own = profile(tmp_path, f"{mark}# caf\xe9{end}model = 'm'{end}")
    done = gi("create", "hi", "--dry-run", environ=own.environ)
    made = {"model": "m", "input": "hi", "stream": True}
    assert (json.loads(done.out)["body"], done.err) == (made, "")
