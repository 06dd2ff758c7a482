"""One interaction as it is kept, and the objects the API makes of it."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from gi_cli.emulator import prompt


class Record(NamedTuple):
    """An interaction with the request that made it; its id is "" if it is not kept."""

    id: str
    body: dict[str, Any]
    texts: list[str]  # what the user has said so far, this turn included
    status: str
    created: float
    updated: float
    steps: list[dict[str, Any]]
    usage: dict[str, Any]

    @property
    def served_by(self) -> dict[str, str]:
        """The model or the agent, under its own name."""
        return {key: self.body[key] for key in ("model", "agent") if self.body.get(key)}

    @property
    def service_tier(self) -> str:
        """The tier that was asked for."""
        return str(self.body.get("service_tier", "standard"))


class Memory:
    """Interactions for as long as the process lives."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def get(self, interaction_id: str) -> Record | None:
        """Return the interaction, if it is kept."""
        return self._records.get(interaction_id)

    def put(self, record: Record) -> None:
        """Keep the interaction, in place of one with its id."""
        self._records[record.id] = record

    def remove(self, interaction_id: str) -> None:
        """Forget the interaction."""
        self._records.pop(interaction_id, None)


def created(record: Record) -> dict[str, Any]:
    """Return the answer to a create request: only what was generated."""
    return _interaction(record, record.steps)


def stored(record: Record, *, include_input: bool) -> dict[str, Any]:
    """Return the answer to a get request: the whole timeline."""
    said = prompt.steps(record.body)
    if record.status == "completed":
        said = [*said, *record.steps]
    interaction = _interaction(record, said)
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
    }
    if previous := record.body.get("previous_interaction_id"):
        interaction["previous_interaction_id"] = previous
    return interaction


def timestamp(seconds: float) -> str:
    """Write a time the way the API does."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _interaction(record: Record, steps: list[dict[str, Any]]) -> dict[str, Any]:
    interaction = bare(record)
    if record.status != "in_progress":
        interaction["steps"] = steps
    if record.status == "completed":
        interaction["usage"] = record.usage
    return interaction
