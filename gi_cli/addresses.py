"""Which addresses gi goes to because an answer names them.

An answer can name any: no service of this machine or of its network may be reached
through it. So a name is looked up here, and what is connected to is what was judged.
"""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from gi_cli.errors import Incomplete, Unreachable
from gi_cli.proxies import PORTS
from gi_cli.request.message import shown_url
from gi_cli.settings import Settings, is_loopback
from gi_cli.waits import Waits

PRIVATE = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa", ".lan")
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # where a network has IPv4 behind IPv6
LookUp = Callable[[str, int], list[str]]


class Place(NamedTuple):
    """Where a request goes: `url` may have an address in the place of `name`."""

    url: str
    name: str
    host: str  # as the Host header has it
    is_api: bool  # the API's own origin, which gets the key


def parsed(uri: str, settings: Settings) -> SplitResult:
    """The parts of a URI that may be followed, its host in ASCII; raises Incomplete."""
    try:
        parts = urlsplit(uri)
        host, _ = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:
        raise Incomplete(f"{shown_url(uri)} is no address: {error}") from error
    own = origin(parts) == origin(urlsplit(settings.base_url))
    plain = parts.scheme == "http" and (settings.loopback or own)
    if parts.scheme != "https" and not plain:
        raise Incomplete(f"{shown_url(uri)} is not https, and is not fetched")
    if settings.offline and not own:
        raise Incomplete(f"{shown_url(uri)} is not fetched: --offline")
    if not host or "@" in parts.netloc:
        raise Incomplete(f"{shown_url(uri)} is no address that is fetched")
    return parts._replace(netloc=_netloc(parts, host))


def origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or PORTS.get(parts.scheme)


def places(
    parts: SplitResult, settings: Settings, look_up: LookUp, *, proxied: bool
) -> list[Place]:
    """The places to try; raises Incomplete if one is not for everybody, and whatever
    `look_up` raises.

    Behind a proxy it is the proxy that looks the name up.
    """
    base = urlsplit(settings.base_url)
    host = parts.hostname or ""
    is_api = origin(parts) == origin(base)
    direct = Place(parts.geturl(), host.rstrip("."), parts.netloc, is_api)
    if host == (base.hostname or ""):
        return [direct]
    _require_public_name(host)
    if proxied:
        return [direct]
    found = look_up(host, parts.port or PORTS[parts.scheme])
    for address in found:
        _require_public(address, host)
    urls = [parts._replace(netloc=_netloc(parts, each)).geturl() for each in found]
    return [direct._replace(url=url) for url in urls]


def looking_up(waits: Waits) -> LookUp:
    """The addresses that the system has for a name; raises Unreachable."""

    def look_up(host: str, port: int) -> list[str]:
        try:
            with waits.for_server():
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unreachable(f"{host}: {error.strerror}") from error
        return list(dict.fromkeys(str(each[4][0]) for each in found))

    return look_up


def _require_public_name(host: str) -> None:
    name = host.rstrip(".")
    if (
        is_loopback(name)
        or name.endswith(PRIVATE)
        or ("." not in name and ":" not in name)
    ):
        raise _private(host)
    if address := _literal(name):
        _require_public(address, host)


def _literal(name: str) -> str | None:
    """The address that a host is, in any notation that a look-up takes: 0xa9.254.43518
    is 169.254.169.254."""
    if ":" in name:
        return name
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(name))
    return None


def _require_public(address: str, host: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = _inner(found) or found
    if not found.is_global or found.is_multicast or found.is_reserved:
        raise _private(f"{host} ({address})" if host != address else host)
    if isinstance(found, ipaddress.IPv6Address) and found.is_site_local:
        raise _private(host)


def _inner(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if found in NAT64:
        return ipaddress.IPv4Address(found.packed[-4:])
    return found.ipv4_mapped or found.sixtofour


def _private(what: str) -> Incomplete:
    return Incomplete(f"{what} is an address of a private network, and is not fetched")


def _netloc(parts: SplitResult, host: str) -> str:
    """A host, a name or an address, with the port of these parts."""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"
