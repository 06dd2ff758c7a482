"""One live line for people who watch work in the background."""

from collections.abc import Sequence

from gi_cli.console import Console
from gi_cli.waits import Clock
from gi_cli.wire.assemble import Assembler, Piece, Thought

LONGEST = 60  # characters of a thought's headline


class Progress:
    """Elapsed time, the current thought's headline, steps and tokens."""

    def __init__(self, console: Console, clock: Clock, *, shown: bool) -> None:
        self._console, self._clock, self._shown = console, clock, shown
        self._began = clock.monotonic()
        self._headline = ""
        self._steps = self._tokens = 0

    @property
    def elapsed(self) -> str:
        """The time so far, as `1h02m03s`."""
        minutes, seconds = divmod(int(self._clock.monotonic() - self._began), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours}h{minutes:02}m{seconds:02}s"
        return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"

    def take(self, pieces: Sequence[Piece], state: Assembler) -> None:
        """Note what came, and show it."""
        for piece in pieces:
            if isinstance(piece, Thought) and (line := _headline(piece.text)):
                self._headline = line
        tokens = (state.usage or {}).get("total_tokens")
        self._tokens = tokens if isinstance(tokens, int) else self._tokens
        if len(state.steps) != self._steps or pieces:
            self._steps = len(state.steps)
            if self._shown:
                self._console.live(self._line())

    def tick(self) -> None:
        """Show how time passes, from within a wait."""
        if self._shown:
            self._console.tick(self._line())

    def _line(self) -> str:
        parts = [self.elapsed, self._headline, f"{self._steps} steps"]
        parts += [f"{self._tokens:,} tokens"] if self._tokens else []
        return f"gi: {' | '.join(filter(None, parts))}"


def _headline(text: str) -> str:
    """The first line of a thought without the marks of Markdown."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.strip().strip("*#").strip()[:LONGEST]
