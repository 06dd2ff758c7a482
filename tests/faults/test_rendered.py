"""What --sse and --ndjson have written of faults is rendered as it was."""

import pytest

from tests.conftest import Done, FakeClock, run_main
from tests.faults.rows import Row, params
from tests.faults.test_content import ENDS, TOLD
from tests.faults.test_resume import RESUMED
from tests.faults.test_status import SETTLED
from tests.faults.test_unread import ASKED
from tests.faults.timed import URL, Timed

EVERY = (*RESUMED, *ENDS, *TOLD, *ASKED, *SETTLED)
WELL = [row for row in EVERY if row.code == 0]


@pytest.mark.parametrize("row", params(WELL))
@pytest.mark.parametrize("format", ["sse", "ndjson"])
def test_a_saved_answer(format: str, row: Row) -> None:
    """The text comes once, whatever came twice and whatever GET has told."""
    clock = FakeClock()
    argv = (*row.argv, "--base-url", URL, "--format", format)
    given = run_main(*argv, clock=clock, service=Timed(row.script, clock)).out
    assert run_main("render", stdin=given, environ={}) == Done(0, row.text, "")
