"""Whether an interaction that is said to run seems dead: some stay so for days."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from gi_cli.wire import replay
from gi_cli.wire.status import RUNNING, status_of

LONG = 3600.0  # seconds: Deep Research may take as long


def doubt(interaction: dict[str, Any], now: float) -> str:
    """Words for people; "" for one that is over, is young, or has done something."""
    created = interaction.get("created")
    if status_of(interaction) not in RUNNING or not isinstance(created, str):
        return ""
    if replay.generated(interaction):
        return ""
    with suppress(ValueError):
        age = now - datetime.fromisoformat(created).timestamp()
        if age > LONG:
            said = f"{age / 3600:.0f} h" if age > 2 * LONG else f"{age / 60:.0f} min"
            return f"after {said} it has no step yet, and may never end"
    return ""
