"""`gi cancel`: what runs in the background, one or several."""

import json
from pathlib import Path

import pytest

from tests.conftest import Done
from tests.researching import PATH, URL, Service

REFUSED = "the API refused the request:"
NOT_RUNNING = "only one that runs in the background can be cancelled."
GONE = f"gi: error: none: {REFUSED} 404 not_found: Interaction 'none' not found.\n"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """One in the foreground is over, two in the background run."""
    made = Service(tmp_path)
    made.gi("create", "a")
    made.gi("create", "b", "--background", "--detach")
    made.gi("research", "c", "--detach")
    return made


def over(id: str, status: str = "completed") -> str:
    why = f"400 invalid_request: Interaction '{id}' is {status}: {NOT_RUNNING}"
    return f"gi: error: {id}: {REFUSED} {why}\n"


def statuses(service: Service) -> list[str]:
    """What the ledger knows, oldest first."""
    rows = json.loads(service.gi("list", "--json").out)
    return [row["status"] for row in reversed(rows)]


CASES: dict[str, tuple[tuple[str, ...], int, str, list[str]]] = {
    "one": (("v1_3",), 0, "", ["completed", "in_progress", "cancelled"]),
    "several": (("v1_2", "v1_3"), 0, "", ["completed", "cancelled", "cancelled"]),
    "foreground": (
        ("v1_1",),
        1,
        over("v1_1"),
        ["completed", "in_progress", "in_progress"],
    ),
    "unknown": (("none",), 1, GONE, ["completed", "in_progress", "in_progress"]),
    "one of them fails": (
        ("v1_1", "v1_2", "none", "v1_3"),
        1,
        GONE + over("v1_1"),
        ["completed", "cancelled", "cancelled"],
    ),
    "twice": (
        ("v1_2", "v1_2"),
        1,
        over("v1_2", "cancelled"),
        ["completed", "cancelled", "in_progress"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_cancel(name: str, service: Service) -> None:
    ids, code, err, known = CASES[name]
    asked = len(service.requests)
    assert service.gi("cancel", *ids, code=code) == Done(code, b"", err)
    sent = [(r.method, r.url.path) for r in service.requests[asked:]]
    assert sent == [("POST", f"{PATH}/{id}/cancel") for id in ids]
    assert statuses(service) == known


def test_what_was_cancelled_ends_badly_for_who_waits(service: Service) -> None:
    service.gi("cancel", "v1_3")
    done = service.gi("wait", "v1_3", code=1)
    assert done.err == ("gi: error: the interaction ended cancelled\ngi: id: v1_3\n")


WRONG = {
    "none": ((), "there is no ID"),
    "dots": (("v1_2", "."), "'.' is not an ID"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str, service: Service) -> None:
    ids, error = WRONG[name]
    asked = len(service.requests)
    done = service.gi("cancel", *ids, code=2)
    assert (done.out, done.err) == (b"", f"gi: error: {error}\n")
    assert len(service.requests) == asked


@pytest.mark.parametrize(("fault", "code"), [("status=503", 5), ("status=401", 3)])
def test_refused(fault: str, code: int, service: Service) -> None:
    service.fault = fault
    done = service.gi("cancel", "v1_2", code=code)
    assert done.err.startswith(f"gi: error: v1_2: {REFUSED} {fault[7:]}")
    assert statuses(service)[1] == "in_progress"


def test_trouble_passes(service: Service) -> None:
    """A cancel is sent again: the second one changes nothing."""
    service.fault = "status=503,times=2"
    assert service.gi("cancel", "v1_3") == Done(0, b"", "")
    assert statuses(service)[2] == "cancelled"


def test_what_would_be_sent(service: Service) -> None:
    asked = len(service.requests)
    shown = json.loads(service.gi("cancel", "v1_2", "--dry-run").out)
    assert (shown["method"], shown["body"]) == ("POST", None)
    assert shown["url"] == f"{URL}{PATH}/v1_2/cancel"
    assert len(service.requests) == asked
