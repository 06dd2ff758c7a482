"""Folds events into the interaction that an answer without streaming would be."""

from typing import Any, NamedTuple

from gi_cli.wire import events, legacy
from gi_cli.wire.events import Event
from gi_cli.wire.medium import (
    HOLDS,
    MEDIA,
    Medium,
    Trail,
    continues,
    trail,
    written,
)
from gi_cli.wire.status import STATUSES, status_of
from gi_cli.wire.steps import (
    Step,
    kind_of,
    returned,
    summary_of,
    text_of,
)

NOT_FIELDS = ("event_type", "event_id", "metadata", "index", "interaction_id")
NOT_HERE = (*NOT_FIELDS, "interaction", "steps")  # in an update of the status
CONTINUATION = "continuation_token"
GENERATED_QUIETLY = ("thought", "model_output")
SHOWN = ("text", "text_annotation_delta", *MEDIA)


class Text(NamedTuple):
    """New text of the model."""

    text: str


class Cited(NamedTuple):
    """Annotations of the text before them; offsets are in its UTF-8 bytes."""

    annotations: list[Any]


class Thought(NamedTuple):
    """New text of a thought summary."""

    text: str


class Tool(NamedTuple):
    """A step that separates two texts began."""

    type: str


Piece = Text | Cited | Thought | Medium | Tool


