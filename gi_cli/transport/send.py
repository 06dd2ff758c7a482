"""Sends one request: repeats it only if it cannot have landed, and maps every error."""

import itertools
import random
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from gi_cli.errors import GiError, Unreachable, UsageError
from gi_cli.request.message import Message, shown_headers
from gi_cli.settings import Settings
from gi_cli.transport.stream import Tap, decoded
from gi_cli.waits import DeadlineReached, Idle, Waits
from gi_cli.wire import codec, failure
from gi_cli.wire.events import Event
from gi_cli.wire.failure import Failure

LARGEST_ERROR = 1 << 20  # bytes read of the body of an error
MAY_EXIST = "the interaction may have been created; it was not sent again"
LEFT = "http11.send_request_headers.started"  # from here on it may have landed
UNAVAILABLE = frozenset({"unavailable"})
WORDLESS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: "the connection was not made in time (--connect-timeout)",
    httpx.ReadTimeout: "nothing came in time (--idle-timeout)",
    httpx.WriteTimeout: "the request could not be sent in time (--idle-timeout)",
    httpx.ReadError: "the connection was reset",
    httpx.WriteError: "the connection was reset while sending",
}
Log = Callable[[str], None]


class Answer:
    """A 2xx response: `events` for a stream, `value` for JSON."""

    def __init__(self, response: httpx.Response, waits: Waits) -> None:
        self._response, self._waits = response, waits
        self._tap: Tap | None = None
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        self.is_stream = kind in ("", "text/event-stream")

    def events(
        self, seen: Callable[[bytes], None], drained: Callable[[], None]
    ) -> Iterator[Event]:
        """The stream's events; `seen` gets the raw chunks, `drained` is called when
        all events of a chunk were handled."""
        chunks = self._response.iter_bytes()
        self._tap = Tap(chunks, self._waits, seen, drained)
        return decoded(self._tap)

    def broken(self) -> tuple[str | None, Failure | None]:
        """How the stream broke, and the error that came in place of an event."""
        if self._tap is None:
            return None, None
        cut = reason_of(self._tap.cut) if self._tap.cut else None
        residue = self._tap.residue()
        found = failure.find(residue)
        if found is None and residue.lstrip().startswith("<"):
            found = failure.of_body(residue.encode(), 200)
        return cut, found

    def value(self, seen: Callable[[bytes], None]) -> dict[str, Any]:
        """The JSON of an answer that is no stream; raises the error that it tells."""
        body = self._read()
        seen(body)
        try:
            value = codec.loads(body)
        except ValueError:
            value = None
        if isinstance(value, dict) and not value.get("error"):
            return value
        told = failure.find(body.decode("utf-8", "replace"))
        if told is None:
            told = failure.of_body(body, self._response.status_code)
        raise failure.error_of(told, "the answer is no interaction")

    def _read(self) -> bytes:
        """Read the whole body; raises Unreachable for a broken one."""
        try:
            with self._waits.for_server():
                return self._response.read()
        except httpx.RequestError as error:
            raise Unreachable(f"the answer broke off: {reason_of(error)}") from error

    def close(self) -> None:
        """Let the connection go; never blocks."""
        self._response.close()


