"""The executable answers calls with commands, whatever these do."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.calling import event
from tests.conftest import KEY
from tests.faults.rows import DONE, STOP, TARGET
from tests.processes import Running, Terminal, run
from tests.reaching import answer
from tests.scripted import sse
from tests.survivors import DEAF, alive, marked, until

if TYPE_CHECKING:
    from tests.scripted import ScriptedServer

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"name": "get_weather", "parameters": CITY}
QUESTION = "What is the weather in Paris?"
ANSWER = f"This is an emulated answer to: {QUESTION}\nget_weather"
OFFLINE = ("create", "--offline", "--function", json.dumps(WEATHER))
SAID = b"gi: offline: emulated answer\n"
NASTY = "$(touch pwned) `touch pwned`; touch pwned | & > pwned < * ? ~ \n \"' \\ é"
# It records what it was given, byte for byte, and prints the size of its input.
RECORDER = """
import json, os, sys
line = open("/proc/self/cmdline").read()
seen = [sys.argv[1:], sys.stdin.buffer.read().decode(), dict(os.environ), line]
json.dump(seen, open(os.environ["DIR"] + "/recorded", "w"))
print(len(seen[1].encode()))
"""


class Seen(NamedTuple):
    argv: list[str]
    stdin: str
    environ: dict[str, str]
    line: str


def exec_(script: str, name: str = "get_weather") -> tuple[str, str]:
    """A command that is a script of a shell's."""
    return "--exec", f"{name}={shlex.join(('sh', '-c', script))}"


def recorder(*words: str) -> tuple[str, str]:
    command = shlex.join((sys.executable, "-c", RECORDER, *words))
    return "--exec", f"get_weather={command}"


def call(index: int, id: str, name: str, arguments: str) -> tuple[bytes, ...]:
    step = {"type": "function_call", "id": id, "name": name, "arguments": {}}
    delta = {"type": "arguments_delta", "arguments": arguments}
    return (
        event("step.start", index=index, step={**step, "signature": ""}),
        event("step.delta", index=index, delta=delta),
        STOP.replace(b'"index": 0', b'"index": %d' % index),
    )


def calling(*calls: tuple[str, str, str], id: str = "v1_first") -> tuple[bytes, ...]:
    """The events of a turn that calls: id, name and arguments of each."""
    steps = [part for n, each in enumerate(calls) for part in call(n, *each)]
    over = {"id": id, "status": "requires_action"}
    begun = event("interaction.created", interaction={**over, "status": "in_progress"})
    return (begun, *steps, event("interaction.completed", interaction=over), DONE)


def result(call_id: str, text: str, name: str = "get_weather") -> dict[str, Any]:
    head = {"type": "function_result", "call_id": call_id, "name": name}
    return {**head, "result": [{"type": "text", "text": text}]}


def reaching(server: ScriptedServer, home: Path, **extra: str) -> dict[str, str]:
    return {**marked(home), "GEMINI_API_KEY": KEY, "GI_BASE_URL": server.url, **extra}


def results(out: bytes) -> list[tuple[str, bool]]:
    """The results that a JSON document holds."""
    return [
        (step["result"][0]["text"], step.get("is_error", False))
        for step in json.loads(out)["steps"]
        if step["type"] == "function_result"
    ]


def seen(home: Path) -> Seen:
    return Seen(*json.loads((home / "recorded").read_text()))


def given(name: str, call_id: str, id: str) -> dict[str, str]:
    names = ("GI_FUNCTION_NAME", "GI_CALL_ID", "GI_INTERACTION_ID")
    return dict(zip(names, (name, call_id, id), strict=True))


def test_the_answer_has_what_the_script_printed(tmp_path: Path) -> None:
    (tmp_path / "weather.json").write_text(json.dumps(WEATHER))
    script = tmp_path / "weather.sh"
    script.write_text("#!/bin/sh\ncat >got\necho 21 C\necho aside >&2\n")
    script.chmod(0o755)
    command = ("--exec", "get_weather=./weather.sh")
    argv = ("create", "--offline", "--function", "@weather.json", *command, QUESTION)
    done = run(*argv, env=marked(tmp_path), cwd=tmp_path)
    assert done.out.decode() == f"{ANSWER} returned: 21 C\n"
    assert done.err == SAID + b"aside\n"
    assert (tmp_path / "got").read_text() == '{"city":"Paris"}'


