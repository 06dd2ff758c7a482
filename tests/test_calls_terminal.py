"""The executable asks a person who can be asked, and ends at once where nobody can."""

from __future__ import annotations

import json
import shlex
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import KEY
from tests.faults.rows import TARGET
from tests.processes import ALL, GI, Terminal, environment, run
from tests.questions import QUESTION as ASKED
from tests.questions import SHOWN, screen
from tests.reaching import lines
from tests.scripted import ScriptedServer, Wait, sse
from tests.test_calls_process import (
    ANSWER,
    OFFLINE,
    QUESTION,
    SAID,
    WEATHER,
    calling,
    results,
)

SAID_THERE = screen(SAID.decode())
TTYS = pytest.mark.parametrize(
    "tty", [("stderr",), ("stdin", "stderr"), ALL], ids=["pipes", "stdout", "all"]
)
CALL_ID = "emulated_c3059c19_1_1"
CALLED = f'gi: call {CALL_ID}: get_weather {{"city":"Paris"}}\n'
SKIPPED = "get_weather failed: The user declined to answer this call.\n"
ENDED = "the model called a function: get_weather"


def id_of(told: bytes) -> str:
    """The id that ends what was told."""
    return told.decode().split("gi: id: ")[1].strip()


def stopped(id: str, why: str = "the calls were left unanswered") -> str:
    """What is told where the calls of an offline run are left."""
    hint = f"gi continue --offline --id {id} --result {CALL_ID}=VALUE"
    return f"{CALLED}gi: error: {why}\ngi: hint: {hint}\ngi: id: {id}\n"


def hinted(told: bytes, value: str) -> list[str]:
    """The words of the command that is hinted at, behind `gi`."""
    (line,) = [x for x in told.decode().splitlines() if x.startswith("gi: hint: ")]
    words = shlex.split(line.removeprefix("gi: hint: gi "))
    return [word.replace("=VALUE", f"={value}") for word in words]


def folder(home: Path) -> Path:
    """A folder of tools, and the same script beside it."""
    tools = home / "tools"
    tools.mkdir()
    (tools / "get_weather.json").write_text(json.dumps(WEATHER))
    for path in (tools / "get_weather", home / "weather.sh"):
        path.write_text('#!/bin/sh\necho ran >"$HOME/ran"\necho 21 C\n')
        path.chmod(0o755)
    return tools


@TTYS
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("21 C\n", "get_weather returned: 21 C\n"),
        ("\n21 C\nsunny\n.\n", "get_weather returned: 21 C\nsunny\n"),
        ("s\n", SKIPPED),
    ],
)
def test_a_person_answers(
    typed: str, said: str, tty: tuple[str, ...], tmp_path: Path
) -> None:
    argv = (*OFFLINE, QUESTION)
    with Terminal(*argv, env=environment(tmp_path), tty=tty) as child:
        child.read_until(screen(ASKED))
        for line in typed.splitlines(keepends=True):
            child.send(line.encode())
            child.read_until(screen(line))
        result = child.finish()
    out = ANSWER.removesuffix("get_weather") + said
    there = out if "stdout" in tty else ""
    id = id_of(child.screen)
    shown = SAID_THERE + screen(f"{ASKED}{typed}{there}gi: id: {id}\n")
    assert (result.code, child.screen) == (0, shown)
    assert result.out == (shown if there else out.encode())


@pytest.mark.parametrize("format", ["ndjson", "json", "sse"])
def test_stdout_holds_the_payload_only(format: str, tmp_path: Path) -> None:
    argv = (*OFFLINE, "--format", format, QUESTION)
    env = environment(tmp_path)
    with Terminal(*argv, env=env, tty=("stderr",), stdin=b"not read") as child:
        child.read_until(screen(ASKED))
        child.send(b"21 C\n")
        result = child.finish()
    assert result.code == 0
    assert (b"21 C" in result.out, b"gi: " in result.out) == (True, False)
    if format == "json":
        assert results(result.out) == [("21 C", False)]
    elif format == "ndjson":
        assert [json.loads(x) for x in result.out.splitlines()][-1]["exit_code"] == 0


