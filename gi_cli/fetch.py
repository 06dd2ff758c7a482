"""Gets media that the service only names by their address."""

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urljoin

from gi_cli import addresses, settings
from gi_cli.addresses import Place
from gi_cli.errors import OF_SERVER, Incomplete, Unreachable
from gi_cli.media.gallery import Fetched
from gi_cli.proxies import proxy_for
from gi_cli.request.message import Message
from gi_cli.session import Session
from gi_cli.settings import Settings
from gi_cli.transport.answer import Answer
from gi_cli.transport.refusal import Redirected

MOST_REDIRECTS = 3
LARGEST = 2_000_000_000  # bytes, as the Files API has it


def fetch(uri: str, session: Session) -> Fetched:
    """Get a medium; raises Incomplete, and so do its bytes."""
    stack = ExitStack()
    try:
        answer = _answer(uri, session, stack)
    except OF_SERVER as error:
        stack.close()
        raise Incomplete(f"{uri} could not be fetched: {error.message}") from error
    except BaseException:
        stack.close()
        raise
    kind = answer.header("content-type").partition(";")[0].strip()
    return Fetched(_chunks(answer, uri, stack), kind)


def _chunks(answer: Answer, uri: str, stack: ExitStack) -> Iterator[bytes]:
    size = 0
    with stack:
        try:
            for chunk in answer.chunks():
                size += len(chunk)
                if size > LARGEST:
                    raise Incomplete(f"{uri} has more than 2 GB")
                yield chunk
        except Unreachable as error:
            raise Incomplete(f"{uri} broke off: {error.message}") from error


def _answer(uri: str, session: Session, stack: ExitStack) -> Answer:
    """The answer of the place that has it, behind a few redirects at most."""
    for _ in range(MOST_REDIRECTS + 1):
        try:
            return _at(uri, session, stack)
        except Redirected as elsewhere:
            uri = urljoin(uri, elsewhere.place)
    raise Unreachable(f"there are more than {MOST_REDIRECTS} redirects")


def _at(uri: str, session: Session, stack: ExitStack) -> Answer:
    """The answer of one URI; its last address is tried as often as --retries says."""
    parts = addresses.parsed(uri, session.settings)
    base = f"{parts.scheme}://{parts.netloc}"
    known = session.settings._replace(base_url=base)
    env = session.run.env
    proxied = not known.offline and proxy_for(base, env.environ) is not None
    found = addresses.places(parts, session.settings, env.waits, proxied=proxied)
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
