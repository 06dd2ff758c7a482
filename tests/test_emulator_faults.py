"""Faults on demand, seen in this process and over a socket."""

from typing import Any

import httpx
import pytest

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.faults import KINDS, FaultError
from tests.emulated import (
    HELLO,
    HELLO_INPUT,
    HELLO_STEPS,
    MODEL,
    Clock,
    assert_refused,
    create,
)
from tests.serving import CUT, END, SILENT, asking, told, types

PATH = "/v1beta/interactions"
ONE = f"{PATH}/v1_1"
STREAMED = {**HELLO, "stream": True}
RUN = {**HELLO, "background": True}
WATCHED = f"{ONE}?stream=true"
ALL = [
    "interaction.created",
    "interaction.status_update",
    *("step.start", "step.delta", "step.stop"),
    *("step.start", "step.delta", "step.delta", "step.stop"),
    "interaction.completed",
    "done",
]
BOTH = pytest.mark.parametrize("over", ["wsgi", "socket"])


@BOTH
@pytest.mark.parametrize(
    ("fault", "seen", "ended"),
    [
        ("", ALL, END),
        ("drop-after=0", [], CUT),
        ("drop-after=3", ALL[:3], CUT),
        ("drop-after=11", ALL, CUT),
        ("drop-after=12", ALL, END),
        ("drop-after=3, chunk=1000", ALL[:3], CUT),
        ("drop-after=3, chunk=7", ALL[:3], CUT),
        ("stall-after=0", [], SILENT),
        ("stall-after=2", ALL[:2], SILENT),
        ("stall-after=2, chunk=1000", ALL[:2], SILENT),
        ("stall-after=12", ALL, END),
        ("drop-after=3; stall-after=2", ALL[:2], SILENT),
        ("drop-after=2; stall-after=3", ALL[:2], CUT),
        ("stall-after=2, ping=50, drop-after=5", [*ALL[:2], *["ping"] * 3], CUT),
        ("error-after=0", ["error", "done"], END),
        ("error-after=4", [*ALL[:4], "error", "done"], END),
        ("error-after=4, drop-after=5", [*ALL[:4], "error"], CUT),
        ("error-after=12", ALL, END),
        ("truncate", ALL[:-2], END),
        ("chunk=1", ALL, END),
        ("drop", [], CUT),
        ("stall", [], SILENT),
        ("resume-then-silent=2, gone, replay, resume-refused", ALL, END),
        ("resume-then-silent=2, drop-after=4", ALL[:4], CUT),
        ("status=503,on=GET", ALL, END),
    ],
)
def test_a_stream_breaks(over: str, fault: str, seen: list[str], ended: str) -> None:
    with asking(over) as api:
        events, end = told(api, "POST", PATH, fault, STREAMED)
        assert (types(events), end) == (seen, ended)
        assert api.get(ONE).json()["status"] == "completed"  # as nothing else is done


@pytest.mark.parametrize(("fault", "status"), [("drop", None), ("drop-after=0", 200)])
@BOTH
def test_a_cut_comes_before_or_after_the_headers(
    over: str, fault: str, status: int | None
) -> None:
    seen = None
    with asking(over) as api, pytest.raises(httpx.RemoteProtocolError):
        headers = {"x-gi-fault": fault}
        with api.stream("POST", PATH, json=STREAMED, headers=headers) as response:
            seen = response.status_code
            response.read()
    assert seen == status


@BOTH
def test_a_client_learns_that_its_request_has_left(over: str) -> None:
    steps = []
    with asking(over) as api, pytest.raises(httpx.RemoteProtocolError):
        trace = {"trace": lambda step, _: steps.append(step)}
        api.get(ONE, headers={"x-gi-fault": "drop"}, extensions=trace)
    assert "http11.send_request_headers.started" in steps


def test_silence_lasts_until_the_read_timeout() -> None:
    clock = Clock()
    with asking("wsgi", clock=clock) as api:
        headers = {"x-gi-fault": "stall"}
        with pytest.raises(httpx.ReadTimeout):
            api.get(ONE, headers=headers, timeout=httpx.Timeout(5, read=77))
    assert clock.slept == [77]


