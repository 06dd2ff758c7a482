"""The executable while it fetches a picture: stopped, killed, late, out of space."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.calling import TARGET, event, stream
from tests.conftest import KEY
from tests.faults.test_images_process import (
    FETCH,
    FIRST,
    FULL,
    LARGE,
    NAMED,
    TOO_LARGE,
    begun,
    every_signal,
    shell,
    shown,
)
from tests.images import ID, PNG, SECOND, image, showing, step, text
from tests.processes import Running, environment
from tests.scripted import ScriptedServer, Wait, body_reply, raw, sse
from tests.stopping import Gate, stopped, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.images import Json


@pytest.fixture
def env(server: ScriptedServer, tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)


def stalling(server: ScriptedServer, *before: Json) -> Gate:
    """A picture behind an address comes in half, after others."""
    gate = Gate()
    content = {"type": "image", "uri": f"{server.url}/x"}
    server.expect("POST", TARGET, showing(*before, content, text("after")))
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(LARGE)}\r\n\r\n".encode()
    server.expect("GET", "/x", raw(head, LARGE[: len(LARGE) // 2], Wait(gate)))
    return gate


def part(here: Path) -> Path | None:
    return next(iter(here.glob(".*.part")), None)


@every_signal
def test_stopped_while_fetching(
    signum: signal.Signals, server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    gate = stalling(server, image(PNG))
    with Running("image", "a fox", env=env, cwd=here) as child:
        assert gate.reached.wait(10)
        until(lambda: (found := part(here)) and found.stat().st_size > 1 << 20)
        result = stopped(child, signum)
    assert (result.out, result.err.decode()) == (f"{FIRST}\n".encode(), NAMED)
    assert shown(here) == {FIRST: PNG}


def test_killed_while_fetching(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    gate = stalling(server, image(PNG))
    (here / "fox.png").write_bytes(b"old")
    with Running("image", "a fox", "-o", "{n}.png", env=env, cwd=here) as child:
        assert gate.reached.wait(10)
        until(lambda: (found := part(here)) and found.stat().st_size > 1 << 20)
        child.signal(signal.SIGKILL)
        assert child.finish().code == -signal.SIGKILL
    names = {name for name in shown(here) if not name.endswith(".part")}
    assert names == {"1.png", "fox.png"}
    assert (here / "1.png").read_bytes() == PNG


def test_what_came_before_does_not_wait(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    gate, content = Gate(), {"type": "image", "uri": f"{server.url}/x"}
    server.expect("POST", TARGET, showing(text("before"), content))
    server.expect("GET", "/x", raw(Wait(gate), body_reply(PNG).actions[0], PNG))
    argv = ("create", "hi", "--media-dir", ".")
    with Running(*argv, env=env, cwd=here) as child:
        assert child.read_until(b"before") == b"before"
        assert gate.reached.wait(10)
        gate.set()
        assert child.finish().code == 0
    assert shown(here) == {FIRST: PNG}


LIMITS = {
    "deadline": ("--timeout", 6, "the deadline was reached after 1 s (--timeout)"),
    "idle": (
        "--idle-timeout",
        8,
        "no event came from the server for 1 s (--idle-timeout)",
    ),
}


@pytest.mark.parametrize("how", ["streamed", "at the end"])
@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_while_fetching(
    name: str, how: str, server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    flag, code, why = LIMITS[name]
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(PNG)}\r\n\r\n".encode()
    content = {"type": "image", "uri": f"{server.url}/x"}
    steps = [{"type": "model_output", "content": [content, text("after")]}]
    end = {"id": ID, "status": "completed"}
    ended = sse(stream(**end, steps=steps))
    late = step(text("after"), index=1) + event(
        "interaction.completed", interaction=end
    )
    streamed = sse(begun(content), late, chunked=True)  # `late` is a wait of its own
    server.expect("POST", TARGET, ended if how == "at the end" else streamed)
    server.expect("GET", "/x", raw(head, PNG[:9], Wait(Gate())))
    argv = ("create", "hi", "--media-dir", ".", flag, "1")
    with Running(*argv, env=env, cwd=here) as child:
        result = child.finish()
    assert (result.code, 1 < child.took < 3) == (code, True), child.took
    told = f"{server.url}/x was not read to its end: {why}"
    if code == 8:  # the answer itself goes on
        left = f"[image: of unknown type; gi get {ID} --media-dir DIR]\nafter"
        assert result.out.decode() == left
        assert result.err.decode() == f"gi: error: image 1: {told}\n{FETCH}{NAMED}"
    else:
        again = f"gi: hint: gi wait {ID}\n"
        assert result.out == b""
        assert result.err.decode() == f"gi: error: {told}\n{again}{NAMED}"
    assert shown(here) == {}


def test_no_space_while_fetching(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    content = {"type": "image", "uri": f"{server.url}/x"}
    server.expect("POST", TARGET, showing(image(PNG), content, image(SECOND)))
    server.expect("GET", "/x", body_reply(LARGE))
    out, err = shell(f"{FULL} image fox", env, here, 9)
    third = "gi-abcdefgh-3.png"
    assert (out.decode().split(), err) == ([FIRST, third], TOO_LARGE)
    assert shown(here) == {FIRST: PNG, third: SECOND}