@TTYS
def test_who_quits_can_answer_later(tty: tuple[str, ...], tmp_path: Path) -> None:
    env = environment(tmp_path)
    with Terminal(*OFFLINE, QUESTION, env=env, tty=tty) as child:
        child.read_until(screen(ASKED))
        child.send(b"q\n")
        result = child.finish()
    id = id_of(child.screen)
    shown = SAID_THERE + screen(f"{ASKED}q\n{stopped(id)}")
    assert (result.code, child.screen) == (7, shown)
    assert result.out == (shown if "stdout" in tty else b"")
    done = run(*hinted(child.screen, "21 C"), env=env)
    assert done.out.decode() == f"{ANSWER} returned: 21 C\n"
    assert {*done.err.splitlines(keepends=True)} == {SAID}


CALL = ("c1", "get_weather", '{"city":"Paris"}')
EVENTS = calling(CALL)
ARGV = ("create", "hi", *OFFLINE[2:])
HINT = "gi continue --id v1_first --result c1=VALUE"
UNASKED = (
    'gi: call c1: get_weather {"city":"Paris"}\n'
    f"gi: error: {ENDED}\ngi: hint: {HINT}\ngi: id: v1_first\n"
)
NOBODY: dict[str, tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]] = {
    "no terminal": ((), {}, ()),
    "stderr elsewhere": (("stdin", "stdout"), {}, ()),
    "CI": (ALL, {"CI": "1"}, ()),
    "--no-input": (ALL, {}, ("--no-input",)),
    "GI_NO_INPUT": (ALL, {"GI_NO_INPUT": "1"}, ()),
}


class Gate(threading.Event):
    """Holds the end of a stream back until gi is there; knows when that came."""

    since = 0.0

    def open(self) -> None:
        time.sleep(0.5)
        self.since = time.monotonic()
        self.set()


@pytest.fixture
def gate(server: ScriptedServer) -> Gate:
    gate = Gate()
    server.expect("POST", TARGET, sse(*EVENTS[:-2], Wait(gate), *EVENTS[-2:]))
    return gate


def assert_at_once(gate: Gate) -> None:
    """200 ms from the end of the stream, many times that on a busy machine."""
    took = time.monotonic() - gate.since
    assert took < 2, took


def variables(server: ScriptedServer, home: Path, **extra: str) -> dict[str, str]:
    return environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url, **extra)


