"""Which addresses gi goes to because an answer names them.

An answer can name any: no service of this machine or of its network may be reached
through it. So a name is looked up here, and what is connected to is what was judged.
"""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from gi_cli.errors import Incomplete, Unreachable
from gi_cli.proxies import PORTS
from gi_cli.settings import Settings, is_loopback
from gi_cli.waits import Waits

PRIVATE = (".internal", ".local", ".localhost", ".home.arpa", ".lan")  # suffixes


class Place(NamedTuple):
    """Where a request goes: `url` may have an address in the place of `name`."""

    url: str
    name: str
    host: str  # as the Host header has it
    is_api: bool  # the API's own origin, which gets the key


def parsed(uri: str, settings: Settings) -> SplitResult:
    """The parts of a URI that may be followed; raises Incomplete."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise Incomplete(f"{uri!r} is no address: {error}") from error
    own = origin(parts) == origin(urlsplit(settings.base_url))
    plain = parts.scheme == "http" and (settings.loopback or own)
    if parts.scheme != "https" and not plain:
        raise Incomplete(f"{uri!r} is not https, and is not fetched")
    if settings.offline and not own:
        raise Incomplete(f"{uri!r} is not fetched: --offline")
    if not host or parts.username or parts.password:
        raise Incomplete(f"{uri!r} is no address that is fetched")
    return parts


def origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or PORTS.get(parts.scheme)


def places(
    parts: SplitResult, settings: Settings, waits: Waits, *, proxied: bool
) -> list[Place]:
    """The places to try; raises Incomplete if one is not for everybody, Unreachable if
    there is none.

    Behind a proxy it is the proxy that looks the name up.
    """
    base = urlsplit(settings.base_url)
    host = (parts.hostname or "").lower()
    is_api = origin(parts) == origin(base)
    direct = Place(parts.geturl(), host, parts.netloc, is_api)
    if host == (base.hostname or "").lower():
        return [direct]
    _require_public_name(host)
    if proxied:
        return [direct]
    found = _looked_up(host, parts.port or PORTS[parts.scheme], waits)
    for address in found:
        _require_public(address, host)
    return [direct._replace(url=_at(parts, address)) for address in found]


def _require_public_name(host: str) -> None:
    name = host.rstrip(".")
    if (
        is_loopback(name)
        or name.endswith(PRIVATE)
        or ("." not in name and ":" not in name)
    ):
        raise _private(host)
    try:
        _require_public(name, host)
    except ValueError:
        return  # a name


def _require_public(address: str, host: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if not all(each.is_global for each in (found, inner) if each) or found.is_multicast:
        raise _private(f"{host} ({address})" if host != address else host)


def _private(what: str) -> Incomplete:
    return Incomplete(f"{what} is an address of a private network, and is not fetched")


def _looked_up(host: str, port: int, waits: Waits) -> list[str]:
    try:
        with waits.for_server():
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"{host}: {error.strerror}") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _at(parts: SplitResult, address: str) -> str:
    """The URL with an address in place of the name."""
    host = f"[{address}]" if ":" in address else address
    netloc = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit(parts._replace(netloc=netloc))
