"""Why a request got no 2xx answer, and whether it may be sent again."""

from email.utils import parsedate_to_datetime

import httpx

from gi_cli.errors import GiError, QuotaReached, Unreachable, UsageError
from gi_cli.wire import failure
from gi_cli.wire.failure import Failure

MAY_EXIST = "the interaction may have been created; it was not sent again"
WORDLESS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: "the connection was not made in time (--connect-timeout)",
    httpx.ReadTimeout: "nothing came in time (--idle-timeout)",
    httpx.WriteTimeout: "the request could not be sent in time (--idle-timeout)",
    httpx.ReadError: "the connection was reset",
    httpx.WriteError: "the connection was reset while sending",
}


class Redirected(Unreachable):
    """The server names another place, to which nothing was sent."""

    place = ""


class Refused(Exception):
    """A request without a 2xx answer.

    `landed` says that it may have started work; `temporary` that it surely did not,
    for a reason that passes.
    """

    def __init__(
        self,
        error: GiError,
        *,
        landed: bool,
        temporary: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error, self.landed, self.temporary = error, landed, temporary
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Tell whether the same request may succeed later."""
        kinds = (Unreachable, QuotaReached)
        return isinstance(self.error, kinds) and self.error.retryable


def without_answer(error: httpx.RequestError, peer: str) -> Refused:
    """An error before any answer. Only DNS, TCP and TLS fail before the body left."""
    why = reason_of(error)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        untrusted = "certificate" in why.lower()
        hints = ("--ca-file FILE",) if untrusted else ()
        told = Unreachable(f"{peer}: {why}", hints=hints, retryable=not untrusted)
        return Refused(told, landed=False, temporary=not untrusted)
    if isinstance(error, httpx.ProxyError):
        told = Unreachable(f"the proxy refused: {why}", retryable=False)
        return Refused(told, landed=False)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Refused(UsageError(f"{peer}: {why}"), landed=False)
    return Refused(Unreachable(f"no answer came: {why}"), landed=True)


def with_answer(
    body: bytes, status: int, headers: httpx.Headers, who: str, *, now: float
) -> Refused:
    """An answer that is no 2xx: the server's error, and the wait that it asks for.

    `who` has refused.
    """
    told = failure.of_body(body, status)
    place = headers.get("location")
    if 300 <= status < 400 and place:
        why = f"redirects are not followed: {place}"
        told = Failure(why, None, status, from_api=False)
    error = failure.error_of(told, f"{who} refused the request")
    if 300 <= status < 400 and place:
        error = _redirected(error, place)
    wait = _retry_after(headers, now)
    unavailable = status == 503 and (told.code or "").lower() == "unavailable"
    return Refused(
        error,
        landed=status >= 500 and status != 501 and not unavailable,
        temporary=status == 429 or unavailable,
        retry_after=told.retry_after if wait is None else wait,
    )


def _redirected(error: GiError, place: str) -> Redirected:
    made = Redirected(
        error.message,
        hints=error.hints,
        status_code=error.status_code,
        retryable=error.retryable,
    )
    made.place = place
    return made


def reason_of(error: Exception) -> str:
    """Why an exchange broke, in words: httpx leaves some of its errors without any."""
    words = WORDLESS.get(type(error), type(error).__name__)
    return words if isinstance(error, httpx.TimeoutException) else str(error) or words


def _retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds from `retry-after-ms` or `Retry-After` (seconds or date), never < 0."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if value.isascii() and value.replace(".", "", 1).isdigit():
            return float(value) * unit
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (TypeError, ValueError):
        return None