def test_silence_without_a_timeout_never_ends() -> None:
    class Enough(Exception):
        pass

    class Impatient(Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 3:
                raise Enough

    clock = Impatient()
    with asking("wsgi", clock=clock) as api, pytest.raises(Enough):
        api.get(ONE, headers={"x-gi-fault": "stall"}, timeout=None)
    assert clock.slept == [3600, 3600, 3600]


def test_events_are_slow() -> None:
    clock = Clock()
    with asking("wsgi", clock=clock) as api:
        told(api, "POST", PATH, "slow=20", STREAMED)
    assert clock.slept == [0.02] * len(ALL)


@BOTH
@pytest.mark.parametrize("size", [1, 7, 100, 100_000])
def test_a_body_is_cut_anew(over: str, size: int) -> None:
    with asking(over) as api:
        whole = api.post(PATH, json=STREAMED).content
        headers = {"x-gi-fault": f"chunk={size}"}
        with api.stream("GET", WATCHED, headers=headers) as response:
            chunks = list(response.iter_raw())
        assert b"".join(chunks) == whole
        assert {len(chunk) for chunk in chunks[:-1]} <= {size}
        assert len(chunks) == -(-len(whole) // size)
        assert api.get(ONE, headers=headers).json() == api.get(ONE).json()


JSON = "application/json; charset=UTF-8"


@BOTH
@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        (
            "status=503",
            503,
            JSON,
            '{"error":{"message":"The request is refused on demand with 503.",'
            '"code":"unavailable"}}',
        ),
        (
            "status=500, shape=classic",
            500,
            JSON,
            '{"error":{"code":500,'
            '"message":"The request is refused on demand with 500.",'
            '"status":"INTERNAL"}}',
        ),
        (
            "status=418, shape=list",
            418,
            JSON,
            '[{"error":{"code":418,'
            '"message":"The request is refused on demand with 418.",'
            '"status":"UNKNOWN"}}]',
        ),
        (
            "status=429, shape=events",
            429,
            "text/event-stream",
            "event: error\n"
            'data: {"error":{"message":"The request is refused on demand with 429.",'
            '"code":"rate_limit_exceeded"},"event_type":"error"}\n',
        ),
        (
            "status=502, shape=page",
            502,
            "text/html; charset=UTF-8",
            "<html><head><title>502</title></head>"
            "<body>A proxy's page.</body></html>\n",
        ),
        (
            "rate-limit=7",
            429,
            JSON,
            '{"error":{"code":429,"message":"The rate limit is exceeded on demand.",'
            '"status":"RESOURCE_EXHAUSTED","details":[{"@type":'
            '"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7s"}]}}',
        ),
    ],
)
def test_a_request_is_refused(
    over: str, fault: str, status: int, kind: str, body: str
) -> None:
    with asking(over) as api:
        response = api.post(PATH, json=HELLO, headers={"x-gi-fault": fault})
        told = (response.status_code, response.headers["content-type"], response.text)
        assert told == (status, kind, body)
        assert create(api, **HELLO)["id"] == "v1_1"  # the first one was not made


def test_a_rate_limit_is_a_second_unless_it_says() -> None:
    with asking("wsgi", "rate-limit") as api:
        error = api.get(ONE).json()["error"]
    assert error["details"][0]["retryDelay"] == "1s"


