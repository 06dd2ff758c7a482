"""An httpx client for one origin: TLS, proxy, no redirects, no cookies."""

import ssl
from collections.abc import Iterable, Mapping
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import NamedTuple

import httpx

from gi_cli.errors import UsageError
from gi_cli.proxies import proxy_for
from gi_cli.settings import Settings
from gi_cli.transport.refusal import PLACE

SYSTEM_CA = Path("/etc/ssl/certs")
SYSTEM = "the system"
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
OTHERWISE = "REQUESTS_CA_BUNDLE"  # a file, or a folder
FOLDERS = ("SSL_CERT_DIR", SYSTEM)


class Authority(NamedTuple):
    """Certificates to trust, and who names them."""

    path: str
    source: str


def client(settings: Settings, environ: Mapping[str, str]) -> httpx.Client:
    """Connect as flags and environment say; raises UsageError naming what is broken."""
    proxy = None if settings.offline else proxy_for(settings.base_url, environ)
    if not needs_tls(settings, proxy):
        return _client(settings, _trusting_nobody(), proxy, transport=None)
    context = trusting(authorities(settings, environ))
    return _client(settings, context, proxy, transport=None)


def needs_tls(settings: Settings, proxy: str | None) -> bool:
    """Tell whether anybody on the way has to prove who it is."""
    return f"{settings.base_url} {proxy}".count("https:") > 0


def client_over(settings: Settings, transport: httpx.BaseTransport) -> httpx.Client:
    """A client over a transport that is not the network."""
    return _client(settings, _trusting_nobody(), None, transport=transport)


def _client(
    settings: Settings,
    context: ssl.SSLContext,
    proxy: str | None,
    *,
    transport: httpx.BaseTransport | None,
) -> httpx.Client:
    made = httpx.Client(
        verify=context,
        proxy=proxy,
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(_idle(settings), connect=settings.connect_timeout),
        event_hooks={"response": [_take_place]},
    )
    for name in ("accept", "user-agent"):  # gi has its own, or was told to have none
        del made.headers[name]
    made.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return made


def _take_place(response: httpx.Response) -> None:
    """Take the place that a redirect names: httpx would make a request of it, if only
    for show, and fail where it cannot."""
    if 300 <= response.status_code < 400 and PLACE in response.headers:
        response.extensions[PLACE] = response.headers.pop(PLACE)


def _idle(settings: Settings) -> float | None:
    """The socket's own limit, a little after the one that gi counts in events."""
    return settings.idle_timeout + 1 if settings.idle_timeout else None


@cache
def _trusting_nobody() -> ssl.SSLContext:
    """For http: without a CA, https is refused rather than unverified. 30 ms saved."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def authorities(settings: Settings, environ: Mapping[str, str]) -> list[Authority]:
    """Whom https trusts: what variables name, else the system's hashed folder, read on
    demand (1 ms), else certifi (35 ms); --ca-file adds some."""
    given = [v for v in VARIABLES if environ.get(v)]
    given = given or [OTHERWISE] * bool(environ.get(OTHERWISE))
    named = [Authority(environ[variable], variable) for variable in given]
    own = [Authority(settings.ca_file, "--ca-file")] if settings.ca_file else []
    return [*(named or [_of_system()]), *own]


def _of_system() -> Authority:
    folder = ssl.get_default_verify_paths().capath or str(SYSTEM_CA)
    if any(Path(folder).glob("*.0")):
        return Authority(folder, SYSTEM)
    import certifi

    return Authority(certifi.where(), "certifi")


def trusting(trusted: Iterable[Authority]) -> ssl.SSLContext:
    """A context that verifies; raises UsageError naming what holds no certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for each in trusted:
        if each.source in FOLDERS or _is_other_folder(each):
            _load_folder(context, each)
        else:
            _load(context, each)
    return context


def _is_other_folder(each: Authority) -> bool:
    return each.source == OTHERWISE and Path(each.path).is_dir()


def _load_folder(context: ssl.SSLContext, folder: Authority) -> None:
    if not Path(folder.path).is_dir():
        raise UsageError(f"{folder.source}: {folder.path} is not a directory")
    context.load_verify_locations(capath=folder.path)


def _load(context: ssl.SSLContext, file: Authority) -> None:
    path, source = file
    if Path(path).exists() and not Path(path).is_file():  # a FIFO would be waited for
        raise UsageError(f"{source}: {path} is not a file")
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise UsageError(f"{source}: {path} holds no certificates (PEM)") from error
    except OSError as error:
        raise UsageError(f"{source}: {path}: {error.strerror}") from error
