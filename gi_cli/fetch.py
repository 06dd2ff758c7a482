"""Gets media that the service only names by their address."""

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urljoin

from gi_cli import addresses, settings
from gi_cli.addresses import Place
from gi_cli.errors import (
    OF_SERVER,
    GiError,
    Incomplete,
    StillRunning,
    Unreachable,
    UsageError,
)
from gi_cli.media.gallery import Fetched
from gi_cli.proxies import proxy_for
from gi_cli.request.message import Message, shown_url
from gi_cli.session import Session
from gi_cli.settings import Settings
from gi_cli.transport.answer import Answer
from gi_cli.transport.refusal import Redirected
from gi_cli.waits import DeadlineReached

MOST_REDIRECTS = 3
LARGEST = 2_000_000_000  # bytes, as the Files API has it
FAILED = (*OF_SERVER, UsageError, DeadlineReached)  # usage: no client takes the address


def fetch(uri: str, session: Session, *, largest: int = LARGEST) -> Fetched:
    """Get a medium; raises Incomplete, and so do its bytes."""
    stack = ExitStack()
    # what comes after it is waited for anew, however it ends
    stack.callback(session.run.env.waits.progress)
    try:
        answer = _answer(uri, session, stack)
    except FAILED as error:
        stack.close()
        raise _told(error, f"{shown_url(uri)} could not be fetched") from error
    except BaseException:
        stack.close()
        raise
    kind = answer.header("content-type").partition(";")[0].strip()
    return Fetched(_chunks(answer, uri, stack, largest), kind)


def _chunks(
    answer: Answer, uri: str, stack: ExitStack, largest: int
) -> Iterator[bytes]:
    size = 0
    with stack:
        try:
            for chunk in answer.chunks():
                size += len(chunk)
                if size > largest:
                    raise Incomplete(
                        f"{shown_url(uri)} has more than {largest:,} bytes"
                    )
                yield chunk
        except (Unreachable, DeadlineReached) as error:
            raise _told(error, f"{shown_url(uri)} was not read to its end") from error


def _told(error: GiError, what: str) -> GiError:
    """The error of a medium: the answer that names it may be complete."""
    kind = StillRunning if isinstance(error, DeadlineReached) else Incomplete
    return kind(f"{what}: {error.message}")


def _answer(uri: str, session: Session, stack: ExitStack) -> Answer:
    """The answer of the place that has it, behind a few redirects at most."""
    for _ in range(MOST_REDIRECTS + 1):
        try:
            return _at(uri, session, stack)
        except Redirected as elsewhere:
            uri = _joined(uri, elsewhere.place)
    raise Unreachable(f"there are more than {MOST_REDIRECTS} redirects")


def _joined(uri: str, place: str) -> str:
    try:
        return urljoin(uri, place)
    except ValueError as error:
        raise Unreachable(f"{shown_url(place)} is no address: {error}") from error


def _at(uri: str, session: Session, stack: ExitStack) -> Answer:
    """The answer of one URI; its last address is tried as often as --retries says."""
    parts = addresses.parsed(uri, session.settings)
    base = f"{parts.scheme}://{parts.netloc}"
    known = session.settings._replace(base_url=base)
    env = session.run.env
    proxied = not known.offline and proxy_for(base, env.environ) is not None
    look_up = addresses.looking_up(env.waits)
    found = addresses.places(parts, session.settings, look_up, proxied=proxied)
    sender = stack.enter_context(session.sender(known))
    once = stack.enter_context(session.sender(known._replace(retries=0)))
    for place in found[:-1]:
        try:
            return stack.enter_context(once.read(_message(place, session)))
        except Redirected:
            raise
        except Unreachable:
            continue
    return stack.enter_context(sender.read(_message(found[-1], session)))


def _message(place: Place, session: Session) -> Message:
    """What the user adds with -H goes where the key goes: to the API."""
    known: Settings = session.settings
    if not place.is_api:
        known = known._replace(headers={})
    key = session.key if place.is_api else ""
    headers = settings.headers(known, key, stream=False, body=False)
    headers |= {"accept": "*/*", "host": place.host}
    return Message("GET", place.url, headers, server_name=place.name)
