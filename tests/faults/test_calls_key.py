"""No command sees the key: not in what it is given, nor in what it can look up."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.calling import DECLARED, TARGET, call, calling, follow_up, result, saying
from tests.conftest import KEY
from tests.faults.catalogue import held
from tests.processes import run
from tests.survivors import marked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scripted import ScriptedServer

OTHER = "other-key-9876543210"
WARNING = "gi: GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used\n"
TEXT = '{"city": 123456789012345678901 }'
# It prints its size, and records all that it was given and that /proc tells.
RECORDER = """
import json, os, sys
from pathlib import Path
def proc(pid, name): return Path(f"/proc/{pid}/{name}").read_text().split("\\0")
above, pid = [], os.getpid()
while pid > 1:
    above.append(proc(pid, "cmdline")[:-1])
    pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    if not Path(f"/proc/{pid}").exists():
        break
opened = sorted(os.listdir("/proc/self/fd"))[:-1]  # but that of the listing
text = sys.stdin.read()
seen = [sys.argv[1:], text, dict(os.environ), opened, above[:2]]
Path(os.environ["DIR"], "recorded").write_text(json.dumps(seen))
print(len(text))
"""


class Source(NamedTuple):
    """Where the key comes from, what else has it, and the key that is sent."""

    argv: tuple[str, ...] = ()
    environ: Mapping[str, str] = MappingProxyType({})
    config: str = ""
    sent: str = KEY
    told: str = ""


SOURCES = {
    "variable": Source(environ={"GEMINI_API_KEY": KEY}),
    "both variables": Source(
        environ={"GEMINI_API_KEY": KEY, "GOOGLE_API_KEY": OTHER},
        sent=OTHER,
        told=WARNING,
    ),
    "a copy": Source(environ={"GEMINI_API_KEY": KEY, "COPY": f"it is {KEY}"}),
    "a file": Source(("--api-key-file", "key")),
    "a file, and a variable": Source(
        ("--api-key-file", "key"), {"GEMINI_API_KEY": OTHER, "COPY": f"is {OTHER}"}
    ),
    "a command": Source(config='api-key-command = "cat key"\n'),
    "an unused variable of the SDK": Source(
        environ={"GEMINI_API_KEY": KEY, "GOOGLE_GENAI_API_KEY": OTHER}
    ),
    "a header": Source(
        ("-H", f"X-Auth-Token: {OTHER}"),
        {"GEMINI_API_KEY": KEY, "TOKEN": f"Bearer {OTHER}"},
    ),
}


@held("F112", "the key in a command's environment and argv")
@pytest.mark.parametrize("name", SOURCES)
def test_the_key(name: str, server: ScriptedServer, tmp_path: Path) -> None:
    source = SOURCES[name]
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "key").chmod(0o600)
    folder = tmp_path / ".config" / "gi"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(source.config)
    server.expect("POST", TARGET, calling(call(arguments=TEXT)))
    server.expect("POST", TARGET, saying())
    plain = {**marked(tmp_path), "GI_BASE_URL": server.url, "PLAIN": "x"}
    command = shlex.join((sys.executable, "-c", RECORDER, "a b"))
    argv = ("create", "hi", *DECLARED, "--exec", f"get={command}")
    env = {**plain, **source.environ}
    ended = run(*argv, *source.argv, env=env, cwd=tmp_path)
    assert (ended.out, ended.err.decode()) == (b"ok\n", source.told)
    assert [r.header("x-goog-api-key") for r in server.requests] == [source.sent] * 2
    assert server.requests[1].json == follow_up(result(f"{len(TEXT)}\n"))
    recorded = (tmp_path / "recorded").read_text()
    words, stdin, environ, opened, above = json.loads(recorded)
    given = {"GI_FUNCTION_NAME": "get", "GI_CALL_ID": "A", "GI_INTERACTION_ID": "v1_1"}
    assert (words, stdin, opened) == (["a b"], TEXT, ["0", "1", "2"])
    assert environ == {**plain, **given}
    assert above[0] == [sys.executable, "-c", RECORDER, "a b"]
    assert above[1][-len(argv) - len(source.argv) :] == [*argv, *source.argv]
    if name != "a header":  # which its user has put into the words of gi
        assert (KEY in recorded, OTHER in recorded) == (False, False)
