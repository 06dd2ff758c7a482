"""Saved streams as answers: a captured stream becomes a test double."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gi_cli.emulator.record import Record, request
from gi_cli.emulator.refusal import invalid

if TYPE_CHECKING:
    from gi_cli.emulator.prompt import Prompt


class Recording(NamedTuple):
    """A stream as it was saved, and the interaction that its events tell."""

    interaction: dict[str, Any]
    events: list[tuple[str, bytes]]  # the event_id of each, and its bytes

    @property
    def id(self) -> str:
        """The id that the service gave it, "" if it was not stored."""
        return str(self.interaction.get("id", ""))

    @property
    def head(self) -> dict[str, Any]:
        """The interaction without its steps."""
        return {k: v for k, v in self.interaction.items() if k != "steps"}

    def has_event(self, event_id: str) -> bool:
        """Tell whether an event has this event_id."""
        return any(id == event_id for id, _ in self.events)

    def chunks(self, after: str = "") -> Iterator[bytes]:
        """Yield the bytes from the start, or from behind the event `after`."""
        events = iter(self.events)
        if after:
            for event_id, _ in events:
                if event_id == after:
                    break
        return (data for _, data in events)

    def record(self, body: dict[str, Any], asked: Prompt, now: float) -> Record:
        """Return what is kept of it once it has answered a request."""
        status = self.interaction["status"]
        return Record(
            id=self.id,
            body=request(body),
            asked=asked,
            status=status,
            created=now,
            updated=now,
            seconds=0,
            steps=self.interaction["steps"],
            usage=self.interaction.get("usage", {}),
            outcome=status,
        )


class Replay:
    """Gives each create the next recording; thread-safe."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings
        self._by_id = {each.id: each for each in recordings if each.id}
        self._left = iter(recordings)
        self._taking = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._recordings)

    def next(self) -> Recording:
        """Return the next one; when there is none, no answer would be the right one."""
        with self._taking:
            recording = next(self._left, None)
        if recording is None:
            count = len(self._recordings)
            used = "the one was" if count == 1 else f"all {count} were"
            raise invalid(f"There is no saved stream left: {used} replayed.")
        return recording

    def find(self, interaction_id: str) -> Recording | None:
        """Return the recording of an interaction."""
        return self._by_id.get(interaction_id)
