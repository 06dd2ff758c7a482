"""What the next turn repeats: the API inherits history, and nothing else."""

from collections.abc import Mapping
from typing import Any

from gi_cli.errors import UsageError
from gi_cli.request.merge import CONFIGS, DEEP_RESEARCH, is_function
from gi_cli.request.message import REDACTED, shown_body

REPEATED = (
    "tools",
    "system_instruction",
    "generation_config",
    "agent_config",
    "response_format",
    "response_modalities",
    "safety_settings",
    "environment",
)


def settings_of(body: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a body that the next turn repeats, without secrets.

    An agent's sandbox is named by the answer's `environment_id`.
    """
    kept = {name: body[name] for name in REPEATED if body.get(name) is not None}
    if isinstance(answer.get("environment_id"), str):
        kept["environment"] = answer["environment_id"]
    redacted = shown_body(kept)
    return redacted if isinstance(redacted, dict) else {}


def repeated(
    who: Mapping[str, Any], settings: Mapping[str, Any], typed: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields that a turn takes over from the one before; what was typed wins.

    `who` names the earlier model or agent. A report of Deep Research is discussed with
    a model; a model takes nothing over from an agent, and an agent only what works
    without the user's functions. Raises UsageError where a secret was needed that is
    not kept.
    """
    agent = str(who.get("agent") or "")
    if "agent" in typed:
        settings = settings if typed["agent"] == agent else _for_agent(settings)
    elif agent.startswith(DEEP_RESEARCH) or (agent and "model" in typed):
        settings, who = {}, {}
    fields = {k: v for k, v in settings.items() if k not in typed or k in CONFIGS}
    if not {"model", "agent"} & {*typed}:
        fields |= {k: who[k] for k in ("model", "agent") if who.get(k)}
    secret = next((k for k, v in fields.items() if _lacks_secret(v)), None)
    if secret:
        raise UsageError(
            f"{secret} of the turn before held secrets, which are not kept: "
            "give them again, or pass --no-inherit"
        )
    return fields


def _for_agent(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The tools that the service runs itself."""
    listed = settings.get("tools")
    tools = listed if isinstance(listed, list) else []
    tools = [tool for tool in tools if not is_function(tool)]
    return {"tools": tools} if tools else {}


def _lacks_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_lacks_secret(each) for each in value.values())
    if isinstance(value, list):
        return any(_lacks_secret(each) for each in value)
    return bool(value == REDACTED)
