"""`gi research` in processes of its own: two at once, killed, under cron."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gi_cli.emulator.app import Emulator
from tests.conftest import KEY
from tests.processes import GI, Result, Running, environment, run
from tests.serving import serving
from tests.survivors import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

ONCE = ("research", "why", "--once", "k")
REPORT = (
    b"# Emulated report\n\n## Findings\n\nThis is an emulated report on: why\n\n"
    b"## Method\n\nTwo searches were emulated, nothing was looked up.\n"
)
BUSY = b"gi: --once: k is under way in another process: waiting\n"
FOLLOWED = b"gi: --once: k was started before: v1_1 is followed\n"
AGAIN = re.compile(rb"gi: --once: k ended at [-0-9]+ [:0-9]+; it is delivered again\n")


class Site:
    """An emulator behind a socket that counts what would be paid for."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.env = environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=url)
        self.creates = 0

    @property
    def claims(self) -> list[tuple[str, str | None]]:
        listed = run("list", "--claims", "--json", env=self.env).out
        return [(row["phase"], row["id"]) for row in json.loads(listed)]

    def starts(self, *more: str, env: dict[str, str] | None = None) -> Running:
        return Running(*ONCE, *more, env=env or self.env, cwd=self.home)


@contextmanager
def site(home: Path, fault: str = "") -> Iterator[Site]:
    numbers = iter(range(1, 99))
    app = Emulator(new_id=lambda: f"v1_{next(numbers)}", fault=fault)
    lock = threading.Lock()

    def counting(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if (method, path) == ("POST", "/v1beta/interactions"):
            with lock:
                made.creates += 1
        return app(environ, start)

    home.mkdir(exist_ok=True)
    with serving(counting) as url:
        made = Site(url, home)
        yield made


def known(at: Site) -> bool:
    return bool(at.claims) and at.claims[0][0] == "id"


def test_a_second_start_waits_and_delivers(tmp_path: Path) -> None:
    with site(tmp_path) as at, at.starts() as first:
        until(lambda: known(at))
        with at.starts() as second, at.starts("--ndjson") as third:
            ended = [each.finish() for each in (first, second, third)]
    assert [each.code for each in ended] == [0, 0, 0]
    assert (ended[0].out, ended[0].err, ended[1].out) == (REPORT, b"", REPORT)
    for each in ended[1:]:
        assert each.err.startswith(BUSY)
        assert AGAIN.fullmatch(each.err.removeprefix(BUSY))
    assert json.loads(ended[2].out.splitlines()[-1])["exit_code"] == 0
    assert at.creates == 1


SIGNALS = {
    signal.SIGKILL: -9,
    signal.SIGTERM: 143,
    signal.SIGINT: 130,
    signal.SIGHUP: 129,
}


@pytest.mark.parametrize("signum", SIGNALS)
def test_the_next_start_attaches(signum: signal.Signals, tmp_path: Path) -> None:
    """The id was known when the first one was killed."""
    with site(tmp_path) as at:
        with at.starts() as first:
            until(lambda: known(at))
            first.signal(signum)
            ended = first.finish()
        assert ended.code == SIGNALS[signum]
        if signum != signal.SIGKILL:
            assert ended.err.endswith(b"gi: hint: gi wait v1_1\ngi: id: v1_1\n")
            assert first.took < 1.0
        done = run(*ONCE, env=at.env)
        assert (done.out, done.err) == (REPORT, FOLLOWED)
        assert (at.creates, at.claims) == (1, [("done", "v1_1")])


def test_the_one_who_waits_takes_over(tmp_path: Path) -> None:
    said = tmp_path / "said"
    argv = ("-c", f"exec gi {shlex.join(ONCE)} 2>said")
    with site(tmp_path) as at, at.starts() as first:
        until(lambda: known(at))
        with Running(*argv, env=at.env, cwd=tmp_path, program="/bin/sh") as second:
            until(lambda: said.exists() and said.read_bytes() == BUSY)
            first.signal(signal.SIGKILL)
            ended = second.finish()
    assert (ended.code, ended.out) == (0, REPORT)
    assert (said.read_bytes(), at.creates) == (BUSY + FOLLOWED, 1)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_killed_before_the_id_is_known(signum: signal.Signals, tmp_path: Path) -> None:
    """Nobody sends it again until a person has let go of the KEY."""
    with site(tmp_path, "stall,on=CREATE,times=1") as at:
        with at.starts() as first:
            until(lambda: at.creates)
            first.signal(signum)
            ended = first.finish()
        assert ended.code == SIGNALS[signum]
        free = b"gi: hint: gi release k\n"
        assert ended.err == (b"" if signum == signal.SIGKILL else free)
        for _ in range(2):
            done = run(*ONCE, env=at.env, code=5)
            assert (done.out, done.err.splitlines(keepends=True)[-1]) == (b"", free)
        assert (at.creates, at.claims) == (1, [("sending", None)])
        line = shlex.split(free.decode().removeprefix("gi: hint: "))
        assert run(*line[1:], "--yes", env=at.env).err == b""
        assert run(*ONCE, env=at.env).out == REPORT
        assert at.creates == 2


def test_a_post_that_times_out(tmp_path: Path) -> None:
    with site(tmp_path, "stall,on=CREATE") as at:
        done = run(*ONCE, "--idle-timeout", "0.5", env=at.env, code=5)
        why = b"gi: error: no answer came: no event came from the server for 0.5 s "
        assert done.err.startswith(why)
        assert done.err.endswith(
            b"; the interaction may have been created; it was not sent again\n"
            b"gi: hint: gi release k\n"
        )
        assert (at.creates, at.claims) == (1, [("sending", None)])


STALLS = (
    "stall-after=4,on=CREATE",
    "stall-after=4,on=CREATE,ping=50",
    "drop-after=3,on=CREATE; resume-then-silent=2",
    "drop-after=2; stall-after=3,on=RESUME",
)


@pytest.mark.parametrize("fault", STALLS)
def test_silence(fault: str, tmp_path: Path) -> None:
    """Comments are no progress: the idle limit of a process ends it."""
    with site(tmp_path, fault) as at:
        argv = ("research", "why", "--idle-timeout", "1", "--timeout", "30")
        done = run(*argv, env=at.env)
    assert (done.out, done.err, at.creates) == (REPORT, b"", 1)


def cron(at: Site, line: str, path: str = os.defpath) -> Result:
    """Run a line as cron does: hardly an environment, no terminal, no stdin."""
    (at.home / "key").write_text(f"{KEY}\n")
    (at.home / "key").chmod(0o600)
    argv = ("env", "-i", f"HOME={at.home}", f"PATH={path}", "SHELL=/bin/sh")
    done = subprocess.run(
        (*argv, "/bin/sh", "-c", line),
        cwd=at.home,
        capture_output=True,
        check=False,
        start_new_session=True,
        timeout=30,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_cron(tmp_path: Path) -> None:
    with site(tmp_path / "home") as at:
        line = (
            f"{GI} research why --once 'news-{{date}}' --base-url {at.url}"
            " --api-key-file key -o report.md <&- >log 2>errors"
        )
        for number in range(2):
            done = cron(at, line)
            assert (done.code, done.out, done.err) == (0, b"", b"")
            assert (at.home / "log").read_bytes() == b""
            errors = (at.home / "errors").read_bytes()
            assert (b"it is delivered again" in errors) == (number == 1)
            report = (at.home / "report.md").read_bytes()
            assert report.startswith(b"# Emulated report\n")
            assert re.search(rb"^!\[image\]\(gi-.*-1\.png\)$", report, re.MULTILINE)
        other = line.replace("research why", "research how")
        assert cron(at, other).code == 2
        assert at.creates == 1


def test_everything_closed(tmp_path: Path) -> None:
    """Stdout is a file, and there are no other descriptors at all."""
    with site(tmp_path / "home") as at:
        options = f"--base-url {at.url} --api-key-file key"
        line = f"{GI} research why --once k {options} <&- >report.md 2>&-"
        done = cron(at, line)
        assert (done.code, done.out, done.err, at.creates) == (0, b"", b"", 1)
        assert (at.home / "report.md").read_bytes() == REPORT


def test_the_line_that_is_printed_finishes_the_job(tmp_path: Path) -> None:
    with site(tmp_path) as at:
        done = run("research", "why", "--timeout", "1", env=at.env, code=6)
        assert done.err == (
            b"gi: error: the deadline was reached after 1 s (--timeout)\n"
            b"gi: hint: gi wait v1_1\n"
            b"gi: id: v1_1\n"
        )
        hint = done.err.decode().splitlines()[1].removeprefix("gi: hint: ")
        env = {**at.env, "GI_LEDGER": "off"}
        whole = run("-c", hint, env=env, program="/bin/sh")
        assert (whole.out, whole.err, at.creates) == (REPORT, b"", 1)


def test_detach_ends_at_once(tmp_path: Path) -> None:
    with site(tmp_path) as at:
        for format, out in (("text", b"v1_1\n"), ("ndjson", None)):
            began = time.monotonic()
            done = run("research", "why", "--detach", "--format", format, env=at.env)
            assert time.monotonic() - began < 2.0
            assert done.err == b""
            assert done.out == out or last(done.out)["interaction_id"] == "v1_2"
        whole = run("wait", "v1_1", "v1_2", env=at.env)
    assert whole.out.splitlines() == [b"v1_1\tcompleted\t0", b"v1_2\tcompleted\t0"]
    assert at.creates == 2


def last(out: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def test_several_that_are_stopped(tmp_path: Path) -> None:
    """Ctrl-C names the line that goes on with them."""
    with site(tmp_path, "queued=60000") as at:
        for _ in range(2):
            run("research", "why", "--detach", env=at.env)
        with Running(
            "wait", "v1_1", "v1_2", "-o", "./", env=at.env, cwd=tmp_path
        ) as one:
            time.sleep(1)
            one.signal(signal.SIGINT)
            ended = one.finish()
    assert (ended.code, ended.out) == (130, b"")
    assert ended.err == b"gi: hint: gi wait v1_1 v1_2\n"
    assert one.took < 1.0
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_gone(tmp_path: Path) -> None:
    """The work goes on, and who reads stderr learns how to get it."""
    with site(tmp_path, "slow=500") as at:
        line = "gi research why --ndjson | head -1 >/dev/null; echo ${PIPESTATUS[0]}"
        done = run("-c", line, env=at.env, program="bash")
        told = b"gi: hint: gi wait v1_1\ngi: id: v1_1\n"
        assert (done.out, done.err) == (b"141\n", told)
        assert run("wait", "v1_1", env=at.env).out == REPORT
        assert at.creates == 1
