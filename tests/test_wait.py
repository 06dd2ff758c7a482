"""`gi wait` with one ID: as `gi get` would show it, once it is over."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done
from tests.researching import WAIT, Service

REPORT = "# Emulated report\n\n## Findings\n\nThis is an emulated report on: {}\n\n"
CHART = "![image](gi-{}-1.png)\n"
METHOD = "## Method\n\nTwo searches were emulated, nothing was looked up.\n"
CHARTED = ("-F", "agent_config.visualization=auto")

Json = dict[str, Any]


def report(word: str, chart: str = "") -> bytes:
    return f"{REPORT.format(word)}{chart}{METHOD}".encode()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Two reports are under way."""
    monkeypatch.chdir(tmp_path)
    made = Service(tmp_path)
    for word in "ab":
        made.gi("research", word, "--detach", *CHARTED)
    return made


@pytest.fixture
def plain(tmp_path: Path) -> Service:
    """One report without charts is under way."""
    made = Service(tmp_path)
    made.gi("research", "a", "--detach")
    return made


def lines(out: bytes) -> list[Json]:
    return [json.loads(line) for line in out.splitlines()]


def text_of(events: list[Json]) -> str:
    deltas = [e["delta"] for e in events if e["event_type"] == "step.delta"]
    return "".join(d["text"] for d in deltas if d["type"] == "text")


FAULTS = ("", "drop-after=1", "drop-after=4; replay", "stall-after=4", "resume-refused")


@pytest.mark.parametrize("fault", FAULTS)
def test_text(fault: str, plain: Service) -> None:
    plain.fault = fault
    assert plain.gi("wait", "v1_1") == Done(0, report("a"), "")
    assert plain.gi("wait", "v1_1") == plain.gi("get", "v1_1")
    assert plain.creates == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("ledger", ["", "off"])
def test_ndjson(fault: str, ledger: str, plain: Service) -> None:
    plain.fault = fault
    done = plain.gi("wait", "v1_1", "--ndjson", environ={"GI_LEDGER": ledger})
    *events, result = lines(done.out)
    assert (text_of(events), done.err) == (report("a").decode(), "")
    assert (result["event_type"], result["exit_code"]) == ("gi.result", 0)
    assert (result["interaction_ids"], result["status"]) == (["v1_1"], "completed")


@pytest.mark.parametrize("fault", FAULTS)
def test_json(fault: str, plain: Service) -> None:
    plain.fault = fault
    found = json.loads(plain.gi("wait", "v1_1", "--json").out)
    again = json.loads(plain.gi("get", "v1_1", "--json").out)
    assert found["steps"] == again["steps"][-len(found["steps"]) :]
    assert (found["status"], found["gi"]["exit_code"]) == ("completed", 0)
    assert found["gi"]["usage"] == again["gi"]["usage"]


def test_sse(plain: Service) -> None:
    first = plain.gi("wait", "v1_1", "--sse").out
    assert first.startswith(b"event: interaction.created\n")
    assert first.endswith(b"event: done\ndata: [DONE]\n\n")
    second = plain.gi("wait", "v1_1", "--sse").out
    assert second.startswith(b'event: gi.recovered\ndata: {"id":"v1_1"')
    assert second == plain.gi("get", "v1_1", "--sse").out


def test_a_file(service: Service, tmp_path: Path) -> None:
    argv = ("wait", "v1_2", "-o", "report.md", "--media-dir", ".")
    assert service.gi(*argv) == Done(0, b"", "")
    chart = CHART.format("v12")
    assert (tmp_path / "report.md").read_bytes() == report("b", chart)
    assert (tmp_path / "gi-v12-1.png").read_bytes().startswith(b"\x89PNG")


ENDS = {"failed": 1, "cancelled": 1, "incomplete": 8, "requires_action": 7}


@pytest.mark.parametrize("status", ENDS)
def test_the_code_tells_the_end(status: str, tmp_path: Path) -> None:
    made = Service(tmp_path, f"end={status}")
    made.gi("research", "a", "--detach")
    result = lines(made.gi("wait", "v1_1", "--ndjson", code=ENDS[status]).out)[-1]
    assert (result["status"], result["exit_code"]) == (status, ENDS[status])


REFUSALS = {
    "gone": (1, "404 not_found: Interaction 'v1_1' not found."),
    "status=400,on=READ": (1, "400 invalid_request"),
    "status=401,on=READ": (3, "401 unauthenticated"),
    "status=403,on=READ": (3, "403 permission_denied"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_refused(fault: str, plain: Service) -> None:
    code, why = REFUSALS[fault]
    plain.fault = fault
    done = plain.gi("wait", "v1_1", code=code)
    assert f"gi: error: the API refused the request: {why}" in done.err
    assert (done.out, len(plain.requests)) == (b"", 2)


def test_the_deadline(plain: Service) -> None:
    done = plain.gi("wait", "v1_1", "--timeout", "1", code=6)
    assert done.err == (
        "gi: error: the deadline was reached after 1 s (--timeout)\n"
        f"gi: hint: {WAIT} v1_1\n"
        "gi: id: v1_1\n"
    )
    assert plain.gi("wait", "v1_1") == Done(0, report("a"), "")