class Sender:
    """Sends over one client."""

    def __init__(
        self, client: httpx.Client, settings: Settings, waits: Waits, log: Log
    ) -> None:
        self._client, self._settings = client, settings
        self._waits, self._log = waits, log

    def create(self, message: Message) -> Answer:
        """POST a create. There is no idempotency key: a second POST is a second bill.

        So it is repeated only after DNS, TCP or TLS failed, after 429, and after the
        API's own 503, the last never for agents and background work.
        """
        paid_start = bool(message.body.get("agent") or message.body.get("background"))
        for attempt in itertools.count():
            try:
                return self._send(message)
            except _Refused as refused:
                delay = self._delay(refused, attempt, paid_start=paid_start)
                if delay is None:
                    raise refused.error from refused.cause
                self._log(f"gi: {refused}; trying again in {delay:.1f} s")
            self._waits.sleep(delay)
        raise AssertionError  # count() never ends

    def _send(self, message: Message) -> Answer:
        self._waits.progress()
        steps: set[str] = set()
        request = self._client.build_request(
            message.method,
            message.url,
            headers=message.headers,
            content=message.content,
            extensions={"trace": lambda step, _: steps.add(step)},
        )
        self._log(
            f"gi: {message.method} {message.url} {shown_headers(message.headers)}"
        )
        try:
            with self._waits.for_server():
                response = self._client.send(request, stream=True)
        except httpx.RequestError as error:
            raise self._unsent(error) from error
        except Idle as idle:
            raise _lost(idle.message) from idle
        except DeadlineReached as late:
            late.message += f"; {MAY_EXIST}" if LEFT in steps else ""
            raise
        shown = shown_headers(dict(response.headers))
        self._log(f"gi: HTTP {response.status_code} {shown}")
        if response.status_code // 100 == 2:
            return Answer(response, self._waits)
        raise self._refused(response)

    def _unsent(self, error: httpx.RequestError) -> "GiError | _Refused":
        """An error before any answer: did the body leave?"""
        why = reason_of(error)
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            hints = ("--ca-file FILE",) if "certificate" in why.lower() else ()
            told = Unreachable(f"{self._settings.base_url}: {why}", hints=hints)
            return _Refused(told, None, error, repeat=not hints)
        if isinstance(error, httpx.ProxyError):
            return Unreachable(f"the proxy refused the connection: {why}")
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return UsageError(f"{self._settings.base_url}: {why}")
        return _lost(why)

    def _refused(self, response: httpx.Response) -> "_Refused":
        body = self._read_error(response)
        status = response.status_code
        told = failure.of_body(body, status)
        place = response.headers.get("location")
        if 300 <= status < 400 and place:
            why = f"redirects are not followed: {place}"
            told = Failure(why, None, status, from_api=False)
        hint = _retry_after(response.headers, self._waits.clock.now())
        told = told._replace(retry_after=told.retry_after if hint is None else hint)
        error = failure.error_of(told, "the API refused the request")
        if isinstance(error, Unreachable) and status >= 500:
            unsure = not (status == 503 and told.from_api) and status != 501
            error.message += f"; {MAY_EXIST}" if unsure else ""
            error.retryable = error.retryable and not unsure
        return _Refused(error, told, None)

    def _read_error(self, response: httpx.Response) -> bytes:
        body = b""
        try:
            with self._waits.for_server():
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) >= LARGEST_ERROR:
                        break
        except (httpx.RequestError, Idle) as error:
            self._log(f"gi: the body of the error broke off: {reason_of(error)}")
        finally:
            response.close()
        return body[:LARGEST_ERROR]

    def _delay(
        self, refused: "_Refused", attempt: int, *, paid_start: bool
    ) -> float | None:
        """Seconds until the request is sent again, or None to give up."""
        told = refused.told
        hinted = told.retry_after if told else None
        delay = min(0.5 * 2**attempt, 8.0) * random.uniform(0.75, 1.0)  # noqa: S311
        delay = delay if hinted is None else hinted
        longest, left = self._settings.max_retry_wait, self._waits.left
        if attempt >= self._settings.retries or not refused.may_repeat(paid_start):
            return None
        if longest is not None and delay > longest:
            wait = f"{delay:.0f} s, longer than --max-retry-wait"
            refused.error.hints += (f"the server asks to wait {wait}",)
            return None
        return None if left is not None and delay >= left else delay


class _Refused(Exception):
    """A request that surely did not start work, or was answered with an error."""

    def __init__(
        self,
        error: GiError,
        told: Failure | None,
        cause: Exception | None,
        *,
        repeat: bool = True,
    ) -> None:
        super().__init__(error.message)
        self.error, self.told, self.cause, self.repeat = error, told, cause, repeat

    def may_repeat(self, paid_start: bool) -> bool:
        """Tell whether a second POST cannot be a second bill, and may help."""
        if self.told is None:
            return self.repeat
        if self.told.status_code == 429:
            return not failure.is_hopeless(self.told)
        named = (self.told.code or "").lower() in UNAVAILABLE
        return self.told.status_code == 503 and named and not paid_start


def _lost(why: str) -> Unreachable:
    """The request left and nothing came back."""
    return Unreachable(f"no answer came: {why}; {MAY_EXIST}", retryable=False)


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
