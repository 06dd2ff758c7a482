"""`gi research`: one report through everything that breaks a stream."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done
from tests.researching import WAIT, Service

ASK = ("research", "why")

Json = dict[str, Any]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    return Service(tmp_path)


RESUMED = "drop-after=4,on=CREATE; "
BROKEN = (
    *(f"drop-after={k}" for k in (*range(1, 12), 50)),
    *(f"drop-after={k}; no-event-ids" for k in (1, 2, 5, 50)),
    *(f"drop-after={k}; replay" for k in (1, 2, 5, 50)),
    *(f"drop-after={k}; replay; no-event-ids" for k in (1, 2, 5, 50)),
    *(f"stall-after={k},on=CREATE" for k in (1, 5)),
    "stall-after=5",
    "stall-after=5,on=CREATE,ping=5000",
    "stall-after=5,ping=5000",
    "truncate",
    "truncate,on=CREATE; truncate,on=RESUME,times=9",
    "error-after=1",
    "slow=70000,on=RESUME; drop-after=3,on=CREATE",
    "chunk=7; drop-after=6",
    "queued=2000",
    "queued=2000; drop-after=1",
    "drop-after=3; gone,times=3",
    f"{RESUMED}resume-refused",
    f"{RESUMED}resume-then-silent=2",
    f"{RESUMED}resume-then-silent=0",
    f"{RESUMED}resume-then-silent=2; replay",
    f"{RESUMED}status=503,on=READ,times=3",
    f"{RESUMED}status=503,on=READ,times=30",
    f"{RESUMED}status=500,on=RESUME",
    f"{RESUMED}status=503,on=READ,shape=page,times=4",
    f"{RESUMED}rate-limit,on=READ,times=4",
    f"{RESUMED}drop,on=READ,times=4",
    f"{RESUMED}stall,on=READ,times=2",
    "drop-after=2; status=503,on=READ,chance=0.5,seed=a; drop,on=READ,chance=0.2",
)


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """What each format gives when nothing breaks."""
    home = tmp_path_factory.mktemp("uncut")
    formats = ("text", "ndjson", "json", "sse")
    return {each: Service(home).gi(*ASK, "--format", each) for each in formats}


def lines(out: bytes) -> list[Json]:
    return [json.loads(line) for line in out.splitlines()]


def told(events: list[Json]) -> dict[str, str]:
    """All text of each step, by index: a word that came twice is there twice."""
    found: dict[str, str] = {}
    for each in events:
        delta = each.get("delta", {})
        text = delta.get("text", "") + delta.get("content", {}).get("text", "")
        key = f"{each.get('index')} {delta.get('type')}"
        if text:
            found[key] = found.get(key, "") + text
    return found


def ends(events: list[Json]) -> tuple[list[Any], list[Any]]:
    """The steps that were begun and ended, each once."""
    starts = [e["index"] for e in events if e["event_type"] == "step.start"]
    stops = [e["index"] for e in events if e["event_type"] == "step.stop"]
    return starts, stops


@pytest.mark.parametrize("fault", BROKEN)
def test_text(fault: str, service: Service, uncut: dict[str, Done]) -> None:
    service.fault = fault
    assert service.gi(*ASK) == uncut["text"]
    assert service.creates == 1


@pytest.mark.parametrize("fault", BROKEN)
def test_ndjson(fault: str, service: Service, uncut: dict[str, Done]) -> None:
    service.fault = fault
    done = service.gi(*ASK, "--ndjson")
    events, whole = lines(done.out), lines(uncut["ndjson"].out)
    assert (done.err, service.creates) == ("", 1)
    assert told(events) == told(whole)
    assert ends(events) == ends(whole)
    kinds = [e["event_type"] for e in events]
    assert kinds.count("interaction.completed") == kinds.count("gi.result") == 1
    assert events[-1] == whole[-1]


@pytest.mark.parametrize("fault", BROKEN)
def test_json(fault: str, service: Service, uncut: dict[str, Done]) -> None:
    service.fault = fault
    done = service.gi(*ASK, "--json")
    found, whole = json.loads(done.out), json.loads(uncut["json"].out)
    assert (done.err, service.creates) == ("", 1)
    assert (found["steps"], found["gi"]) == (whole["steps"], whole["gi"])


def frames(out: bytes) -> set[bytes]:
    """The events of a stream; the mark of its end may be cut off."""
    return {*out.split(b"\n\n")} - {b"event: done\ndata: [DONE]"}


@pytest.mark.parametrize("fault", BROKEN)
def test_sse(fault: str, service: Service, uncut: dict[str, Done]) -> None:
    """What came, as it came, and at most once what GET recovered."""
    service.fault = fault
    done = service.gi(*ASK, "--sse")
    assert (done.err, service.creates) == ("", 1)
    recovered = done.out.count(b"event: gi.recovered\n")
    assert recovered <= 1
    assert recovered or b"event: interaction.completed\n" in done.out
    if not recovered and re.fullmatch(r"drop-after=\d+", fault):
        assert frames(done.out) == frames(uncut["sse"].out)


@pytest.mark.parametrize("count", [3, 5, 11])
def test_an_error_behind_the_end(
    count: int, service: Service, uncut: dict[str, Done]
) -> None:
    """A resumed stream tells the end, and then an error."""
    service.fault = f"error-after={count}"
    assert service.gi(*ASK) == uncut["text"]
    assert service.creates == 1


@pytest.mark.parametrize("fault", ["drop-after=0", "stall-after=0", "drop", "stall"])
def test_no_id_came(fault: str, service: Service) -> None:
    """Nobody can follow what has no name, nor start it again."""
    service.fault = f"{fault},on=CREATE"
    done = service.gi(*ASK, "-o", "report.md", code=5)
    (line,) = done.err.splitlines()
    assert "; the interaction may have been created" in line
    assert (done.out, len(service.requests)) == (b"", 1)
    assert list(Path().iterdir()) == []


ENDS = {
    "failed": 1,
    "cancelled": 1,
    "incomplete": 8,
    "budget_exceeded": 8,
    "requires_action": 7,
}


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize("fault", ["", "; drop-after=3", "; truncate"])
def test_other_ends(status: str, fault: str, service: Service) -> None:
    service.fault = f"end={status}{fault}"
    done = service.gi(*ASK, "--ndjson", code=ENDS[status])
    result = lines(done.out)[-1]
    assert (result["exit_code"], result["status"]) == (ENDS[status], status)
    assert service.creates == 1


def test_a_run_that_the_service_forgets(service: Service) -> None:
    service.fault = "drop-after=3; gone"
    done = service.gi(*ASK, code=5)
    assert done.err.endswith(
        "; the service no longer has the interaction\ngi: id: v1_1\n"
    )
    assert service.creates == 1


def test_detach(service: Service) -> None:
    done = service.gi(*ASK, "--detach")
    assert (done.out, done.err, service.clock.slept) == (b"v1_1\n", "", [])
    assert service.gi("get", "v1_1", code=6).out == b""
    assert service.gi("wait", "v1_1").out.startswith(b"# Emulated report\n")
    assert service.creates == 1


DETACHED = {
    "text": ((), b"v1_1\n"),
    "no stream": (("--no-stream",), b"v1_1\n"),
    "a file": (("-o", "id"), b""),
}


@pytest.mark.parametrize("name", DETACHED)
def test_where_the_id_goes(name: str, service: Service) -> None:
    argv, out = DETACHED[name]
    done = service.gi(*ASK, "--detach", "--id-file", "id-file", *argv)
    assert (done.out, done.err) == (out, "")
    assert Path("id-file").read_bytes() == b"v1_1\n"
    assert out or Path("id").read_bytes() == b"v1_1\n"


def test_detach_in_ndjson(service: Service) -> None:
    *_, result = lines(service.gi(*ASK, "--detach", "--ndjson").out)
    assert (result["interaction_id"], result["status"]) == ("v1_1", "in_progress")
    assert (result["exit_code"], service.clock.slept) == (0, [])


def test_detach_needs_background(service: Service) -> None:
    error = "gi: error: --detach goes with --background only\n"
    for argv in (("create",), ("create", "--dry-run")):
        done = service.gi(*argv, "--detach", "-m", "m", "--", "hi", code=2)
        assert (done.out, done.err) == (b"", error)
    assert service.creates == 0


def test_create_in_the_background(service: Service) -> None:
    answer = b"This is an emulated answer to: hi\n"
    service.fault = "drop-after=2"
    assert service.gi("create", "hi", "--background") == Done(0, answer, "")
    argv = ("create", "hi", "--background", "--detach")
    assert service.gi(*argv) == Done(0, b"v1_2\n", "")
    assert service.gi("wait", "v1_2") == Done(0, answer, "")
    assert service.creates == 2


@pytest.mark.parametrize("fault", ["", "drop-after=2", "stall-after=3", "queued=9999"])
def test_the_deadline(fault: str, service: Service, uncut: dict[str, Done]) -> None:
    """The line that is printed finishes the job, on a machine without a ledger."""
    service.fault = fault
    done = service.gi(*ASK, "--timeout", "1.5", code=6)
    assert done.err == (
        "gi: error: the deadline was reached after 1.5 s (--timeout)\n"
        f"gi: hint: {WAIT} v1_1\n"
        "gi: id: v1_1\n"
    )
    service.fault = ""
    whole = service.gi("wait", "v1_1", environ={"GI_LEDGER": "off"})
    assert (whole.out, whole.err, service.creates) == (uncut["text"].out, "", 1)
