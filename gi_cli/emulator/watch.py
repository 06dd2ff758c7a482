"""A run in the background, while somebody watches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gi_cli.emulator.record import Record

if TYPE_CHECKING:
    from gi_cli.emulator.storage import Storage


class Watch:
    """Lets the time of a run pass; what other clients do to it shows after a wait."""

    def __init__(
        self,
        record: Record,
        kept: Storage,
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._record = record
        self._kept, self._now, self._sleep = kept, now, sleep

    def until(self, moment: float) -> Record:
        """Wait, and return what has become of it; one that was deleted goes on."""
        if self._record.status == "in_progress":
            # No longer than it runs, whatever was done to the clock.
            delay = min(moment - self._now(), self._record.seconds)
            if delay > 0:
                self._sleep(delay)
                self._record = self._kept.get(self._record.id) or self._record
        return self._record

    def end(self) -> Record:
        """Wait for its end, and return what has become of it."""
        record = self.until(self._record.due)
        if record.status == "in_progress":
            kept = self._kept.change(record.id, Record.ended)
            record = kept or record.ended()
        return record
