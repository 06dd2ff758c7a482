"""Who is asked at all, and how a question ends: signals, limits, job control."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gi_cli.terminal import Choice, Typed
from tests.asking import NOBODY
from tests.processes import ALL, Terminal
from tests.questions import CALL, ONE, QUESTION, Plan, came, screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHELL = ("--norc", "--noediting", "-i")
NONE = ["(False, True)"]  # and that was known at once


def until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "out of time"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "tty",
    [ALL, ("stderr",), ("stdin", "stderr"), ("stdout", "stderr")],
    ids=str,
)
@pytest.mark.parametrize("empty", [{}, {"CI": "", "GI_NO_INPUT": ""}], ids=str)
def test_somebody_is_asked(
    tty: tuple[str, ...], empty: dict[str, str], tmp_path: Path
) -> None:
    plan = Plan(tmp_path, ONE)
    with plan.on_terminal(tty, **empty) as child:
        child.read_until(b"> ")
        child.send(b"21 C\n")
        result = child.finish()
    assert (result.code, child.screen) == (0, screen(f"{QUESTION}21 C\n"))
    assert plan.came() == came(Typed("21 C"))


@pytest.mark.parametrize(
    ("tty", "extra", "no_input"),
    [
        (ALL, {}, True),
        (ALL, {"CI": "1"}, False),
        (ALL, {"CI": "false"}, False),
        (ALL, {"GI_NO_INPUT": "1"}, False),
        (("stdin", "stdout"), {}, False),
        ((), {}, False),
    ],
    ids=str,
)
def test_nobody_is_asked(
    tty: tuple[str, ...], extra: dict[str, str], no_input: bool, tmp_path: Path
) -> None:
    plan = Plan(tmp_path, ONE, no_input=no_input)
    with plan.on_terminal(tty, **extra) as child:
        result = child.finish()
    assert (result.code, child.screen, plan.lines()) == (NOBODY, b"", NONE)


def test_a_terminal_that_is_not_ours(tmp_path: Path) -> None:
    """stderr may lead to one, but nobody can be asked without a controlling one."""
    plan = Plan(tmp_path, ONE)
    master, slave = pty.openpty()
    done = subprocess.run(
        plan.argv,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=plan.env,
        start_new_session=True,
        timeout=10,
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert (done.returncode, plan.lines()) == (NOBODY, NONE)


@pytest.mark.parametrize("redirected", ["", "</dev/null", "</dev/null | cat"])
def test_the_background_is_not_asked_and_not_stopped(
    redirected: str, tmp_path: Path
) -> None:
    plan = Plan(tmp_path, ONE)
    job = f"{shlex.join(plan.argv)} {redirected}"
    line = f"set -o pipefail; {job} & wait %1; echo ended $?; jobs"
    with Terminal("-m", "-c", line, program="bash", env=plan.env) as child:
        child.read_until(b"ended 7\r\n")
        assert child.finish().code == 0
    assert b"Stopped" not in child.screen
    assert b"gi:" not in child.screen
    assert plan.lines() == NONE


@pytest.mark.parametrize("begun", [b"", b"half a line", b"\nfirst of several\n"])
@pytest.mark.parametrize(
    ("key", "signum"),
    [
        (b"\x03", signal.SIGINT),
        (b"", signal.SIGINT),
        (b"", signal.SIGTERM),
        (b"", signal.SIGHUP),
    ],
)
def test_a_signal_ends_the_question(
    key: bytes, signum: signal.Signals, begun: bytes, tmp_path: Path
) -> None:
    """What comes after it begins a line of its own."""
    plan = Plan(tmp_path, ONE)
    with plan.on_terminal() as child:
        child.read_until(b"> ")
        child.send(begun)
        echo = screen(begun.decode())
        child.read_until(echo)
        if key:
            child.send(key)
        else:
            child.signal(signum)
        since = time.monotonic()
        result = child.finish()
        took = time.monotonic() - since
    assert (result.code, took < 2) == (128 + signum, True), took
    assert child.screen == screen(QUESTION) + echo + b"^C" * len(key) + b"\r\n"
    assert plan.came() == came()


def test_the_deadline_ends_the_question(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE, timeout=1)
    with plan.on_terminal() as child:
        result = child.finish()
    assert (result.code, 1 < child.took < 3) == (6, True), child.took
    assert child.screen == screen(f"{QUESTION}\n")
    assert plan.came() == came()


def test_a_terminal_that_takes_nothing_is_left_when_told_to(tmp_path: Path) -> None:
    plan = Plan(tmp_path, (*CALL, 1, 2), (*CALL, 2, 2))
    with plan.on_terminal() as child:
        child.read_until(b"> ")
        child.send(b"\x1321 C\n")  # Ctrl-S: nothing is shown until Ctrl-Q
        until(lambda: len(plan.lines()) == 2)
        time.sleep(0.2)  # now it waits for room to write in
        child.signal(signal.SIGTERM)
        result = child.finish()
    assert (result.code, child.took < 2) == (143, True), child.took
    assert plan.came() == came(Typed("21 C"))


def test_a_terminal_that_is_held_is_written_when_it_goes_on(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE, (*CALL, 1, 1))
    with plan.on_terminal() as child:
        child.read_until(b"> ")
        child.send(b"\x1321 C\n")
        until(lambda: len(plan.lines()) == 2)
        child.send(b"\x11")
        child.read_until(b"> ")
        child.send(b"s\n")
        result = child.finish()
    assert (result.code, plan.came()) == (0, came(Typed("21 C"), Choice.SKIP))


def test_a_terminal_that_goes_away_answers_nothing(tmp_path: Path) -> None:
    """SIGHUP is ignored, as under nohup: the end must be seen in what is read."""
    plan = Plan(tmp_path, ONE, ONE)
    line = f'trap "" HUP; exec {shlex.join(plan.argv)}'
    asking = Terminal("-c", line, program="/bin/sh", env=plan.env, tty=("stderr",))
    with asking as child:
        child.read_until(b"> ")
        child.send(b"half\x04")  # handed over, not ended
        time.sleep(0.2)
        os.close(child._fds.pop("screen"))
        result = child.finish()
    assert (result.code, plan.came()) == (0, came(Choice.QUIT, Choice.QUIT))


@pytest.mark.parametrize("background", [False, True])
def test_suspended_and_resumed_in_a_shell(background: bool, tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE)
    with Terminal(*SHELL, program="bash", env=plan.env) as shell:
        shell.read_until(b"$ ")
        shell.send(f"{shlex.join(plan.argv)}; echo ended $?\n".encode())
        shell.read_until(b"> ")
        shell.send(b"half\x1a")  # the kernel forgets the half
        shell.read_until(b"ended 148\r\n$ ")
        if background:
            shell.send(b"bg\n")
            shell.read_until(b"&\r\n$ ")
        shell.send(b"fg; echo ended $?\n")
        shell.read_until(b"asking.py")
        shell.send(b"21 C\n")
        shell.read_until(b"ended 0\r\n$ ")
        shell.send(b"exit\n")
        shell.finish()
    assert plan.came() == came(Typed("21 C"))


# It starts a job, takes the terminal from it when it is told to, tells how the job
# stands while a line waits to be read, reads that, and gives the terminal back.
TAKES = """
import os, select, signal, sys, time
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
if not (job := os.fork()):
    os.setpgid(0, 0)
    os.tcsetpgrp(2, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
os.read(0, 1)
os.tcsetpgrp(2, os.getpgrp())
os.write(2, b"taken\\n")
select.select([2], [], [])
time.sleep(1)
stands = os.waitpid(job, os.WNOHANG | os.WUNTRACED)
line = os.read(2, 100)
os.tcsetpgrp(2, job)
os.write(2, f"{stands} {line}\\n".encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]))
"""


def test_what_others_are_to_read_is_left_to_them(tmp_path: Path) -> None:
    """In the background of the terminal gi is neither stopped nor busy."""
    plan = Plan(tmp_path, ONE)
    reader, writer = os.pipe()
    argv = ("-c", TAKES, *plan.argv)
    with Terminal(
        *argv, program=sys.executable, env=plan.env, tty=("stderr",), stdin=reader
    ) as child:
        child.read_until(b"> ")
        os.write(writer, b"x")
        child.read_until(b"taken\r\n")
        child.send(b"for others\n")
        child.read_until(b"(0, 0) b'for others\\n'\r\n")
        child.send(b"21 C\n")
        result = child.finish()
    os.close(reader)
    os.close(writer)
    assert (result.code, plan.came()) == (0, came(Typed("21 C")))


def test_nobody_is_asked_any_more_in_the_background(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ONE, pause=1)
    with Terminal(*SHELL, program="bash", env=plan.env) as shell:
        shell.read_until(b"$ ")
        shell.send(f"{shlex.join(plan.argv)}\n".encode())
        until(plan.lines)
        shell.send(b"\x1a")
        shell.read_until(b"Stopped")
        shell.read_until(b"$ ")
        shell.send(b"bg; wait; echo ended\n")
        shell.read_until(b"\r\nended\r\n")
        shell.send(b"exit\n")
        shell.finish()
    assert b"gi:" not in shell.screen
    assert plan.came() == came(Choice.QUIT)
