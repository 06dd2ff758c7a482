"""Names of the API that people type, as of November 2026: offered, never required."""

MODELS = (
    *("gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.6-flash", "gemini-3.5-flash"),
    *("gemini-3.5-flash-lite", "gemini-3.1-pro-preview", "gemini-3.1-flash-lite"),
    *("gemini-3-flash-preview", "gemini-4-argon", "gemini-4-carbon"),
    *("gemini-4-hydrogen", "gemini-2.5-pro", "gemini-2.5-flash"),
    *("gemini-flash-latest", "gemini-flash-lite-latest", "gemini-pro-latest"),
    *("gemini-3.8-flash-tts", "gemini-3.8-flash-lite-tts", "lyria-3.5"),
    "gemini-omni-1.2-flash",
)
IMAGE_MODELS = (
    *("gemini-3.1-flash-image", "gemini-3.1-flash-lite-image", "gemini-3-pro-image"),
    "gemini-2.5-flash-image",
)
DEEP_RESEARCH = ("deep-research-preview-04-2026", "deep-research-max-preview-04-2026")
AGENTS = (*DEEP_RESEARCH, "antigravity-preview-09-2026")
TOOLS = (
    *("google_search", "url_context", "code_execution", "google_maps"),
    *("computer_use", "file_search"),
)
TOOL_MODES = ("auto", "any", "none", "validated")
THINKING = ("minimal", "low", "medium", "high")
MODALITIES = ("text", "image", "audio", "video")
VOICES = ("Aoede", "Charon", "Fenrir", "Kore", "Leda", "Orus", "Puck", "Zephyr")
TIERS = ("standard", "flex", "priority", "deferred")
FORMATS = ("text", "ndjson", "json", "sse")
ERROR_FORMATS = ("text", "json")
API_VERSIONS = ("v1beta", "v1")
RATIOS = (
    *("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
    *("1:4", "4:1", "1:8", "8:1"),
)
SIZES = ("512", "1K", "2K", "4K")
STATUSES = (
    *("queued", "in_progress", "requires_action", "completed", "incomplete"),
    *("failed", "cancelled", "budget_exceeded", "gone", "not_stored", "sending"),
)
TOPICS = ("exit-codes", "formats", "fields", "environment", "completions")
METHODS = ("GET", "POST", "PATCH", "DELETE")
ENDPOINTS = ("models", "agents", "environments", "webhooks", "interactions", "files")
