"""However often a stream is cut: the same output, each word once, and one POST."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.cutting import folded
from tests.following import events, refusal
from tests.keeping import ID, IDS, NEVER, REPORT, WHOLE, Hasty, Keeper
from tests.processes import environment, run
from tests.scripted import ScriptedServer

FORMATS = ("text", "ndjson", "json", "sse")


def ask(gi: Gi, server: ScriptedServer, *argv: str, code: int = 0) -> Done:
    words = ("create", "hi", "--background", "--base-url", server.url, *argv)
    return gi(*words, code=code, clock=Hasty())


def same(format: str, out: bytes, server: Keeper, whole: bytes) -> None:
    """The output is what it would have been without the cuts."""
    if format == "ndjson":
        *lines, last = out.splitlines()
        found = events(b"".join(b"data: %b\n\n" % line for line in lines))
        assert folded(found) == folded(events(b"".join(server.frames)))
        assert json.loads(last)["exit_code"] == 0
        assert json.loads(last)["interaction_ids"] == [ID]
    elif format == "sse":
        received, _, recovered = out.partition(b"event: gi.recovered\n")
        assert received == b"".join(server.sent)
        if recovered:
            data = recovered.removeprefix(b"data: ").removesuffix(b"\n\n")
            assert json.loads(data) == WHOLE
    elif format == "json":
        assert json.loads(out) == json.loads(whole)
    else:
        assert out == whole == REPORT


def play(gi: Gi, format: str, *argv: str, **settings: Any) -> Keeper:
    """Ask a service that behaves so, and compare with one that cuts nothing."""
    ids, every = settings.pop("ids", "some"), settings.pop("every", 2)
    with Keeper(NEVER, ids=ids) as calm:
        whole = ask(gi, calm, "--format", format)
    with Keeper(every, ids=ids, polls=settings.pop("polls", NEVER)) as server:
        for name, value in settings.items():
            setattr(server, name, value)
        done = ask(gi, server, "--format", format, *argv)
        same(format, done.out, server, whole.out)
        assert (done.err, server.posts) == (whole.err, 1)
    return server


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("every", [1, 2, 5, 50])
def test_every_so_many_events_a_cut(every: int, ids: str, format: str, gi: Gi) -> None:
    play(gi, format, every=every, ids=ids, polls=40)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("every", [1, 2, 5])
def test_cuts_that_resumes_alone_mend(every: int, format: str, gi: Gi) -> None:
    server = play(gi, format, every=every, ids="all")
    assert server.streams == (len(server.frames) - 2) // every


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("every", [1, 2, 5])
def test_replays_from_the_start(every: int, ids: str, format: str, gi: Gi) -> None:
    server = play(gi, format, every=every, ids=ids, replays=True)
    assert server.streams == (len(server.frames) - 2) // every


@pytest.mark.parametrize("format", ["text", "sse"])
def test_after_silence_it_is_polled(format: str, tmp_path: Path) -> None:
    """Two events, and then nothing: there is no second resume."""
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    with Keeper(2, polls=2) as server:
        server.silent = True
        argv = ("create", "hi", "--background", "--idle-timeout", "0.5")
        at = ("--base-url", server.url, "--format", format)
        done = run(*argv, *at, env=env)
        same(format, done.out, server, REPORT)
    assert (server.posts, server.streams, server.asked, done.err) == (1, 1, 3, b"")


def test_it_is_polled_less_and_less_often(gi: Gi) -> None:
    clock = FakeClock()
    with Keeper(2, polls=9) as server:
        server.refuses = refusal(400)
        gi("create", "hi", "--background", "--base-url", server.url, clock=clock)
    around = [5.0, 6.5, 8.45, 10.985, 14.2805, 15.0, 15.0, 15.0, 15.0]
    assert clock.slept == [pytest.approx(each, rel=0.11) for each in around]
