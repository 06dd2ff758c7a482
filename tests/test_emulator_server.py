"""The emulator over real sockets: framing, many clients, clients that leave."""

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from time import monotonic, sleep

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.storage import Stored
from tests.emulated import HELLO, HELLO_STEPS, RESEARCH, create, events
from tests.serving import serving

PATH = "/v1beta/interactions"
STREAMED = {**HELLO, "stream": True}
RESEARCHED = {"agent": RESEARCH, "input": "Hello", "background": True, "stream": True}
CLIENTS = 50


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Emulator()) as url:
        yield url


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False) as api:
        yield api


def test_serves_what_the_emulator_says(api: httpx.Client) -> None:
    made = create(api, **HELLO)
    assert made["steps"] == HELLO_STEPS
    path = f"{PATH}/{made['id']}"
    assert api.get(path, params={"include_input": "true"}).json()["input"] == "Hello"
    assert api.delete(path).content == b""
    assert api.get(path).status_code == 404
    assert api.put(path).status_code == 404


def test_the_headers_say_how_the_body_ends(api: httpx.Client) -> None:
    sized = api.post(PATH, json=HELLO)
    assert sized.headers["content-length"] == str(len(sized.content))
    assert "transfer-encoding" not in sized.headers
    streamed = api.post(PATH, json=STREAMED)
    assert streamed.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in streamed.headers
    assert len(events(streamed)) == 10


def test_a_path_is_unquoted(api: httpx.Client) -> None:
    message = api.get(f"{PATH}/v1%5Fa").json()["error"]["message"]
    assert message == "Interaction 'v1_a' not found."


def large() -> Iterator[bytes]:
    """A body that comes in chunks, and in more than one read."""
    yield b'{"model":"m","input":"'
    yield from [b"x" * 1024] * 300
    yield b'"}'


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(
    ("path", "fault", "status"),
    [
        (PATH, "", 200),
        (PATH, "status=503", 503),
        ("/nowhere", "", 404),
        (f"{PATH}/v1_x/cancel", "", 404),
    ],
)
def test_a_body_that_nobody_reads_is_no_request(
    api: httpx.Client, path: str, fault: str, status: int, chunked: bool
) -> None:
    connections, headers = set(), {"x-gi-fault": fault}
    for _ in range(3):
        content = large() if chunked else b"".join(large())
        with api.stream("POST", path, content=content, headers=headers) as response:
            network = response.extensions["network_stream"]
            connections.add(network.get_extra_info("client_addr"))
            response.read()
        assert response.status_code == status
    assert len(connections) == 1


@pytest.mark.parametrize(
    ("version", "keeps"), [("1.0", "keep-alive"), ("1.1", "close")]
)
def test_an_old_client_gets_no_chunks(url: str, version: str, keeps: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    body = b'{"model":"m","input":"Hello","stream":true}'
    head = (
        f"POST {PATH} HTTP/{version}\r\nHost: {host}\r\nConnection: {keeps}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        while data := connection.recv(65536):
            received += data
    head_lines, _, rest = received.partition(b"\r\n\r\n")
    chunked = version == "1.1"
    assert (b"chunked" in head_lines) == chunked
    end = b"event: done\ndata: [DONE]\n\n"
    assert rest.endswith(end + b"\r\n0\r\n\r\n" if chunked else end)


def test_a_client_that_leaves_disturbs_nobody(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    host, port = url.removeprefix("http://").split(":")
    beginnings = (
        b"",
        b"POST /v1beta/inter",
        b"POST /x HTTP/1.1\r\nContent-Length: 99\r\n\r\n{",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    )
    for beginning in beginnings:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(beginning)
    with httpx.Client(base_url=url, trust_env=False) as api:
        with api.stream("POST", PATH, json=RESEARCHED) as response:
            next(response.iter_raw())
        for fault in ("stall-after=2", "stall"):
            headers = {"x-gi-fault": fault}
            with pytest.raises(httpx.ReadTimeout):
                api.post(PATH, json=RESEARCHED, headers=headers, timeout=0.1)
        assert create(api, **HELLO)["steps"] == HELLO_STEPS
    sleep(0.3)  # until the emulator has told them something
    assert capfd.readouterr() == ("", "")


def test_headers_and_events_come_when_they_happen(api: httpx.Client) -> None:
    start = monotonic()
    with api.stream("POST", PATH, json=RESEARCHED) as response:
        headers = monotonic() - start
        first = next(response.iter_raw())
        event = monotonic() - start
    assert first.startswith(b"event: interaction.created\n")
    assert (headers < 0.5, event < 0.5) == (True, True)


def test_a_run_is_cancelled_while_it_is_watched(api: httpx.Client) -> None:
    start = monotonic()
    with api.stream("POST", PATH, json=RESEARCHED) as response:
        chunks = response.iter_raw()
        interaction_id = next(chunks).split(b'"id":"')[1].split(b'"')[0].decode()
        api.post(f"{PATH}/{interaction_id}/cancel").raise_for_status()
        *_, completed, done = chunks
    assert monotonic() - start < 2
    assert b'"status":"cancelled"' in completed
    assert done == b"event: done\ndata: [DONE]\n\n"
    assert api.get(f"{PATH}/{interaction_id}").json()["status"] == "cancelled"


@pytest.mark.parametrize("streamed", [False, True])
def test_many_clients_create_at_once(tmp_path: Path, streamed: bool) -> None:
    file, together = tmp_path / "emulator.db", Barrier(CLIENTS)

    def work(url: str) -> list[str]:
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as api:
            together.wait()
            for _ in range(2):
                if streamed:
                    made = events(api.post(PATH, json=STREAMED))[0]["interaction"]
                else:
                    made = create(api, **HELLO)
                ids.append(made["id"])
                follow_up = {"previous_interaction_id": made["id"]}
                ids.append(create(api, **HELLO, **follow_up)["id"])
        return ids

    ids: list[str] = []
    with (
        serving(Emulator(storage=Stored(file))) as url,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        list(pool.map(work, [url] * CLIENTS))
    with closing(sqlite3.connect(file)) as database:
        kept = database.execute("SELECT id FROM interactions").fetchall()
    assert len(set(ids)) == CLIENTS * 4
    assert sorted(ids) == sorted(row[0] for row in kept)
