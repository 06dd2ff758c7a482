"""Where a request goes, with which key, through which proxy, trusting whom."""

import json
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gi_cli import __version__
from gi_cli.proxies import proxy_for
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.scripted import Request, ScriptedServer, json_reply, raw, sse
from tests.test_streams import TARGET, stream

TEXT = ", ".join(str(number) for number in range(1, 26)).encode() + b"\n"
OK = sse(stream("text"))
GOOGLE = "https://generativelanguage.googleapis.com"
URL_HINT = "it begins with https://"
PARTS = "only scheme, host, port and path are allowed"
ONE, TWO = "https://one.example", "https://two.example"


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


@pytest.mark.parametrize(
    "host", ["192.0.2.1:8080", "localhost.api.example", "127.0.0.1.api.example"]
)
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_key_stays_off_plain_http(scheme: str, host: str, gi: Gi) -> None:
    url = f"{scheme}://{host}"
    argv = ("--base-url", url, "--retries", "0", "--connect-timeout", "1")
    done = gi("create", "hi", *argv, code=2)
    why = f"http://{host}: the API key is only sent over https"
    said = f"gi: error: {why}\ngi: hint: --base-url https://{host}\n"
    assert (done.out, done.err.replace(url, f"http://{host}")) == (b"", said)


HELLO = {"type": "model_output", "content": [{"type": "text", "text": "Hello."}]}
WHOLE = json_reply({"id": "v1_a", "status": "completed", "steps": [HELLO]})


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
def test_request(streamed: bool, gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", "/v1/interactions", OK if streamed else WHOLE)
    environ = {"GEMINI_API_KEY": KEY, "GI_BASE_URL": f"{server.url}/v1/"}
    done = gi("create", "hi", *([] if streamed else ["--no-stream"]), environ=environ)
    assert done == Done(0, TEXT if streamed else b"Hello.\n", "")
    accept = "text/event-stream" if streamed else "application/json"
    body = b',"stream":true}' if streamed else b"}"
    [request] = server.requests
    assert request.body == b'{"model":"gemini-3-flash-preview","input":"hi"' + body
    assert dict(request.headers) == {
        "host": server.url.removeprefix("http://"),
        "accept": accept,
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": f"gi/{__version__}",
        "api-revision": "2026-05-20",
        "content-type": "application/json",
        "x-goog-api-key": KEY,
        "content-length": str(len(request.body)),
    }


DIFFER = "gi: GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used\n"


@pytest.mark.parametrize(
    "keys",
    [
        ("one", "", None, "one", ""),
        ("", "two", None, "two", ""),
        ("one", "one", None, "one", ""),
        ("one", "two", None, "one", DIFFER),
        ("one", "two", "three\n", "three", ""),
        ("", " two\n", None, "two", ""),
        ("", "", " three \r\n", "three", ""),
    ],
)
def test_key(keys: Any, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    google, gemini, file, sent, said = keys
    argv = ["create", "hi", "--base-url", server.url]
    if file is not None:
        (tmp_path / "key").write_bytes(file.encode())
        (tmp_path / "key").chmod(0o600)
        argv += ["--api-key-file", str(tmp_path / "key")]
    server.expect("POST", TARGET, OK)
    environ = {"GOOGLE_API_KEY": google, "GEMINI_API_KEY": gemini}
    assert gi(*argv, environ=environ) == Done(0, TEXT, said)
    assert server.requests[0].header("x-goog-api-key") == sent


P = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        (ONE, {}, None),
        (ONE, {"HTTPS_PROXY": P}, P),
        (ONE, {"https_proxy": P, "HTTPS_PROXY": "http://other"}, P),
        (ONE, {"ALL_PROXY": P}, P),
        (ONE, {"HTTPS_PROXY": P, "ALL_PROXY": "http://other"}, P),
        (ONE, {"HTTP_PROXY": P}, None),
        ("http://one.example", {"http_proxy": P}, P),
        (ONE, {"HTTPS_PROXY": "proxy.example:3128"}, P),
        ("https://127.0.0.1:1", {"HTTPS_PROXY": P}, None),
        ("https://[::1]", {"ALL_PROXY": P}, None),
        ("https://localhost", {"HTTPS_PROXY": P}, None),
        (ONE, {"HTTPS_PROXY": P, "NO_PROXY": "*"}, None),
        (ONE, {"HTTPS_PROXY": P, "no_proxy": "one.example"}, None),
        (ONE, {"HTTPS_PROXY": P, "NO_PROXY": "two.example, ONE.example"}, None),
        ("https://a.one.example", {"HTTPS_PROXY": P, "NO_PROXY": ".one.example"}, None),
        ("https://a.one.example", {"HTTPS_PROXY": P, "NO_PROXY": "one.example"}, None),
        ("https://a.one.example", {"HTTPS_PROXY": P, "NO_PROXY": "*.example"}, None),
        ("https://gone.example", {"HTTPS_PROXY": P, "NO_PROXY": "one.example"}, P),
        (ONE, {"HTTPS_PROXY": P, "NO_PROXY": "one.example:443"}, None),
        (ONE, {"HTTPS_PROXY": P, "NO_PROXY": "one.example:8443"}, P),
        ("https://10.1.2.3", {"HTTPS_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {"HTTPS_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, P),
        ("https://10.1.2.3:8443", {"ALL_PROXY": P, "NO_PROXY": "10.1.2.3"}, None),
        ("https://[fd00::1]", {"HTTPS_PROXY": P, "NO_PROXY": "fd00::/8"}, None),
    ],
)
def test_proxy_for(url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, environ) == proxy


SOCKS = "socks5 proxies are not supported, http and https are"
MALFORMED = "the proxy's URL is malformed"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HTTPS_PROXY", "socks5://proxy.example", SOCKS),
        ("all_proxy", "socks5://proxy.example", SOCKS),
        ("https_proxy", "http://", MALFORMED),
        ("HTTPS_PROXY", "proxy.example:99999", MALFORMED),
        ("HTTPS_PROXY", "http://user:secret@[::1", MALFORMED),
    ],
)
def test_broken_proxy(name: str, value: str, why: str, gi: Gi) -> None:
    environ = {"GEMINI_API_KEY": KEY, name: value}
    done = gi("create", "hi", "--base-url", ONE, code=2, environ=environ)
    assert done == Done(2, b"", f"gi: error: {name}: {why}\n")


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad"])
def test_proxy_refuses(status: str, gi: Gi, server: ScriptedServer) -> None:
    reply = raw(f"HTTP/1.1 {status}\r\n\r\n".encode())
    server.expect("CONNECT", "one.example:443", reply)
    proxy = server.url.replace("//", "//user:secret@")
    environ = {"GEMINI_API_KEY": KEY, "HTTPS_PROXY": proxy}
    done = gi("create", "hi", "--base-url", ONE, "-v", code=5, environ=environ)
    said = f"gi: error: the proxy refused: {status}\n"
    assert done.err.endswith(said)
    assert "secret" not in done.err
    headers = (
        ("host", "one.example:443"),
        ("accept", "*/*"),
        ("proxy-authorization", "Basic dXNlcjpzZWNyZXQ="),
    )
    assert server.requests == [Request("CONNECT", "one.example:443", headers, b"")]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate and its key in one file."""
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    curve = "ec_paramgen_curve:prime256v1"
    names = "subjectAltName=IP:127.0.0.1"
    make = ("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", curve)
    what = ("-subj", "/CN=gi test", "-addext", names, "-days", "2")
    where = ("-keyout", path, "-out", path)
    subprocess.run([*make, *what, *where], check=True, capture_output=True)
    return path


class TlsServer(ScriptedServer):
    def __init__(self, certificate: Path) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._listener = context.wrap_socket(
            self._listener, server_side=True, do_handshake_on_connect=False
        )
        self.url = self.url.replace("http:", "https:")


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
@pytest.mark.parametrize("by", ["flag", "variable"])
def test_ca_file(by: str, scheme: str, gi: Gi, certificate: Path) -> None:
    path = str(certificate)
    argv = ("--ca-file", path) if by == "flag" else ()
    environ = {"GEMINI_API_KEY": KEY, **({} if argv else {"SSL_CERT_FILE": path})}
    with TlsServer(certificate) as server:
        server.expect("POST", TARGET, OK)
        url = server.url.replace("https", scheme)
        done = gi("create", "hi", "--base-url", url, *argv, environ=environ)
    assert done == Done(0, TEXT, "")


def test_self_signed(gi: Gi, certificate: Path) -> None:
    clock = FakeClock()
    with TlsServer(certificate) as server:
        done = gi("create", "hi", "--base-url", server.url, code=5, clock=clock)
    assert server.requests == []
    why = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
    assert done.err.startswith(f"gi: error: {server.url}: {why}")
    assert done.err.endswith("\ngi: hint: --ca-file FILE\n")
    assert (done.out, clock.slept) == (b"", [])


@pytest.mark.parametrize("name", ["--ca-file", "SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("content", [None, b"no certificate"], ids=["missing", "bad"])
def test_broken_ca(name: str, content: bytes | None, gi: Gi, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    argv = ["create", "hi", "--base-url", "https://127.0.0.1:1", "--retries", "0"]
    argv += [name, str(path)] if name.startswith("--") else []
    done = gi(*argv, code=2, environ={"GEMINI_API_KEY": KEY, name: str(path)})
    assert done.err.startswith(f"gi: error: {name}: {path}")
    assert done.out == b""
