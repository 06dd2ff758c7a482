"""`gi wait` with several IDs: a line for each, contents in a folder, the worst code."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done
from tests.researching import URL, WAIT, Service

REPORT = "# Emulated report\n\n## Findings\n\nThis is an emulated report on: {}\n\n"
CHART = "![image](gi-{}-1.png)\n"
METHOD = "## Method\n\nTwo searches were emulated, nothing was looked up.\n"
CHARTED = ("-F", "agent_config.visualization=auto")
THREE = ("v1_1", "v1_2", "v1_3")

Json = dict[str, Any]


def report(word: str, chart: str = "") -> bytes:
    return f"{REPORT.format(word)}{chart}{METHOD}".encode()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Three reports are under way."""
    monkeypatch.chdir(tmp_path)
    made = Service(tmp_path)
    for word in "abc":
        made.gi("research", word, "--detach", *CHARTED)
    return made


def lines(out: bytes) -> list[Json]:
    return [json.loads(line) for line in out.splitlines()]


def text_of(events: list[Json]) -> str:
    deltas = [e["delta"] for e in events if e["event_type"] == "step.delta"]
    return "".join(d["text"] for d in deltas if d["type"] == "text")


def test_lines(service: Service) -> None:
    done = service.gi("wait", *THREE)
    shown = "".join(f"{id}\tcompleted\t0\n" for id in THREE).encode()
    assert (done, service.creates) == (Done(0, shown, ""), 3)
    rows = json.loads(service.gi("list", "--json").out)
    assert [row["status"] for row in rows] == ["completed"] * 3


@pytest.mark.parametrize("ids", [("v1_1", "v1_1"), ("v1_1", "v1_1", "v1_1")])
def test_the_same_twice(ids: tuple[str, ...], service: Service) -> None:
    assert service.gi("wait", *ids) == Done(0, b"v1_1\tcompleted\t0\n", "")


TROUBLE = (
    "status=503,on=READ,times=30",
    "drop,on=READ,times=30",
    "rate-limit,on=READ,times=30",
)


@pytest.mark.parametrize("fault", TROUBLE)
def test_trouble_passes(fault: str, service: Service) -> None:
    service.fault = fault
    done = service.gi("wait", *THREE)
    assert sorted(done.out.splitlines()) == [
        f"{id}\tcompleted\t0".encode() for id in THREE
    ]
    assert done.err == ""


def test_contents(service: Service, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    service.gi("wait", *THREE, "-o", "out/")
    found = {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()}
    expected = {f"gi-v1{n}.md": w for n, w in zip("123", "abc", strict=True)}
    for name, word in expected.items():
        chart = CHART.format(name.removesuffix(".md").removeprefix("gi-"))
        assert found.pop(name) == report(word, chart)
    assert sorted(found) == ["gi-v11-1.png", "gi-v12-1.png", "gi-v13-1.png"]
    assert all(each.startswith(b"\x89PNG") for each in found.values())


def test_one_in_a_folder(service: Service, tmp_path: Path) -> None:
    """A script's list of ids may hold just one."""
    (tmp_path / "out").mkdir()
    done = service.gi("wait", "v1_1", "-o", "out/")
    assert done == Done(0, b"v1_1\tcompleted\t0\n", "")
    text = (tmp_path / "out/gi-v11.md").read_bytes()
    assert text == report("a", CHART.format("v11"))
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "gi-v11-1.png",
        "gi-v11.md",
    ]


def test_contents_and_media_apart(service: Service, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "media").mkdir()
    service.gi("wait", *THREE, "-o", "out/", "--media-dir", "media")
    for folder, names in (("out", "gi-v1{}.md"), ("media", "gi-v1{}-1.png")):
        found = sorted(each.name for each in (tmp_path / folder).iterdir())
        assert found == [names.format(n) for n in "123"]
    assert b"](../media/gi-v11-1.png)" in (tmp_path / "out/gi-v11.md").read_bytes()


def test_wrapped(service: Service) -> None:
    *wrapped, result = lines(service.gi("wait", *THREE, "--ndjson").out)
    assert {tuple(each) for each in wrapped} == {("interaction_id", "event")}
    for id, word in zip(THREE, "abc", strict=True):
        events = [each["event"] for each in wrapped if each["interaction_id"] == id]
        assert text_of(events) == report(word).decode()
        assert events[-1]["event_type"] == "interaction.completed"
        assert events[-1]["interaction"]["status"] == "completed"
    assert (result["event_type"], result["exit_code"]) == ("gi.result", 0)
    assert result["interaction_ids"] == [*THREE]


