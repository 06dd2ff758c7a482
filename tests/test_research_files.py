"""`gi research -o`: the report as a whole, its charts beside it."""

from pathlib import Path

import pytest

from tests.researching import Service

ASK = ("research", "why")
REPORT = b"""# Emulated report

## Findings

This is an emulated report on: why

![image](gi-v11-1.png)
## Method

Two searches were emulated, nothing was looked up.
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    return Service(tmp_path)


FILES = ("", "drop-after=3", "drop-after=8; replay", "truncate", "stall-after=9")


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("fault", FILES)
def test_report_and_charts(fault: str, service: Service, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    service.fault = fault
    done = service.gi(*ASK, "-o", "out/report.md", "--sources", "out/sources.tsv")
    assert (done.out, done.err, service.creates) == (b"", "", 1)
    folder = tmp_path / "out"
    assert files(folder) == ["gi-v11-1.png", "report.md", "sources.tsv"]
    assert (folder / "report.md").read_bytes() == REPORT
    assert (folder / "gi-v11-1.png").read_bytes().startswith(b"\x89PNG")
    head, *rows = (folder / "sources.tsv").read_text().splitlines()
    assert head == "number\ttitle\turl\tbytes"
    places = [row.split("\t")[3].split("-") for row in rows]
    assert [REPORT[int(start) : int(end)] for start, end in places] == [
        b"This is an emulated report on: why",
        b"Two searches were emulated, nothing was looked up.",
    ]


FAILING = {
    "status=400": (1, b"old"),
    "status=503": (5, b"old"),
    "stall": (5, b"old"),
    "end=failed": (1, b"old"),
    "end=incomplete": (8, None),
    "drop-after=2; gone": (5, b"old"),
}


@pytest.mark.parametrize("fault", FAILING)
def test_the_old_report_stays(fault: str, service: Service, tmp_path: Path) -> None:
    """Only a report that came, or a part of it, replaces it."""
    code, kept = FAILING[fault]
    (tmp_path / "out").mkdir()
    report = tmp_path / "out" / "report.md"
    report.write_bytes(b"old")
    service.fault = fault
    done = service.gi(*ASK, "-o", "out/report.md", code=code)
    assert done.out == b""
    assert files(report.parent) == ["report.md"]
    found = report.read_bytes()
    assert found == kept if kept else found.startswith(b"# Emulated report")


def test_half_a_report_replaces_nothing(service: Service, tmp_path: Path) -> None:
    """The deadline came in the middle: the rest is made all the same."""
    argv = (*ASK, "--timeout", "2.2")
    done = service.gi(*argv, code=6)
    assert done.out.startswith(b"# Emulated report")
    assert b"looked up" not in done.out
    for before in (None, b"old"):
        if before:
            (tmp_path / "report.md").write_bytes(before)
        service.gi(*argv, "-o", "report.md", code=6)
        found = [name for name in files(tmp_path) if "report" in name]
        assert found == (["report.md"] if before else [])
    assert (tmp_path / "report.md").read_bytes() == b"old"
    assert service.gi("wait", "v1_3", "-o", "report.md").out == b""
    assert (tmp_path / "report.md").read_bytes().startswith(b"# Emulated report")
