"""Exit codes and the one error tree; main.py alone turns an error into a code.

GiError
|- Failed          1  the interaction ended badly, or the API refused the request
|- UsageError      2  nothing was sent
|- KeyRefused      3  no key, or the key was refused
|- QuotaReached    4  quota or rate limit
|- Unreachable     5  network, TLS, proxy, 5xx, a broken stream
|- StillRunning    6  the deadline came first
|- ActionRequired  7  a function call without an answer
|- Incomplete      8  partial or empty output
|- WriteFailed     9  a local file or stdout
|- Stopped            129, 130, 143: a signal
`- PipeClosed      141  the reader of stdout has gone
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What gi ends with; `meaning` is the text of README and man page."""

    OK = 0
    FAILED = 1
    USAGE = 2
    KEY = 3
    QUOTA = 4
    NETWORK = 5
    RUNNING = 6
    ACTION = 7
    INCOMPLETE = 8
    WRITE = 9
    BUG = 70
    HANGUP = 129
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """One line for people."""
        return MEANINGS[self]


MEANINGS = {
    ExitCode.OK: "completed and delivered",
    ExitCode.FAILED: "the interaction failed or was cancelled, or the API refused it",
    ExitCode.USAGE: "usage: nothing was sent",
    ExitCode.KEY: "no API key, or the key was refused",
    ExitCode.QUOTA: "quota or rate limit, waiting given up",
    ExitCode.NETWORK: "network, TLS, proxy, server error or a broken stream",
    ExitCode.RUNNING: "deadline reached or still running",
    ExitCode.ACTION: "a function call was left unanswered",
    ExitCode.INCOMPLETE: "the output is incomplete or empty",
    ExitCode.WRITE: "a local file or stdout could not be written",
    ExitCode.BUG: "a bug in gi",
    ExitCode.HANGUP: "stopped by SIGHUP",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C (SIGINT)",
    ExitCode.PIPE: "the reader of stdout closed the pipe",
    ExitCode.TERMINATED: "stopped by SIGTERM",
}


class GiError(Exception):
    """What failed and why, as one sentence a person can act on.

    `reason` is the server's own code (`invalid_request`, `UNAVAILABLE`), `hints` are
    things to do next, best a command to run.
    """

    code: ClassVar[ExitCode] = ExitCode.BUG
    kind: ClassVar[str] = "bug"
    may_retry: ClassVar[bool] = False
    unlanded = False  # nothing can have come of the request

    def __init__(
        self,
        message: str,
        *,
        hints: Sequence[str] = (),
        reason: str | None = None,
        status_code: int | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hints = tuple(hints)
        self.reason = reason
        self.status_code = status_code
        self.retryable = self.may_retry if retryable is None else retryable

    @property
    def exit_code(self) -> ExitCode:
        """The code that main ends with."""
        return self.code

    def record(self) -> dict[str, Any]:
        """Give the error as it stands in `gi.result` and in --error-format json."""
        return {
            "error_type": self.kind,
            "error_reason": self.reason,
            "message": self.message,
            "hints": list(self.hints),
            "status_code": self.status_code,
            "retryable": self.retryable,
        }


class Failed(GiError):
    """The interaction ended `failed` or `cancelled`, or the API refused the request."""

    code = ExitCode.FAILED
    kind = "failed"


class UsageError(GiError):
    """Bad flags, unreadable input, contradictory settings: nothing was sent."""

    code = ExitCode.USAGE
    kind = "usage"


class KeyRefused(GiError):
    """No key, a malformed key, or one that the API does not accept."""

    code = ExitCode.KEY
    kind = "key"


class QuotaReached(GiError):
    """A rate limit or quota that waiting did not lift."""

    code = ExitCode.QUOTA
    kind = "quota"
    may_retry = True


class Unreachable(GiError):
    """The network, TLS, a proxy or the service broke the exchange."""

    code = ExitCode.NETWORK
    kind = "network"
    may_retry = True


class NotTheApi(Unreachable):
    """A proxy's page: the request did not get to the service."""


class StillRunning(GiError):
    """The deadline came before the end of the interaction."""

    code = ExitCode.RUNNING
    kind = "running"


class ActionRequired(GiError):
    """The model called a function and nobody answered."""

    code = ExitCode.ACTION
    kind = "action"


class Incomplete(GiError):
    """The output is partial, empty or cannot be continued; what there is was kept."""

    code = ExitCode.INCOMPLETE
    kind = "incomplete"


class Empty(Incomplete):
    """The interaction completed, but nothing came."""


class Untold(Incomplete):
    """The answer ended without a status."""


class WriteFailed(GiError):
    """Stdout or a local file could not be written."""

    code = ExitCode.WRITE
    kind = "write"


class Stopped(GiError):
    """SIGHUP, SIGINT or SIGTERM; the code is 128 + the signal's number."""

    kind = "stopped"

    def __init__(self, signum: int) -> None:
        super().__init__("stopped by a signal")
        self.signum = signum

    @property
    def exit_code(self) -> ExitCode:
        """128 + signal number, as a shell reports it."""
        return ExitCode(128 + self.signum)


class PipeClosed(GiError):
    """The reader of stdout has gone. Not an OSError: Typer and httpx catch those."""

    code = ExitCode.PIPE
    kind = "pipe"


OF_SERVER = (Failed, KeyRefused, QuotaReached, Unreachable)
WORST_FIRST = (70, 9, 2, 5, 3, 1, 8, 7, 4, 6, 0)  # 2: nothing else can be judged


def worst(errors: Sequence[GiError]) -> GiError:
    """The one of several errors whose code counts."""
    return min(errors, key=lambda error: WORST_FIRST.index(error.exit_code))
