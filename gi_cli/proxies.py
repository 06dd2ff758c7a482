"""Which proxy the environment names for an address, pure.

httpx reads the process's environment, knows no CIDR in NO_PROXY, and builds one TLS
context per proxy variable; this picks the one proxy that matters.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from gi_cli.errors import UsageError
from gi_cli.settings import is_loopback

NO_URL = re.compile(r"[\s\x00-\x1f\x7f]")
BETWEEN = re.compile(r"[\s,]+")
PORTS = {"http": 80, "https": 443}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")  # in either case


class Proxy(NamedTuple):
    """A proxy, and the variable that names it."""

    url: str
    source: str

    @property
    def shown(self) -> str:
        """Its URL without credentials."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL, or None for a direct connection; raises UsageError."""
    found = find(url, environ)
    return found.url if found else None


def find(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy, or None for a direct connection; raises UsageError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if is_loopback(host) or _excluded(host, port, _variable("no_proxy", environ)[1]):
        return None
    for variable in (f"{parts.scheme}_proxy", "all_proxy"):
        name, value = _variable(variable, environ)
        if value:
            proxy = value if "://" in value else f"http://{value}"
            _check(proxy, name, host)
            return Proxy(proxy, name)
    return None


class Peer(NamedTuple):
    """Who a connection is made to, and what helps if none is."""

    name: str
    hints: tuple[str, ...] = ()


def peer(url: str, environ: Mapping[str, str]) -> Peer:
    """The service, or the proxy before it."""
    proxy = find(url, environ)
    if not proxy:
        return Peer(url)
    direct = f"NO_PROXY={urlsplit(url).hostname}"
    hint = f"check {proxy.source}, or go without: {direct}"
    return Peer(f"{url} through the proxy {proxy.shown}", (hint,))


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A variable in either case, lower case first, as curl has it."""
    found = name if environ.get(name) else name.upper()
    return found, environ.get(found, "").strip()


def _check(proxy: str, name: str, host: str) -> None:
    hint = f"correct or unset {name}, or set NO_PROXY={host}"
    try:
        parts = urlsplit(proxy)
        host_and_port = parts.hostname and (parts.port is None or parts.port > 0)
        sound = bool(host_and_port) and not NO_URL.search(proxy)
    except ValueError:
        sound = False
    if not sound:
        escaped = "a user and a password in it are percent-encoded"
        why = "the proxy's URL is malformed"
        raise UsageError(f"{name}: {why}", hints=(hint, escaped))
    if parts.scheme not in PORTS:
        why = f"{parts.scheme} proxies are not supported, http and https are"
        raise UsageError(f"{name}: {why}", hints=(hint,))


def _excluded(host: str, port: int, no_proxy: str) -> bool:
    """NO_PROXY: names, suffixes, addresses, networks, each maybe with a port, or *."""
    entries = filter(None, BETWEEN.split(no_proxy))
    return any(_matches(host.rstrip("."), port, entry) for entry in entries)


def _matches(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    name, number = _split(entry)
    if number and number.lstrip("0") != str(port):
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False)
    except ValueError:
        pass
    name = name.removeprefix("*").strip(".").lower()
    return host.lower() == name or host.lower().endswith(f".{name}")


def _split(entry: str) -> tuple[str, str]:
    """The name, address or network of an entry, and its port or ""."""
    name, _, number = entry.rpartition(":")
    whole = ":" not in name or name.endswith("]")  # no IPv6 without its brackets
    if name and number.isdecimal() and whole:
        return name.strip("[]"), number
    return entry.strip("[]"), ""
