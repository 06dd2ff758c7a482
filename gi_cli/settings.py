"""What flags and environment say about the connection, resolved and checked."""

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from gi_cli import __version__
from gi_cli.errors import UsageError
from gi_cli.options.groups import Connection
from gi_cli.request import headers as extra
from gi_cli.request.headers import KEY_HEADER

GOOGLE = "https://generativelanguage.googleapis.com"
OFFLINE = "http://localhost"  # the emulator in this process; nothing is looked up
API_REVISION = "2026-05-20"  # the steps schema; ignored since June 2026, harmless
LONGEST = 366 * 86_400
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
VERSION = re.compile(r"/(v1[a-z0-9]*)$")


class Settings(NamedTuple):
    """Times are seconds, None is no limit."""

    base_url: str
    version: str
    loopback: bool
    offline: bool
    timeout: float | None
    idle_timeout: float | None
    connect_timeout: float | None
    retries: int
    max_retry_wait: float | None
    ca_file: str | None
    headers: dict[str, str]  # of -H, "" takes one away
    custom: bool  # the base URL is not Google's own
    source: str  # where the base URL was set

    def url(self, *path: str, service: str = "") -> str:
        """The address of an endpoint; path parts are already percent-encoded.

        `service` is what some endpoints have before the version (`upload`).
        """
        return "/".join(filter(None, (self.base_url, service, self.version, *path)))


def resolve(options: Connection, environ: Mapping[str, str]) -> Settings:
    """Read and check; raises UsageError that names the flag or variable."""
    base, source = _base_url(options, environ)
    found = VERSION.search(base)
    base = base[: found.start()] if found else base
    version = options.api_version or (found[1] if found else "v1beta")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", version):
        raise UsageError(f"--api-version: {version!r} is not a version")
    host = _checked_host(base, source)
    if options.retries is not None and options.retries < 0:
        raise UsageError(f"--retries: {options.retries} is negative")
    idle = options.idle_timeout or options.default_idle_timeout
    return Settings(
        base_url=base,
        version=version,
        loopback=is_loopback(host),
        offline=options.offline,
        timeout=duration("--timeout", options.timeout or options.default_timeout, 0),
        idle_timeout=duration("--idle-timeout", idle, 0),
        connect_timeout=duration("--connect-timeout", options.connect_timeout, 10),
        retries=4 if options.retries is None else options.retries,
        max_retry_wait=duration("--max-retry-wait", options.max_retry_wait, 120),
        ca_file=options.ca_file,
        headers=extra.parse(options.header or ()),
        custom=base != GOOGLE,
        source=source,
    )


def _base_url(options: Connection, environ: Mapping[str, str]) -> tuple[str, str]:
    """The base without a trailing slash, and where it was set."""
    if options.offline:
        return OFFLINE, options.sources.get("offline", "--offline")
    own = options.sources.get("base_url", "--base-url")
    other = "GOOGLE_GEMINI_BASE_URL"
    places = [(options.base_url, own), (environ.get(other), other)]
    if own not in ("--base-url", "GI_BASE_URL"):  # the configuration yields
        places = [places[1], (options.base_url, f"{own}: base-url")]
    value, source = next((p for p in places if p[0]), (GOOGLE, "built in"))
    scheme, colon, rest = str(value).strip().rstrip("/").partition(":")
    return scheme.lower() + colon + rest, source


def _checked_host(base: str, source: str) -> str:
    secret = bool({*"@?"} & {*base})  # maybe a password or a key
    wrong = f"{source}: {'it' if secret else repr(base)} is not a URL"
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise UsageError(wrong if secret else f"{wrong}: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{wrong}; it begins with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(f"{source}: only scheme, host, port and path are allowed")
    if not base.isascii() or not base.isprintable() or " " in base:
        raise UsageError(wrong)
    return host


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def duration(name: str, text: str | None, default: float) -> float | None:
    """Seconds from `90`, `90s`, `70m`, `2h`; 0 is no limit."""
    if text is None:
        return default
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip(), re.ASCII)
    if not found:
        raise UsageError(f"{name}: {text!r} is not a time like 90, 90s, 70m or 2h")
    seconds = float(found[1]) * UNITS[found[2]]
    if seconds > LONGEST:
        raise UsageError(f"{name}: {text!r} is longer than a year; 0 is no limit")
    return seconds or None


def headers(
    settings: Settings, key: str, *, stream: bool, body: bool
) -> dict[str, str]:
    """The headers of a request, maybe with a JSON body; none holds an empty key."""
    own = {
        "accept": "text/event-stream" if stream else "application/json",
        "accept-encoding": "identity",
        "api-revision": API_REVISION,
        "content-type": "application/json" if body else "",
        "user-agent": f"gi/{__version__}",
        KEY_HEADER: key,
    }
    return extra.add(own, settings.headers)


def require_safe(settings: Settings) -> None:
    """Refuse to send the key in the clear to another machine."""
    if settings.base_url.startswith("http:") and not settings.loopback:
        raise UsageError(
            f"{settings.base_url}: the API key is only sent over https",
            hints=(f"--base-url https{settings.base_url[4:]}",),
        )
