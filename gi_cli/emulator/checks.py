"""What a create request must look like; everything else is refused with a 400."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from gi_cli.emulator import fields, formats, functions, inputs
from gi_cli.emulator.refusal import invalid
from gi_cli.emulator.shapes import (
    FLAG,
    OBJECT,
    TEXT,
    TEXTS,
    Fields,
    Kind,
    bad,
    listed,
    mapped,
    one_of,
)

REQUEST = Fields(
    {
        "model": TEXT,
        "agent": TEXT,
        "input": Kind({str: None, dict: inputs.CONTENT, list: inputs.listing}),
        "system_instruction": TEXT,
        "tools": listed(fields.TOOL),
        "generation_config": fields.GENERATION,
        "agent_config": fields.AGENT,
        "response_format": Kind({dict: None, list: listed(OBJECT)}),
        "stream": FLAG,
        "store": FLAG,
        "background": FLAG,
        "previous_interaction_id": TEXT,
        "environment": Kind({str: None, dict: fields.ENVIRONMENT}),
        "webhook_config": fields.WEBHOOK,
        "service_tier": one_of("standard", "flex", "priority", "deferred"),
        "safety_settings": listed(fields.SAFETY),
        "labels": mapped(TEXT),
        "continuation_token": TEXT,
        "cached_content": TEXT,
        "response_mime_type": TEXT,
        "response_modalities": TEXTS,
    }
)
_DEEPEST = 100  # levels: as deep as Google reads JSON, and orjson writes twice of it
_LABEL = re.compile(r"[^\W\d_][\w-]{0,62}")
_LABELLED = re.compile(r"[\w-]{0,63}")


def check(body: dict[str, Any]) -> None:
    """Refuse the request if the API would before it generates anything."""
    if is_deeper(body, _DEEPEST):
        raise invalid("The request body is nested too deeply.")
    REQUEST(body, "")
    functions.check(body)
    formats.check(body)
    _check_model(body)
    _check_storage(body)
    _check_labels(body)
    _check_input(body)


def _check_model(body: dict[str, Any]) -> None:
    model, agent = body.get("model"), body.get("agent")
    if not model and not agent:
        raise invalid("One of 'model' and 'agent' is required.")
    if model and agent:
        raise invalid("Only one of 'model' and 'agent' may be set.")
    if agent and "generation_config" in body:
        raise invalid("'generation_config' cannot be used with 'agent'.")
    if model and "agent_config" in body:
        raise invalid("'agent_config' cannot be used with 'model'.")
    if agent and agent.startswith("deep-research") and not body.get("background"):
        raise invalid(f"Agent '{agent}' requires background=true.")


def _check_storage(body: dict[str, Any]) -> None:
    if body.get("store", True):
        return
    for name in ("background", "previous_interaction_id"):
        if body.get(name):
            raise invalid(f"'{name}' cannot be used with store=false.")


def _check_labels(body: dict[str, Any]) -> None:
    for name, value in body.get("labels", {}).items():
        for pattern, text in ((_LABEL, name), (_LABELLED, value)):
            if not pattern.fullmatch(text) or text != text.lower():
                raise bad(
                    "labels",
                    f"'{text}' must be up to 63 lower-case letters, digits, '_' and "
                    "'-', and a key begins with a letter",
                )


def _check_input(body: dict[str, Any]) -> None:
    continued = body.get("continuation_token") and body.get("previous_interaction_id")
    if not body.get("input") and not ("input" not in body and continued):
        raise invalid("'input' is required.")


def is_deeper(value: object, levels: int) -> bool:
    """Tell whether objects and arrays are within each other more than so often."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    else:
        return False
    return levels == 0 or any(is_deeper(item, levels - 1) for item in inner)
