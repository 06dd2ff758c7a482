"""Where the service is: base URLs, names with several addresses, other protocols."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import (
    ANSWER,
    FORMATS,
    TARGET,
    TEXT,
    Row,
    assert_plain,
    params,
    post,
    replay,
    told,
)
from tests.processes import GI, environment, run
from tests.scripted import ScriptedServer, raw
from tests.survivors import until
from tests.tls import certified

GOOGLE = "https://generativelanguage.googleapis.com"
URL_HINT = "it begins with https://"
PARTS = "only scheme, host, port and path are allowed"
ONE, TWO = "https://one.example", "https://two.example"


@held("F185", "a base URL with /v1beta")
@held("F185", "a base URL with a slash")
@pytest.mark.parametrize(
    ("argv", "environ", "url"),
    [
        ([], {}, f"{GOOGLE}/v1beta"),
        (["--api-version", "v1"], {}, f"{GOOGLE}/v1"),
        (["--base-url", ONE], {}, f"{ONE}/v1beta"),
        (["--base-url", f"{ONE}/v1"], {}, f"{ONE}/v1"),
        (["--base-url", f"{ONE}/v1beta/"], {}, f"{ONE}/v1beta"),
        (["--base-url", f"{ONE}:8443/gate/"], {}, f"{ONE}:8443/gate/v1beta"),
        (["--base-url", f"{ONE}/v1", "--api-version", "v1beta"], {}, f"{ONE}/v1beta"),
        (["--base-url", "http://[::1]:8080"], {}, "http://[::1]:8080/v1beta"),
        ([], {"GOOGLE_GEMINI_BASE_URL": ONE}, f"{ONE}/v1beta"),
        ([], {"GI_BASE_URL": ONE, "GOOGLE_GEMINI_BASE_URL": TWO}, f"{ONE}/v1beta"),
        ([], {"GI_BASE_URL": "", "GOOGLE_GEMINI_BASE_URL": TWO}, f"{TWO}/v1beta"),
        (["--base-url", ONE], {"GI_BASE_URL": TWO}, f"{ONE}/v1beta"),
    ],
)
def test_base_url(argv: list[str], environ: dict[str, str], url: str, gi: Gi) -> None:
    done = gi("create", "hi", "--dry-run", *argv, environ=environ)
    assert json.loads(done.out)["url"] == f"{url}/interactions"
    assert done.err == ""


@pytest.mark.parametrize(
    ("name", "url", "why"),
    [
        ("GI_BASE_URL", "x", f"'x' is not a URL; {URL_HINT}"),
        ("GOOGLE_GEMINI_BASE_URL", "x", f"'x' is not a URL; {URL_HINT}"),
        ("--base-url", "api.example", f"'api.example' is not a URL; {URL_HINT}"),
        ("--base-url", "https://user:secret@api.example", PARTS),
        ("--base-url", "https://api.example?key=1", PARTS),
        ("--base-url", "https://api.example#part", PARTS),
        ("--base-url", "https://x/a b", "'https://x/a b' is not a URL"),
        ("--base-url", "https://[::1", "'https://[::1' is not a URL: Invalid IPv6 URL"),
    ],
)
def test_bad_base_url(name: str, url: str, why: str, gi: Gi) -> None:
    argv = (name, url) if name.startswith("--") else ()
    environ = {"GEMINI_API_KEY": KEY, name: url}
    done = gi("create", "hi", *argv, code=2, environ=environ)
    assert done == Done(2, b"", f"gi: error: {name}: {why}\n")


@held("F185", "http://localhost")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("end", ["", "/", "/v1beta", "/v1beta/"])
def test_localhost(end: str, format: str, gi: Gi, server: ScriptedServer) -> None:
    """It is this machine, so it gets the key over http."""
    server.expect("POST", TARGET, ANSWER)
    url = server.url.replace("127.0.0.1", "localhost") + end
    done = gi("create", "hi", "--base-url", url, "--format", format)
    assert done.err == ""
    assert_plain(format, done.out)
    [request] = server.requests
    assert (request.target, request.header("x-goog-api-key")) == (TARGET, KEY)


class Ipv6Server(ScriptedServer):
    def __init__(self) -> None:
        super().__init__()
        self._listener.close()
        self._listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self._listener.settimeout(0.02)
        self.url = f"http://[::1]:{self._listener.getsockname()[1]}"


@held("F186", "IPv6 only")
@pytest.mark.parametrize("format", FORMATS)
def test_ipv6_only(format: str, gi: Gi) -> None:
    with Ipv6Server() as server:
        server.expect("POST", TARGET, ANSWER)
        done = gi("create", "hi", "--base-url", server.url, "--format", format)
        [request] = server.requests
        assert f"http://{request.header('host')}" == server.url
    assert done.err == ""
    assert_plain(format, done.out)


@held("F186", "IPv6 only")
def test_ipv6_where_nobody_listens(gi: Gi) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        url = f"http://[::1]:{listener.getsockname()[1]}"
    done = gi("create", "hi", "--base-url", url, "--retries", "0", code=5)
    assert done == Done(5, b"", f"gi: error: {url}: [Errno 111] Connection refused\n")


@contextmanager
def only_at(address: str) -> Iterator[ScriptedServer]:
    class Server(ScriptedServer):
        def __init__(self) -> None:
            super().__init__()
            self._listener.close()
            self._listener = socket.create_server((address, 0))
            self._listener.settimeout(0.02)
            self.url = f"http://localhost:{self._listener.getsockname()[1]}"

    with Server() as server:
        yield server


@held("F186", "a dead address and a live one")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_another_address_is_dead(address: str, tmp_path: Path) -> None:
    """One of the two is the first that the system gives for the name."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.2 localhost\n")
    mount = f"mount --bind {hosts} /etc/hosts && "
    look = f"{sys.executable} -c 'import socket; socket.getaddrinfo(\"localhost\", 1)'"
    tried = subprocess.run(
        ("unshare", "-rm", "sh", "-c", mount + look), capture_output=True, check=False
    )
    if tried.returncode:
        pytest.skip("no namespaces of one's own here")
    with only_at(address) as server:
        server.expect("POST", TARGET, ANSWER)
        line = f"{mount} exec {GI} create hi -v --base-url {server.url}"
        env = environment(tmp_path, GEMINI_API_KEY=KEY)
        done = run("-rm", "sh", "-c", line, env=env, program="unshare")
    assert done.out == TEXT
    assert b"trying again" not in done.err


