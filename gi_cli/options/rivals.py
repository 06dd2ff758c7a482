"""Options that do not go together."""

from typing import Any

FORMATS = ("format", "ndjson", "json", "sse")
TEXT_ONLY = ("extract", "citations")
OF_TURNS = ("status", "refresh", "prune")  # in a list, not of claims
RIVALS = (
    {"model", "agent"},
    {*FORMATS},
    *({*FORMATS, each} for each in TEXT_ONLY),
    {*TEXT_ONLY, "schema"},
    {"dry_run", "curl"},
    {"curl", "offline"},
    {"id", "last", "transcript"},
    {"session", "last"},
    *({"claims", each} for each in OF_TURNS),
)


def ruled_out(name: str, value: Any) -> frozenset[str]:
    """The options, by attribute, that one with this value does not go with."""
    if value is None or value is False:
        return frozenset()
    found = {other for group in RIVALS if name in group for other in group} - {name}
    if (name, value) == ("format", "text"):
        found -= {*TEXT_ONLY}
    return frozenset(found)
