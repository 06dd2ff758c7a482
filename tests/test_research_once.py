"""`gi research --once KEY`: what each start finds, pays for and delivers."""

import json
import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Done, run_main
from tests.researching import RELEASE, WAIT, Service

DAY = 86_400.0
ONCE = ("research", "why", "--once", "news-{date}")
TODAY = "news-2026-09-21"
REPORT = (
    b"# Emulated report\n\n## Findings\n\nThis is an emulated report on: why\n\n"
    b"## Method\n\nTwo searches were emulated, nothing was looked up.\n"
)
AGAIN = f"gi: --once: {TODAY} ended at 2026-09-21 14:13:22; it is delivered again\n"
BEFORE = f"gi: --once: {TODAY} was started before: v1_1 is followed\n"
FREE = f"gi: hint: {RELEASE} {TODAY}\n"
UNSURE = (
    f"gi: error: --once: {TODAY}: a run that was ended sent it at "
    f"2026-09-21 14:13:20: the interaction may have been created\n{FREE}"
)

FORMATS = ("text", "ndjson", "json", "sse")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    return Service(tmp_path)


def claims(service: Service) -> list[tuple[str, str, str | None]]:
    rows = json.loads(service.gi("list", "--claims", "--json").out)
    return [(row["key"], row["phase"], row["id"]) for row in rows]


def asked(service: Service) -> list[str]:
    return [
        f"{r.method} {r.url.path.removeprefix('/v1beta/')}" for r in service.requests
    ]


def test_once(service: Service) -> None:
    assert service.gi(*ONCE) == Done(0, REPORT, "")
    assert claims(service) == [(TODAY, "done", "v1_1")]
    for _ in range(2):
        assert service.gi(*ONCE) == Done(0, REPORT, AGAIN)
    assert asked(service) == ["POST interactions", *["GET interactions/v1_1"] * 2]
    assert service.creates == 1


def test_the_next_day(service: Service) -> None:
    service.gi(*ONCE)
    service.clock.time += DAY
    assert service.gi(*ONCE) == Done(0, REPORT, "")
    assert (service.creates, len(claims(service))) == (2, 2)
    other = ("research", "why", "--once", "{month}")
    for _ in range(2):
        service.gi(*other)
        service.clock.time += DAY
    assert service.creates == 3


@pytest.mark.parametrize("format", FORMATS)
def test_delivered_again(format: str, service: Service) -> None:
    service.gi(*ONCE)
    done = service.gi(*ONCE, "--format", format)
    assert (done.err, service.creates) == (AGAIN, 1)
    check(format, done.out)
    if format in ("text", "sse"):
        assert done.out == service.gi("get", "v1_1", "--format", format).out


@pytest.mark.parametrize("format", FORMATS)
def test_attached(format: str, service: Service) -> None:
    service.gi(*ONCE, "--detach")
    done = service.gi(*ONCE, "--format", format)
    assert (done.err, service.creates) == (BEFORE, 1)
    check(format, done.out)
    assert claims(service) == [(TODAY, "done", "v1_1")]


def check(format: str, out: bytes) -> None:
    """It is the whole report."""
    if format == "ndjson":
        *events, result = [json.loads(line) for line in out.splitlines()]
        deltas = [e["delta"] for e in events if e["event_type"] == "step.delta"]
        out = "".join(d["text"] for d in deltas if d["type"] == "text").encode()
        assert (result["event_type"], result["exit_code"]) == ("gi.result", 0)
    elif format == "json":
        found = json.loads(out)
        (content,) = found["steps"][-1]["content"]
        out = content["text"].encode()
        assert (found["status"], found["gi"]["exit_code"]) == ("completed", 0)
    elif format == "sse":
        assert out.startswith((b"event: interaction.created\n", b"event: gi.recovered"))
        return
    assert out == REPORT


