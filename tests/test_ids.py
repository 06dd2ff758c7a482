"""The text file of ids beside the ledger, which completions read."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from gi_cli.ledger.ids import MOST, NEWEST
from tests.conftest import Gi
from tests.test_ledger import opened, turn

DAY = "2026-01-02 03:04"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def ids(path: Path) -> list[str]:
    return Path(f"{path}.ids").read_text().splitlines()


TURNS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "running": (
        {"status": "in_progress"},
        [("running", "o", "create m, in_progress, ")],
    ),
    "queued": ({"status": "queued"}, [("running", "o", "create m, queued, ")]),
    "unknown yet": ({"status": None}, [("running", "o", "create m, unknown, ")]),
    "later status": ({"status": "warped"}, [("running", "o", "create m, warped, ")]),
    "completed": ({"status": "completed"}, [("ended", "o", "create m, completed, ")]),
    "not stored": (
        {"status": "not_stored"},
        [("ended", "o", "create m, not_stored, ")],
    ),
    "gone": ({"status": "gone"}, []),
    "without an id": ({"id": None}, []),
    "an id with a space": ({"id": "v1 x"}, []),
    "an id with an escape": ({"id": "v1\x1b[2J"}, []),
    "agent": (
        {"agent": "deep", "model": None, "command": "research", "status": "failed"},
        [("ended", "o", "research deep, failed, ")],
    ),
    "service": (
        {"origin": "https://example.com:8443/v1", "status": "completed"},
        [("ended", "example.com:8443", "create m, completed, ")],
    ),
    "offline": (
        {"origin": "offline", "status": "completed"},
        [("ended", "offline", "create m, completed, ")],
    ),
    "foreign words": (
        {"model": "m\x1b\t\n2", "status": "completed"},
        [("ended", "o", "create m2, completed, ")],
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_line(name: str, path: Path) -> None:
    fields, expected = TURNS[name]
    with opened(path) as ledger:
        ledger.add(turn("v1_a", status="completed")._replace(**fields))
    found = [row.split("\t") for row in ids(path)]
    assert [(p, h, w[: -len(DAY)]) for _, p, h, w in found] == expected
    assert [id for id, *_ in found] == ["v1_a"] * len(expected)


def test_the_file_follows_every_change(path: Path) -> None:
    def phases() -> list[list[str]]:
        return [each.split("\t")[:2] for each in ids(path)]

    with opened(path) as ledger:
        row = ledger.add(turn(None, status="sending"))
        assert phases() == []
        ledger.know(row or 0, turn("v1_a", status="in_progress"))
        assert phases() == [["v1_a", "running"]]
        ledger.add(turn("v1_b", status="completed"))
        assert phases() == [["v1_b", "ended"], ["v1_a", "running"]]
        ledger.set_status("o", "v1_a", "completed")
        assert phases() == [["v1_b", "ended"], ["v1_a", "ended"]]
        ledger.forget("o", "v1_b")
        assert phases() == [["v1_a", "ended"]]
        ledger.drop(row or 0)
        assert phases() == []
    assert Path(f"{path}.ids").stat().st_mode & 0o777 == 0o600


def test_old_ones_stay_while_they_run(path: Path) -> None:
    with opened(path) as ledger:
        for n in range(MOST + 5):
            status = "in_progress" if n < 3 else "completed"
            ledger.add(turn(f"v1_{n}", status=status))
    numbers = [int(each.split("\t")[0][3:]) for each in ids(path)]
    newest = [*range(MOST + 4, MOST + 4 - NEWEST, -1)]
    assert numbers == [*newest, 2, 1, 0]


def test_a_file_that_cannot_be_written_is_no_fault(path: Path) -> None:
    Path(f"{path}.ids").mkdir()
    with opened(path) as ledger:
        ledger.add(turn("v1_a"))
        assert [each.id for each in ledger.turns("o")] == ["v1_a"]
        assert ledger.fault is None


@pytest.mark.parametrize("left", ["half", "link", "pipe"])
def test_what_lies_in_its_way_is_not_written_to(left: str, path: Path) -> None:
    new, other = Path(f"{path}.ids.new"), path.with_name("other")
    other.write_text("precious")
    if left == "half":
        new.write_text("v1_")
    elif left == "link":
        new.symlink_to(other)
    else:
        os.mkfifo(new)
    with opened(path) as ledger:
        ledger.add(turn("v1_a", status="completed"))
    assert [row.split("\t")[0] for row in ids(path)] == ["v1_a"]
    assert (other.read_text(), new.exists()) == ("precious", False)


def test_processes_take_turns(path: Path) -> None:
    def add(name: str) -> None:
        with opened(path) as ledger:
            for n in range(10):
                ledger.add(turn(f"{name}{n}", status="in_progress"))

    threads = [threading.Thread(target=add, args=(each,)) for each in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {each.split("\t")[0] for each in ids(path)}
    assert found == {f"{name}{n}" for name in "abcd" for n in range(10)}


def test_a_run_leaves_its_id(gi: Gi, tmp_path: Path) -> None:
    environ = {"GI_LEDGER": str(tmp_path / "led"), "GI_OFFLINE": "1"}
    gi("research", "Hello", "--detach", environ=environ)
    (row,) = (tmp_path / "led.ids").read_text().splitlines()
    id, phase, host, words = row.split("\t")
    assert (id[:3], phase, host, words.split(",")[0]) == (
        *("v1_", "running", "offline"),
        "research deep-research-preview-04-2026",
    )
