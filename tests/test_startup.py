"""What a command imports: the whole set, so that more is added on purpose only.

Modules cost more than anything else that gi does in a short run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.faults.rows import TARGET
from tests.processes import environment, run
from tests.reaching import answer, reaching
from tests.scripted import json_reply, sse
from tests.stopping import every_signal

if TYPE_CHECKING:
    import signal
    from pathlib import Path

    from tests.scripted import Reply, ScriptedServer

# Like the script that pip writes; `there` is what Python itself has loaded by then.
SCRIPT = """
import atexit, re, sys
path, there = sys.argv.pop(1), set(sys.modules)
def tell():
    with open(path, "w") as file:
        print(*there, file=file)
        print(*sys.modules, file=file)
atexit.register(tell)
from gi_cli.__main__ import run
run()
"""
# Python runs it first; the signal comes when a module is looked for.
SIGNALLED = """
import os, sys
class Finder:
    def find_spec(name, path, target=None):
        if name == os.environ["WHILE"]:
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))
sys.meta_path.insert(0, Finder)
"""
HEAVY = frozenset(  # of the standard library; what is not here differs by version
    (
        *("asyncio", "concurrent.futures", "ctypes", "email", "hashlib", "http.client"),
        *("inspect", "json", "logging", "multiprocessing", "pathlib", "secrets"),
        *("socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "tomllib"),
        *("typing", "unittest", "urllib.request", "wsgiref", "xml", "zoneinfo"),
    )
)
PRESENT = frozenset(  # what others import where it is installed, or on some versions
    ("typing_extensions", "sniffio", "brotli", "brotlicffi", "zstandard", "backports")
)
TYPER = {"typer", "annotated_doc", "shellingham"}
HTTPX = {"httpx", "httpx_sse", "idna"}
NETWORK = {"anyio", "certifi", "h11", "httpcore"}
OF_TYPER = {"inspect", "pathlib", "subprocess", "threading", "typing"}
OF_HTTPX = {
    *("email", "hashlib", "http.client", "logging", "socket", "ssl"),
    *("tempfile", "urllib.request"),
}
EDGE = {"__main__", "console", "environment", "errors", "main", "waits"}
PARSING = {"commands", "config", "options", "places", "reading"}
ASKING = {
    *("assignments", "delivery", "history", "inputs", "key", "output", "parts"),
    *("progress", "proxies", "report", "request", "run", "session", "settings"),
    *("shape", "sinks", "telling", "transcript", "turn", "wire"),
}
SENDING = {"exchange", "follow", "receiving", "record", "rounds", "showing"}
SENT = {"transport", *SENDING}


class Imports(NamedTuple):
    own: set[str]  # rooms of gi_cli
    heavy: set[str]
    third: set[str]


class Case(NamedTuple):
    argv: tuple[str, ...]
    imports: Imports
    reply: Reply | None = None
    code: int = 0


HELP = Imports({*EDGE, *PARSING}, OF_TYPER, TYPER)
SHOWN = Imports({*HELP.own, *ASKING}, {*OF_TYPER, "json"}, {*TYPER, "orjson"})
REFUSED = Imports(
    {*SHOWN.own, *SENT}, {*SHOWN.heavy, *OF_HTTPX}, {*SHOWN.third, *HTTPX, *NETWORK}
)
STREAMED = Imports({*REFUSED.own, "ledger"}, {*REFUSED.heavy, "sqlite3"}, REFUSED.third)
EMULATED = Imports(
    {*STREAMED.own, "emulator"},
    {*STREAMED.heavy, "secrets"},
    STREAMED.third - NETWORK,
)
NO = json_reply({"error": {"code": "invalid_request", "message": "No."}}, 400)
CASES = {
    "-V": Case(("-V",), Imports({"__main__"}, set(), set())),
    "--version": Case(("--version",), Imports({"__main__"}, set(), set())),
    "--help": Case(("--help",), Imports({*HELP.own, "topics"}, *HELP[1:])),
    "create --help": Case(("create", "--help"), HELP),
    "create --dry-run": Case(("create", "--dry-run", "x"), SHOWN),
    "create, refused": Case(("create", "x"), REFUSED, NO, code=1),
    "create": Case(("create", "x"), STREAMED, sse(*answer("hello"))),
    "create --offline": Case(("create", "--offline", "x"), EMULATED),
}


def sorted_out(modules: set[str]) -> Imports:
    own = {name.split(".")[1] for name in modules if name.startswith("gi_cli.")}
    tops = {name.partition(".")[0] for name in modules}
    third = tops - {*sys.stdlib_module_names, *PRESENT, "gi_cli"}
    return Imports(own, modules & HEAVY, third)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_imported(case: Case, server: ScriptedServer, tmp_path: Path) -> None:
    if case.reply:
        server.expect("POST", TARGET, case.reply)
    path = tmp_path / "modules"
    words = ("-c", SCRIPT, str(path), *case.argv)
    env = reaching(server, tmp_path)
    run(*words, env=env, code=case.code, program=sys.executable)
    there, found = (set(line.split()) for line in path.read_text().splitlines())
    own, heavy, third = case.imports
    assert sorted_out(found - there) == (own, heavy - there, third - there)


@pytest.mark.parametrize(
    ("name", "base"), [("gi_cli.console", None), ("typer", 128)], ids=["edge", "main"]
)
@every_signal
def test_a_signal_while_modules_load(
    signum: signal.Signals, name: str, base: int | None, tmp_path: Path
) -> None:
    """The first ones load before anything could be left behind: it just dies."""
    (tmp_path / "sitecustomize.py").write_text(SIGNALLED)
    told = {"PYTHONPATH": str(tmp_path), "WHILE": name, "SIGNAL": str(int(signum))}
    env = environment(tmp_path, **told)
    done = run("--help", env=env, code=base + signum if base else -signum)
    assert (done.out, done.err) == (b"", b"")
