"""What a run has come to so far: `gi.result` and the JSON document tell it."""

from typing import Any

from gi_cli.wire import usage
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.medium import File, in_place_of_data, replaced


class Report:
    """Filled as it becomes known, so that the end of a broken run can tell it."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.status: str | None = None
        self.offline = False
        self.files: list[dict[str, Any]] = []
        self.saved: dict[int, tuple[Any, File]] = {}  # by identity
        self.calls: list[dict[str, Any]] = []  # left unanswered
        self.rounds: list[dict[str, Any]] = []
        self._head: dict[str, Any] = {}
        self._steps: list[dict[str, Any]] = []

    def know(self, state: Assembler) -> None:
        """Note the id and status of the interaction that is under way."""
        if state.id and state.id not in self.ids[-1:]:
            self.ids.append(state.id)
        if state.head:  # else the one before is still the last
            self.status = state.status

    def add(self, state: Assembler) -> None:
        """Take in a finished request: one round of the run."""
        self.know(state)
        document = state.document()
        steps = document.pop("steps")
        self._head = document or self._head
        if state.keep:
            self._steps += steps
        self.rounds.append(
            {
                "interaction_id": state.id or None,
                "status": state.status,
                "usage": state.usage,
                "steps": len(steps),
            }
        )

    def answered(self, step: dict[str, Any]) -> None:
        """Take in the result of a call, which stands between two rounds."""
        if self._steps:
            self._steps.append(step)

    def document(self) -> dict[str, Any]:
        """Give the last interaction's fields with the steps of all rounds; media that
        were saved name their files."""
        files = {id(c): (c, in_place_of_data(c, f)) for c, f in self.saved.values()}
        steps = replaced(self._steps, files) if files else self._steps
        whole = {**self._head, "steps": steps} if self._head else {}
        return {**whole, "gi": {"rounds": self.rounds}}

    @property
    def usage(self) -> dict[str, Any] | None:
        """The sum over all rounds; None if the server told none."""
        return usage.total(each["usage"] for each in self.rounds)

    def result(self, error: dict[str, Any] | None, code: int) -> dict[str, Any]:
        """Give the record; keys are only ever added."""
        return {
            "event_type": "gi.result",
            "v": 1,
            "exit_code": code,
            "status": self.status,
            "interaction_id": self.ids[-1] if self.ids else None,
            "interaction_ids": self.ids,
            "usage": self.usage,
            "files": self.files,
            "error": error,
            **({"calls": self.calls} if self.calls else {}),
            "offline": self.offline,
        }
