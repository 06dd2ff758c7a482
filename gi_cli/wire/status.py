"""What an interaction's status means for the exit code (wire: status values)."""

from collections.abc import Mapping
from typing import Any

RUNNING = frozenset({"queued", "in_progress"})
ENDED_BADLY = frozenset({"failed", "cancelled"})
PARTIAL = frozenset({"incomplete", "budget_exceeded"})
NOT_STORED = "not_stored"  # gi's own, in the ledger: the service kept nothing
COMPLETED = "completed"
REQUIRES_ACTION = "requires_action"
REQUIRES_CONTINUATION = "requires_continuation"
STATUSES = (
    RUNNING
    | ENDED_BADLY
    | PARTIAL
    | {COMPLETED, REQUIRES_ACTION, REQUIRES_CONTINUATION}
)


def status_of(interaction: Mapping[str, Any]) -> str | None:
    """The status of an interaction, in lower case; None if it tells none."""
    value = interaction.get("status")
    return value.lower() if isinstance(value, str) else None


def is_over(status: str | None) -> bool:
    """Tell whether nothing more will come; after a status unknown to gi, it may."""
    return status in STATUSES and status not in RUNNING