SETTINGS = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d"  # the first frame of HTTP/2
GOAWAY = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01"
OTHER = "the other side does not speak HTTP/1.1"
GATEWAY = "gi: hint: if it takes HTTP/2 alone, a gateway in front of it may take both\n"
UNSURE = "the interaction may have been created; it was not sent again"
SAID = f"gi: error: no answer came: {OTHER}; {UNSURE}\n{GATEWAY}"
HTTP_2 = [
    Row(
        "F187",
        "a server that speaks HTTP/2 only",
        [post(raw(answer))],
        5,
        text=b"",
        sse=b"",
        err=SAID,
        result={"error": told(5, SAID)["error"] | {"retryable": False}},
    )
    for answer in (SETTINGS + GOAWAY, SETTINGS)
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(HTTP_2))
def test_http_2(row: Row, format: str, gi: Gi, server: ScriptedServer) -> None:
    replay(row, format, gi, server)


@held("F187", "a server that speaks HTTP/2 only")
def test_http_2_is_not_asked_twice(gi: Gi, server: ScriptedServer) -> None:
    """It stays as it is, so reading is not tried again either."""
    clock = FakeClock()
    server.expect("GET", f"{TARGET}/v1_1", raw(SETTINGS + GOAWAY))
    argv = ("get", "v1_1", "--base-url", server.url)
    done = gi(*argv, code=5, clock=clock)
    said = f"gi: error: no answer came: {OTHER}\n{GATEWAY}gi: id: v1_1\n"
    assert done == Done(5, b"", said)
    assert clock.slept == []


def answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port))):
        return True
    return False


@held("F187", "a server that speaks HTTP/2 only")
def test_http_2_by_agreement(gi: Gi, tmp_path: Path) -> None:
    """In the TLS handshake it refuses whoever does not offer HTTP/2."""
    path = str(certified(tmp_path / "a.pem", "IP:127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
    own = ("-cert", path, "-key", path, "-alpn", "h2", "-quiet")
    serve = ("openssl", "s_server", "-accept", address, *own)
    url, clock = f"https://{address}", FakeClock()
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        until(lambda: answers(address))
        argv = ("create", "hi", "--base-url", url, "--ca-file", path)
        done = gi(*argv, code=5, clock=clock)
        it.kill()
    assert done == Done(5, b"", f"gi: error: {url}: {OTHER}\n{GATEWAY}")
    assert clock.slept == []
