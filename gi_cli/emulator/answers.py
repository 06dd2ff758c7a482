"""The objects that the API makes of a record."""

from __future__ import annotations

import time
from typing import Any

from gi_cli.emulator import ending, prompt
from gi_cli.emulator.record import ECHOED, Record


def created(record: Record) -> dict[str, Any]:
    """Return the answer to a create request: only what was generated."""
    if record.status in ending.RUNNING:
        return bare(record)
    return bare(record) | {"steps": record.steps, "usage": record.usage}


def stored(record: Record, done: int, *, include_input: bool) -> dict[str, Any]:
    """Return the answer to a get request: the whole timeline, and what was asked for.

    `done` of its steps have happened.
    """
    echoes = {name: record.body[name] for name in ECHOED if name in record.body}
    steps = [*prompt.steps(record.body), *record.steps[:done]]
    interaction = bare(record) | echoes | {"steps": steps}
    if ending.is_over(record):
        interaction["usage"] = record.usage
    if include_input and "input" in record.body:
        interaction["input"] = record.body["input"]
    return interaction


def bare(record: Record) -> dict[str, Any]:
    """Return the interaction without its steps, as cancel answers."""
    interaction = {
        "id": record.id,
        "object": "interaction",
        **record.served_by,
        "status": record.status,
        "created": timestamp(record.created),
        "updated": timestamp(record.updated),
        "service_tier": record.service_tier,
        **ending.told(record),
    }
    if previous := record.body.get("previous_interaction_id"):
        interaction["previous_interaction_id"] = previous
    if environment := record.body.get("environment"):
        interaction["environment_id"] = _environment(environment, record)
    return interaction


def timestamp(seconds: float) -> str:
    """Write a time the way the API does."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _environment(wanted: str | dict[str, Any], record: Record) -> str:
    """Return the id of the sandbox that was asked for, or that of a new one."""
    if not isinstance(wanted, str):
        wanted = str(wanted.get("environment_id", "remote"))
    return wanted if wanted != "remote" else f"environment_{record.id}"