def test_the_worst_counts(service: Service, tmp_path: Path) -> None:
    """One was cancelled, one is unknown, and the others come all the same."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "gi-none.md").write_text("old")
    service.gi("cancel", "v1_2")
    done = service.gi("wait", *THREE, "none", "-o", "out/", code=1)
    assert done.out.decode().splitlines() == [
        "v1_2\tcancelled\t1",
        "none\t-\t1",
        "v1_1\tcompleted\t0",
        "v1_3\tcompleted\t0",
    ]
    refused = (
        "the API refused the request: 404 not_found: Interaction 'none' not found."
    )
    assert done.err.splitlines()[:2] == [
        f"gi: error: none: {refused}",
        "gi: error: v1_2: the interaction ended cancelled",
    ]
    assert (tmp_path / "out" / "gi-none.md").read_text() == "old"
    assert (tmp_path / "out" / "gi-v13.md").read_bytes().startswith(b"# Emulated")
    parts = [p for p in (tmp_path / "out").iterdir() if p.name.endswith(".part")]
    assert parts == []


def test_one_failed(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.gi("create", "a", "--background", "--detach")
    service.fault = "end=failed"
    service.gi("create", "b", "--background", "--detach")
    done = service.gi("wait", "v1_1", "v1_2", code=1)
    assert sorted(done.out.splitlines()) == [b"v1_1\tcompleted\t0", b"v1_2\tfailed\t1"]
    why = (
        "the interaction ended failed: internal_error: The interaction fails on demand."
    )
    assert done.err.splitlines()[0] == f"gi: error: v1_2: {why}"
    result = lines(service.gi("wait", "v1_1", "v1_2", "--ndjson", code=1).out)[-1]
    assert (result["exit_code"], result["error"]["message"]) == (1, f"v1_2: {why}")


@pytest.mark.parametrize("format", ["text", "ndjson"])
def test_the_deadline_names_the_rest(
    format: str, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    service.gi("create", "d", "--background", "--detach")
    service.clock.sleep(1.2)
    argv = ("v1_4", *THREE, "--timeout", "1", "--format", format)
    more = ("-o", "out/") if format == "text" else ()
    done = service.gi("wait", *argv, *more, code=6)
    left = " ".join(THREE)
    assert done.err.startswith(
        "gi: error: the deadline was reached after 1 s (--timeout)\n"
        f"gi: hint: {WAIT} {left}\n"
    )
    if format == "text":
        shown = "v1_4\tcompleted\t0\n" + "".join(
            f"{i}\tin_progress\t6\n" for i in THREE
        )
        assert done.out.decode() == shown
        assert [each.name for each in (tmp_path / "out").iterdir()] == ["gi-v14.md"]
    else:
        result = lines(done.out)[-1]
        assert result["error"]["hints"] == [f"{WAIT} {left}"]
        assert (result["exit_code"], result["error"]["error_type"]) == (6, "running")
    rest = service.gi("wait", *THREE)
    assert rest.out.decode() == "".join(f"{id}\tcompleted\t0\n" for id in THREE)


TWO = ("v1_1", "v1_2")
WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "none": ((), "there is no ID"),
    "empty": (("",), "there is no ID"),
    "dots": (("..",), "'..' is not an ID"),
    "dots behind": (("v1_1", ".."), "'..' is not an ID"),
    "json": ((*TWO, "--json"), "--format json goes with one ID only"),
    "sse": ((*TWO, "--sse"), "--format sse goes with one ID only"),
    "code": ((*TWO, "-x"), "--extract goes with one ID only"),
    "citations": ((*TWO, "--citations"), "--citations goes with one ID only"),
    "file": (
        (*TWO, "-o", "file"),
        "-o: with several IDs it takes a folder, DIR/, and text",
    ),
    "lines in a folder": (
        (*TWO, "-o", "./", "--ndjson"),
        "-o: with several IDs it takes a folder, DIR/, and text",
    ),
    "no folder": ((*TWO, "-o", "no/"), "-o: there is no folder no/"),
    "media without contents": (
        (*TWO, "--media-dir", "."),
        "--media-dir: with several IDs it goes with -o DIR/ only",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str, service: Service) -> None:
    argv, error = WRONG[name]
    asked = len(service.requests)
    done = service.gi("wait", *argv, code=2)
    assert done.err.splitlines()[0] == f"gi: error: {error}"
    assert len(service.requests) == asked
    assert list(Path().iterdir()) == []


def test_no_clobber(service: Service, tmp_path: Path) -> None:
    (tmp_path / "gi-v12.md").write_text("old")
    asked = len(service.requests)
    done = service.gi("wait", *THREE, "-o", "./", "--no-clobber", code=2)
    assert done.err == "gi: error: -o: ./gi-v12.md exists, and --no-clobber was given\n"
    assert len(service.requests) == asked
    assert [each.name for each in tmp_path.iterdir()] == ["gi-v12.md"]


def test_what_would_be_sent(service: Service) -> None:
    done = service.gi("wait", *TWO, "--dry-run")
    text = done.out.decode().replace("}\n{", "},{")
    urls = [each["url"] for each in json.loads(f"[{text}]")]
    assert urls == [f"{URL}/v1beta/interactions/{id}" for id in TWO]
