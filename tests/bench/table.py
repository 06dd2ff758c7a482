"""The table of budgets: ratios and differences, taken in pairs in one run.

    python tests/bench [table] [--only ROW] [--runs N] [--json]

A run of a row takes both figures, gi's and the reference's, so that a busy machine
slows both down. A row has the median of its runs, with the lowest and the highest. The
exit code is 0 if every row is inside its budget.
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

import orjson

from tests.bench.place import Place, placed
from tests.bench.rows import ROWS, Row

Json = dict[str, Any]
HEADS = ("row", "measured", "low", "high", "budget", "inside", "ours", "reference")
MISSED = {
    "measured": None,
    "low": None,
    "high": None,
    "inside": False,
    "ours": None,
    "reference": None,
}


def measure(row: Row, place: Place, runs: int) -> Json:
    """The row as it is printed; a child that went wrong is its `problem`."""
    problem = None
    try:
        found = judged(row, taken(row, place, runs))
    except AssertionError as error:
        found, problem = MISSED, str(error)
    return {
        "row": row.name,
        "work": row.work,
        **found,
        "budget": row.budget,
        "unit": "x" if row.ratio else row.unit,
        "figures": row.unit,
        "runs": runs,
        "problem": problem,
    }


def taken(row: Row, place: Place, runs: int) -> list[tuple[float, float]]:
    """The pairs, after one to get warm."""
    pairs = [(row.ours(place), row.reference(place)) for _ in range(runs + 1)]
    return pairs[1:]


def judged(row: Row, pairs: Sequence[tuple[float, float]]) -> Json:
    each = [a / b if row.ratio else a - b for a, b in pairs]
    return {
        "measured": median(each),
        "low": min(each),
        "high": max(each),
        "inside": median(each) <= row.budget,
        "ours": median(ours for ours, _ in pairs),
        "reference": median(reference for _, reference in pairs),
    }


def shown(document: Json) -> str:
    """The document as text."""
    rows = document["rows"]
    lines = [HEADS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    works = [f"{row['row']:<{widths[0]}}  {row['work']}" for row in rows]
    problems = [f"{row['row']}: {row['problem']}" for row in rows if row["problem"]]
    facts = f"Python {document['python']}, {document['cores']} cores"
    return "\n".join([*table, "", *works, "", *problems, facts, ""])


def _cells(row: Json) -> tuple[str, ...]:
    figures = [row[key] for key in ("measured", "low", "high", "budget")]
    measured, low, high, budget = (_shown(each, row["unit"]) for each in figures)
    ours, reference = (_shown(row[key], row["figures"]) for key in HEADS[-2:])
    inside = "yes" if row["inside"] else "NO"
    return row["row"], measured, low, high, budget, inside, ours, reference


def _shown(figure: float | None, unit: str) -> str:
    return "-" if figure is None else f"{figure:.2f} {unit}"


def main(argv: Sequence[str]) -> int:
    """Measure the rows and print the table."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser("python tests/bench table")
    parser.add_argument(
        "--only", metavar="ROW", choices=names, action="append", help=", ".join(names)
    )
    parser.add_argument("--runs", metavar="N", type=int, help="of each row")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    given = parser.parse_args(argv)
    chosen = [row for row in ROWS if row.name in (given.only or names)]
    with placed(given.scale) as place:
        rows = [measure(row, place, given.runs or row.runs) for row in chosen]
    document = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "scale": given.scale,
        "rows": rows,
        "inside": all(row["inside"] for row in rows),
    }
    text = orjson.dumps(document).decode() + "\n" if given.json else shown(document)
    sys.stdout.write(text)
    return 0 if document["inside"] else 1
