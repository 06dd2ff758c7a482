"""Where the bytes of an upload go, and who sees the key and the address."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.main import main
from gi_cli.waits import Waits
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.scripted import ScriptedServer, json_reply
from tests.test_uploads import (
    FILE,
    GOOGLE,
    SENT,
    START,
    THERE,
    UNCONFIRMED,
    expect,
    final,
    started,
    upload,
    video,
)

FITS = 15_000_000  # bytes that are 20 MB in base64
ID = "AAwnv3IAThe-id_of-it"


@pytest.mark.parametrize(
    ("base", "told", "target"),
    [
        ("", f"{GOOGLE}{THERE}", THERE),
        ("", f"http://other.example:81{THERE}#x", THERE),
        ("", THERE, THERE),
        ("/gate", f"{GOOGLE}{THERE}", f"/gate{THERE}"),
        ("/gate", f"{GOOGLE}/gate{THERE}", f"/gate{THERE}"),
        ("/gate", f"{GOOGLE}/gateway{THERE}", f"/gate/gateway{THERE}"),
    ],
)
def test_behind_a_base_url_the_bytes_go_there(
    base: str, told: str, target: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", base + START, started(told))
    server.expect("POST", target, final())
    argv = ("-H", "Authorization: Bearer one-two-three", "-H", "x-team: web")
    path = str(video(tmp_path, 100))
    done = gi("files", "upload", path, "--base-url", server.url + base, *argv)
    assert done == SENT
    assert [r.header("x-goog-api-key") for r in server.requests] == [None, None]
    assert [r.header("authorization") for r in server.requests] == [
        "Bearer one-two-three"
    ] * 2
    assert [r.header("x-team") for r in server.requests] == ["web", "web"]


def over(transport: httpx.BaseTransport, *argv: str) -> Done:
    """Run gi with a transport of the test's own in place of the network."""
    clock = FakeClock()
    waits = Waits(clock)
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        Path(os.devnull).open("rb") as null,
    ):
        console = Console(
            waits, stdin=null.fileno(), stdout=out.fileno(), stderr=err.fileno()
        )
        env = Environment(
            console=console,
            environ={"GEMINI_API_KEY": KEY},
            clock=clock,
            waits=waits,
            transport=transport,
        )
        code = main(argv, env)
        out.seek(0)
        err.seek(0)
        return Done(code, out.read(), err.read().decode())


def of_google(
    replies: Iterator[httpx.Response], *argv: str
) -> tuple[Done, list[httpx.Request]]:
    """Run gi on Google's own base URL with these answers; gives what was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return next(replies)

    return over(httpx.MockTransport(answer), *argv), asked


def named(address: str) -> httpx.Response:
    return httpx.Response(200, headers={"x-goog-upload-url": address})


@pytest.mark.parametrize(
    ("host", "team"),
    [
        (GOOGLE, "web"),
        ("https://storage.example", None),
        ("https://generativelanguage.googleapis.com.example", None),
        (f"{GOOGLE}:8443", None),
    ],
)
def test_another_host_gets_the_bytes_alone(
    host: str, team: str | None, tmp_path: Path
) -> None:
    headers = {"x-goog-upload-status": "final"}
    ended = httpx.Response(200, headers=headers, json={"file": FILE})
    path = video(tmp_path, 100)
    argv = ("files", "upload", str(path), "-H", "x-team: web")
    done, (start, piece) = of_google(iter([named(host + THERE), ended]), *argv)
    assert done == SENT
    assert (str(start.url), start.headers["x-goog-api-key"]) == (GOOGLE + START, KEY)
    assert (str(piece.url), piece.content) == (host + THERE, path.read_bytes())
    assert piece.headers.get("x-team") == team
    assert "x-goog-api-key" not in piece.headers
    assert KEY not in str(piece.headers)


@pytest.mark.parametrize(
    "address", [f"http://x.example{THERE}", THERE, "https://", "ftp://x/"]
)
def test_an_address_that_is_not_https_gets_nothing(
    address: str, tmp_path: Path
) -> None:
    path = video(tmp_path, 100)
    done, asked = of_google(iter([named(address)]), "files", "upload", str(path))
    why = "the service named an address to upload to that is not https"
    assert done == Done(5, b"", f"gi: error: {path}: {why}\n")
    assert len(asked) == 1


ECHO = {"error": {"code": 400, "message": f"No: {GOOGLE}{THERE}", "status": "NO"}}


@pytest.mark.parametrize(
    "argv", [(), ("--json",), ("--ndjson",), ("--error-format", "json")]
)
@pytest.mark.parametrize("verbose", [(), ("-v",)])
@pytest.mark.parametrize("command", ["upload", "create"])
def test_the_address_is_a_secret(
    argv: tuple[str, ...],
    verbose: tuple[str, ...],
    command: str,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    path = video(tmp_path, FITS + 3)
    expect(server, json_reply(ECHO, 400), json_reply(ECHO, 400), address=GOOGLE + THERE)
    words = ("files", "upload") if command == "upload" else ("create", "hi", "-i")
    environ = {"GEMINI_API_KEY": KEY, "GI_DEBUG": "1"}
    flags = (*argv, *verbose, "--base-url", server.url)
    done = gi(*words, str(path), *flags, code=1, environ=environ)
    everything = done.out.decode() + done.err
    assert f"No: {GOOGLE}{THERE.replace(ID, '[redacted]')}" in everything
    assert {ID in everything, KEY in everything} == {False}


def test_retries_do_not_tell_the_address(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    silent = json_reply({}, headers={"x-goog-upload-control-url": server.url + THERE})
    path = video(tmp_path, 100)
    expect(server, silent, silent, silent, silent)
    done = upload(gi, server, path, "-v", code=5, clock=FakeClock())
    assert done.err.endswith(f"gi: error: {path}: {UNCONFIRMED}\n")
    assert ID not in done.err


def test_an_address_of_another_shape_is_a_secret_as_well(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    told = f"{GOOGLE}/upload/abc"
    path = video(tmp_path, 100)
    server.expect("POST", START, started(told))
    refused = {"error": {"code": 400, "message": f"No: {told}", "status": "NO"}}
    for _ in range(2):
        server.expect("POST", "/upload/abc", json_reply(refused, 400))
    done = upload(gi, server, path, "-v", code=1)
    why = "the API refused the request: 400 NO: No: [redacted]"
    assert done.err.endswith(f"\ngi: error: {path}: {why}\n")
    assert "/upload/abc" not in done.err
