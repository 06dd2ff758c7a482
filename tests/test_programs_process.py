"""Programs of a process that signals come to, with descriptors as it was given them."""

import signal
import sys
import time
from pathlib import Path

import pytest

import gi_cli
from tests.processes import Running, Terminal, run
from tests.survivors import DEAF, HANGS, alive, marked, until

DRIVER = """
import os, sys
from gi_cli.console import guard_descriptors
from gi_cli.errors import GiError
from gi_cli.programs import Program, environment, run_all
from gi_cli.waits import SystemClock, Waits

guarded, timeout, *scripts = sys.argv[1:]
if guarded == "guarded":
    guard_descriptors()
waits = Waits(SystemClock())
given = {"name": "f", "call_id": "\\xe9", "interaction_id": ""}
environ = environment(os.environ, secrets=(), **given)
argvs = [("sh", "-c", os.fsencode(script).decode()) for script in scripts]
programs = [Program(argv, b"", environ) for argv in argvs]
ended = lambda index, result: os.write(1, b"%r\\n" % (result[:3],))
code = 0
with waits.installed():
    waits.limit(timeout=float(timeout), idle=None)
    os.write(1, b"begun\\n")
    try:
        run_all(programs, waits, at_once=200, timeout=60, limit=1000, ended=ended)
    except GiError as error:
        code = error.exit_code
    os.write(1, b"over\\n")
sys.exit(code)
"""
ARGV = ("-c", DRIVER, "guarded")
BEGUN, OVER = b"begun\n", b"over\n"
SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]
READY = "echo >>$DIR/ready; "
IGNORED = "grep SigIgn /proc/$$/status | cut -f2"


def environment(home: Path) -> dict[str, str]:
    return {**marked(home), "PYTHONPATH": str(Path(gi_cli.__file__).parents[1])}


def told(*results: tuple[bytes, str | None, int | None]) -> bytes:
    return BEGUN + b"".join(b"%r\n" % (result,) for result in results) + OVER


def driver(home: Path, *words: str) -> Running:
    return Running(*ARGV, *words, env=environment(home), program=sys.executable)


def ready(home: Path) -> int:
    file = home / "ready"
    return file.stat().st_size if file.exists() else 0


@pytest.mark.parametrize("signum", SIGNALS, ids=lambda s: s.name)
@pytest.mark.parametrize("times", [1, 3])
def test_a_signal_ends_them_all(signum: int, times: int, tmp_path: Path) -> None:
    """Once or pressed again: 1 s, twice that on a busy machine."""
    scripts = ["echo done", *[READY + DEAF] * 5, READY + "kill -STOP $$"]
    with driver(tmp_path, "0", *scripts) as child:
        child.read_until(BEGUN + b"(b'done\\n', None, 0)\n")
        until(lambda: ready(tmp_path) == 6)
        for _ in range(times):
            child.signal(signum)
            time.sleep(0.02)
        result = child.finish()
    until(lambda: alive(tmp_path) == [])
    assert (result.code, result.out) == (128 + signum, told((b"done\n", None, 0)))
    assert child.took < 2


@pytest.mark.parametrize("milliseconds", [0, 3, 10, 30, 60, 100])
def test_a_signal_while_they_start(milliseconds: int, tmp_path: Path) -> None:
    with driver(tmp_path, "0", *["exec sleep 60"] * 150) as child:
        child.read_until(BEGUN)
        time.sleep(milliseconds / 1000)
        child.signal(signal.SIGTERM)
        result = child.finish()
    until(lambda: alive(tmp_path) == [])
    assert (result.code, result.out) == (143, told())
    assert child.took < 2


def test_the_deadline_ends_them_all(tmp_path: Path) -> None:
    with driver(tmp_path, "1", DEAF, "sleep 60", "echo done") as child:
        result = child.finish()
    until(lambda: alive(tmp_path) == [])
    assert (result.code, result.out) == (6, told((b"done\n", None, 0)))
    assert child.took < HANGS


def test_a_key_of_the_terminal_reaches_gi_alone(tmp_path: Path) -> None:
    """Ctrl-C ends it, and it ends the program in its own way."""
    trap = "trap 'echo int >$DIR/int' INT; trap 'echo term >$DIR/term; exit' TERM; "
    words = ("0", trap + READY + "while :; do sleep 0.01; done")
    env = environment(tmp_path)
    with Terminal(*ARGV, *words, env=env, program=sys.executable) as child:
        until(lambda: ready(tmp_path) == 1)
        child.send(b"\x03")
        assert child.finish().code == 130
    until(lambda: alive(tmp_path) == [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ready", "term"]


@pytest.mark.parametrize("guarded", ["guarded", "bare"])
@pytest.mark.parametrize("closed", ["", "<&-", "2>&-", "<&- 2>&-"])
def test_descriptors_that_are_closed(guarded: str, closed: str, tmp_path: Path) -> None:
    script = "cat; ls /proc/$$/fd; echo oops >&2 && echo ok"
    argv = (sys.executable, "-c", DRIVER, guarded, "0", script)
    env = environment(tmp_path)
    done = run("-c", f'exec "$@" {closed}', "sh", *argv, env=env, program="sh")
    assert done.out == told((b"0\n1\n2\nok\n", None, 0))
    assert done.err == (b"" if "2" in closed else b"oops\n")


@pytest.mark.parametrize("utf8", ["0", "1"])
def test_words_are_utf_8_whatever_the_locale(utf8: str, tmp_path: Path) -> None:
    env = environment(tmp_path)
    env |= {"LC_ALL": "C", "PYTHONUTF8": utf8, "PYTHONCOERCECLOCALE": "0"}
    script = 'printf "é$GI_CALL_ID"'
    done = run(*ARGV, "0", script, env=env, program=sys.executable)
    assert done.out == told(("éé".encode(), None, 0))


@pytest.mark.parametrize(
    ("trap", "ignored"),
    [
        (":", set()),
        ("trap '' INT", {signal.SIGINT}),
        ("trap '' HUP TERM", {signal.SIGHUP, signal.SIGTERM}),
        ("trap '' CHLD", set()),
    ],
)
def test_what_programs_ignore(
    trap: str, ignored: set[signal.Signals], tmp_path: Path
) -> None:
    """What gi was told to ignore, and nothing that Python or gi handle."""
    argv = (sys.executable, *ARGV, "0", f"{IGNORED}; exit 3")
    reset = "trap - HUP INT TERM CHLD; "
    env = environment(tmp_path)
    done = run("-c", f'{reset}{trap}; exec "$@"', "sh", *argv, env=env, program="sh")
    mask = sum(1 << (each - 1) for each in ignored)
    failure = "the command ended with 3"
    assert done.out == told((b"%016x\n" % mask, failure, 3))
