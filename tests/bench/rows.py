"""The rows of the table: what gi takes, what the reference takes, and the budget."""

from collections.abc import Callable
from typing import NamedTuple

from tests.bench.children import (
    decode,
    gi_create,
    gi_image,
    gi_version,
    parse,
    print_reads,
    print_text,
    python_pass,
)
from tests.bench.completion import answered, started
from tests.bench.delay import curl_delay, gi_delay
from tests.bench.place import Place, Spent

Figure = Callable[[Place], float]


class Row(NamedTuple):
    """Both figures are taken in each run, one right after the other."""

    name: str
    work: str
    ours: Figure
    reference: Figure
    budget: float
    unit: str  # of both figures
    runs: int
    ratio: bool = True  # else their difference is measured


def peak(place: Place, spent: Spent) -> float:
    """In MiB; it begins with this process's, which one that does nothing shows."""
    least = python_pass(place).peak
    assert spent.peak > least, f"no child's own peak: {spent.peak} MiB"
    return spent.peak


def sse_without_start(place: Place) -> float:
    """What gi takes for the large stream beyond its start-up, that is 10 events."""
    start = gi_create(place, place.ten, "sse").cpu
    return gi_create(place, place.deltas, "sse").cpu - start


def grown(format: str) -> Row:
    """The peak of a large stream beside that of a small one."""
    return Row(
        f"memory-{format}",
        f"peak memory, {format}, against 10 events",
        lambda place: peak(place, gi_create(place, place.deltas, format)),
        lambda place: peak(place, gi_create(place, place.ten, format)),
        budget=16.0,
        unit="MiB",
        runs=3,
        ratio=False,
    )


def printing(format: str) -> Row:
    return Row(
        format,
        f"200,000 text deltas, {format}, against decoding and printing",
        lambda place: gi_create(place, place.deltas, format).cpu,
        lambda place: print_reads(place, place.deltas, format).cpu,
        budget=1.5,
        unit="ms",
        runs=5,
    )


ROWS = (
    Row(
        "create",
        "10 events, against a script that prints them",
        lambda place: gi_create(place, place.ten, "text").cpu,
        lambda place: print_text(place, place.ten).cpu,
        budget=1.2,
        unit="ms",
        runs=25,
    ),
    Row(
        "version",
        "gi --version, against python -c pass",
        lambda place: gi_version(place).cpu,
        lambda place: python_pass(place).cpu,
        budget=2.0,
        unit="ms",
        runs=25,
    ),
    printing("ndjson"),
    printing("text"),
    Row(
        "sse",
        "200,000 text deltas, sse, beyond start-up, against decoding",
        sse_without_start,
        lambda place: decode(place, place.deltas).cpu,
        budget=1.2,
        unit="ms",
        runs=5,
    ),
    Row(
        "images",
        "8 images of 4 MiB to disk, against parsing",
        lambda place: gi_image(place, place.images).cpu,
        lambda place: parse(place, place.images).cpu,
        budget=1.5,
        unit="ms",
        runs=5,
    ),
    Row(
        "delay",
        "an event to a pipe, against curl -N",
        gi_delay,
        curl_delay,
        budget=1.0,
        unit="ms",
        runs=5,
        ratio=False,
    ),
    grown("text"),
    grown("ndjson"),
    grown("sse"),
    Row(
        "memory-image",
        "peak memory, an image of 64 MiB, against parsing",
        lambda place: peak(place, gi_image(place, place.large)),
        lambda place: peak(place, parse(place, place.large)),
        budget=1.1,
        unit="MiB",
        runs=3,
    ),
    Row(
        "completion",
        "TAB, loading the completions as well, against neither",
        answered,
        started,
        budget=30.0,
        unit="ms",
        runs=15,
        ratio=False,
    ),
)
