"""Nobody can be asked for the result of a call: gi says so at once."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.calling import DECLARED, GET, call, whole
from tests.calling import stream as calling
from tests.faults.catalogue import held
from tests.faults.rows import TARGET
from tests.processes import Running
from tests.reaching import reaching
from tests.scripted import ScriptedServer, sse

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = held("F75", "nobody to ask for a result")


@NOBODY
@pytest.mark.parametrize("format", ["text", "ndjson", "sse"])
@pytest.mark.parametrize("stdin", ["open", "closed"])
@pytest.mark.parametrize("declared", ["nothing", "tools-dir"])
def test_nobody_is_asked_where_nobody_is(
    declared: str, stdin: str, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    """At once, even if stdin stays open: the calls can be answered later."""
    called = calling(whole(call(arguments={"a": 1})))
    server.expect("POST", TARGET, sse(called))
    flags = DECLARED
    if declared == "tools-dir":
        flags = ("--tools-dir", "tools")
        (tmp_path / "tools").mkdir()
        (tmp_path / "tools" / "get.json").write_text(json.dumps(GET))
        (tmp_path / "tools" / "get").write_text("#!/bin/sh\ntouch ran\n")
        (tmp_path / "tools" / "get").chmod(0o700)
    argv = ("create", "hi", *flags, "--format", format)
    reader, writer = os.pipe()
    if stdin == "closed":
        os.close(writer)
    env = reaching(server, tmp_path)
    with Running(*argv, env=env, stdin=reader, cwd=tmp_path) as child:
        result = child.finish()
    os.close(reader)
    if stdin == "open":
        os.close(writer)
    assert (result.code, child.took < 2) == (7, True)
    assert not (tmp_path / "ran").exists()
    lead = 'gi: call A: get {"a":1}\n' if format == "text" else ""
    hint = "--no-confirm runs commands without asking"
    assert result.err.decode() == (
        f"{lead}gi: error: the model called a function: get\n"
        f"{f'gi: hint: {hint}' + chr(10) if declared == 'tools-dir' else ''}"
        "gi: hint: gi continue --id v1_1 --result A=VALUE\ngi: id: v1_1\n"
    )
    if format == "sse":
        assert result.out == called
    elif format == "text":
        assert result.out == b""
    else:
        (end,) = result.out.splitlines()[len(called.split(b"\n\n")) - 2 :]
        assert json.loads(end)["calls"] == [
            {"id": "A", "name": "get", "arguments": {"a": 1}}
        ]
