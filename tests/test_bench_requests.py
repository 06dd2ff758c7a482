"""Some of the requests of `python -m tests.bench requests`, and what judges them."""

from collections import Counter

import pytest

from tests.bench.requests import Answer, Played, judge, play, table

SOME = 800
JSON, EVENTS, PAGE = "application/json", "text/event-stream", "text/html"
GOOD = {
    "interaction": Answer(200, JSON, b'{"object":"interaction","id":"i","status":"s"}'),
    "file": Answer(200, JSON, b"{}"),
    "own": Answer(400, JSON, b'{"error":{"message":"m","code":"c"}}'),
    "classic": Answer(404, JSON, b'{"error":{"message":"m","code":404,"status":"N"}}'),
    "stream": Answer(200, EVENTS, b'event: a\ndata: {"event_type":"a"}\n\n'),
    "framed": Answer(
        400, EVENTS, b'event: error\ndata: {"error":{"message":"m","code":"c"}}\n'
    ),
    "nothing": Answer(200, "text/plain", b""),
    "picture": Answer(200, "image/png", b"p"),
}
BAD = {
    "fault of the server": Answer(500, JSON, b'{"error":{"message":"m","code":"c"}}'),
    "no JSON": Answer(400, JSON, b"<html>"),
    "no error": Answer(400, JSON, b'{"message":"m"}'),
    "no message": Answer(400, JSON, b'{"error":{"message":"","code":"c"}}'),
    "another status": Answer(
        404, JSON, b'{"error":{"message":"m","code":400,"status":"N"}}'
    ),
    "more": Answer(400, JSON, b'{"error":{"message":"m","code":"c","trace":"t"}}'),
    "list": Answer(200, JSON, b"[]"),
    "no status": Answer(200, JSON, b'{"object":"interaction","id":"i"}'),
    "page": Answer(404, PAGE, b"<html>"),
    "traceback": Answer(200, "text/plain", b"Traceback"),
    "cut stream": Answer(200, EVENTS, b'event: a\ndata: {"event_type":"a"}'),
    "another event": Answer(200, EVENTS, b'event: a\ndata: {"event_type":"b"}\n\n'),
    "refused picture": Answer(400, "image/png", b"p"),
}
TABLE = """\
requests                 3
  cut                    1
  huge                   2
answers                  200: 1, closed: 2
slowest answer           1.50 s
interactions kept        4, all readable
failures                 0
"""


def test_whatever_comes_is_answered() -> None:
    played = play(SOME, seed=0)
    assert played.failures == []
    assert (played.count, played.kept > 0) == (SOME, True)
    assert {"200", "400", "404", "429"} <= {*played.answers}


@pytest.mark.parametrize("name", GOOD)
def test_good_answers(name: str) -> None:
    assert judge(GOOD[name], sound=True) == ("i" if name == "interaction" else "")


@pytest.mark.parametrize("name", BAD)
def test_bad_answers(name: str) -> None:
    with pytest.raises((AssertionError, LookupError, ValueError)):
        judge(BAD[name], sound=True)


def test_what_is_no_request_may_be_answered_with_nothing() -> None:
    assert judge(Answer(400, "text/plain", b""), sound=False) == ""
    for answer in (Answer(500, "text/plain", b""), Answer(400, PAGE, b"<html>")):
        with pytest.raises(AssertionError):
            judge(answer, sound=False)


def test_the_table() -> None:
    played = Played(3, Counter(huge=2, cut=1), Counter({"closed": 2, "200": 1}), 1.5, 4)
    assert table(played) == TABLE
    played.failures.append("the state: v1_a: gone")
    assert table(played).endswith("4, not all readable\nfailures                 1\n")
