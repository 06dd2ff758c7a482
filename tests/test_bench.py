"""The table of budgets on tiny sizes: what it tells, never how long anything took."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench.place import Place
from tests.bench.rows import Row
from tests.bench.streams import Output
from tests.bench.table import measure, shown
from tests.processes import environment

ROOT = Path(__file__).parents[1]
MEASURED = {
    "row": "a",
    "work": "some work",
    "measured": 1.5,
    "low": 1.25,
    "high": 2.0,
    "inside": True,
    "ours": 4.0,
    "reference": 2.0,
    "budget": 1.5,
    "unit": "x",
    "figures": "ms",
    "runs": 3,
    "problem": None,
}
MISSED = {
    **MEASURED,
    **dict.fromkeys(("measured", "low", "high", "ours", "reference")),
    "inside": False,
    "problem": "other bytes",
}
TABLE = """\
row  measured  low     high    budget  inside  ours     reference
a    1.50 x    1.25 x  2.00 x  1.50 x  yes     4.00 ms  2.00 ms
b    -         -       -       1.50 x  NO      -        -

a    some work
b    some work

b: other bytes
Python 3.11.7, 2 cores
"""
UNITS = {
    "create": "x",
    "version": "x",
    "ndjson": "x",
    "text": "x",
    "sse": "x",
    "images": "x",
    "delay": "ms",
    "memory-text": "MiB",
    "memory-ndjson": "MiB",
    "memory-sse": "MiB",
    "memory-image": "x",
    "completion": "ms",
}


def row(*ours: float, budget: float = 1.5, ratio: bool = True) -> Row:
    """Figures that are taken one after the other; the first are not counted."""
    left, right = iter([9.0, *ours]), iter([1.0, 2.0, 2.0, 4.0])

    def figure(place: Place) -> float:
        for each in left:
            return each
        raise AssertionError("other bytes")

    return Row(
        "a", "some work", figure, lambda place: next(right), budget, "ms", 25, ratio
    )


def test_a_row_has_the_median_of_its_pairs(tmp_path: Path) -> None:
    place = Place(tmp_path, port=0, scale=1)
    assert measure(row(3, 4, 5), place, 3) == MEASURED
    over = measure(row(3, 4, 5, budget=1.4), place, 3)
    assert over == {**MEASURED, "budget": 1.4, "inside": False}
    difference = {"measured": 1.0, "low": 1.0, "high": 2.0, "unit": "ms"}
    assert measure(row(3, 4, 5, ratio=False), place, 3) == {**MEASURED, **difference}
    assert measure(row(3), place, 3) == MISSED


def test_the_table() -> None:
    rows = [MEASURED, {**MISSED, "row": "b"}]
    assert shown({"python": "3.11.7", "cores": 2, "rows": rows}) == TABLE


def test_other_output_fails(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"0123456789")
    assert Output(4, sha256(b"0123").hexdigest()).rest(path) == b"456789"
    for size, begin in ((4, b"0124"), (10, b"012345678"), (11, b"0123456789a")):
        with pytest.raises(AssertionError, match="out: other bytes"):
            Output(size, sha256(begin).hexdigest()).rest(path)


def test_another_exit_code_fails(tmp_path: Path) -> None:
    place = Place(tmp_path, port=0, scale=1)
    place.run("/bin/sh", "-c", "printf ok")
    assert place.out.read_bytes() == b"ok"
    with pytest.raises(AssertionError, match=r"exit 3: .*\nwhy"):
        place.run("/bin/sh", "-c", "echo why >&2; exit 3")


def test_every_row_is_measured(tmp_path: Path) -> None:
    argv = (sys.executable, "tests/bench", "--runs", "1", "--scale", "0.0005", "--json")
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        timeout=60,
        check=False,
    )
    told: dict[str, Any] = orjson.loads(done.stdout)
    rows = told["rows"]
    assert done.returncode == (0 if told["inside"] else 1)  # tiny sizes are often over
    assert told["inside"] == all(each["inside"] for each in rows)
    assert [*told] == ["python", "cores", "scale", "rows", "inside"]
    assert {each["row"]: each["unit"] for each in rows} == UNITS
    built = (ROOT / "completions/gi.bash").exists()
    missing = {} if built else {"completion": "completions/gi.bash is missing"}
    assert {e["row"]: e["problem"] for e in rows if e["problem"]} == missing
    for each in rows:
        example = MISSED if each["problem"] else MEASURED
        kinds = {key: type(value) for key, value in example.items()}
        assert {key: type(value) for key, value in each.items()} == kinds
