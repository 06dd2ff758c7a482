"""A row in which the model calls: each request whole, what commands got, all formats.

Two functions are declared, `get` and `put`; a command that records its argv, its stdin
and its environment answers both, and prints "done".
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from gi_cli.waits import Clock
from tests.calling import DECLARED, Json, body, follow_up, result, stream, whole
from tests.calling import output as spoken
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import TARGET, data, told
from tests.scripted import Reply, ScriptedServer, sse

RECORDER = """#!/bin/sh
ran=ran/$(ls ran | wc -l)
mkdir $ran
cat >$ran/stdin
cat /proc/$$/cmdline >$ran/cmdline
cat /proc/$$/environ >$ran/environ
echo done
"""
WORDS = ("a b", "$HOME", "*", "")
EXEC = """--exec={0}=./recorder {0} 'a b' '$HOME' '*' ''"""
ENVIRON: Mapping[str, str] = MappingProxyType({"PATH": os.defpath, "OTHER": "kept"})


class Ran(NamedTuple):
    """What a command got: its name among its words, its stdin, the id of its call."""

    name: str
    stdin: str
    call: str = "A"
    interaction: str = "v1_1"


def done(id: str = "A", name: str = "get") -> Json:
    """The result of the command that records."""
    return result("done\n", id, name)


def calls(*parts: bytes, number: int = 1, **fields: Any) -> bytes:
    """The whole answer of a round that calls."""
    return stream(*parts, id=f"v1_{number}", **fields)


def says(text: str = "ok", number: int = 2, **fields: Any) -> bytes:
    """The whole answer of a round that does not."""
    parts = whole(spoken(text))
    return stream(parts, id=f"v1_{number}", status="completed", **fields)


@dataclass(frozen=True)
class Talk:
    """`answers` are streams, or replies of another kind, `results` what was sent for
    each stream but the last. `told` comes before `err` on stderr, in text only.
    `result` is what gi.result has other than usual."""

    id: str
    what: str
    answers: Sequence[bytes | Reply]
    results: Sequence[Sequence[Json]] = ()
    ran: Sequence[Ran] = ()
    text: bytes = b"ok\n"
    code: int = 0
    told: str = ""
    err: str = ""
    argv: Sequence[str] = ()
    command: str | None = None  # of `get`, in place of the recorder
    put: bool = True  # the recorder answers `put`
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)  # of that, the same
    more: Mapping[str, Any] = field(default_factory=dict)  # in each request
    variant: str = ""
    cut: bool = False  # each byte of an answer is sent alone

    @property
    def name(self) -> str:
        return f"{self.id} {self.what} {self.variant}".strip()

    @property
    def streams(self) -> list[bytes]:
        return [each for each in self.answers if isinstance(each, bytes)]

    def reply(self, answer: bytes | Reply) -> Reply:
        if not isinstance(answer, bytes):
            return answer
        if not self.cut:
            return sse(answer)
        return sse(*(answer[i : i + 1] for i in range(len(answer))), chunked=True)


def talks(rows: Iterable[Talk]) -> list[Any]:
    """The rows as a table of pytest's."""
    return [
        pytest.param(row, marks=held(row.id, row.what), id=row.name) for row in rows
    ]


def answered(
    row: Talk,
    format: str,
    gi: Gi,
    server: ScriptedServer,
    environ: Mapping[str, str] = ENVIRON,
    clock: Clock | None = None,
) -> Done:
    """Run it in the current folder, and compare all that a user and a server see."""
    prepare()
    for each in row.answers:
        server.expect("POST", TARGET, row.reply(each))
    get = EXEC.format("get") if row.command is None else f"--exec=get={row.command}"
    put = (EXEC.format("put"),) if row.put else ()
    argv = ("create", "hi", *DECLARED, get, *put, *row.argv)
    done = gi(
        *(*argv, "--base-url", server.url, "--format", format),
        code=row.code,
        environ={**environ, "GEMINI_API_KEY": KEY},
        clock=clock or FakeClock(),
    )
    bodies = [body(**row.more, stream=True)]
    for number in range(1, len(row.answers)):
        before = [each for each in row.answers[:number] if isinstance(each, bytes)]
        results = row.results[len(before) - 1]
        bodies.append(follow_up(*results, id=f"v1_{len(before)}", **row.more))
    assert [request.json for request in server.requests] == bodies
    assert recorded() == [_recording(each, environ) for each in row.ran]
    err = row.err.replace("URL", server.url)
    assert done.err == (row.told if format == "text" else "") + err
    shows(row, format, done)
    return done


def shows(row: Talk, format: str, done: Done) -> None:
    """Compare stdout."""
    if format == "text":
        assert done.out == row.text
        return
    if format == "sse":
        assert done.out == b"".join(row.streams)
        return
    lines: list[Any] = []
    for number, each in enumerate(row.streams):
        lines += data(each)
        if number < len(row.results):
            lines += [_line(step, number + 1) for step in row.results[number]]
    *found, last = done.out.splitlines()
    assert len(found) == len(lines)
    for line, expected in zip(found, lines, strict=True):
        is_event = isinstance(expected, bytes)
        assert (line if is_event else json.loads(line)) == expected
    assert json.loads(last) == _record(row, done.err)


def _line(step: Json, number: int) -> Json:
    rest = {k: v for k, v in step.items() if k != "type"}
    head = {"event_type": "gi.function_result", "interaction_id": f"v1_{number}"}
    return {**head, **rest}


def _record(row: Talk, err: str) -> Json:
    ids = [f"v1_{number}" for number in range(1, len(row.streams) + 1)]
    known = {"interaction_id": ids[-1], "interaction_ids": ids}
    record = {**told(row.code, err), **known, **row.result}
    if row.error:
        record["error"] |= row.error
    return record


def prepare() -> None:
    """Put the command that records into the current folder."""
    Path("ran").mkdir(exist_ok=True)
    recorder = Path("recorder")
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)


def recorded() -> list[tuple[list[str], str, dict[str, str]]]:
    """What commands got: words, stdin, environment; in the order in which they ran."""
    found = []
    for folder in sorted(Path("ran").iterdir(), key=lambda path: int(path.name)):
        words = _parts(folder / "cmdline")
        variables = dict(each.split("=", 1) for each in _parts(folder / "environ"))
        found.append((words, (folder / "stdin").read_text(), variables))
    return found


def _parts(path: Path) -> list[str]:
    return path.read_text().removesuffix("\0").split("\0")


def _recording(
    ran: Ran, environ: Mapping[str, str]
) -> tuple[list[str], str, dict[str, str]]:
    given = {
        "GI_FUNCTION_NAME": ran.name,
        "GI_CALL_ID": ran.call,
        "GI_INTERACTION_ID": ran.interaction,
    }
    words = ["/bin/sh", "./recorder", ran.name, *WORDS]
    return words, ran.stdin, {**environ, **given}
