"""An httpx client for one origin: TLS, proxy, no redirects, no cookies."""

import ssl
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx

from gi_cli.errors import UsageError
from gi_cli.proxies import proxy_for
from gi_cli.settings import Settings

SYSTEM_CA = Path("/etc/ssl/certs")


def client(settings: Settings, environ: Mapping[str, str]) -> httpx.Client:
    """Connect as flags and environment say; raises UsageError naming what is broken."""
    proxy = None if settings.offline else proxy_for(settings.base_url, environ)
    secure = f"{settings.base_url} {proxy}".count("https:") > 0
    context = _trusting(settings, environ) if secure else _trusting_nobody()
    return _client(settings, context, proxy, transport=None)


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
    )
    for name in ("accept", "user-agent"):  # gi has its own, or was told to have none
        del made.headers[name]
    made.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return made


def _idle(settings: Settings) -> float | None:
    """The socket's own limit, a little after the one that gi counts in events."""
    return settings.idle_timeout + 1 if settings.idle_timeout else None


def _trusting_nobody() -> ssl.SSLContext:
    """For http: without a CA, https is refused rather than unverified. 30 ms saved."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trusting(settings: Settings, environ: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    files, folders = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if files:
        _load(context, files, "SSL_CERT_FILE")
    if folders:
        if not Path(folders).is_dir():
            raise UsageError(f"SSL_CERT_DIR: {folders} is not a directory")
        context.load_verify_locations(capath=folders)
    if not files and not folders:
        _load_system(context)
    if settings.ca_file:
        _load(context, settings.ca_file, "--ca-file")
    return context


def _load_system(context: ssl.SSLContext) -> None:
    """The system's hashed folder, looked up on demand (1 ms), else certifi (35 ms)."""
    folder = ssl.get_default_verify_paths().capath or str(SYSTEM_CA)
    if any(Path(folder).glob("*.0")):
        context.load_verify_locations(capath=folder)
        return
    import certifi

    context.load_verify_locations(cafile=certifi.where())


def _load(context: ssl.SSLContext, path: str, source: str) -> None:
    if Path(path).exists() and not Path(path).is_file():  # a FIFO would be waited for
        raise UsageError(f"{source}: {path} is not a file")
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise UsageError(f"{source}: {path} holds no certificates (PEM)") from error
    except OSError as error:
        raise UsageError(f"{source}: {path}: {error.strerror}") from error
