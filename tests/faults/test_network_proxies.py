"""Proxies: how one opens a connection to the service, and how it does not."""

import json
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import ANSWER, FORMATS, FOUND, TARGET, TEXT, assert_plain
from tests.faults.timed import CLOSED
from tests.scripted import Pause, Reply, Reset, ScriptedServer, Wait, raw
from tests.tls import TlsProxy, certified

ONE, HOST = "https://one.example", "one.example:443"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "ca.pem", "DNS:one.example")


def behind(url: str, certificate: Path, **more: str) -> dict[str, str]:
    trust = {"SSL_CERT_FILE": str(certificate)}
    return {"GEMINI_API_KEY": KEY, "HTTPS_PROXY": url, **trust, **more}


OPENING = f"{HOST}\nhost: {HOST}\naccept: */*"
BASIC = "Basic dXM6ZXI6cEBzcw=="  # us:er:p@ss


@pytest.mark.parametrize(
    ("shape", "login"),
    [
        pytest.param("http://{}", "", marks=held("F180", "CONNECT")),
        pytest.param("http://{}/", "", marks=held("F180", "CONNECT")),
        pytest.param("{}", "", marks=held("F182", "a proxy without a scheme")),
        *(
            pytest.param(shape, BASIC, marks=held("F182", "a proxy with credentials"))
            for shape in ("http://us%3Aer:p%40ss@{}", "us%3Aer:p%40ss@{}")
        ),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_tunnel(
    format: str, shape: str, login: str, gi: Gi, certificate: Path
) -> None:
    """The proxy sees where it leads to, and nothing of what goes through."""
    with TlsProxy(certificate) as proxy:
        proxy.expect("POST", f"one.example{TARGET}", ANSWER)
        url = shape.format(proxy.url.removeprefix("http://"))
        environ = behind(url, certificate, GI_DEBUG="1")
        argv = ("create", "hi", "-v", "--base-url", ONE, "--format", format)
        done = gi(*argv, environ=environ)
        [request] = proxy.requests
        more = f"\nproxy-authorization: {login}" if login else ""
        assert proxy.opened == [OPENING + more]
    assert_plain(format, done.out)
    assert request.header("x-goog-api-key") == KEY
    assert request.header("proxy-authorization") is None
    assert [word for word in ("p%40ss", "p@ss", BASIC, KEY) if word in done.err] == []


@held("F180", "CONNECT is slow")
@pytest.mark.parametrize("format", FORMATS)
def test_a_slow_tunnel(format: str, gi: Gi, certificate: Path) -> None:
    with TlsProxy(certificate, Pause(0.3)) as proxy:
        proxy.expect("POST", f"one.example{TARGET}", ANSWER)
        argv = ("create", "hi", "--base-url", ONE, "--format", format)
        done = gi(*argv, environ=behind(proxy.url, certificate))
    assert done.err == ""
    assert_plain(format, done.out)


class No(NamedTuple):
    """What a proxy answers to CONNECT, what is told of it, how often it is asked."""

    reply: Reply
    why: str
    asked: int = 5


def status(line: str) -> Reply:
    page = b"<html>It is secret</html>"
    head = f"HTTP/1.1 {line}\r\ncontent-length: {len(page)}\r\n\r\n".encode()
    return raw(head, page)


THROUGH = f"{ONE} through the proxy PROXY: "
UNOPENED = f"{THROUGH}the proxy opened no connection: "
REFUSALS = {
    "CONNECT gives 407": [
        No(
            status("407 Proxy Authentication Required"),
            "the proxy refused: 407 Proxy Authentication Required",
            1,
        ),
        No(raw(b"HTTP/1.1 407\r\n\r\n"), "the proxy refused: 407", 1),
    ],
    "CONNECT gives 403": [
        No(status("403 Forbidden"), "the proxy refused: 403 Forbidden", 1)
    ],
    "CONNECT gives 502": [
        No(status("502 Bad Gateway"), "the proxy refused: 502 Bad Gateway"),
        No(status("503 Busy"), "the proxy refused: 503 Busy"),
    ],
    "CONNECT is closed": [
        No(raw(), UNOPENED + CLOSED),
        No(raw(Reset()), f"{UNOPENED}[Errno 104] Connection reset by peer"),
    ],
    "CONNECT gives garbage": [
        No(
            raw(b"\0\1\2garbage\r\n\r\n"),
            UNOPENED + r"illegal status line: '\x00\x01\x02garbage'",
        ),
    ],
}
HINT = "gi: hint: check HTTPS_PROXY, or go without: NO_PROXY=one.example\n"


@pytest.mark.parametrize(
    "no",
    [
        pytest.param(each, marks=held("F180", row), id=f"{row} {number}")
        for row, several in REFUSALS.items()
        for number, each in enumerate(several)
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_no_tunnel(
    format: str, no: No, gi: Gi, server: ScriptedServer, certificate: Path
) -> None:
    """Nothing was sent to the service: it is tried again where that may help, and
    nothing may have been created."""
    for _ in range(no.asked):
        server.expect("CONNECT", HOST, no.reply)
    clock = FakeClock()
    proxy = server.url.replace("//", "//user:secret@")
    argv = ("create", "hi", "--base-url", ONE, "--format", format)
    done = gi(*argv, code=5, environ=behind(proxy, certificate), clock=clock)
    why = no.why.replace("PROXY", server.url)
    assert done.err == f"gi: error: {why}\n{HINT}"
    assert len(clock.slept) == no.asked - 1
    assert all(KEY not in str(request) for request in server.requests)
    if format == "ndjson":
        error = json.loads(done.out)["error"]
        assert (error["message"], error["retryable"]) == (why, no.asked > 1)
    else:
        assert done.out == b""


@held("F180", "CONNECT is slow")
def test_a_silent_proxy(gi: Gi, server: ScriptedServer, certificate: Path) -> None:
    """It has the time that a connection may take, not that of an answer."""
    server.expect("CONNECT", HOST, raw(Wait(threading.Event())))
    limits = ("--retries", "0", "--connect-timeout", "1")
    argv = ("create", "hi", "--base-url", ONE, *limits)
    done = gi(*argv, code=5, environ=behind(server.url, certificate))
    why = f"{UNOPENED}it did not answer in time (--connect-timeout)"
    told = f"gi: error: {why}\n{HINT}".replace("PROXY:", f"{server.url}:")
    assert done == Done(5, b"", told)


@held("F180", "CONNECT gives 407")
@pytest.mark.parametrize("retries", ["0", "4"])
def test_a_claim_is_free_again(
    retries: str, gi: Gi, server: ScriptedServer, certificate: Path, tmp_path: Path
) -> None:
    """A run that a proxy keeps from the service has sent nothing."""
    refusal = status("407 Proxy Authentication Required")
    server.expect("CONNECT", HOST, refusal)
    state = {"XDG_STATE_HOME": str(tmp_path)}
    argv = ("research", "why", "--once", "k", "--base-url", ONE, "--retries", retries)
    done = gi(*argv, code=5, environ=behind(server.url, certificate, **state))
    assert "release" not in done.err
    with TlsProxy(certificate) as proxy:
        proxy.expect("POST", f"one.example{TARGET}", ANSWER)
        method, target, reply = FOUND
        proxy.always(method, f"one.example{target}", reply)
        done = gi(*argv, environ=behind(proxy.url, certificate, **state))
    assert done == Done(0, TEXT, "")


MALFORMED = "the proxy's URL is malformed"
ESCAPED = "gi: hint: a user and a password in it are percent-encoded\n"


@pytest.mark.parametrize(
    ("name", "value", "scheme"),
    [
        ("HTTPS_PROXY", "socks5://user:secret@proxy.example", "socks5"),
        ("all_proxy", "socks5h://proxy.example:1080", "socks5h"),
        ("ALL_PROXY", "SOCKS4://proxy.example", "socks4"),
        ("https_proxy", "ftp://proxy.example", "ftp"),
        ("https_proxy", "http://", ""),
        ("HTTPS_PROXY", "http:///", ""),
        ("HTTPS_PROXY", "http://:3128", ""),
        ("HTTPS_PROXY", "//proxy.example", ""),
        ("HTTPS_PROXY", "proxy.example:99999", ""),
        ("HTTPS_PROXY", "proxy.example:0", ""),
        ("HTTPS_PROXY", "proxy.example:port", ""),
        ("HTTPS_PROXY", "http://user:secret@[::1", ""),
        ("HTTPS_PROXY", "http://proxy example", ""),
        ("HTTPS_PROXY", "http://us er:secret@proxy.example", ""),
        ("HTTPS_PROXY", "http://user:se#cret@proxy.example", ""),
        ("HTTPS_PROXY", "http://user:se/cret@proxy.example", ""),
        ("HTTPS_PROXY", "http://user:se?cret@proxy.example", ""),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
@held("F182", "a proxy that is none")
def test_broken(format: str, name: str, value: str, scheme: str, gi: Gi) -> None:
    environ = {"GEMINI_API_KEY": KEY, name: value}
    argv = ("create", "hi", "--base-url", ONE, "--format", format)
    done = gi(*argv, code=2, environ=environ)
    other = f"{scheme} proxies are not supported, http and https are"
    hint = f"gi: hint: correct or unset {name}, or set NO_PROXY=one.example\n"
    why = other if scheme else MALFORMED
    told = f"gi: error: {name}: {why}\n{hint}" + ("" if scheme else ESCAPED)
    assert done.err == told
    if format == "ndjson":
        assert json.loads(done.out)["error"]["message"] == f"{name}: {why}"
    else:
        assert done.out == b""


@held("F182", "a proxy with credentials")
def test_credentials_of_a_proxy_that_is_dead(gi: Gi, certificate: Path) -> None:
    environ = behind("http://user:secret@127.0.0.1:9", certificate, GI_DEBUG="1")
    argv = ("create", "hi", "-v", "--base-url", ONE, "--retries", "1")
    done = gi(*argv, code=5, environ=environ, clock=FakeClock())
    assert f"gi: error: {THROUGH}".replace("PROXY", "http://127.0.0.1:9") in done.err
    assert "secret" not in done.err