def test_a_file_again(service: Service, tmp_path: Path) -> None:
    """Charts that are there already count as written."""
    argv = (*ONCE, "-o", "report.md", "--sources", "sources.tsv")
    service.gi(*argv)
    found = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert sorted(found) == ["gi-v11-1.png", "report.md", "sources.tsv"]
    (tmp_path / "report.md").write_text("old")
    assert service.gi(*argv) == Done(0, b"", AGAIN)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == found
    assert service.creates == 1


@pytest.mark.parametrize("more", [(), ("--detach",)])
def test_the_id_again(more: tuple[str, ...], service: Service, tmp_path: Path) -> None:
    argv = (*ONCE, "--id-file", "id", *more)
    for _ in range(2):
        done = service.gi(*argv)
        assert (tmp_path / "id").read_text() == "v1_1\n"
        (tmp_path / "id").unlink()
    assert done.out == (b"v1_1\n" if more else REPORT)
    assert service.creates == 1


CHANGED = {
    "prompt": ("research", "how", "--once", "news-{date}"),
    "agent": (*ONCE, "--agent", "max"),
    "tool": (*ONCE, "--tool", "google_search"),
    "a place for charts": (*ONCE, "--media-dir", "."),
}


@pytest.mark.parametrize("name", CHANGED)
def test_another_request(name: str, service: Service) -> None:
    service.gi(*ONCE)
    error = f"--once: {TODAY} was claimed for another request at 2026-09-21 14:13:20"
    hint = f"another KEY, or {RELEASE} {TODAY}"
    said = f"gi: error: {error}\ngi: hint: {hint}\n"
    assert service.gi(*CHANGED[name], code=2) == Done(2, b"", said)
    assert len(service.requests) == 1


def test_a_preview_claims_nothing(service: Service) -> None:
    service.gi(*ONCE, "--dry-run")
    service.gi(*ONCE, "--curl")
    assert (claims(service), service.requests) == ([], [])


def test_no_ledger(service: Service) -> None:
    said = "gi: error: GI_LEDGER=off: claims need a ledger\n"
    done = service.gi(*ONCE, code=2, environ={"GI_LEDGER": "off"})
    assert (done, service.requests) == (Done(2, b"", said), [])


LOST = {
    "drop": 5,
    "stall": 5,
    "drop-after=0": 5,
    "stall-after=0": 5,
    "status=500": 5,
    "status=502": 5,
    "status=504": 5,
    "status=503": 5,
    "stall; slow=1": 6,
}


@pytest.mark.parametrize("fault", LOST)
def test_it_may_have_landed(fault: str, service: Service) -> None:
    """One POST, and nobody repeats it before a person has let go of the KEY."""
    code = LOST[fault]
    service.fault = ";".join(f"{each},on=CREATE" for each in fault.split(";"))
    more = ("--timeout", "5") if code == 6 else ()
    done = service.gi(*ONCE, *more, code=code)
    assert (done.out, done.err.splitlines(keepends=True)[-1]) == (b"", FREE)
    assert "the interaction may have been created" in done.err
    assert claims(service) == [(TODAY, "sending", None)]
    service.fault = ""
    assert service.gi(*ONCE, code=5) == Done(5, b"", UNSURE)
    assert len(service.requests) == 1
    _gi, *words = shlex.split(FREE.removeprefix("gi: hint: "))
    words = [word for word in words if not word.startswith(("--base-url", "https:"))]
    done = service.gi(*words, code=2)
    assert done.err.startswith(f"gi: {TODAY}: sending, 2026-09-21 14:13:20\n")
    assert service.gi(*words, "--yes") == Done(0, b"", "")
    assert service.gi(*ONCE).out == REPORT
    assert service.creates == 2


