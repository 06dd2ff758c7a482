"""What is connected to by its address has to prove its name."""

from pathlib import Path

import pytest

from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.errors import Unreachable
from gi_cli.options.groups import Connection
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.waits import SystemClock, Waits
from tests.calling import TARGET
from tests.conftest import KEY, Done, Gi
from tests.images import PNG, showing
from tests.scripted import body_reply
from tests.test_fetch import named, redirect
from tests.tls import TlsServer, certified

PICTURE = body_reply(PNG, "image/png")


@pytest.fixture(scope="module")
def of_a_name(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "a.pem", "DNS:media.example")


@pytest.fixture(scope="module")
def of_an_address(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "b.pem", "IP:127.0.0.1")


@pytest.fixture
def session(of_a_name: Path) -> Session:
    waits = Waits(SystemClock())
    env = Environment(Console(waits), {}, SystemClock(), waits)
    options = Connection(
        base_url="https://media.example", ca_file=str(of_a_name), retries=0
    )
    return Session(Run(env, "text"), options)


def test_the_name_counts(session: Session, of_a_name: Path) -> None:
    with TlsServer(of_a_name) as server, session.sender() as sender:
        server.expect("GET", "/x", PICTURE)
        url, headers = f"{server.url}/x", {"host": "media.example"}
        message = Message("GET", url, headers, server_name="media.example")
        with sender.read(message) as answer:
            assert b"".join(answer.chunks()) == PNG
    assert server.names == ["media.example"]
    assert [r.header("host") for r in server.requests] == ["media.example"]


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        (
            "other.example",
            "other.example",
            "Hostname mismatch, certificate is not valid",
        ),
        ("", None, "IP address mismatch, certificate is not valid"),
        ("127.0.0.1", None, "IP address mismatch, certificate is not valid"),
    ],
)
def test_another_name(
    name: str, asked: str | None, why: str, session: Session, of_a_name: Path
) -> None:
    with TlsServer(of_a_name) as server, session.sender() as sender:
        message = Message("GET", f"{server.url}/x", {}, server_name=name)
        with pytest.raises(Unreachable, match=why):
            sender.read(message)
    assert (server.names, server.requests) == ([asked], [])


@pytest.mark.parametrize("hops", [0, 1])
def test_another_port_gets_no_key(
    hops: int, gi: Gi, of_an_address: Path, here: Path
) -> None:
    with TlsServer(of_an_address) as server, TlsServer(of_an_address) as other:
        uri = f"{server.url}/0" if hops else f"{other.url}/x"
        server.expect("POST", TARGET, showing(named(uri)))
        if hops:
            server.expect("GET", "/0", redirect(f"{other.url}/x"))
        other.expect("GET", "/x", PICTURE)
        argv = ("--base-url", server.url, "--ca-file", str(of_an_address))
        done = gi("image", "a fox", *argv)
    assert done == Done(0, b"gi-abcdefgh-1.png\n", "")
    assert (here / "gi-abcdefgh-1.png").read_bytes() == PNG
    keys = [r.header("x-goog-api-key") for r in (*server.requests, *other.requests)]
    assert keys == [KEY] * (1 + hops) + [None]
