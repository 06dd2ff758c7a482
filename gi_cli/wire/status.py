"""What an interaction's status means for the exit code (wire: status values)."""

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


def is_over(status: str | None) -> bool:
    """Tell whether nothing more will come; after a status unknown to gi, it may."""
    return status in STATUSES and status not in RUNNING