REFUSED = {
    "status=400": 1,
    "status=401": 3,
    "status=403": 3,
    "status=404": 1,
    "status=409": 1,
    "status=429": 4,
    "rate-limit=500": 4,
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refused_before_it_was_created(fault: str, service: Service) -> None:
    service.fault = f"{fault},on=CREATE"
    done = service.gi(*ONCE, code=REFUSED[fault])
    assert "release" not in done.err
    assert claims(service) == []
    refused, service.fault = service.creates, ""
    assert service.gi(*ONCE) == Done(0, REPORT, "")
    assert service.creates == refused + 1


def test_no_connection(service: Service) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    argv = (*ONCE, "--base-url", url, "--retries", "1")
    done = run_main(*argv, code=5, environ=service.environ, clock=service.clock)
    assert "release" not in done.err
    listed = ("list", "--claims", "--json", "--base-url", url)
    assert run_main(*listed, environ=service.environ).out == b"[]\n"


def test_no_key(service: Service) -> None:
    service.gi(*ONCE, code=3, environ={"GEMINI_API_KEY": ""})
    assert (claims(service), service.requests) == ([], [])


ENDS = {"failed": 1, "cancelled": 1, "incomplete": 8, "requires_action": 7}


@pytest.mark.parametrize("status", ENDS)
def test_it_ended_badly(status: str, service: Service) -> None:
    """What there is comes again, with the same code."""
    service.fault = f"end={status}"
    first = service.gi(*ONCE, code=ENDS[status])
    service.fault = ""
    second = service.gi(*ONCE, code=ENDS[status])
    # Why it failed, only GET tells.
    why = "failed: internal_error: The interaction fails on demand.\n"
    said = AGAIN + first.err.replace("failed\n", why)
    assert (second.out, second.err) == (first.out, said)
    ((_, phase, _),) = claims(service)
    assert (phase, service.creates) == ("done", 1)


def test_no_longer_stored(service: Service) -> None:
    service.gi(*ONCE)
    service.fault = "gone"
    gone = f"gi: error: {TODAY} ended at 2026-09-21 14:13:22, and is no longer stored\n"
    said = f"{AGAIN}{gone}{FREE}gi: id: v1_1\n"
    assert service.gi(*ONCE, code=1) == Done(1, b"", said)
    assert claims(service) == [(TODAY, "done", "v1_1")]
    service.fault = ""
    assert service.gi(*ONCE) == Done(0, REPORT, AGAIN)


def test_deleted_while_it_ran(service: Service) -> None:
    service.gi(*ONCE, "--detach")
    service.gi("delete", "v1_1")
    why = "the API refused the request: 404 not_found: Interaction 'v1_1' not found."
    said = f"{BEFORE}gi: error: {why}\n{FREE}gi: id: v1_1\n"
    assert service.gi(*ONCE, code=1) == Done(1, b"", said)
    assert claims(service) == [(TODAY, "id", "v1_1")]
    service.gi("release", TODAY, "--yes")
    assert service.gi(*ONCE) == Done(0, REPORT, "")
    assert service.creates == 2


def test_the_deadline(service: Service) -> None:
    """Each start follows a while; the last one delivers."""
    late = "gi: error: the deadline was reached after 0.5 s (--timeout)\n"
    said = f"{late}gi: hint: {WAIT} v1_1\ngi: id: v1_1\n"
    argv = (*ONCE, "--timeout", "0.5")
    assert service.gi(*argv, code=6) == Done(6, b"", said)
    assert service.gi(*argv, code=6) == Done(6, b"", BEFORE + said)
    assert claims(service) == [(TODAY, "id", "v1_1")]
    assert service.gi(*ONCE) == Done(0, REPORT, BEFORE)
    assert (claims(service), service.creates) == ([(TODAY, "done", "v1_1")], 1)


@pytest.mark.parametrize("fault", ["drop-after=3", "truncate", "stall-after=4; replay"])
def test_through_faults(fault: str, service: Service) -> None:
    service.fault = fault
    assert service.gi(*ONCE) == Done(0, REPORT, "")
    assert service.gi(*ONCE).out == REPORT
    assert service.creates == 1