def test_no_shell_sees_what_the_model_wrote(
    server: ScriptedServer, tmp_path: Path
) -> None:
    """Neither its arguments nor ids; nor what a shell would do with gi's own words."""
    text = json.dumps({NASTY: NASTY, "city": [NASTY]}, ensure_ascii=False)
    text = text.replace(": ", " :\n\t")
    events = calling((NASTY, "get_weather", text), ("c2", NASTY, text), id=NASTY)
    server.expect("POST", TARGET, sse(*events))
    server.expect("POST", TARGET, sse(*answer("fine")))
    words = (NASTY, "$HOME", "*", "~", ">pwned", "")
    argv = ("create", "hi", *OFFLINE[2:], *recorder(*words))
    done = run(*argv, "-v", env=reaching(server, tmp_path), cwd=tmp_path)
    assert done.out == b"fine\n"
    found = seen(tmp_path)
    assert (found.argv, found.stdin) == (list(words), text)
    told = given("get_weather", NASTY, NASTY)
    assert {name: found.environ[name] for name in told} == told
    assert [path.name for path in tmp_path.iterdir()] == ["recorded"]
    sent = server.requests[1].json
    assert sent["previous_interaction_id"] == NASTY
    unknown = f"There is no function {NASTY!r}. Declared functions: get_weather."
    refused = {**result("c2", unknown, NASTY), "is_error": True}
    assert sent["input"] == [result(NASTY, f"{len(text.encode())}\n"), refused]


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_gi_and_its_command(how: str, tmp_path: Path) -> None:
    """Within 1 s, twice that on a busy machine."""
    codes = {"SIGHUP": 129, "SIGINT": 130, "SIGTERM": 143}
    argv = (*OFFLINE, *exec_(f"echo >$DIR/ready; {DEAF}"), QUESTION)
    with Terminal(*argv, env=marked(tmp_path), tty=("stderr",)) as child:
        until((tmp_path / "ready").exists)
        child.signal(signal.Signals[how]) if how in codes else child.send(b"\x03")
        done = child.finish(2)
        until(lambda: alive(tmp_path) == [])
    assert (done.code, done.out) == (codes.get(how, 130), b"")


def test_results_outlive_a_signal(tmp_path: Path) -> None:
    """They are kept, and the hint delivers them: only what never ran runs then."""
    note = 'echo "$GI_CALL_ID" | tee -a $DIR/ran; '
    slow = f"case $GI_CALL_ID in *_2) {DEAF};; esac"
    env = marked(tmp_path)
    argv = (*OFFLINE, *exec_(note + slow), "--json", f"{QUESTION} Twice.")
    ran = tmp_path / "ran"
    with Running(*argv, env=env, cwd=tmp_path) as child:
        until(lambda: ran.exists() and ran.read_bytes().count(b"\n") == 2)
        child.signal(signal.SIGTERM)
        done = child.finish()
        until(lambda: alive(tmp_path) == [])
    assert done.code == 143
    (hint,) = json.loads(done.out)["gi"]["error"]["hints"]
    first = (before := ran.read_text()).split()[0]
    (file,) = tmp_path.glob("gi-results-*.json")
    assert json.loads(file.read_text()) == [result(first, f"{first}\n")]
    later = (*shlex.split(hint)[1:], *exec_("echo late"))
    done = run(*later, env=env, cwd=tmp_path)
    told = f"get_weather returned: {first}\n\nget_weather returned: late\n"
    assert done.out.decode().endswith(f" Twice.\n{told}")
    assert ran.read_text() == before


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    argv = (*OFFLINE, *exec_(f"echo >$DIR/ready; {DEAF}"), QUESTION)
    with Running(*argv, env=marked(tmp_path), cwd=tmp_path) as child:
        until((tmp_path / "ready").exists)
        os.close(child._fds.pop("stdout"))
        done = child.finish(3)
        until(lambda: alive(tmp_path) == [])
    assert done.code == 141


MEET = "echo >$DIR/$GI_CALL_ID; until [ $(ls $DIR | wc -l) = 2 ]; do sleep 0.01; done; "
SLOW = 'case $GI_CALL_ID in *_1) sleep 0.3;; esac; echo "$GI_CALL_ID"'


def test_two_commands_side_by_side(tmp_path: Path) -> None:
    argv = (*OFFLINE, *exec_(MEET + SLOW), "--call-jobs", "2", "--json")
    done = run(*argv, f"{QUESTION} Twice.", env=marked(tmp_path))
    ids = [step["id"] for step in json.loads(done.out)["steps"] if "id" in step]
    assert results(done.out) == [(f"{id}\n", False) for id in ids]
    assert len(ids) == 2


def test_two_processes_side_by_side(tmp_path: Path) -> None:
    """Their commands meet, so both were running at once; they share a ledger."""

    def ask(city: str) -> bytes:
        argv = (*OFFLINE, *exec_(f"{MEET} cat"), f"What is the weather in {city}?")
        return run(*argv, env=marked(tmp_path)).out

    cities = ("Paris", "Rome")
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(ask, cities))
    told = f'{ANSWER} returned: {{"city":"Paris"}}\n'
    assert both == [told.replace("Paris", city).encode() for city in cities]
