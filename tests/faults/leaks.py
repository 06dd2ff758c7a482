"""A run of gi with a key of its own, and every byte that may have left it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from tests.processes import Result, run
from tests.scripted import Request, ScriptedServer

PLAIN_KEY = "AIzaUniqueKey-42-zyx"
ODD_KEY = "AIza/Uni+que=Key&42<%2F>'z"  # URLs and JSON may escape it
KEYS = (PLAIN_KEY, ODD_KEY)
# A command notes what it was given, and by whom.
NOTE = """
import os, sys
seen = [open(f"/proc/{who}/{what}", "rb").read()
        for who, what in (("self", "cmdline"), ("self", "environ"),
                          (os.getppid(), "cmdline"))]
with open("noted", "ab") as file:
    file.write(b"|".join([*seen, sys.stdin.buffer.read()]))
print("fine")
"""
NOTING = shlex.join((sys.executable, "-c", NOTE))


def forms(key: str) -> set[bytes]:
    """The key as bytes, in a URL, and in JSON."""
    escaped = "".join(f"\\u{ord(c):04x}" if c in "<>&='" else c for c in key)
    texts = {key, quote(key), quote(key, safe=""), key.replace("/", "\\/"), escaped}
    return {text.encode() for text in texts | {json.dumps(key)[1:-1]}}


class Home(NamedTuple):
    """Every place that gi may write to is below `folder`."""

    folder: Path
    key: str
    env: Mapping[str, str]

    def gi(
        self, *argv: str, code: int = 0, more: Mapping[str, str] = MappingProxyType({})
    ) -> Result:
        env = {**self.env, **more}
        return run(*argv, env=env, cwd=self.folder / "cwd", code=code)

    def leaks(self, *outputs: bytes) -> list[str]:
        """Where the key stands, of what a run has left."""
        found = [f"output {n}" for n, out in enumerate(outputs) if self.is_in(out)]
        for path in self.folder.rglob("*"):
            if self.is_in(os.fsencode(path.name)):
                found.append(f"name {path}")
            if path.is_file() and self.is_in(path.read_bytes()):
                found.append(str(path))
        return found

    def is_in(self, data: bytes) -> bool:
        return any(form in data for form in forms(self.key))

    def sent(self, servers: Sequence[ScriptedServer]) -> list[tuple[str, str]]:
        """In which headers of which requests the key was sent; nowhere else."""
        return [header for s in servers for r in s.requests for header in self._of(r)]

    def _of(self, request: Request) -> Iterator[tuple[str, str]]:
        assert not self.is_in(request.target.encode())
        assert not self.is_in(request.body)
        for name, value in request.headers:
            if self.is_in(f"{name}: {value}".encode()):
                yield name, value


def home(folder: Path, key: str, **more: str) -> Home:
    places = {
        "HOME": "home",
        "XDG_CONFIG_HOME": "config",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_DATA_HOME": "data",
        "XDG_RUNTIME_DIR": "runtime",
        "TMPDIR": "tmp",
    }
    for place in (*places.values(), "cwd"):
        (folder / place).mkdir()
    below = {name: str(folder / place) for name, place in places.items()}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    own = {"PATH": path, "LC_ALL": "C.UTF-8", "GEMINI_API_KEY": key}
    return Home(folder, key, {**below, **own, **more})
