"""Any stream at all, through all of main(): `python -m tests.bench fuzz` in small.

What has to hold for every one of them stands in tests/bench/judged.py.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.fuzz import Tally, table
from tests.bench.fuzzed import Ended, Fuzzed
from tests.bench.judged import check
from tests.bench.junk import KEYS, KINDS
from tests.bench.noise import Answer, Noise, noise
from tests.bench.oracle import has_completed
from tests.bench.ways import FORMATS, SAVING
from tests.processes import environment

ROOT = Path(__file__).parents[2]
FEW = settings(max_examples=100, deadline=None, database=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)
EVENTS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5)
NAMED = st.tuples(st.sampled_from(KINDS), EVENTS).map(
    lambda pair: {**pair[1], "event_type": pair[0]}
)
SIZES = st.lists(st.integers(1, 60), max_size=9).map(tuple)
TABLE = """\
streams                  3
events                   20
commands                 create: 2, get: 1
formats                  json: 1, sse: 2
exit codes               0: 2, 5: 1
compared runs            8
findings                 1
peak memory              40 MiB of a process
growth of memory         1.5 MiB of a process
seconds                  2
"""


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    made = Fuzzed(anew=True)
    yield made
    made.close()


def through(fuzzed: Fuzzed, made: Noise, format: str) -> None:
    """Run it as it comes, and in one read."""
    ended = fuzzed.run(made, SAVING, format)
    check(made, SAVING, format, ended)
    whole = fuzzed.run(made, SAVING, format, at_once=True)
    assert (whole.code, whole.out) == (ended.code, ended.out)


def alone(body: bytes, sizes: tuple[int, ...] = ()) -> Noise:
    return Noise(0, Answer(body, sizes=sizes), (), None, "", 0)


def framed(events: list[Any]) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(each).encode() for each in events)


@FEW
@given(st.binary(max_size=300), SIZES, st.sampled_from(FORMATS))
def test_any_bytes(fuzzed: Fuzzed, body: bytes, sizes: Any, format: str) -> None:
    through(fuzzed, alone(body, sizes), format)


@FEW
@given(st.lists(NAMED, max_size=6), SIZES, st.sampled_from(FORMATS))
def test_any_events(fuzzed: Fuzzed, events: list[Any], sizes: Any, format: str) -> None:
    through(fuzzed, alone(framed(events), sizes), format)


@FEW
@given(st.integers(0, 2**40), st.sampled_from(FORMATS))
def test_streams_with_something_wrong(fuzzed: Fuzzed, seed: int, format: str) -> None:
    through(fuzzed, noise(seed), format)


def test_the_long_profile_in_small(tmp_path: Path) -> None:
    argv = (
        sys.executable,
        "-m",
        "tests.bench",
        "fuzz",
        "--count",
        "300",
        "--jobs",
        "2",
    )
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = {line[:24].strip(): line[25:] for line in done.stdout.splitlines()}
    assert (done.returncode, done.stderr) == (0, "")
    assert (told["streams"], told["compared runs"], told["findings"]) == (
        "300",
        "24",
        "0",
    )
    assert [each.partition(":")[0] for each in told["formats"].split(", ")] == [
        *("json", "ndjson", "sse", "text")
    ]


def test_a_finding_is_told(fuzzed: Fuzzed) -> None:
    """What a wrong outcome looks like to the checks."""
    stream = alone(framed([{"event_type": "interaction.created"}]))
    done = Ended(0, b"x\n", "", [stream.first.body], 1, [])
    for format, ended, wrong in (
        ("text", done, "nothing has completed"),
        ("text", done._replace(code=70), "exit 70"),
        ("text", done._replace(code=5, err="\x1b[2J"), "stderr"),
        ("text", done._replace(code=5, files=["a.part"]), "left"),
        ("sse", done._replace(code=5), "other bytes"),
        ("ndjson", done._replace(code=5, out=b"{}"), "line break"),
        ("ndjson", done._replace(code=5, out=b'{"event_type":"x"}\n'), "gi.result"),
        ("json", done._replace(code=5, out=b'{"gi":{"exit_code":NaN}}'), "no JSON"),
    ):
        with pytest.raises(AssertionError, match=wrong):
            check(stream, SAVING, format, ended)


@pytest.mark.parametrize(
    ("body", "completed"),
    [
        (
            framed([{"event_type": "interaction.completed", "status": "completed"}]),
            True,
        ),
        (framed([{"event_type": "interaction.completed", "status": "failed"}]), False),
        (framed([{"event_type": "interaction.created", "status": "completed"}]), False),
        (
            b'event: interaction.complete\rdata: {"interaction":\r'
            b'data: {"status":"done"}}',
            True,
        ),
        (b'{"status":"COMPLETED"}', True),
        (b'[{"status":"completed"}]', False),
        (b"\xff\0", False),
    ],
)
def test_the_oracle(body: bytes, completed: bool) -> None:
    assert has_completed([b"", body]) is completed


def test_the_table() -> None:
    whole = Tally()
    whole.add(Tally(streams=1, events=9, peak=40, warm=30, last=31.5, compared=8))
    whole.add(Tally(streams=2, events=11, peak=39, warm=30, last=30))
    whole.commands.update(create=2, get=1)
    whole.formats.update(sse=2, json=1)
    whole.codes.update({0: 2, 5: 1})
    whole.findings.append("seed 1: exit 70")
    assert table(whole, 1.6) == TABLE


def test_a_seed_is_the_same_each_time() -> None:
    assert [noise(seed) for seed in range(50)] == [noise(seed) for seed in range(50)]
