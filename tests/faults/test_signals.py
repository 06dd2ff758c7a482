"""Whatever gi waits for, a signal ends it within a second, and loses nothing."""

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY
from tests.faults import phases, phases_here
from tests.faults.catalogue import held
from tests.faults.phases import At
from tests.processes import GI, Running, environment
from tests.scripted import ScriptedServer
from tests.stopping import every_signal, stopped
from tests.survivors import marked, until

PHASES = {
    "in name resolution": phases.resolving,
    "while connecting": phases.connecting,
    "in the TLS handshake": phases.handshake,
    "at a silent proxy": phases.proxy,
    "while waiting for headers": phases.headers,
    "while streaming": phases.streaming,
    "in back-off": phases.back_off,
    "in a command": phases_here.command,
    "at a prompt": phases_here.prompt,
    "before a FIFO is read": phases_here.pipe_without_a_reader,
    "while writing a file": phases_here.full_file,
    "while polling": phases.polling,
    "while uploading": phases.uploading,
    "while fetching media": phases.fetching,
    "while another holds a claim": phases_here.claim,
    "while reading stdin": phases_here.stdin,
    "in the key's command": phases_here.key_command,
}
SILENT_DNS = Path(__file__).with_name("silent_dns.py")
EVERY = {
    signal.SIGINT: None,
    signal.SIGTERM: ("F173", "SIGTERM in every phase"),
    signal.SIGHUP: ("F174", "SIGHUP in every phase"),
}


def table() -> list[Any]:
    found = []
    for signum, every in EVERY.items():
        for name in PHASES:
            marks = [held(*(every or ("F172", f"SIGINT {name}")))]
            if name == "in back-off" and not every:
                marks.append(held("F46", "Ctrl-C during back-off"))
            for format in ("text", "ndjson"):
                id = f"{signum.name} {name}: {format}"
                found.append(pytest.param(name, signum, format, marks=marks, id=id))
    return found


@pytest.mark.parametrize(("name", "signum", "format"), table())
def test_stopped(
    name: str, signum: int, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    at = At(server, tmp_path)
    home = {**marked(tmp_path), "GEMINI_API_KEY": KEY, "GI_BASE_URL": server.url}
    with ExitStack() as stack:
        phase = stack.enter_context(PHASES[name](at))
        argv = (*phase.argv, "--format", format)
        env = {**home, **phase.env}
        how = phase.running(*argv, env=env, cwd=tmp_path, stdin=phase.stdin)
        child = stack.enter_context(how)
        phase.ready(child)
        result = stopped(child, signum)
    phases.nobody_is_left(at)
    if phase.err is not None:
        assert result.err.decode() == phase.err
    assert result.err.decode().endswith(phase.err_end)
    if format == "text" or phase.to_file:
        assert result.out == phase.text
        return
    *lines, last = result.out.splitlines()
    assert lines == [*phase.lines]
    assert json.loads(last) == told(signum, phase)


def told(signum: int, phase: phases.Phase) -> dict[str, Any]:
    """The gi.result of a run that was stopped."""
    error: dict[str, Any] = {
        "error_type": "stopped",
        "error_reason": None,
        "message": "stopped by a signal",
        "hints": [],
        "status_code": None,
        "retryable": False,
    }
    return {
        "event_type": "gi.result",
        "v": 1,
        "exit_code": 128 + signum,
        "status": None,
        "interaction_id": None,
        "interaction_ids": [],
        "usage": None,
        "files": [],
        "error": error,
        "offline": False,
        **phase.result,
    }


def may_unshare() -> bool:
    tried = subprocess.run(
        ("unshare", "-rmn", "true"), capture_output=True, check=False
    )
    return tried.returncode == 0


@every_signal
def test_a_name_server_is_silent(signum: int, tmp_path: Path) -> None:
    """The C library would ask it again and again, whatever the signal."""
    if not may_unshare():
        pytest.skip("no namespaces of one's own here")
    asked = tmp_path / "asked"
    argv = (sys.executable, str(SILENT_DNS), str(asked), GI, "create", "hi")
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with Running("-rmn", *argv, env=env, program="unshare") as child:
        until(asked.exists)
        result = stopped(child, signum)
    assert (result.out, result.err) == (b"", b"")