class Assembler:
    """The state of one interaction; `feed` returns what an event newly brought.

    With `keep` the steps are kept whole; without it only calls are, and memory does
    not grow with the stream.
    """

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self.head: dict[str, Any] = {}
        self.restart()

    def restart(self) -> None:
        """Forget all but the fields of the interaction."""
        self.steps: list[Step] = []
        self.completed = False  # the terminal event came
        self.error: dict[str, Any] | None = None  # data of an error event
        self.unread = False  # an event came that is no JSON, and told something
        self.delivered = False  # text or media came
        self.media = 0  # that gi has not written to files before
        self.writing = False  # the last delta brought text of the model
        self._whole: list[dict[str, Any]] | None = None  # steps as they came at once
        self._open: dict[int, Step] = {}
        self._last: tuple[Step, Trail] | None = None  # of the medium that came last

    @property
    def id(self) -> str:
        """The interaction's id; "" when the server keeps nothing or named none yet."""
        value = self.head.get("id")
        return value if isinstance(value, str) else ""

    @property
    def status(self) -> str | None:
        """The last status, in lower case."""
        return status_of(self.head)

    @property
    def usage(self) -> dict[str, Any] | None:
        """Token counts as the server gave them; never invented."""
        value = self.head.get("usage")
        return value if isinstance(value, dict) else None

    def unanswered(self) -> list[dict[str, Any]]:
        """The function calls without a result, whatever the status says."""
        return [step.settle() for step in self.unanswered_steps()]

    def unanswered_steps(self) -> list[Step]:
        """The steps of those calls."""
        steps = [(step, step.settle()) for step in self.steps]
        results = [s for _, s in steps if s["type"] == "function_result"]
        answered = [result.get("call_id") for result in results]
        calls = [(step, s) for step, s in steps if s["type"] == "function_call"]
        return [step for step, call in calls if call.get("id") not in answered]

    def document(self) -> dict[str, Any]:
        """The interaction; `steps` are whole only with `keep`."""
        steps = [step.settle() for step in self.steps]
        return {**self.head, "steps": steps if self._whole is None else self._whole}

    def returned(self) -> list[dict[str, Any]]:
        """The steps as a conversation that the client keeps sends them back."""
        if self._whole is not None:
            return [returned(step) for step in self._whole]
        return [step.returned() for step in self.steps]

    def adopt(self, interaction: dict[str, Any]) -> None:
        """Show a whole answer in place of what its events were folded to.

        Its steps may hold earlier turns, so the outcome is still judged by the events.
        """
        self.head = {k: v for k, v in interaction.items() if k != "steps"}
        steps = interaction.get("steps")
        if self.keep and isinstance(steps, list):
            self._whole = [step for step in steps if isinstance(step, dict)]

    def feed(self, event: Event) -> tuple[Piece, ...]:
        """Fold one event in; unknown ones change nothing."""
        event = legacy.modern(event)
        data = event.data
        match event.type:
            case events.STEP_DELTA:
                self.head.pop(CONTINUATION, None)  # it is of a place that lies behind
                return self._delta(data)
            case events.STEP_START:
                self.head.pop(CONTINUATION, None)
                return self._start(data.get("index"), data.get("step"))
            case events.STEP_STOP:
                self._stop(data)
            case events.CREATED:
                self._merge(data)
            case events.COMPLETED:
                return self._complete(data)
            case events.ERROR | "interaction.error":
                self.error = data
            case events.UNPARSED:
                self.unread |= events.is_unread(event)
            case name if name.startswith("interaction."):
                self._update(name.removeprefix("interaction."), data)
        return ()

    def _merge(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take an interaction's fields, under `interaction` or flat in the event."""
        nested = data.get("interaction")
        fields = nested if isinstance(nested, dict) else data
        fields = {k: v for k, v in fields.items() if k not in NOT_FIELDS}
        self.head |= {k: v for k, v in fields.items() if k != "steps"}
        return legacy.interaction(fields)

    def _update(self, name: str, data: dict[str, Any]) -> None:
        if name == "status_update" or name in STATUSES:
            nested = data.get("interaction")
            if isinstance(nested, dict):
                data = {"interaction_id": nested.get("id"), **nested, **data}
            status = data.get("status", None if name == "status_update" else name)
            fields = {**data, "status": status, "id": data.get("interaction_id")}
            fields = {k: v for k, v in fields.items() if v is not None}
            self.head |= {k: v for k, v in fields.items() if k not in NOT_HERE}

    def _complete(self, data: dict[str, Any]) -> tuple[Piece, ...]:
        self.completed = True
        if not _states_status(data):
            self.head.pop("status", None)  # the running one is history
        steps = self._merge(data).get("steps")
        if self.steps or not isinstance(steps, list):
            return ()  # what was streamed counts
        pieces: list[Piece] = []
        for step in steps:
            pieces += self._start(None, step)
        return tuple(pieces)

    def _start(self, index: Any, start: Any) -> tuple[Piece, ...]:
        value = start if isinstance(start, dict) else {}
        step = Step(value)
        pieces = self._pieces_of(step)
        if not self.keep and step.type != "function_call":
            shown = ("type", "id", "call_id", "error")
            step = Step({k: v for k, v in step.value.items() if k in shown})
        self.steps.append(step)
        self._last, self.writing = None, False
        if isinstance(index, int):
            self._open[index] = step
        return pieces

    def _pieces_of(self, step: Step) -> tuple[Piece, ...]:
        """What a step holds from its start."""
        if step.type == "user_input":
            return ()
        if step.type not in GENERATED_QUIETLY:
            return (Tool(step.type),)
        name = "content" if step.type == "model_output" else "summary"
        found = step.value.get(name)
        contents = found if isinstance(found, list) else [found]
        return tuple(p for c in contents for p in self._piece(step.type, c))

    def _piece(self, step_type: str, content: Any) -> tuple[Piece, ...]:
        if not isinstance(content, dict):
            return ()
        text = text_of(content)
        thought = step_type == "thought"
        if thought and text:
            return (Thought(text),)
        notes = None if thought else content.get("annotations")
        cited = (Cited(notes),) if isinstance(notes, list) and notes else ()
        if text:
            self.delivered = True
            return (Text(text), *cited)
        if cited:
            return cited
        kind = str(content.get("type"))
        if kind not in MEDIA or not HOLDS & content.keys():
            return ()
        return self._medium(Medium(kind, content, thought=thought, kept=content))

    def _medium(self, medium: Medium) -> tuple[Piece, ...]:
        self._last = None
        file = written(medium.content)
        if not medium.thought:
            self.delivered = True
            self.media += file is None
        return (medium._replace(file=file),)

    def _delta(self, data: dict[str, Any]) -> tuple[Piece, ...]:
        delta = data.get("delta")
        if not isinstance(delta, dict):
            return ()
        step = self._step_at(data)
        if step is None:
            self._start(data.get("index"), _step_for(delta))
            step = self.steps[-1]
        kind = kind_of(delta, step.type)
        whole = events.is_whole(data)
        if self.keep or step.type == "function_call":
            step.add(kind, delta, whole=whole)
        if kind == "thought_summary":
            return self._piece("thought", summary_of(delta))
        if step.type not in GENERATED_QUIETLY or kind not in SHOWN:
            return ()
        before, self._last = self._last, None
        if kind not in MEDIA:
            self.writing = step.type == "model_output"
            return self._piece(step.type, delta)
        if not HOLDS & delta.keys():
            return ()
        thought = step.type == "thought"
        kept = step.newest if self.keep else delta
        partial = kind == "audio" and not whole
        medium = Medium(kind, delta, partial=partial, thought=thought, kept=kept)
        if before and before[0] is step and continues(kind, before[1], delta):
            self._last = before
            return (medium._replace(more=True),)
        found = self._medium(medium)
        self._last = None if whole else (step, trail(kind, delta))
        return found

    def _step_at(self, data: dict[str, Any]) -> Step | None:
        """The step that an event is about: the last one if it names none."""
        index = data.get("index")
        if index is None and self.steps:
            return self.steps[-1]
        return self._open.get(index) if isinstance(index, int) else None

    def _stop(self, data: dict[str, Any]) -> None:
        """Keep a running total of usage: a cut stream has no other."""
        self._last = None
        if isinstance(data.get("usage"), dict):
            self.head["usage"] = data["usage"]


def _step_for(delta: dict[str, Any]) -> dict[str, Any]:
    """The start that a delta without one must have had (legacy streams omit it)."""
    kind = kind_of(delta, "model_output")
    if kind.startswith("thought"):
        return {"type": "thought"}
    return {"type": "function_call" if kind == "arguments_delta" else "model_output"}


def _states_status(data: dict[str, Any]) -> bool:
    nested = data.get("interaction")
    return "status" in (nested if isinstance(nested, dict) else data)
