"""What gi may be waiting for on this machine when it is told to stop."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.calling import DECLARED, call, calling
from tests.conftest import KEY
from tests.faults.phases import At, Phase, data, events, known
from tests.faults.rows import CREATED, ID, START, TARGET, said
from tests.faults.words import NAMED
from tests.processes import Running, Terminal
from tests.profiles import profile
from tests.scripted import Wait, raw, sse
from tests.stopping import Gate, Stderr, has_data, is_full, until
from tests.survivors import marked

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW = "echo $$ >$DIR/pid; exec sleep 60"
PARAGRAPHS = [said(f"{n} {'x' * 5000}\n") for n in range(800)]  # 4 MB


@contextmanager
def command(at: At) -> Iterator[Phase]:
    reply = calling(call())
    at.server.expect("POST", TARGET, reply)
    pid = at.home / "pid"
    script = shlex.join(("sh", "-c", SLOW))
    yield Phase(
        ("create", "hi", *DECLARED, "--exec", f"get={script}"),
        lambda _: until(lambda: pid.exists() and pid.read_text().strip()),
        lines=data(*events(reply)),
        err=NAMED,
        result=known("requires_action"),
    )


@contextmanager
def prompt(at: At) -> Iterator[Phase]:
    reply = calling(call())
    at.server.expect("POST", TARGET, reply)
    yield Phase(
        ("create", "hi", *DECLARED),
        lambda child: child.read_until(b"> "),
        lines=data(*events(reply)),
        err=None,
        err_end=f"\r\ngi: id: {ID}\r\n",
        result=known("requires_action"),
        running=lambda *argv, **how: Terminal(*argv, tty=("stderr",), **how),
    )


@contextmanager
def pipe_without_a_reader(at: At) -> Iterator[Phase]:
    """-o is a FIFO that nobody has opened: nothing is sent."""
    os.mkfifo(at.home / "out")
    argv = ("create", "hi", "-v", "-o", str(at.home / "out"))
    told = b"the key is from GEMINI_API_KEY"
    yield Phase(argv, lambda child: child.read_until(told), err=None, running=Stderr)


@contextmanager
def full_file(at: At) -> Iterator[Phase]:
    """-o is a FIFO that is open, and full."""
    fifo = at.home / "out"
    os.mkfifo(fifo)
    at.server.expect("POST", TARGET, sse(CREATED, START, *PARAGRAPHS))
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    watch = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    argv = ("create", "hi", "-o", str(fifo))
    yield Phase(argv, lambda _: until(lambda: is_full(watch)), err=NAMED, to_file=True)
    os.close(watch)
    os.close(reader)


@contextmanager
def claim(at: At) -> Iterator[Phase]:
    gate = Gate()
    at.server.expect("POST", TARGET, raw(Wait(gate)))
    argv = ("research", "why", "--once", "k")
    env = {**marked(at.home), "GEMINI_API_KEY": KEY, "GI_BASE_URL": at.server.url}
    busy = "gi: --once: k is under way in another process: waiting\n"
    with Running(*argv, env=env) as holder:
        assert gate.reached.wait(10)
        yield Phase(
            argv,
            lambda child: child.read_until(busy.encode()),
            err=busy,
            running=Stderr,
        )
        holder.signal(9)
        holder.finish()


@contextmanager
def stdin(_: At) -> Iterator[Phase]:
    reader, writer = os.pipe()
    os.write(writer, b"x")
    yield Phase(
        ("create", "-"), lambda _: until(lambda: not has_data(reader)), stdin=reader
    )
    os.close(reader)
    os.close(writer)


@contextmanager
def key_command(at: At) -> Iterator[Phase]:
    text = f"api-key-command = {json.dumps(shlex.join(('sh', '-c', SLOW)))}"
    own = profile(at.home, text)
    pid = at.home / "pid"
    env = {
        "XDG_CONFIG_HOME": own.environ["XDG_CONFIG_HOME"],
        "GEMINI_API_KEY": "",
    }
    ready = lambda: pid.exists() and pid.read_text().strip()  # noqa: E731
    yield Phase(("create", "hi"), lambda _: until(ready), env)