@BOTH
def test_what_is_dropped_was_done(over: str) -> None:
    with asking(over) as api:
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(PATH, json=HELLO, headers={"x-gi-fault": "drop"})
        assert api.get(ONE).json()["steps"] == [HELLO_INPUT, *HELLO_STEPS]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nope", "'nope' is unknown"),
        ("drop_after=1", "'drop_after' is unknown"),
        ("drop,", "'' is unknown"),
        ("drop, drop", "'drop' is given twice"),
        ("times=2", "'times=2' has no fault"),
        ("drop; on=GET", "'on=GET' has no fault"),
        ("drop-after", "'drop-after' must be a whole number"),
        ("drop-after=-1", "'drop-after' must be a whole number"),
        ("slow=2.5", "'slow' must be a whole number"),
        ("chunk=0", "'chunk' must be a number from 1 on"),
        ("status=200", "'status' must be a status from 400 to 599"),
        (
            "status=500, shape=x",
            "'shape' must be one of api, classic, list, events, page",
        ),
        ("rate-limit=soon", "'rate-limit' must be a whole number"),
        ("truncate=1", "'truncate' takes no value"),
        ("end", "'end' needs a value"),
        (
            "drop, on=get",
            "'on' must be one of POST, GET, DELETE, CREATE, CANCEL, READ, STREAM, "
            "RESUME, UPLOAD",
        ),
        ("drop, times=often", "'times' must be a whole number"),
        ("drop, chance=2", "'chance' must be a number from 0 to 1"),
        ("drop, chance=nan", "'chance' must be a number from 0 to 1"),
        ("drop, chance=half", "'chance' must be a number from 0 to 1"),
        ("drop, seed=", "'seed' needs a value"),
    ],
)
def test_a_text_that_is_no_fault_is_refused(text: str, message: str) -> None:
    with asking("wsgi") as api:
        response = api.post(PATH, json=HELLO, headers={"x-gi-fault": text})
        assert_refused(response, f"Invalid value for header 'x-gi-fault': {message}.")
        assert api.get(ONE).status_code == 404
    with pytest.raises(FaultError) as caught:
        Emulator(fault=text)
    assert str(caught.value) == message


REQUESTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "create": ("POST", PATH, HELLO),
    "create stream": ("POST", PATH, STREAMED),
    "read": ("GET", ONE, None),
    "watch": ("GET", WATCHED, None),
    "cancel": ("POST", f"{ONE}/cancel", None),
    "delete": ("DELETE", ONE, None),
    "upload": ("POST", "/upload/v1beta/files", {}),
    "files": ("GET", "/v1beta/files", None),
    "nonsense": ("POST", PATH, None),
}
CONCERNED = {
    "POST": {"create", "create stream", "cancel", "upload", "nonsense"},
    "GET": {"read", "watch", "files"},
    "DELETE": {"delete"},
    "CREATE": {"create", "create stream", "nonsense"},
    "CANCEL": {"cancel"},
    "READ": {"read", "watch"},
    "STREAM": {"create stream", "watch"},
    "RESUME": {"watch"},
    "UPLOAD": {"upload"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_can_be_limited_to_a_kind_of_request(kind: str) -> None:
    hit = set()
    headers = {"x-gi-fault": f"status=418, on={kind}"}
    for name, (method, path, body) in REQUESTS.items():
        with asking("wsgi") as api:
            response = api.request(method, path, json=body, headers=headers)
        if response.status_code == 418:
            hit.add(name)
    assert hit == CONCERNED[kind]


def statuses(api: httpx.Client, fault: str, count: int = 4) -> list[int]:
    headers = {"x-gi-fault": fault}
    return [
        api.post(PATH, json=HELLO, headers=headers).status_code for _ in range(count)
    ]


def test_a_fault_can_be_limited_in_number() -> None:
    with asking("wsgi") as api:
        twice = "status=503, times=2"
        assert statuses(api, twice) == [503, 503, 200, 200]
        assert statuses(api, twice) == [200] * 4
        assert statuses(api, f"{twice}, seed=again") == [503, 503, 200, 200]
        assert statuses(api, "status=500, times=0") == [200] * 4
        one_by_one = "status=501, times=1; status=502, times=2"
        assert statuses(api, one_by_one) == [502, 502, 200, 200]


def test_only_requests_that_a_fault_concerns_are_counted() -> None:
    with asking("wsgi", "gone, times=1; status=503, on=CANCEL, times=1") as api:
        create(api, **RUN)
        assert [api.get(ONE).status_code for _ in range(3)] == [404, 200, 200]
        cancelled = [api.post(f"{ONE}/cancel").status_code for _ in range(2)]
    assert cancelled == [503, 200]


def test_a_fault_can_be_left_to_chance() -> None:
    def drawn(seed: str) -> list[int]:
        with asking("wsgi") as api:
            return statuses(api, f"status=503, chance=0.5, seed={seed}", 40)

    assert set(drawn("a")) == {200, 503}
    assert drawn("a") == drawn("a")
    assert drawn("a") != drawn("b")
    with asking("wsgi") as api:
        assert set(statuses(api, "status=503, chance=0.5", 100)) == {200, 503}
        assert statuses(api, "status=503, chance=0") == [200] * 4
        assert statuses(api, "status=503, chance=1") == [503] * 4


def test_the_header_comes_after_what_the_emulator_has() -> None:
    with asking("wsgi", "status=500; chunk=3") as api:
        assert statuses(api, "", 1) == [500]
        assert statuses(api, "status=409", 1) == [409]


HALF: list[Any] = [
    HELLO_STEPS[0],
    {
        "type": "model_output",
        "content": [{"type": "text", "text": "This is an emulate"}],
    },
]
FAILED = {"code": "internal_error", "message": "The interaction fails on demand."}
WHOLE: list[Any] = [*HELLO_STEPS]
ENDS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "failed": (WHOLE[:1], {"errors": [FAILED]}),
    "cancelled": (WHOLE[:1], {}),
    "incomplete": (HALF, {}),
    "budget_exceeded": (HALF, {}),
    "requires_continuation": (HALF, {"continuation_token": "continue_v1_1"}),
    "requires_action": (WHOLE, {}),
    "completed": (WHOLE, {}),
    "paused": (WHOLE, {}),
    "queued": ([], {}),
    "in_progress": ([], {}),
}


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_an_interaction_ends_as_told(end: str, background: bool) -> None:
    steps, more = ENDS[end]
    clock = Clock()
    body = {**HELLO, "background": background}
    with asking("wsgi", clock=clock) as api:
        created = api.post(PATH, json=body, headers={"x-gi-fault": f"end={end}"}).json()
        if background:
            assert created["status"] == "in_progress"
            clock.time += 1
        else:
            assert created["status"] == end
            assert created.get("steps", []) == steps
        kept = api.get(ONE).json()
        streamed, ended = told(api, "GET", WATCHED)
    assert (kept["status"], kept["steps"]) == (end, [HELLO_INPUT, *steps])
    assert {name: kept.get(name) for name in more} == more
    assert ("usage" in kept) == (end not in {"cancelled", "queued", "in_progress"})
    completed: Any = streamed[-2]["interaction"]
    assert (completed["status"], ended) == (end, END)
    of_events = more.keys() - {"errors"}
    assert {*completed} & {*more} == of_events
    assert types(streamed).count("step.stop") == len(steps)


def test_half_a_text_has_no_citations() -> None:
    search = {"tools": [{"type": "google_search"}]}
    with asking("wsgi", "end=incomplete") as api:
        output = create(api, **HELLO, **search)["steps"][-1]
    said = "This is an emulated answer to: Hello"
    content = [{"type": "text", "text": said[: len(said) // 2]}]
    assert output == {"type": "model_output", "content": content}


def test_what_stopped_at_a_limit_goes_on() -> None:
    with asking("wsgi", "end=requires_continuation, times=1") as api:
        first = create(api, **HELLO)
        hop = {
            "previous_interaction_id": first["id"],
            "continuation_token": first["continuation_token"],
        }
        second = create(api, model=MODEL, **hop)
    assert (first["status"], second["status"]) == ("requires_continuation", "completed")


@pytest.mark.parametrize("end", ["queued", "in_progress"])
def test_what_never_ends_can_only_be_cancelled(end: str) -> None:
    clock = Clock()
    with asking("wsgi", f"end={end}", clock) as api:
        create(api, **RUN)
        clock.time += 3600
        follow_up = {**HELLO, "previous_interaction_id": "v1_1"}
        assert_refused(
            api.post(PATH, json=follow_up), f"Interaction 'v1_1' is still {end}."
        )
        assert api.post(f"{ONE}/cancel").json()["status"] == "cancelled"
        assert api.get(ONE).json()["status"] == "cancelled"
