"""Why a request got no 2xx answer, and whether it may be sent again."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from gi_cli.errors import GiError, QuotaReached, Unreachable, UsageError
from gi_cli.proxies import Peer
from gi_cli.request.message import shown_url
from gi_cli.transport.journey import Journey
from gi_cli.wire import delay, failure

MAY_EXIST = "the interaction may have been created; it was not sent again"
BYTES = re.compile(r"bytearray\(b(['\"].*)\)", re.DOTALL)
WORDLESS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: "the connection was not made in time (--connect-timeout)",
    httpx.ReadTimeout: "nothing came in time (--idle-timeout)",
    httpx.WriteTimeout: "the request could not be sent in time (--idle-timeout)",
    httpx.ReadError: "the connection was reset",
    httpx.WriteError: "the connection was reset while sending",
}
LATE_PROXY = "it did not answer in time (--connect-timeout)"
OTHER_PROTOCOL = "the other side does not speak HTTP/1.1"
GATEWAY = "if it takes HTTP/2 alone, a gateway in front of it may take both"
BINARY = "illegal request line"  # as h11 tells what begins like a frame of HTTP/2
PLACE_OF_SOURCE = re.compile(r" \(_ssl\.c:\d+\)$")
NO_TLS = "check the base URL: it may be plain http that answers"
LASTING: dict[str, str] = {  # what fails again, by words of OpenSSL, and what helps
    "certificate has expired": "the certificate or this machine's clock is out of date",
    "not yet valid": "the certificate or this machine's clock is out of date",
    "mismatch": "check the base URL: the certificate is another host's",
    "certificate": "--ca-file FILE",
    OTHER_PROTOCOL.lower(): GATEWAY,
}
PLACE = "location"  # of a redirect, kept among what httpx keeps of a response


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


def without_answer(error: httpx.RequestError, peer: Peer, journey: Journey) -> Refused:
    """An error before any answer. Only DNS, TCP, TLS and what a proxy does before it
    has opened a connection fail before the body left."""
    why = reason_of(error)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _without_connection(why, peer)
    if isinstance(error, httpx.ProxyError):
        return _before_sending(f"the proxy refused: {why}", peer, passes=why[:1] == "5")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Refused(UsageError(f"{peer.name}: {why}"), landed=False)
    if journey.tunnelling:
        late = isinstance(error, httpx.TimeoutException)
        why = f"the proxy opened no connection: {LATE_PROXY if late else why}"
        return _before_sending(f"{peer.name}: {why}", peer, passes=True)
    hints = (GATEWAY,) if why == OTHER_PROTOCOL else ()
    told = Unreachable(f"no answer came: {why}", hints=hints, retryable=not hints)
    return Refused(told, landed=True)


def _without_connection(why: str, peer: Peer) -> Refused:
    lasting = [hint for words, hint in LASTING.items() if words in why.lower()]
    if not lasting:
        more = (NO_TLS,) if "wrong version number" in why.lower() else ()
        known = peer._replace(hints=(*more, *peer.hints))
        return _before_sending(f"{peer.name}: {why}", known, passes=True)
    told = Unreachable(f"{peer.name}: {why}", hints=lasting[:1], retryable=False)
    return Refused(told, landed=False)


def _before_sending(what: str, peer: Peer, *, passes: bool) -> Refused:
    told = Unreachable(what, hints=peer.hints, retryable=passes)
    return Refused(told, landed=False, temporary=passes)


def with_answer(
    body: bytes, response: httpx.Response, who: str, *, now: float, cut: str
) -> Refused:
    """An answer that is no 2xx: the server's error, and the wait that it asks for.

    `who` has refused; `cut` is why the body has not come to its end, if it has not.
    """
    status = response.status_code
    if place := response.extensions.get(PLACE):
        return _elsewhere(f"{who} refused the request: {status}", place, status)
    told = failure.of_body(body, status, response.charset_encoding or "")
    if cut and not body:
        told = told._replace(message=f"the body did not come: {cut}")
    error = failure.error_of(told, f"{who} refused the request")
    wait = _retry_after(response.headers, now)
    unavailable = status == 503 and (told.code or "").lower() == "unavailable"
    return Refused(
        error,
        landed=status >= 500 and status != 501 and not unavailable,
        temporary=status == 429 or unavailable,
        retry_after=told.retry_after if wait is None else wait,
    )


def _elsewhere(refused: str, place: str, status: int) -> Refused:
    error = Redirected(
        f"{refused}: redirects are not followed: {shown_url(place)}",
        hints=(failure.PROXY_HINT,),
        status_code=status,
        retryable=False,
    )
    error.place = place
    return Refused(error, landed=False)


def reason_of(error: Exception) -> str:
    """Why an exchange broke, in words: httpx leaves some of its errors without any,
    and puts all that came in place of HTTP into others."""
    words = WORDLESS.get(type(error), type(error).__name__)
    if isinstance(error, httpx.TimeoutException):
        return words
    said = PLACE_OF_SOURCE.sub("", str(error))
    if said == BINARY or "no application protocol" in said.lower():
        return OTHER_PROTOCOL
    return failure.shown(BYTES.sub(r"\1", said)) or words


def _retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds from `retry-after-ms` or `Retry-After`, the longest of several."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        stated = [_seconds(value.strip(), now) for value in headers.get_list(name)]
        if waits := [each * unit for each in stated if each is not None]:
            return max(waits)
    return None


def _seconds(value: str, now: float) -> float | None:
    """Seconds that a number or a date names, never < 0."""
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return delay.finite(float(value))
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    known = date if date.tzinfo else date.replace(tzinfo=UTC)  # HTTP knows GMT alone
    return max(known.timestamp() - now, 0.0)
