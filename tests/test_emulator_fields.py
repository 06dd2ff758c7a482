"""The fields that the emulator takes are those of the types of Google's SDK."""

from typing import Any

import pytest
from google.genai._gaos.types import interactions as sdk
from google.genai._gaos.types.interactions import content, step, tool

from gi_cli.emulator import checks, fields, formats, inputs
from gi_cli.emulator.shapes import Fields

# What the API has sent, or its reference says, and the types leave out.
SIGNED = {"signature"}
CALLED = {"arguments", *SIGNED}
FOUND = {"is_error", "result", *SIGNED}
MORE = {
    "Thought": set[str](),
    "file_search_call": CALLED,
    "processing_call": CALLED,
    **{name: CALLED for name in step._STEP_VARIANTS if name.endswith("_call")},
    **{name: FOUND for name in step._STEP_VARIANTS if name.endswith("_result")},
}


def taken(check: Any) -> set[str]:
    assert isinstance(check, Fields)
    return {*check.checks}


def declared(*types: Any) -> set[str]:
    return {
        field.alias or name
        for type in types
        for name, field in type.model_fields.items()
    }


OBJECTS: dict[str, tuple[Any, set[str]]] = {
    "request": (
        checks.REQUEST,
        declared(sdk.CreateModelInteraction, sdk.CreateAgentInteraction),
    ),
    "generation_config": (fields.GENERATION, declared(sdk.GenerationConfig)),
    "environment": (fields.ENVIRONMENT, declared(sdk.Environment)),
    "webhook_config": (fields.WEBHOOK, declared(sdk.WebhookConfig)),
    "safety_setting": (fields.SAFETY, declared(sdk.SafetySetting)),
    **{
        f"agent_config {name}": (fields.AGENT.variants[name], declared(type))
        for name, type in {
            "deep-research": sdk.DeepResearchAgentConfig,
            "antigravity": sdk.AntigravityAgentConfig,
            "code-mender": sdk.CodeMenderAgentConfig,
        }.items()
    },
    **{
        f"format {name}": (formats.FORMATS[name], declared(type))
        for name, type in {
            "text": sdk.TextResponseFormat,
            "image": sdk.ImageResponseFormat,
            "audio": sdk.AudioResponseFormat,
            "video": sdk.VideoResponseFormat,
        }.items()
    },
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(name: str) -> None:
    check, wanted = OBJECTS[name]
    assert taken(check) == wanted


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (fields.TOOL, tool._TOOL_VARIANTS),
        (inputs.CONTENT, content._CONTENT_VARIANTS),
    ],
)
def test_unions(ours: Any, theirs: dict[str, Any]) -> None:
    assert {name: taken(check) for name, check in ours.variants.items()} == {
        name: declared(type) for name, type in theirs.items()
    }


def test_steps() -> None:
    """Steps are sent back as they came, so that more is taken than is declared."""
    theirs = step._STEP_VARIANTS
    assert inputs.STEP.variants.keys() == theirs.keys()
    for name, check in inputs.STEP.variants.items():
        wanted = declared(theirs[name])
        assert wanted <= taken(check) <= wanted | MORE.get(name, set())
