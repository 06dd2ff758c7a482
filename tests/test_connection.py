"""Where a request goes, with which key, through which proxy, trusting whom."""

from pathlib import Path
from typing import Any

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Done, Gi
from tests.scripted import ScriptedServer, json_reply, sse
from tests.test_streams import TARGET, stream

TEXT = ", ".join(str(number) for number in range(1, 26)).encode() + b"\n"
OK = sse(stream("text"))
GOOGLE = "https://generativelanguage.googleapis.com"
URL_HINT = "it begins with https://"
PARTS = "only scheme, host, port and path are allowed"
ONE, TWO = "https://one.example", "https://two.example"


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