@pytest.mark.parametrize("name", NOBODY)
def test_nobody_is_asked(
    name: str,
    gate: Gate,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    tty, extra, argv = NOBODY[name]
    env = variables(server, tmp_path, **extra)
    with Terminal(*ARGV, *argv, env=env, tty=tty) as child:
        gate.open()
        result = child.finish()
        assert_at_once(gate)
    there = "stderr" in tty
    shown = screen(UNASKED) if there else UNASKED.encode()
    assert (result.code, child.screen if there else result.err) == (7, shown)


@pytest.mark.parametrize("redirected", ["", "</dev/null", "</dev/null | cat"])
def test_the_background_is_not_asked_and_not_stopped(
    redirected: str,
    gate: Gate,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    job = f"{shlex.join((GI, *ARGV))} {redirected}"
    line = f"set -o pipefail; {job} & wait %1; echo ended $?; jobs"
    env = variables(server, tmp_path)
    with Terminal("-m", "-c", line, program="bash", env=env) as child:
        gate.open()
        child.read_until(b"ended 7\r\n")
        assert_at_once(gate)
        assert child.finish().code == 0
    assert child.screen.startswith(screen(UNASKED))
    assert b"Stopped" not in child.screen


def test_the_calls_are_whole_in_every_format(
    server: ScriptedServer, tmp_path: Path
) -> None:
    id, name, _ = CALL
    arguments = {"city": "Paris"}
    for format in ("ndjson", "json", "sse"):
        server.expect("POST", TARGET, sse(*EVENTS))
        argv = (*ARGV, "--format", format)
        done = run(*argv, env=variables(server, tmp_path), code=7)
        assert done.err.decode() == UNASKED.partition("\n")[2]
        if format == "sse":
            assert done.out == b"".join(EVENTS)
            continue
        if format == "ndjson":
            assert done.out.startswith(lines(*EVENTS))
            end = json.loads(done.out.splitlines()[-1])
        else:
            whole = json.loads(done.out)
            head = {"type": "function_call", "id": id, "name": name}
            step = {**head, "arguments": arguments, "signature": ""}
            assert (whole["steps"], whole["status"]) == ([step], "requires_action")
            end = whole["gi"]
        assert end["calls"] == [{"id": id, "name": name, "arguments": arguments}]
        assert (end["exit_code"], end["error"]["message"]) == (7, ENDED)


CONSENT = {"y": (0, True), "n": (0, False), "": (0, False), "q": (7, False)}


@pytest.mark.parametrize("how", ["--confirm", "--tools-dir"])
@pytest.mark.parametrize("typed", CONSENT)
def test_a_command_that_needs_a_yes(typed: str, how: str, tmp_path: Path) -> None:
    code, runs = CONSENT[typed]
    tools = folder(tmp_path)
    argv: tuple[str, ...] = ("create", "--offline", how, str(tools))
    command = f"{tools}/get_weather"
    if how == "--confirm":
        argv = (*OFFLINE, "--exec", "get_weather=./weather.sh", how)
        command = "./weather.sh"
    env = environment(tmp_path)
    prompt = screen(f"{SHOWN}gi: run {command}? [y/N/q] ")
    asking = Terminal(
        *argv, QUESTION, env=env, tty=("stderr",), cwd=tmp_path, size=(24, 500)
    )
    with asking as child:
        child.read_until(prompt)
        assert not (tmp_path / "ran").exists()
        child.send(f"{typed}\n".encode())
        result = child.finish()
    id = id_of(child.screen)
    rest = stopped(id) if code else f"gi: id: {id}\n"
    assert child.screen == SAID_THERE + prompt + screen(f"{typed}\n{rest}")
    said = "get_weather returned: 21 C\n" if runs else SKIPPED
    out = "" if code else ANSWER.removesuffix("get_weather") + said
    assert (result.code, result.out.decode()) == (code, out)
    assert (tmp_path / "ran").exists() == runs


@pytest.mark.parametrize(
    ("argv", "code"), [((), 7), (("--no-confirm",), 0), (("--confirm",), 7)], ids=str
)
def test_a_folder_of_tools_where_nobody_can_be_asked(
    argv: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    tools = ("--tools-dir", str(folder(tmp_path)))
    env = environment(tmp_path)
    done = run("create", "--offline", *tools, *argv, QUESTION, env=env, code=code)
    left = stopped(id_of(done.err), ENDED) if code else ""
    agree = "gi: hint: --no-confirm runs commands without asking\n"
    left = left.replace(f"{ENDED}\n", f"{ENDED}\n{agree}")
    out = "" if code else f"{ANSWER} returned: 21 C\n"
    assert (done.out.decode(), done.err) == (out, SAID + left.encode())
    assert (tmp_path / "ran").exists() == (code == 0)


def test_a_quit_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Who quits at the second of two questions has not run the first command."""
    tools = folder(tmp_path)
    argv = ("create", "--offline", "--tools-dir", str(tools), f"{QUESTION} Twice.")
    with Terminal(*argv, env=environment(tmp_path), tty=("stderr",)) as child:
        for typed in (b"y\n", b"q\n"):
            child.read_until(b"[y/N/q] ")
            child.send(typed)
        result = child.finish()
    assert (result.code, result.out) == (7, b"")
    assert not (tmp_path / "ran").exists()
