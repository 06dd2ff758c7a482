"""What a check has found, as a record and as lines for people."""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from gi_cli.console import visible
from gi_cli.errors import GiError
from gi_cli.options import Options, whence

OK, WARNING, ERROR, SKIPPED = "ok", "warning", "error", "skipped"
CORRECT = "correct it, or leave it out"
WIDTH = 80
HEAD = len("warning  variables  ")


class Finding(NamedTuple):
    """One check: the sentence for people, the value for programs, where it was set.

    A warning ends nothing; an `error` is what other commands would end with.
    """

    name: str
    message: str
    value: Any = None
    source: str | None = None
    status: str = OK
    hints: tuple[str, ...] = ()
    error: GiError | None = None

    def record(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "name": self.name,
            "status": self.status,
            "value": self.value,
            "source": self.source,
            "message": self.message,
            "hints": list(self.hints),
        }

    def without_secrets(self, redacted: Callable[[str], str]) -> "Finding":
        """The same, with nothing that a server or a setting may have repeated."""
        hints = tuple(map(redacted, self.hints))
        return self._replace(message=redacted(self.message), hints=hints)


def failed(
    name: str, error: GiError, *otherwise: str, options: Options | None = None
) -> Finding:
    """An error as other commands tell it; `otherwise` helps where it has no hint."""
    told = whence(options, error.message) if options else ""
    return Finding(
        name,
        error.message + told,
        status=ERROR,
        hints=error.hints or otherwise,
        error=error,
    )


def warned(name: str, message: str, *hints: str) -> Finding:
    """Something wrong that ends no command."""
    return Finding(name, message, status=WARNING, hints=hints)


def skipped(name: str, why: str) -> Finding:
    """A check that another finding has made impossible."""
    return Finding(name, why, status=SKIPPED)


def as_text(found: Iterable[Finding]) -> bytes:
    """A line for each, with what helps below, as wide as a terminal at most."""
    lines = [line for each in found for line in _lines(each)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _lines(found: Finding) -> Sequence[str]:
    said = [found.message, *(f"hint: {hint}" for hint in found.hints)]
    head = f"{found.status:7}  {found.name}".ljust(HEAD)
    return [
        line
        for number, text in enumerate(said)
        for line in textwrap.wrap(
            visible(text),
            WIDTH,
            initial_indent=" " * HEAD if number else head,
            subsequent_indent=" " * HEAD,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
