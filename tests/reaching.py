"""The executable against a scripted service: its variables, what it is told, what it
prints of that."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.conftest import KEY
from tests.faults.rows import CREATED, DONE, ID, START, STOP, data, ended, said
from tests.processes import environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scripted import ScriptedServer

WAIT = f"gi: hint: gi wait {ID}\n"
bash = partial(run, "-c", program="bash")


def answer(*texts: str, status: str = "completed") -> tuple[bytes, ...]:
    return (CREATED, START, *map(said, texts), STOP, ended(status), DONE)


def lines(*events: bytes) -> bytes:
    """The events as NDJSON."""
    return b"".join(each + b"\n" for each in data(b"".join(events)))


def shown(format: str, events: tuple[bytes, ...], text: str) -> bytes:
    """What stdout has got of the events by now."""
    made = {"text": text.encode(), "ndjson": lines(*events), "sse": b"".join(events)}
    return made.get(format, b"")


def reaching(server: ScriptedServer, home: Path, **extra: str) -> dict[str, str]:
    return environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url, **extra)


def body(given: Any) -> dict[str, Any]:
    return {"model": "gemini-3-flash-preview", "input": given, "stream": True}


def asked(server: ScriptedServer) -> list[Any]:
    return [request.json for request in server.requests]


def last_line(out: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(out.splitlines()[-1])
    return value
