"""Sends one request, and repeats it only if that cannot cost anything twice."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping

import httpx

from gi_cli.errors import Stopped, Unreachable, UsageError
from gi_cli.proxies import Peer
from gi_cli.request.message import Message, shown_headers
from gi_cli.settings import Settings
from gi_cli.transport.answer import Answer
from gi_cli.transport.journey import Journey
from gi_cli.transport.refusal import (
    MAY_EXIST,
    Refused,
    reason_of,
    with_answer,
    without_answer,
)
from gi_cli.waits import DeadlineReached, Idle, Waits

PIECE = 1 << 17  # bytes of a body that go out at once
LARGEST_ERROR = 1 << 20  # bytes read of the body of an error
Log = Callable[[str], None]


class Sender:
    """Sends over one client."""

    def __init__(
        self,
        client: httpx.Client,
        settings: Settings,
        waits: Waits,
        log: Log,
        *,
        peer: Peer,
    ) -> None:
        self._client, self._settings = client, settings
        self._waits, self._log = waits, log
        self._peer = peer

    def create(self, message: Message, *, unsure: str = MAY_EXIST) -> Answer:
        """POST a create. There is no idempotency key: a second POST is a second bill.

        So it is repeated only after DNS, TCP or TLS failed, after 429, and after the
        API's own 503, the last never for agents and background work.
        """
        body = message.body if isinstance(message.body, dict) else {}
        dear = bool(body.get("agent") or body.get("background"))

        def may_repeat(refused: Refused) -> bool:
            refused.landed |= dear and refused.error.status_code == 503
            return refused.temporary and not refused.landed

        try:
            return self._send(message, may_repeat)
        except Refused as refused:
            if refused.landed:
                refused.error.message += f"; {unsure}"
                refused.error.retryable = False
            refused.error.unlanded = not refused.landed
            raise refused.error from refused.__cause__
        except _DeadlineAfterSendingError as late:
            late.error.message += f"; {unsure}"
            raise late.error from None

    def read(self, message: Message) -> Answer:
        """Send what changes nothing, or changes it only once: GET, DELETE, cancel, a
        piece of a file at its offset."""
        try:
            return self._send(message, lambda _: True)
        except Refused as refused:
            raise refused.error from refused.__cause__
        except _DeadlineAfterSendingError as late:
            raise late.error from None

    def pause(self, attempt: int) -> None:
        """Wait before the same request is sent again."""
        self._waits.sleep(_backoff(attempt))

    def _send(self, message: Message, may_repeat: Callable[[Refused], bool]) -> Answer:
        for attempt in itertools.count():
            try:
                return self._once(message)
            except Refused as refused:
                may = may_repeat(refused)
                delay = self._delay(refused, attempt) if may else None
                if delay is None:
                    raise
                self._log(f"gi: {refused}; trying again in {delay:.1f} s")
            self._waits.sleep(delay)
        raise AssertionError  # count() never ends

    def _once(self, message: Message) -> Answer:
        self._waits.progress()
        journey = Journey(self._client.timeout.as_dict())
        name = message.server_name
        named = {"sni_hostname": name} if name else {}
        body, headers = message.content, message.headers
        if len(body) > PIECE:
            headers = {**headers, "content-length": str(len(body))}
        try:
            request = self._client.build_request(
                message.method,
                message.url,
                headers=headers,
                content=self._content(body),
                extensions={"trace": journey, "timeout": journey.limits, **named},
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise UsageError(f"{message.url} is not a URL: {error}") from error
        told = _told(message.headers)
        self._log(f"gi: {message.method} {message.url} {told}")
        try:
            with self._waits.for_server():
                response = self._client.send(request, stream=True)
        except httpx.RequestError as error:
            raise without_answer(error, self._peer, journey) from error
        except Idle as idle:
            lost = Unreachable(f"no answer came: {idle.message}")
            raise Refused(lost, landed=journey.left) from idle
        except (DeadlineReached, Stopped) as late:
            late.unlanded = not journey.left
            if late.unlanded or isinstance(late, Stopped):
                raise
            raise _DeadlineAfterSendingError(late) from None
        told = _told(response.headers)
        self._log(f"gi: HTTP {response.status_code} {told}")
        if response.status_code // 100 == 2:
            return Answer(response, self._waits)
        raise self._refused(response, name or "the API")

    def _content(self, body: bytes) -> bytes | Iterator[bytes] | None:
        """The body; a large one in pieces, of which each that leaves is progress."""
        return self._pieces(body) if len(body) > PIECE else body or None

    def _pieces(self, body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), PIECE):
            yield body[start : start + PIECE]
            self._waits.progress()

    def _refused(self, response: httpx.Response, who: str) -> Refused:
        """Read the error, as far as it comes in time and is of bearable length."""
        body, cut = bytearray(), ""
        try:
            with self._waits.for_server():
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) >= LARGEST_ERROR:
                        break
        except (httpx.RequestError, Idle, DeadlineReached) as error:
            cut = reason_of(error)
            self._log(f"gi: the body of the error broke off: {cut}")
        finally:
            response.close()
        read, now = bytes(body[:LARGEST_ERROR]), self._waits.clock.now()
        return with_answer(read, response, who, now=now, cut=cut)

    def _delay(self, refused: Refused, attempt: int) -> float | None:
        """Seconds until the request is sent again, or None to give up."""
        backoff = _backoff(attempt)
        hinted = refused.retry_after
        delay = backoff if hinted is None else hinted
        longest, left = self._settings.max_retry_wait, self._waits.left
        if attempt >= self._settings.retries or not refused.may_pass:
            return None
        if longest is not None and delay > longest:
            if hinted is not None:
                wait = f"{delay:.0f} s, longer than --max-retry-wait"
                refused.error.hints += (f"the server asks to wait {wait}",)
            return None
        return None if left is not None and delay >= left else delay


def _backoff(attempt: int) -> float:
    """Seconds before the next try, 0.5 at first."""
    return min(0.5 * float(2**attempt), 8.0) * random.uniform(0.75, 1.0)  # noqa: S311


class _DeadlineAfterSendingError(Exception):
    """The deadline came when the request was on its way."""

    def __init__(self, error: DeadlineReached) -> None:
        super().__init__(error.message)
        self.error = error


def _told(headers: Mapping[str, str]) -> str:
    """Headers for people, in one line."""
    shown = shown_headers(dict(headers)).items()
    return "; ".join(f"{name}: {value}" for name, value in shown)
