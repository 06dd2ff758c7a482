"""One interaction as it is kept: what was asked, what comes of it, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from gi_cli.emulator.prompt import History, Prompt, Step

ECHOED = (
    "system_instruction",
    "tools",
    "generation_config",
    "response_format",
    "agent_config",
    "environment",
    "labels",
    "safety_settings",
    "response_modalities",
)
_KEPT = (
    *("model", "agent", "input", "background", "service_tier"),
    *("previous_interaction_id", *ECHOED),
)
_SECRET = ("headers", "env", "transform", "credential", "api_key")
_HOLD_SECRETS = ("mcp_server", "retrieval")


class Record(NamedTuple):
    """An interaction with the request that made it; its id is "" if it is not kept.

    Its steps are all there from the start, and happen one after the other until `due`.
    So a run needs no process: what has become of it follows from the time.
    """

    id: str
    body: dict[str, Any]  # as `request` leaves it
    asked: Prompt
    status: str
    created: float
    updated: float
    seconds: float  # how long it runs
    steps: list[Step]
    usage: dict[str, Any]
    outcome: str = "completed"  # the status that it ends with

    @property
    def due(self) -> float:
        """The time when it is completed, unless it is cancelled before."""
        return self.created + self.seconds

    @property
    def is_whole(self) -> bool:
        """Whether all of its steps have happened."""
        return self.status not in {"in_progress", "cancelled"}

    @property
    def said(self) -> list[Step]:
        """The steps that the next turn goes on from: none of a run that was stopped."""
        return self.steps if self.is_whole else []

    @property
    def served_by(self) -> dict[str, str]:
        """The model or the agent, under its own name."""
        return {key: self.body[key] for key in ("model", "agent") if self.body.get(key)}

    @property
    def service_tier(self) -> str:
        """The tier that was asked for."""
        return str(self.body.get("service_tier", "standard"))

    def at(self, now: float) -> Record:
        """Return what has become of it by then."""
        return self.ended() if now >= self.due else self

    def ended(self) -> Record:
        """Return what becomes of it in the end."""
        if self.status != "in_progress":
            return self
        return self._replace(status=self.outcome, updated=self.due)


def request(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a request: no secret, and nothing that is never asked for.

    The values of an MCP server's headers, of keys for retrieval, and of an
    environment's variables, credentials and header rules become "": a client that
    reads a request back has to put its own secrets in again.
    """
    kept = {name: body[name] for name in _KEPT if name in body}
    if "tools" in kept:
        kept["tools"] = [_safe(tool) for tool in kept["tools"]]
    if "environment" in kept:
        kept["environment"] = _without_secrets(kept["environment"])
    return kept


def dumps(record: Record) -> bytes:
    """Write a record as JSON; what the next turn does not need is left out."""
    text, given, earlier, rounds, _ = record.asked
    asked = [text, given, [*earlier], rounds]
    return orjson.dumps(record._asdict() | {"asked": asked})


def loads(data: bytes) -> Record:
    """Read what `dumps` has written, also before there were rounds."""
    value = orjson.loads(data)
    text, given, earlier, *rounds = value["asked"]
    asked = Prompt(text, tuple(given), History(*earlier), *rounds)
    return Record(**value | {"asked": asked})


def _safe(tool: dict[str, Any]) -> dict[str, Any]:
    safe: dict[str, Any] = _without_secrets(tool)
    return safe if tool["type"] in _HOLD_SECRETS else tool


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: (_blank if name in _SECRET else _without_secrets)(inner)
        for name, inner in value.items()
    }


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(item) for item in value]
    if isinstance(value, dict):
        return {name: _blank(inner) for name, inner in value.items()}
    return ""
