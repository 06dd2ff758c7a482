"""Which proxy the environment names for an address, pure.

httpx reads the process's environment, knows no CIDR in NO_PROXY, and builds one TLS
context per proxy variable; this picks the one proxy that matters.
"""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from gi_cli.errors import UsageError
from gi_cli.settings import is_loopback

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
            return Proxy(_checked(proxy, name), name)
    return None


def peer(url: str, environ: Mapping[str, str]) -> str:
    """Who a connection is made to, in words: the service, or the proxy before it."""
    proxy = find(url, environ)
    return f"{url} through the proxy {proxy.shown}" if proxy else url


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A variable in either case, lower case first, as curl has it."""
    found = name if environ.get(name) else name.upper()
    return found, environ.get(found, "").strip()


def _checked(proxy: str, name: str) -> str:
    try:
        parts = urlsplit(proxy)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise UsageError(f"{name}: the proxy's URL is malformed")
    if parts.scheme not in PORTS:
        why = f"{parts.scheme} proxies are not supported, http and https are"
        raise UsageError(f"{name}: {why}")
    return proxy


def _excluded(host: str, port: int, no_proxy: str) -> bool:
    """NO_PROXY: names, suffixes, addresses, networks, each maybe with a port, or *."""
    return any(_matches(host, port, each.strip()) for each in no_proxy.split(","))


def _matches(host: str, port: int, entry: str) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass
    name, _, number = entry.rpartition(":")
    if name and number.isdigit() and "]" not in number:
        if int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").lstrip(".").lower()
    return host.lower() == entry or host.lower().endswith(f".{entry}")
