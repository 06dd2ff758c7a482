"""What the emulator does in the background: it takes time, and can be watched."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulated import (
    HELLO_INPUT,
    HELLO_STEPS,
    MODEL,
    RESEARCH,
    USAGE,
    Clock,
    assert_refused,
    create,
    emulate,
    events,
)
from tests.serving import CUT, END, SILENT, asking, told, types

PATH = "/v1beta/interactions"
ONE = f"{PATH}/v1_1"
RUN = {"model": MODEL, "input": "Hello", "background": True}
RESEARCHED = {"agent": RESEARCH, "input": "Hello", "background": True}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> httpx.Client:
    return emulate(clock=clock)


def kinds(interaction: dict[str, Any]) -> list[str]:
    return [step["type"] for step in interaction["steps"]]


def test_a_run_is_done_after_a_while(api: httpx.Client, clock: Clock) -> None:
    started = {
        "id": "v1_1",
        "object": "interaction",
        "model": MODEL,
        "status": "in_progress",
        "created": "2026-09-30T10:00:00Z",
        "updated": "2026-09-30T10:00:00Z",
        "service_tier": "standard",
    }
    assert create(api, **RUN) == started
    assert api.get(ONE).json() == started | {"steps": [HELLO_INPUT]}
    clock.time += 0.6
    running = started | {"steps": [HELLO_INPUT, HELLO_STEPS[0]]}
    assert api.get(ONE).json() == running
    clock.time += 0.4
    done = started | {
        "status": "completed",
        "updated": "2026-09-30T10:00:01Z",
        "steps": [HELLO_INPUT, *HELLO_STEPS],
        "usage": USAGE,
    }
    assert api.get(ONE).json() == done
    clock.time += 1000
    assert api.get(ONE).json() == done
    assert clock.slept == []


def test_a_report_grows_step_by_step(api: httpx.Client, clock: Clock) -> None:
    api.post(PATH, json=RESEARCHED).raise_for_status()
    seen = []
    for _ in range(30):
        seen.append(api.get(ONE).json())
        clock.time += 0.1
    counts = [len(interaction["steps"]) for interaction in seen]
    assert counts == sorted(counts)
    assert set(counts) == set(range(1, 9))
    ended = [interaction["status"] == "completed" for interaction in seen]
    assert ended.index(True) in {25, 26}  # tenths of a second, rounded
    assert kinds(seen[-1]) == [
        "user_input",
        *("thought", "google_search_call", "google_search_result"),
        *("thought", "google_search_call", "google_search_result"),
        "model_output",
    ]


@pytest.mark.parametrize(("body", "seconds"), [(RUN, 1.0), (RESEARCHED, 2.5)])
def test_a_stream_shows_things_when_they_happen(
    body: dict[str, Any], seconds: float
) -> None:
    clock = Clock()
    with emulate(clock=clock) as api:
        start = clock.time
        streamed = events(api.post(PATH, json=body | {"stream": True}))
        assert clock.time - start == pytest.approx(seconds)
        assert max(clock.slept) < 0.2
        assert streamed[-1]["interaction"]["status"] == "completed"
        follow_up = {"model": MODEL, "input": "So?", "previous_interaction_id": "v1_1"}
        assert api.post(PATH, json=follow_up).status_code == 200
        assert events(api.get(f"{ONE}?stream=true")) == streamed
        assert clock.time - start == pytest.approx(seconds)  # nothing to wait for


def test_a_stream_begun_late_catches_up(api: httpx.Client, clock: Clock) -> None:
    api.post(PATH, json=RESEARCHED).raise_for_status()
    clock.time += 2
    streamed = events(api.get(f"{ONE}?stream=true"))
    assert sum(clock.slept) == pytest.approx(0.5)
    ids = [event["event_id"] for event in streamed if "event_id" in event]
    rest = events(api.get(f"{ONE}?stream=true&last_event_id={ids[-3]}"))
    assert streamed[-len(rest) :] == rest
    assert sum("event_id" in event for event in rest) == 2


def test_the_end_of_a_stream_is_an_end_whatever_the_clock_says() -> None:
    # It stands still, after it was set back.
    clock = Clock()
    clock.sleep = clock.slept.append  # type: ignore[method-assign, assignment]
    with emulate(clock=clock) as api:
        api.post(PATH, json=RUN).raise_for_status()
        clock.time -= 3600
        events(api.get(f"{ONE}?stream=true"))
        assert max(clock.slept) == 1.0
        assert api.get(ONE).json()["status"] == "completed"


@pytest.mark.parametrize(
    ("delete", "status"), [(False, "cancelled"), (True, "completed")]
)
def test_a_stream_tells_what_became_of_its_run(delete: bool, status: str) -> None:
    api = emulate()
    with api.stream("POST", PATH, json=RUN | {"stream": True}) as response:
        chunks = response.iter_raw()
        for _ in range(5):
            next(chunks)
        (api.delete(ONE) if delete else api.post(f"{ONE}/cancel")).raise_for_status()
        *_, completed, _done = chunks
    assert f'"status":"{status}"'.encode() in completed
    assert api.get(ONE).status_code == (404 if delete else 200)


@given(st.integers(1, 8), st.sampled_from([RUN, RESEARCHED]))
def test_a_cancelled_run_streams_what_had_happened(
    count: int, body: dict[str, Any]
) -> None:
    with emulate() as api:
        with api.stream("POST", PATH, json=body | {"stream": True}) as response:
            chunks = response.iter_raw()
            seen = [next(chunks) for _ in range(count)]
            api.post(f"{ONE}/cancel").raise_for_status()
            seen.extend(chunks)
        again = api.get(f"{ONE}?stream=true").content
        if count > 1:  # the second event happens with the first
            assert again == b"".join(seen)
        kept = api.get(ONE).json()
        assert kept["status"] == "cancelled"
        assert "usage" not in kept
        assert len(kept["steps"]) == 1 + again.count(b"event: step.stop\n")


def test_a_run_can_be_cancelled(api: httpx.Client, clock: Clock) -> None:
    started = create(api, **RUN)
    clock.time += 0.001
    cancelled = started | {"status": "cancelled"}
    assert api.post(f"{ONE}/cancel").json() == cancelled
    clock.time += 10
    assert api.get(ONE).json() == cancelled | {"steps": [HELLO_INPUT]}
    *_, completed = streamed = events(api.get(ONE, params={"stream": "true"}))
    assert len(streamed) == 3
    assert completed["interaction"]["status"] == "cancelled"
    assert_refused(
        api.post(f"{ONE}/cancel"),
        "Interaction 'v1_1' is cancelled: "
        "only one that runs in the background can be cancelled.",
    )


def test_a_run_that_is_over_cannot_be_cancelled(
    api: httpx.Client, clock: Clock
) -> None:
    create(api, **RUN)
    clock.time += 1
    assert_refused(
        api.post(f"{ONE}/cancel"),
        "Interaction 'v1_1' is completed: "
        "only one that runs in the background can be cancelled.",
    )


def watch(api: httpx.Client, after: str = "", fault: str = "") -> tuple[Any, str]:
    query = f"&last_event_id={after}" if after else ""
    return told(api, "GET", f"{ONE}?stream=true{query}", fault)


def last_id(streamed: list[dict[str, Any]]) -> str:
    ids = [str(event["event_id"]) for event in streamed if "event_id" in event]
    return ids[-1] if ids else ""


@pytest.mark.parametrize("after", range(1, 12))
def test_a_run_that_is_cut_again_and_again_is_told_once(after: int) -> None:
    with asking("wsgi", f"drop-after={after}") as api:
        streamed, ended = told(api, "POST", PATH, body=RESEARCHED | {"stream": True})
        for _ in range(100):
            if ended == END:
                break
            resumed, ended = watch(api, last_id(streamed))
            known = [event.get("event_id") for event in streamed]
            at = known.index(last_id(streamed)) + 1 if last_id(streamed) else 0
            streamed = streamed[:at] + resumed
        whole, _ = watch(api, fault="drop-after=999")
    # Events without an id come again, so one alone never leads any further.
    assert (ended == END, streamed == whole) == ((after > 2,) * 2)


@pytest.mark.parametrize(
    ("fault", "first", "count", "end"),
    [
        ("", 3, 7, END),
        ("replay", 0, 11, END),
        ("resume-then-silent=2", 3, 2, SILENT),
        ("resume-then-silent=0", 3, 0, SILENT),
        ("replay, resume-then-silent=2", 0, 2, SILENT),
        ("replay, drop-after=6", 0, 6, CUT),
        ("no-event-ids", 3, 7, END),
    ],
)
def test_a_stream_is_resumed(fault: str, first: int, count: int, end: str) -> None:
    with asking("wsgi") as api:
        create(api, **RUN)
        whole, _ = watch(api)
        resumed, ended = watch(api, "evt_3", fault)
    if "no-event-ids" in fault:
        for event in whole:
            event.pop("event_id", None)
    expected = whole[4:] if first else whole
    assert (resumed, ended) == (expected[:count], end)


def test_a_resume_is_refused(api: httpx.Client) -> None:
    create(api, **RUN)
    headers = {"x-gi-fault": "resume-refused"}
    response = api.get(f"{ONE}?stream=true&last_event_id=evt_3", headers=headers)
    assert_refused(response, "Interaction 'v1_1' cannot be streamed.")
    assert api.get(ONE, headers=headers).json()["status"] == "in_progress"


@pytest.mark.parametrize("query", ["", "?stream=true", "?stream=true&last_event_id=x"])
def test_a_run_is_gone(api: httpx.Client, query: str) -> None:
    create(api, **RUN)
    response = api.get(f"{ONE}{query}", headers={"x-gi-fault": "gone"})
    assert_refused(response, "Interaction 'v1_1' not found.", "not_found")
    assert api.get(ONE).status_code == 200


def test_a_run_is_queued_at_first() -> None:
    clock = Clock()
    with asking("wsgi", "queued=700", clock) as api:
        queued = create(api, **RUN)
        assert queued["status"] == "queued"
        clock.time += 0.699
        assert api.get(ONE).json() == queued | {"steps": [HELLO_INPUT]}
        clock.time += 0.002
        running = queued | {"status": "in_progress"}
        steps = [HELLO_INPUT, HELLO_STEPS[0]]
        assert api.get(ONE).json() == running | {"steps": steps}
        clock.time += 0.3
        assert api.get(ONE).json()["status"] == "completed"
        assert create(api, input="Hello")["status"] == "completed"


def test_a_stream_tells_that_its_run_is_queued() -> None:
    clock = Clock()
    with asking("wsgi", "queued=700", clock) as api:
        queued, _ = told(api, "POST", PATH, body=RUN | {"stream": True})
        first, second = clock.slept[:2]
        assert first == pytest.approx(0.7)
        assert second < 0.2
        assert sum(clock.slept) == pytest.approx(1)
        seen = [queued[0]["interaction"], queued[1]]
        assert [each["status"] for each in seen] == ["queued", "in_progress"]
        again, _ = watch(api, fault="queued=0")
        assert again[1:] == queued[1:]
        at_once, _ = told(
            api, "POST", PATH, body=RUN | {"background": False, "stream": True}
        )
        assert at_once[0]["interaction"]["status"] == "in_progress"


def test_a_run_is_never_queued_longer_than_it_lasts() -> None:
    clock = Clock()
    with asking("wsgi", "queued=99000", clock) as api:
        create(api, **RUN)
        clock.time += 0.9
        watch(api)
    assert sum(clock.slept) == pytest.approx(0.1)


def test_a_run_ends_whether_or_not_its_streams_break() -> None:
    clock = Clock()
    with asking("wsgi", clock=clock) as api:
        start = clock.time
        body = RESEARCHED | {"stream": True}
        streamed, ended = told(api, "POST", PATH, "drop-after=2", body)
        assert (len(streamed), ended) == (2, CUT)
        assert clock.time == start
        assert api.get(ONE).json()["status"] == "in_progress"
        clock.time += 2.5
        assert api.get(ONE).json()["status"] == "completed"
        rest, _ = watch(api, last_id(streamed))
        assert types(rest)[-2:] == ["interaction.completed", "done"]
        assert clock.time == start + 2.5


def test_a_cancelled_run_ends_the_streams_of_others() -> None:
    with asking("wsgi") as api:
        api.post(PATH, json=RESEARCHED).raise_for_status()
        with api.stream("GET", f"{ONE}?stream=true") as response:
            chunks = response.iter_raw()
            seen = [next(chunks) for _ in range(4)]
            api.post(f"{ONE}/cancel").raise_for_status()
            seen.extend(chunks)
    assert len(seen) == 6
    assert b'"status":"cancelled"' in seen[4]
