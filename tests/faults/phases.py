"""What gi may be waiting for when it is told to stop, each with what it leaves.

A phase is a context: it yields how gi is run, how to know that it has come there, and
what a user sees of its end.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests import images
from tests.faults.rows import CREATED, HEAD, ID, START, TARGET, said
from tests.faults.words import NAMED
from tests.following import refusal
from tests.images import showing
from tests.processes import Running
from tests.scripted import Reply, ScriptedServer, Wait, json_reply, raw, sse
from tests.stopping import Gate, Stderr, deaf, is_connecting, until
from tests.survivors import alive

FETCHED = "/x"
WAIT = f"gi wait {ID}"


class At(NamedTuple):
    server: ScriptedServer
    home: Path


class Phase(NamedTuple):
    """`text` and `lines` are what stdout has by then; `err` is the whole of stderr, or
    None where a screen shows more."""

    argv: Sequence[str]
    ready: Callable[[Any], object]
    env: Mapping[str, str] = {}
    text: bytes = b""
    lines: Sequence[bytes] = ()
    err: str | None = ""
    result: Mapping[str, Any] = {}  # what gi.result has of an interaction
    err_end: str = ""
    to_file: bool = False  # stdout stays empty in every format
    running: Callable[..., Running] = Running
    stdin: int | None = None


def known(status: str = "in_progress") -> dict[str, Any]:
    return {"interaction_id": ID, "interaction_ids": [ID], "status": status}


def reached(gate: Gate) -> Callable[[object], None]:
    return lambda _: _assert(gate.reached.wait(10))


def _assert(value: object) -> None:
    assert value


def data(*events: bytes) -> list[bytes]:
    return [each.partition(b"data: ")[2].rstrip() for each in events]


@contextmanager
def resolving(at: At) -> Iterator[Phase]:
    """The C library reads a file of aliases that never ends."""
    fifo, opened = at.home / "aliases", ExitStack()
    os.mkfifo(fifo)

    def is_read() -> bool:
        with suppress(OSError):  # ENXIO: nobody has it open
            number = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            opened.callback(os.close, number)
            return True
        return False

    with opened:
        argv = ("create", "hi", "--base-url", "https://nodots")
        env = {"HOSTALIASES": str(fifo)}
        yield Phase(argv, lambda _: until(is_read), env)


@contextmanager
def connecting(_: At) -> Iterator[Phase]:
    with deaf() as port:
        argv = ("create", "hi", "--base-url", f"http://127.0.0.1:{port}")
        yield Phase(argv, lambda _: until(lambda: is_connecting(port)))


@contextmanager
def silent() -> Iterator[tuple[int, Callable[[object], None]]]:
    """A listener that takes a connection and whatever comes, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as opened:

        def accepted(_: object) -> None:
            connection, _ = listener.accept()
            assert opened.enter_context(connection).recv(1)

        yield listener.getsockname()[1], accepted


@contextmanager
def handshake(_: At) -> Iterator[Phase]:
    with silent() as (port, accepted):
        argv = ("create", "hi", "--base-url", f"https://127.0.0.1:{port}")
        yield Phase(argv, accepted)


@contextmanager
def proxy(_: At) -> Iterator[Phase]:
    """Nothing has landed, so the KEY of --once need not be released."""
    with silent() as (port, accepted):
        argv = ("research", "why", "--once", "k", "--base-url", "https://one.example")
        yield Phase(argv, accepted, {"HTTPS_PROXY": f"127.0.0.1:{port}"})


@contextmanager
def headers(at: At) -> Iterator[Phase]:
    gate = Gate()
    at.server.expect("POST", TARGET, raw(Wait(gate)))
    yield Phase(("create", "hi"), reached(gate))


@contextmanager
def streaming(at: At) -> Iterator[Phase]:
    begun = (CREATED, START, said("one "))
    at.server.expect("POST", TARGET, sse(*begun, Wait(threading.Event()), chunked=True))
    yield Phase(
        ("create", "hi"),
        lambda child: child.read_until(b"one "),
        text=b"one ",
        lines=data(*begun),
        err=NAMED,
        result=known(),
    )


@contextmanager
def back_off(at: At) -> Iterator[Phase]:
    at.server.expect(
        "POST", TARGET, refusal(429, "too_many_requests", **{"retry-after": "30"})
    )
    waiting = b"trying again in 30.0 s\n"
    yield Phase(
        ("create", "hi", "-v"),
        lambda child: child.read_until(waiting),
        err=None,
        running=Stderr,
    )


def events(reply: Reply) -> list[bytes]:
    _, body = reply.actions
    assert isinstance(body, bytes)
    return [each for each in body.split(b"\n\n") if each and b"[DONE]" not in each]


@contextmanager
def polling(at: At) -> Iterator[Phase]:
    """In the background, after a cut, when its stream is refused."""
    begun = (CREATED, START, said("one "))
    at.server.expect("POST", TARGET, sse(*begun))
    own = f"{TARGET}/{ID}"
    at.server.always("GET", own, json_reply({**HEAD, "steps": []}))
    at.server.always("GET", f"{own}?stream=true", refusal(400))
    asked = [("POST", TARGET), ("GET", own), ("GET", f"{own}?stream=true")]

    def polls() -> bool:
        return [(r.method, r.target) for r in at.server.requests][:3] == asked

    yield Phase(
        ("create", "hi", "--agent", "mine", "--background"),
        lambda _: until(polls),
        text=b"one ",
        lines=data(*begun),
        err=f"gi: hint: {WAIT}\n{NAMED}",
        result=known(),
    )


@contextmanager
def uploading(at: At) -> Iterator[Phase]:
    path = at.home / "clip.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(20 << 20))
    with socket.socket() as listener, ExitStack() as opened:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def begun(_: object) -> None:
            start, _ = listener.accept()
            with start:
                assert start.recv(65536).startswith(b"POST /upload/v1beta/files HTTP")
                told = f"x-goog-upload-url: {url}/put?upload_id=AAwnv3IAThe-id_of-it"
                head = f"HTTP/1.1 200 OK\r\n{told}\r\nconnection: close\r\n\r\n"
                start.sendall(head.encode())
            piece, _ = listener.accept()
            assert opened.enter_context(piece).recv(1000).startswith(b"POST /put?")

        yield Phase(("create", "hi", "-i", str(path)), begun, {"GI_BASE_URL": url})


@contextmanager
def fetching(at: At) -> Iterator[Phase]:
    gate = Gate()
    content = {"type": "image", "uri": f"{at.server.url}{FETCHED}"}
    reply = showing(content)
    begun = events(reply)[:2]
    at.server.expect("POST", TARGET, reply)
    at.server.expect("GET", FETCHED, raw(b"HTTP/1.1 200 OK\r\n\r\nhalf", Wait(gate)))
    yield Phase(
        ("create", "hi", "--media-dir", "."),
        reached(gate),
        lines=data(*begun),
        err=f"gi: id: {images.ID}\n",
        result=known() | {"interaction_id": images.ID, "interaction_ids": [images.ID]},
    )


def nobody_is_left(at: At) -> None:
    until(lambda: alive(at.home) == [])
