"""A few rounds of `python -m tests.bench chaos`, and what it prints."""

from collections import Counter
from pathlib import Path

from tests.bench.chaos import Round, play_all, table

TABLE = """\
rounds                   3
runs of gi               6
  by exit code           -9: 2, 0: 3, 5: 1
kills                    SIGINT: 1, SIGKILL: 2
answers of the service   200: 1, stalled: 1
outcomes                 report 1, sending 1
POSTs that created work  0: 1, 1: 1, more: 1
failures                 1
"""


def test_killed_jobs_pay_once(tmp_path: Path) -> None:
    played = [*play_all(range(1, 13), 4, tmp_path)]
    assert [each for each in played if each.failure or each.created > 1] == []
    assert [each.seed for each in played] == [*range(1, 13)]
    kills = sum((each.kills for each in played), Counter())
    assert {*kills} == {"SIGINT", "SIGKILL", "SIGTERM"}


def test_the_table() -> None:
    played = [
        Round(1, outcome="report", created=1, kills=Counter(SIGKILL=2)),
        Round(2, outcome="sending", codes=Counter({5: 1}), answers=Counter(stalled=1)),
        Round(3, failure="2 were created", outcome="report", created=3),
    ]
    played[0].codes, played[2].codes = Counter({-9: 2, 0: 2}), Counter({0: 1})
    played[1].kills, played[0].answers = Counter(SIGINT=1), Counter({"200": 1})
    assert table(played) == TABLE
