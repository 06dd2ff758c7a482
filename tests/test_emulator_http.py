"""What is no HTTP, or half of it: always an answer of the API's shape."""

import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gi_cli.emulator.app import Emulator
from tests.serving import serving

PATH = b"/v1beta/interactions"
BODY = b'{"model":"m","input":"Hello"}'
STREAMED = b'{"model":"m","input":"Hello","stream":true}'
HEAD = b"POST %b HTTP/1.1\r\nHost: x\r\n" % PATH
SIZED = b"Content-Length: %d\r\n\r\n%b"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = (
    HEAD + SIZED % (len(BODY), BODY),
    HEAD + SIZED % (len(STREAMED), STREAMED),
    HEAD + CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    b"GET %b/v1_x?include_input=true HTTP/1.1\r\nHost: x\r\n\r\n" % PATH,
    b"POST /upload/v1beta/files HTTP/1.1\r\nHost: x\r\n"
    b"X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n"
    b"X-Goog-Upload-Header-Content-Length: 3\r\n"
    b"X-Goog-Upload-Header-Content-Type: text/plain\r\n" + SIZED % (2, b"{}"),
)
PATIENCE = 10.0  # seconds


class Answer(NamedTuple):
    status: int
    type: bytes
    body: bytes


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with serving(Emulator()) as url:
        host, _, port = url.removeprefix("http://").rpartition(":")
        yield host, int(port)


def exchange(address: tuple[str, int], sent: bytes) -> list[Answer]:
    """Send it, say that no more comes, and take the answers apart."""
    received = b""
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65536):
            received += data
    answers = []
    while received:
        answer, received = _first(received)
        answers.append(answer)
    return answers


def _first(received: bytes) -> tuple[Answer, bytes]:
    head, _, rest = received.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    version, status, _ = start.split(b" ", 2)
    assert version == b"HTTP/1.1"
    fields = dict(line.lower().split(b": ", 1) for line in lines)
    if status == b"100":
        return _first(rest)
    if b"content-length" in fields:
        size = int(fields[b"content-length"])
        body, rest = rest[:size], rest[size:]
        assert len(body) == size
    elif b"transfer-encoding" in fields:
        body, rest = _unchunked(rest)
    else:  # of an HTTP/1.0 client
        body, rest = rest, b""
    return Answer(int(status), fields.get(b"content-type", b""), body), rest


def _unchunked(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body += rest[:length]
        assert rest[length : length + 2] == b"\r\n"
        rest = rest[length + 2 :]
        if not length:
            return body, rest


def refused(code: int, status: str, message: str) -> tuple[int, dict[str, Any]]:
    return code, {"error": {"code": code, "message": message, "status": status}}


SHORT = "The request body is shorter than its headers say."
NO_SIZE = "The size of the request body is not a number."
MALFORMED: dict[str, tuple[bytes, tuple[int, dict[str, Any]]]] = {
    "no request": (
        b"Hello\r\n\r\n",
        refused(400, "INVALID_ARGUMENT", "Bad request syntax ('Hello')"),
    ),
    "no HTTP": (
        b"GET / SMTP/1.1\r\n\r\n",
        refused(400, "INVALID_ARGUMENT", "Bad request version ('SMTP/1.1')"),
    ),
    "HTTP/2": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        refused(400, "INVALID_ARGUMENT", "Invalid HTTP version (2.0)"),
    ),
    "another method": (
        b"BREW / HTTP/1.1\r\n\r\n",
        refused(404, "NOT_FOUND", "Unsupported method ('BREW')"),
    ),
    "a long address": (
        b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * 70_000),
        refused(414, "INVALID_ARGUMENT", "Request-URI Too Long"),
    ),
    "many headers": (
        b"GET / HTTP/1.1\r\n%b\r\n" % (b"a: b\r\n" * 200),
        refused(431, "INVALID_ARGUMENT", "Too many headers"),
    ),
    "no size": (
        HEAD + b"Content-Length: many\r\n\r\n" + BODY,
        refused(400, "INVALID_ARGUMENT", NO_SIZE),
    ),
    "a negative size": (
        HEAD + SIZED % (-1, BODY),
        refused(400, "INVALID_ARGUMENT", NO_SIZE),
    ),
    "half a body": (
        HEAD + SIZED % (99, BODY),
        refused(400, "INVALID_ARGUMENT", SHORT),
    ),
    "half a chunk": (
        HEAD + CHUNKED + b"ff\r\n{",
        refused(400, "INVALID_ARGUMENT", SHORT),
    ),
    "no chunk": (
        HEAD + CHUNKED + b"x" * 1_000_000,
        refused(400, "INVALID_ARGUMENT", NO_SIZE),
    ),
    "too large": (
        HEAD + SIZED % (200_000_000_000, BODY),
        (
            400,
            {
                "error": {
                    "message": "Request payload size exceeds the limit: "
                    "104857600 bytes.",
                    "code": "invalid_request",
                }
            },
        ),
    ),
}


@pytest.mark.parametrize(("sent", "told"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused(
    sent: bytes, told: tuple[int, dict[str, Any]], address: tuple[str, int]
) -> None:
    (answer,) = exchange(address, sent)
    assert answer.type == b"application/json; charset=utf-8"
    assert (answer.status, orjson.loads(answer.body)) == told


def test_head_gets_no_body(address: tuple[str, int]) -> None:
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 404 ")
    assert received.endswith(b"\r\n\r\n")


def test_requests_may_come_at_once(address: tuple[str, int]) -> None:
    assert [each.status for each in exchange(address, b"".join(WHOLE))] == [
        *(200, 200, 200, 404, 200),
    ]


def test_a_bug_is_an_answer_too(capfd: pytest.CaptureFixture[str]) -> None:
    def app(environ: object, start_response: object) -> list[bytes]:
        raise ZeroDivisionError

    with serving(app) as url:
        host, _, port = url.removeprefix("http://").rpartition(":")
        (answer,) = exchange((host, int(port)), WHOLE[0])
    assert (answer.status, orjson.loads(answer.body)) == refused(
        500, "INTERNAL", "Internal error encountered."
    )
    assert "ZeroDivisionError" in capfd.readouterr().err


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A request with some of its bytes gone, doubled or replaced."""
    data = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 12)))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=8),
                st.just(data[at:end] * 2),
                st.sampled_from((b"\r\n", b"\0", b'"', b"{", b"[" * 3000, b"-", b"9")),
            )
        )
        data = data[:at] + piece + data[end:]
    return data


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutated())
@example(WHOLE[0][:-1])
def test_whatever_comes_is_answered(
    address: tuple[str, int], capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    answers = exchange(address, sent)
    assert answers or not sent.partition(b"\n")[0].strip()
    for answer in answers:
        if answer.type == b"text/event-stream":
            assert answer.body.endswith(b"event: done\ndata: [DONE]\n\n")
        elif answer.body:
            value = orjson.loads(answer.body)
            assert answer.status == 200 or value["error"]["message"]
        else:
            assert answer.status == 200
    assert capfd.readouterr() == ("", "")
