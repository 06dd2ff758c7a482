"""-x: the first fenced code block of the text, and nothing around it."""

import re
from typing import Any

from gi_cli.errors import GiError, Incomplete
from gi_cli.sinks.text import Named, TextSink
from gi_cli.wire.medium import Medium

FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^`\n]*|[^\n]*)\n?$")


class ExtractSink(TextSink):
    """Gives the block's lines as they come (CommonMark's fenced code blocks).

    A text without a block is a complaint, and goes to people: stdout may be a shell.
    """

    def __init__(self, named: Named, *, tty: bool) -> None:
        super().__init__(named, tty=tty)
        self._before: list[str] = []  # until the block begins
        self._media: list[str] = []
        self._partial = ""
        self._fence = ""  # that opened the block
        self._indent = 0
        self._over = False

    def finished(self, medium: Medium) -> None:
        """Leave it out: it is no code."""
        if not medium.thought:
            self._line()
            self._media.append(f"{self._named(medium)}\n")

    def take(self) -> bytes:
        """Give the lines of the block that are complete."""
        *lines, self._partial = (self._partial + self._taken()).split("\n")
        return self._encoded("".join(self._inside(f"{line}\n") for line in lines))

    def _inside(self, line: str) -> str:
        """The line, if it belongs to the block."""
        if self._over:
            return ""
        found = FENCE.match(line)
        if not self._fence:
            self._before.append(line)
            ticks = found and found[2][0] == "`" and "`" in found[3]
            if found and not ticks:
                self._indent, self._fence = len(found[1]), found[2]
            return ""
        closing = found and found[2].startswith(self._fence) and not found[3].strip()
        if closing:
            self._over = True
            return ""
        indent = len(line) - len(line.lstrip(" "))
        return line[min(indent, self._indent) :]

    def complaint(self) -> GiError | None:
        """A text without a block."""
        if self._fence:
            return None
        return Incomplete("the answer has no fenced code block (--extract)")

    def left_out(self) -> str:
        """The text without a block."""
        return (
            "" if self._fence else "".join((*self._before, self._partial, *self._media))
        )

    def close(self, result: dict[str, Any], document: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the rest of a block that was not closed."""
        rest = self.take()
        last = self._inside(self._partial) if self._fence and self._partial else ""
        if result["exit_code"] == 0 and last and not last.endswith("\n"):
            last += "\n"
        return rest + self._encoded(last)
