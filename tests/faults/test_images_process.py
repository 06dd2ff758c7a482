"""The executable with pictures on their way: stopped, killed, or out of space."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.calling import TARGET, event
from tests.conftest import KEY
from tests.faults.catalogue import held
from tests.images import ID, PNG, SECOND, image, showing, step, text, tree
from tests.processes import GI, Result, Running, environment, run
from tests.scripted import ScriptedServer, Wait, body_reply, sse
from tests.stopping import Gate, stopped, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.images import Json

FIRST, NEXT = "gi-abcdefgh-1.png", "gi-abcdefgh-2.png"
FETCH = f"gi: hint: gi get {ID} --media-dir DIR\n"
NAMED = f"gi: id: {ID}\n"
SIGNALS = [signal.SIGINT, signal.SIGTERM]
every_signal = pytest.mark.parametrize("signum", SIGNALS, ids=lambda s: s.name)


def large() -> bytes:
    """A picture of some megabytes, which no codec makes smaller."""
    file = BytesIO()
    Image.frombytes("RGB", (1024, 1024), os.urandom(3 << 20)).save(file, "PNG")
    return file.getvalue()


LARGE = large()


@pytest.fixture
def env(server: ScriptedServer, tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)


def begun(*contents: Json) -> bytes:
    """An answer with these contents, of which more may come."""
    head = {"id": ID, "status": "in_progress"}
    created = event("interaction.created", interaction=head)
    return created + step(*contents).removesuffix(event("step.stop", index=0))


def opens(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.load()
    return True


def shown(here: Path) -> dict[str, bytes | str]:
    return dict(tree(here, here))


NEXT_DELTA = event("step.delta", index=0, delta=image(LARGE))
WAYS = {
    "in the base64": (NEXT_DELTA[: len(NEXT_DELTA) // 2],),
    "at the end of the base64": (NEXT_DELTA[:-1],),
    "between two": (),
}


@held("F140", "Ctrl-C inside an image")
@every_signal
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("out", ["", "fox.png"])
def test_stopped(
    out: str,
    way: str,
    signum: signal.Signals,
    server: ScriptedServer,
    here: Path,
    env: dict[str, str],
) -> None:
    gate = Gate()
    server.expect("POST", TARGET, sse(begun(image(LARGE)), *WAYS[way], Wait(gate)))
    (here / "fox.png").write_bytes(b"old")
    argv = ("image", "a fox", *(("-o", out) if out else ()))
    name = out or FIRST
    with Running(*argv, env=env, cwd=here) as child:
        child.read_until(f"{name}\n".encode())
        assert gate.reached.wait(10)
        result = stopped(child, signum)
    assert (result.out, result.err.decode()) == (f"{name}\n".encode(), NAMED)
    assert shown(here) == {"fox.png": b"old", name: LARGE}
    assert opens(here / name)


HALF = b64encode(LARGE)[: len(LARGE) // 3 * 2].decode()
CHUNK = {"type": "image", "data": HALF}
FIRST_ONES: dict[str, tuple[bytes, ...]] = {
    "in a line": (begun(), NEXT_DELTA[: len(NEXT_DELTA) // 2]),
    "at the end of a line": (begun(), NEXT_DELTA[:-1]),
    "in a start": (
        begun()[: begun().rindex(b"event: step.start")],
        event("step.start", index=0, step={"type": "model_output", "content": [CHUNK]})[
            :-9
        ],
    ),
}


@held("F140", "Ctrl-C inside an image")
@pytest.mark.parametrize("way", FIRST_ONES)
@pytest.mark.parametrize(
    "argv", [(), ("-o", "fox.png"), ("-o", "pics/"), ("--ndjson",)]
)
def test_stopped_in_the_first_one(
    argv: tuple[str, ...],
    way: str,
    server: ScriptedServer,
    here: Path,
    env: dict[str, str],
) -> None:
    """Nothing of it is left under any name; the id is told."""
    sent, events = FIRST_ONES[way], here.with_name("events")
    server.expect("POST", TARGET, sse(*sent, Wait(Gate())))
    (here / "fox.png").write_bytes(b"old")
    (here / "pics").mkdir()
    argv = (*argv, "--save-events", str(events))
    with Running("image", "a fox", *argv, env=env, cwd=here) as child:
        until(lambda: events.exists() and events.read_bytes() == b"".join(sent))
        result = stopped(child, signal.SIGINT)
    assert result.err.decode() == NAMED
    if "--ndjson" in argv:
        last = json.loads(result.out.splitlines()[-1])
        assert (last["exit_code"], last["files"]) == (130, [])
        assert last["interaction_id"] == ID
    else:
        assert result.out == b""
    assert shown(here) == {"fox.png": b"old", "pics": "folder"}


@pytest.mark.parametrize("way", WAYS)
def test_killed(
    way: str, server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    gate = Gate()
    server.expect("POST", TARGET, sse(begun(image(LARGE)), *WAYS[way], Wait(gate)))
    with Running("image", "a fox", env=env, cwd=here) as child:
        child.read_until(f"{FIRST}\n".encode())
        assert gate.reached.wait(10)
        child.signal(signal.SIGKILL)
        result = child.finish()
    assert result == Result(-signal.SIGKILL, f"{FIRST}\n".encode(), b"")
    assert shown(here) == {FIRST: LARGE}


def shell(
    line: str, env: dict[str, str], here: Path, code: int = 0
) -> tuple[bytes, str]:
    """What a line of a shell, with `gi` as $0, writes to stdout and stderr."""
    argv = ("-c", line, GI)
    done = run(*argv, env=env, cwd=here, code=code, program="/bin/sh")
    return done.out, done.err.decode()


FULL = 'trap "" XFSZ; ulimit -f 2048; exec "$0" '
TOO_LARGE = f"gi: error: image 2: .: File too large\n{FETCH}{NAMED}"


@held("F139", "the disk is full")
def test_no_space(server: ScriptedServer, here: Path, env: dict[str, str]) -> None:
    contents = (image(PNG), text("one "), image(LARGE), text("two "), image(SECOND))
    server.expect("POST", TARGET, showing(*contents))
    line = f"{FULL} create hi --media-dir ."
    out, err = shell(line, env, here, 9)
    left = f"[image: image/png, 3.2 MB; gi get {ID} --media-dir DIR]"
    third = "gi-abcdefgh-3.png"
    lines = (f"![image](./{FIRST})", "one ", left, "two ", f"![image](./{third})")
    assert (out.decode().splitlines(), err) == ([*lines], TOO_LARGE)
    assert shown(here) == {FIRST: PNG, third: SECOND}


@held("F139", "the disk is full")
def test_no_space_for_the_file_that_is_replaced(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    (here / "fox.png").write_bytes(b"old")
    server.expect("POST", TARGET, showing(image(LARGE), image(SECOND)))
    out, err = shell(f"{FULL} image fox -o fox.png", env, here, 9)
    why = f"gi: error: image 1: fox.png: File too large\n{FETCH}{NAMED}"
    assert (out, err) == (b"fox-2.png\n", why)
    assert shown(here) == {"fox.png": b"old", "fox-2.png": SECOND}


@held("F139", "an I/O error")
@pytest.mark.parametrize("argv", [("image", "fox"), ("create", "hi")])
def test_a_terminal_that_is_gone(
    argv: tuple[str, ...], server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    """Whoever runs it: what -o names cannot be written any more."""
    gate = Gate()
    parts = (begun(), Wait(gate), begun(text("a"), image(PNG), image(SECOND)))
    over = event("interaction.completed", interaction={"id": ID, "status": "completed"})
    server.expect("POST", TARGET, sse(*parts, over))
    master, slave = pty.openpty()
    place = os.ttyname(slave)
    with Running(*argv, "-o", place, env=env, cwd=here) as child:
        assert gate.reached.wait(10)
        os.close(slave)
        os.close(master)
        gate.set()
        result = child.finish()
    is_image = argv[0] == "image"
    assert result.code == 9, result
    assert result.out == (f"{NEXT}\n".encode() if is_image else b"")
    where = f"image 1: -o: {place}" if is_image else f"-o: {place}"
    get = FETCH if is_image else f"gi: hint: gi get {ID}\n"
    told = f"gi: error: {where}: Input/output error\n{get}{NAMED}"
    assert result.err.decode().endswith(told)
    assert shown(here) == ({NEXT: SECOND} if is_image else {})


def test_the_reader_leaves(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    left = Gate()
    server.expect(
        "POST", TARGET, sse(begun(image(PNG)), Wait(left), begun(image(SECOND)))
    )
    reader, writer = os.pipe()
    argv = (GI, "image", "fox")
    pipe: Any = subprocess.PIPE
    with subprocess.Popen(argv, env=env, cwd=here, stdout=writer, stderr=pipe) as child:
        os.close(writer)
        assert os.read(reader, 100) == f"{FIRST}\n".encode()
        os.close(reader)
        _, err = child.communicate(timeout=10)
    assert (child.returncode, err) == (141, b"")
    assert shown(here) == {FIRST: PNG}


def test_a_closed_stdout(
    server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    for argv in ("", "-o -"):
        out, err = shell(f'"$0" image fox {argv} >&-', env, here, 9)
        hint = "gi: hint: write to a file with -o\n"
        assert (out, err) == (b"", f"gi: error: stdout: it is closed\n{hint}")
    assert (server.requests, shown(here)) == ([], {})


@pytest.mark.parametrize("mask", ["000", "022", "027", "077"])
def test_umask(
    mask: str, server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    content = {"type": "image", "uri": f"{server.url}/x"}
    server.expect("POST", TARGET, showing(image(PNG), content))
    server.expect("GET", "/x", body_reply(SECOND))
    out, err = shell(f'umask {mask}; exec "$0" image fox', env, here)
    assert (out.decode().split(), err) == ([FIRST, NEXT], "")
    modes = {path.name: path.stat().st_mode & 0o777 for path in here.iterdir()}
    wanted = 0o666 & ~int(mask, 8)
    assert modes == {FIRST: wanted, NEXT: wanted}


@held("F138", "-o /dev/stdout")
@pytest.mark.parametrize("out", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_to_another_program(
    out: str, server: ScriptedServer, here: Path, env: dict[str, str]
) -> None:
    server.expect("POST", TARGET, showing(image(LARGE), text("words")))
    got = shell(f'"$0" image fox -o {out} | cat', env, here)
    assert got == (LARGE, "words\n")
    assert shown(here) == {}
