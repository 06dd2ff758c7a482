"""What a run tells people on stderr, without secrets."""

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gi_cli.console import visible_json
from gi_cli.environment import Environment
from gi_cli.errors import ExitCode, GiError
from gi_cli.report import Report
from gi_cli.request.message import REDACTED
from gi_cli.wire import codec
from gi_cli.wire.failure import KEY_HINT

if TYPE_CHECKING:
    from gi_cli.request.calls import Call
    from gi_cli.wire.events import Event

WAITING = (ExitCode.NETWORK, ExitCode.RUNNING, ExitCode.WRITE)
SHORTEST_SECRET = 8
MOST_UNKNOWN = 100  # things that are told; a stream may have any number
ESCAPED = "<>&='"  # by some servers, although JSON need not
STOPPED = tuple(code for code in ExitCode if code > 128)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, in a URL, and in JSON that escapes more than it must."""
    yield secret
    yield quote(secret, safe="")
    yield secret.replace("/", "\\/")
    yield "".join(f"\\u{ord(c):04x}" if c in ESCAPED else c for c in secret)


class Telling:
    """Errors, hints and notes of one run, and what they are told from."""

    def __init__(self, env: Environment, format: str) -> None:
        self.env = env
        self.format = format
        self.report = Report()
        self.secrets: set[str] = set()  # nowhere, not even in an answer
        self.hidden: set[str] = set()  # in no message; an answer may hold such words
        self.quiet = self.verbose = self.json_errors = False
        self.answer: str | None = None  # the command that answers calls left open
        self.fetch: str | None = None  # the command that shows a stored interaction
        self.wait: str | None = None  # the command that follows it to its end
        self.goes_on = False  # the interaction, when gi is stopped
        self.getting = "gi get"  # the same for any interaction, "" if it is not stored
        self.key_source: str | None = None  # where the key was found
        self.media_failed = False  # something could not be saved
        self._unknown: set[str] = set()  # what was told once

    def record(self, error: GiError) -> dict[str, Any]:
        """Give the error as JSON, without secrets."""
        record = error.record()
        reason = record["error_reason"]
        return {
            **record,
            "error_reason": reason and self.redacted(reason),
            "message": self.redacted(record["message"]),
            "hints": [self.redacted(hint) for hint in record["hints"]],
        }

    def tell(self, error: GiError) -> None:
        """Show an error on stderr, as text or as JSON."""
        console, ids = self.env.console, self.report.ids
        if self.json_errors:
            record = {**self.record(error), "interaction_id": ids[-1] if ids else None}
            line = visible_json(codec.dumps({"error": record})).decode()
            console.report(self.redacted(line))
            return
        console.report(self.redacted(f"gi: error: {error.message}"))
        for hint in self.hints(error):
            console.report(self.redacted(f"gi: hint: {hint}"))

    def leave(self, calls: "Sequence[Call]") -> None:
        """Show calls that nobody answers: in `gi.result`, where text is shown to
        people."""
        self.report.calls = [call.record() for call in calls]
        for call in calls if self.format == "text" else ():
            line = f"gi: call {call.id}: {call.name} {call.text}"
            self.env.console.report(self.redacted(line))

    def hints(self, error: GiError) -> tuple[str, ...]:
        """What people may do next; where an answer may wait, how to get it.

        `gi.result` has the id instead: `gi render` shows the same record anywhere.
        """
        ids = self.report.ids
        if self.key_source and KEY_HINT in error.hints:
            others = [hint for hint in error.hints if hint != KEY_HINT]
            return (f"the key is from {self.key_source}", *others, "gi doctor")
        if self.answer and error.exit_code == ExitCode.ACTION:
            return (*error.hints, self.answer)
        if not ids:
            return error.hints
        id = shlex.quote(ids[-1])
        if self.media_failed:
            return (*error.hints, f"{self.getting} {id} --media-dir DIR")
        command = self.fetch if error.exit_code == ExitCode.WRITE else self.wait
        waiting = (*WAITING, *STOPPED, ExitCode.QUOTA) if self.goes_on else WAITING
        if not command or error.exit_code not in waiting:
            return error.hints
        return (*error.hints, f"{command} {id}")

    def keep_secret(self, value: str) -> None:
        """Show it nowhere; a short one is a word like any other."""
        if len(value) >= SHORTEST_SECRET:
            self.secrets.update(_forms(value))

    def redacted(self, text: str) -> str:
        """The text without any secret that it may echo."""
        for secret in sorted(self.secrets | self.hidden, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text

    def say(self, line: str) -> None:
        """Show a line on stderr unless -q."""
        if not self.quiet:
            self.env.console.report(self.redacted(line))

    def log_unknown(self, event: "Event") -> None:
        """Show with -v what gi does not know of an event, once."""
        if len(self._unknown) >= MOST_UNKNOWN:
            return
        from gi_cli.wire.unknown import unknown

        for what in unknown(event):
            if what not in self._unknown:
                self._unknown.add(what)
                self.log(f"gi: gi does not know {what}; --ndjson and --sse pass it on")

    def log(self, line: str) -> None:
        """Show a line on stderr with -v."""
        if self.verbose:
            self.env.console.report(self.redacted(line))
