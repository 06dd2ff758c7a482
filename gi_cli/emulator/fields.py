"""The fields of a create request but for its input and formats: as the API has them."""

from __future__ import annotations

from gi_cli.emulator.shapes import (
    COUNT,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    Check,
    Fields,
    Kind,
    Typed,
    anything,
    listed,
    mapped,
    one_of,
)


def _typed(required: tuple[str, ...] = (), /, **checks: Check) -> Fields:
    return Fields({"type": TEXT, **checks}, required)


_MODE = one_of("auto", "any", "none", "validated")
_SUMMARIES = one_of("auto", "none")
_ALLOWED = Fields({"mode": _MODE, "tools": TEXTS})
_SPEAKERS = listed(Fields({"voice": TEXT, "language": TEXT, "speaker": TEXT}))
_TRANSCRIPTION = {"diarization_mode": TEXT, "timestamp_granularities": TEXTS}
_RETRIEVAL = ("vertex_ai_search", "rag_store", "exa_ai_search", "parallel_ai_search")

GENERATION = Fields(
    {
        "max_output_tokens": COUNT,
        "thinking_level": one_of("minimal", "low", "medium", "high", "xhigh"),
        "thinking_summaries": _SUMMARIES,
        "tool_choice": Kind({str: _MODE, dict: Fields({"allowed_tools": _ALLOWED})}),
        "seed": COUNT,
        "stop_sequences": TEXTS,
        "temperature": NUMBER,
        "top_p": NUMBER,
        "speech_config": Kind({dict: Fields({"speakers": _SPEAKERS}), list: _SPEAKERS}),
        "video_config": Fields(
            {
                "task": one_of(
                    *("text_to_video", "image_to_video", "reference_to_video"),
                    *("edit", "extend", "upscale"),
                )
            }
        ),
        "transcription_config": Fields(
            {
                "language_codes": TEXTS,
                "custom_vocabulary": TEXTS,
                "adaptation_phrases": TEXTS,
                "language_hints": TEXTS,
                "mode": Kind(
                    {
                        str: one_of("verbatim", "smart"),
                        dict: Typed(
                            {
                                "verbatim": _typed(**_TRANSCRIPTION),
                                "smart": _typed(source_text=TEXT),
                            }
                        ),
                    }
                ),
                **_TRANSCRIPTION,
            }
        ),
        "image_config": Fields({"aspect_ratio": TEXT, "image_size": TEXT}),
    }
)

_SOURCES = listed(Fields({"path": TEXT, "content": TEXT}))
_FIX = {"description": TEXT, "finding_id": TEXT, "source_files": _SOURCES}
AGENT = Typed(
    {
        "deep-research": _typed(
            thinking_summaries=_SUMMARIES,
            visualization=one_of("auto", "off"),
            collaborative_planning=FLAG,
            enable_bigquery_tool=FLAG,
        ),
        "antigravity": _typed(max_total_tokens=COUNT, model=TEXT),
        "code-mender": _typed(
            model=TEXT,
            session_id=TEXT,
            session_config=Fields({"max_rounds": COUNT}),
            find_request=Fields({"mode": one_of("scan", "verify"), **_FIX}),
            fix_request=Fields(_FIX),
        ),
        "dynamic": Fields({}, others=anything),
    }
)

FUNCTION = {"name": TEXT, "description": TEXT, "parameters": OBJECT}
TOOL = Typed(
    {
        "function": _typed(
            ("name",), **FUNCTION, defer_loading=FLAG, short_description=TEXT
        ),
        "google_search": _typed(
            search_types=listed(
                one_of("web_search", "image_search", "enterprise_web_search")
            )
        ),
        "code_execution": _typed(),
        "url_context": _typed(),
        "file_search": _typed(
            file_search_store_names=TEXTS, top_k=COUNT, metadata_filter=TEXT
        ),
        "google_maps": _typed(latitude=NUMBER, longitude=NUMBER, enable_widget=FLAG),
        "computer_use": _typed(
            environment=one_of("browser", "mobile", "desktop"),
            excluded_predefined_functions=TEXTS,
            enable_prompt_injection_detection=FLAG,
            disabled_safety_policies=TEXTS,
        ),
        "mcp_server": _typed(
            name=TEXT,
            url=TEXT,
            headers=mapped(TEXT),
            allowed_tools=listed(_ALLOWED),
            defer_loading=FLAG,
        ),
        "retrieval": _typed(
            retrieval_types=listed(one_of(*_RETRIEVAL)),
            **dict.fromkeys([f"{kind}_config" for kind in _RETRIEVAL], OBJECT),
        ),
        "tool_search": _typed(execution=one_of("server", "client"), **FUNCTION),
    }
)

_TRANSFORM = mapped(TEXT)
_DOMAIN = Fields(
    {
        "domain": TEXT,
        "transform": Kind({dict: _TRANSFORM, list: listed(_TRANSFORM)}),
        "credential": TEXT,
    },
    ("domain",),
)
_OFF = one_of("disabled")
_NETWORK = Fields({"allowlist": Kind({str: _OFF, list: listed(_DOMAIN)})})
_VARIABLE = Fields({"value": TEXT, "credential": TEXT})
ENVIRONMENT = Fields(
    {
        "type": one_of("remote"),
        "environment_id": TEXT,
        "mode": one_of("on_demand", "self_hosted"),
        "custom_config": OBJECT,
        "sources": listed(
            Fields(
                {
                    "type": one_of("gcs", "inline", "repository", "skill_registry"),
                    **dict.fromkeys(("source", "content", "encoding", "target"), TEXT),
                }
            )
        ),
        "network": Kind({str: _OFF, dict: _NETWORK}),
        "env": mapped(Kind({str: None, dict: _VARIABLE})),
    }
)

WEBHOOK = Fields({"uris": TEXTS, "user_metadata": OBJECT})
SAFETY = Fields(
    {
        "type": one_of(
            *("hate_speech", "dangerous_content", "harassment", "sexually_explicit"),
            *("civic_integrity", "image_hate", "image_dangerous_content"),
            *("image_harassment", "image_sexually_explicit", "jailbreak"),
        ),
        "threshold": one_of(
            *("block_low_and_above", "block_medium_and_above", "block_only_high"),
            *("block_none", "off"),
        ),
        "method": one_of("severity", "probability"),
    },
    ("type", "threshold"),
)
