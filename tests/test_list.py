"""`gi list`, `gi get` and `gi delete`."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gi_cli.ledger.claims import REMEDY, Claimed
from gi_cli.once import claims_of
from tests.conftest import Done, FakeClock, Gi
from tests.faults.words import ENDS
from tests.following import refusal
from tests.scripted import Reply, Reset, ScriptedServer, json_reply, raw
from tests.test_ledger import NOW, newer, opened, rows, turn
from tests.test_turns import TARGET, VARIABLES

DAY = 86_400.0
REFUSED = "the API refused the request:"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield tmp_path / "ledger.db"
    monkeypatch.undo()
    time.tzset()


def fill(path: Path, origin: str, *turns: Any) -> None:
    with opened(path, FakeClock()) as made:
        for each in turns:
            made.add(each._replace(origin=origin))


def claim(key: str, at: float, phase: str, **fields: Any) -> Claimed:
    whole = Claimed(
        *("offline", key, "5f2a", phase, None, "research", None, "mine", 1234),
        *(at, at, at),
    )
    return whole._replace(**fields)


def keep(path: Path, *claims: Claimed) -> None:
    with opened(path, FakeClock()) as made:
        for each in claims:
            claims_of(made).save(each)


TURNS = (
    turn("v1_1", NOW - 90, model="gemini-9", status="completed", session="s\x1b"),
    turn("v1_22", NOW - 60, agent="mine", status="in_progress", previous_id="v1_1"),
    turn(None, NOW - 30, command="continue", status="sending"),
)
TABLE = b"""\
ID     STARTED              STATUS       COMMAND   MODEL OR AGENT  SESSION
-      2026-09-21 23:12:50  sending      continue  m               -
v1_22  2026-09-21 23:12:20  in_progress  create    mine            -
v1_1   2026-09-21 23:11:50  completed    create    gemini-9        s\\x1b
"""
RECORDS: list[dict[str, Any]] = [
    {
        "origin": "offline",
        "id": None,
        "previous_id": None,
        "command": "continue",
        "model": "m",
        "agent": None,
        "status": "sending",
        "created": "2026-09-21T14:12:50+00:00",
        "updated": "2026-09-21T14:12:50+00:00",
        "session": None,
    },
    {
        "origin": "offline",
        "id": "v1_22",
        "previous_id": "v1_1",
        "command": "create",
        "model": "m",
        "agent": "mine",
        "status": "in_progress",
        "created": "2026-09-21T14:12:20+00:00",
        "updated": "2026-09-21T14:12:20+00:00",
        "session": None,
    },
    {
        "origin": "offline",
        "id": "v1_1",
        "previous_id": None,
        "command": "create",
        "model": "gemini-9",
        "agent": None,
        "status": "completed",
        "created": "2026-09-21T14:11:50+00:00",
        "updated": "2026-09-21T14:11:50+00:00",
        "session": "s\x1b",
    },
]


def test_formats(gi: Gi, ledger: Path) -> None:
    fill(ledger, "offline", *TURNS)
    fill(ledger, "elsewhere", turn("v1_9"))
    environ = {"GI_LEDGER": str(ledger)}
    argv = ("list", "--offline")
    assert gi(*argv, environ=environ) == Done(0, TABLE, "")
    done = gi(*argv, "--ndjson", environ=environ)
    assert [json.loads(line) for line in done.out.splitlines()] == RECORDS
    assert json.loads(gi(*argv, "--json", environ=environ).out) == RECORDS


def test_only_one_status(gi: Gi, ledger: Path) -> None:
    fill(ledger, "offline", *TURNS)
    environ = {"GI_LEDGER": str(ledger)}
    argv = ("list", "--offline", "--status")
    done = gi(*argv, "completed", "--json", environ=environ)
    assert json.loads(done.out) == RECORDS[2:]
    assert gi(*argv, "failed", environ=environ) == Done(0, b"", "")
    assert gi(*argv, "failed", "--json", environ=environ).out == b"[]\n"


@pytest.mark.parametrize("value", ["off", "{}"])
def test_an_empty_list(value: str, gi: Gi, ledger: Path) -> None:
    environ = {"GI_LEDGER": value.format(ledger)}
    assert gi("list", environ=environ) == Done(0, b"", "")
    assert gi("list", "--ndjson", environ=environ) == Done(0, b"", "")
    said = "gi: error: GI_LEDGER: 'l' is neither off nor an absolute path\n"
    assert gi("list", code=2, environ={"GI_LEDGER": "l"}) == Done(2, b"", said)
    both = gi("list", "--json", "--ndjson", environ=environ, code=2)
    assert (
        both.err == "gi: error: --json and --ndjson contradict each other: give one\n"
    )


CLAIMS = (
    claim("report-2026-09-20", NOW - 90, "done", id="v1_1", finished=NOW - 30),
    claim("a\n\x1b b", NOW - 60, "sending", model="m", agent=None),
)
CLAIMS_TABLE = b"""\
KEY                PHASE    ID    UPDATED
a\\n\\x1b b          sending  -     2026-09-21 23:12:20
report-2026-09-20  done     v1_1  2026-09-21 23:11:50
"""
CLAIM_RECORDS: list[dict[str, Any]] = [
    {
        "origin": "offline",
        "key": "a\n\x1b b",
        "phase": "sending",
        "id": None,
        "command": "research",
        "model": "m",
        "agent": None,
        "bytes": 1234,
        "created": "2026-09-21T14:12:20+00:00",
        "updated": "2026-09-21T14:12:20+00:00",
        "sent_at": "2026-09-21T14:12:20+00:00",
        "exit_code": None,
        "finished": None,
    },
    {
        "origin": "offline",
        "key": "report-2026-09-20",
        "phase": "done",
        "id": "v1_1",
        "command": "research",
        "model": None,
        "agent": "mine",
        "bytes": 1234,
        "created": "2026-09-21T14:11:50+00:00",
        "updated": "2026-09-21T14:11:50+00:00",
        "sent_at": "2026-09-21T14:11:50+00:00",
        "exit_code": None,
        "finished": "2026-09-21T14:12:50+00:00",
    },
]


def test_claims(gi: Gi, ledger: Path) -> None:
    fill(ledger, "offline", *TURNS)
    keep(ledger, *CLAIMS, CLAIMS[0]._replace(origin="elsewhere"))
    environ = {"GI_LEDGER": str(ledger)}
    argv = ("list", "--claims", "--offline")
    assert gi(*argv, environ=environ) == Done(0, CLAIMS_TABLE, "")
    done = gi(*argv, "--ndjson", environ=environ)
    assert [json.loads(line) for line in done.out.splitlines()] == CLAIM_RECORDS
    assert json.loads(gi(*argv, "--json", environ=environ).out) == CLAIM_RECORDS


@pytest.mark.parametrize("value", ["off", "{}"])
def test_no_claims(value: str, gi: Gi, ledger: Path) -> None:
    environ = {"GI_LEDGER": value.format(ledger)}
    assert gi("list", "--claims", environ=environ) == Done(0, b"", "")
    done = gi("list", "--claims", "--json", environ=environ)
    assert done == Done(0, b"[]\n", "")


def test_claims_of_a_ledger_that_cannot_be_read(gi: Gi, ledger: Path) -> None:
    newer(ledger)
    done = gi("list", "--claims", environ={"GI_LEDGER": str(ledger)}, code=9)
    why = f"the ledger cannot be used: {ledger}: it belongs to a newer gi (99)"
    said = f"gi: error: {why}\ngi: hint: {REMEDY}\n"
    assert done == Done(9, b"", said)


@pytest.mark.parametrize("flag", ["--status x", "--refresh", "--prune"])
def test_what_is_of_turns_only(flag: str, gi: Gi, ledger: Path) -> None:
    environ = {"GI_LEDGER": str(ledger)}
    done = gi("list", "--claims", *flag.split(), environ=environ, code=2)
    name = flag.split(maxsplit=1)[0]
    said = f"gi: error: --claims and {name} contradict each other: give one\n"
    assert done == Done(2, b"", said)


def test_refresh(gi: Gi, ledger: Path, server: ScriptedServer) -> None:
    """A 404 is a status, a 503 an error that keeps nothing else from being asked."""
    states = ("queued", "in_progress", "in_progress", None, "completed")
    turns = (turn(f"v1/{n}", status=each) for n, each in enumerate(states))
    fill(ledger, server.url, *turns)
    server.expect("GET", f"{TARGET}/v1%2F3", json_reply({"status": "completed"}))
    for _ in range(5):
        server.expect("GET", f"{TARGET}/v1%2F2", refusal(503, "unavailable"))
    server.expect("GET", f"{TARGET}/v1%2F1", refusal(404, "not_found"))
    server.expect("GET", f"{TARGET}/v1%2F0", json_reply({"status": "failed"}))
    environ = {**VARIABLES, "GI_LEDGER": str(ledger)}
    argv = ("list", "--refresh", "--ndjson", "--base-url", server.url)
    clock = FakeClock()
    done = gi(*argv, environ=environ, clock=clock, code=5)
    assert done.err == f"gi: error: v1/2: {REFUSED} 503 unavailable: No.\n"
    assert len(clock.slept) == 4
    shown = [json.loads(line) for line in done.out.splitlines()]
    states_now = ["completed", "completed", "in_progress", "gone", "failed"]
    assert [each["status"] for each in shown] == states_now
    assert rows(ledger, "status") == [(each,) for each in states_now[::-1]]


def test_prune(gi: Gi, ledger: Path) -> None:
    old = turn("old", NOW - 30 * DAY, status="completed")
    fill(ledger, "offline", old, turn("gone", status="gone"), turn("v1_1"))
    clock = FakeClock(time=NOW + 30.5 * DAY)
    environ = {"GI_LEDGER": str(ledger)}
    done = gi("list", "--offline", "--prune", "--ndjson", environ=environ, clock=clock)
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["v1_1"]
    assert rows(ledger, "id") == [("v1_1",)]


def model_output(*texts: str) -> dict[str, Any]:
    contents = [{"type": "text", "text": text} for text in texts]
    return {"type": "model_output", "content": contents}


ASKED = {"type": "user_input", "content": [{"type": "text", "text": "Hi."}]}
CALL = {"type": "function_call", "id": "c1", "name": "f", "arguments": {"a": 1}}
RESULT = {"type": "function_result", "call_id": "c1", "result": "x"}
BEFORE = [
    ASKED,
    model_output("Old."),
    CALL,
    RESULT,
    ASKED,
    model_output("Older."),
    ASKED,
]
STATUSES = {
    **ENDS,
    "in_progress": (6, "the interaction is still in_progress"),
    "queued": (6, "the interaction is still queued"),
    "odd": (6, "gi does not know the status 'odd' of the interaction"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_get(status: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    code, error = STATUSES[status]
    wait = f"gi: hint: gi wait --base-url {server.url} v1_1\n" if code == 6 else ""
    steps = [*BEFORE, model_output("New.")]
    whole = {"id": "v1_1", "status": status, "steps": steps, "labels": {"n": 10**20}}
    argv = ("get", "v1_1", "--base-url", server.url, "--format")
    found: dict[str, bytes] = {}
    for format in ("text", "ndjson", "json", "sse"):
        server.expect("GET", f"{TARGET}/v1_1", json_reply(whole))
        done = gi(*argv, format, code=code)
        said = f"gi: error: {error}\n{wait}gi: id: v1_1\n" if code else ""
        assert done.err == said
        found[format] = done.out
    assert found["text"] == b"New." + (b"" if code else b"\n")
    *events, result = map(json.loads, found["ndjson"].splitlines())
    synthetic = {"gi_synthetic": True}
    at = {**synthetic, "index": len(BEFORE)}
    delta = {"type": "text", "text": "New."}
    head = {k: v for k, v in whole.items() if k != "steps"}
    assert events == [
        {"event_type": "step.start", **at, "step": {"type": "model_output"}},
        {"event_type": "step.delta", **at, "delta": delta},
        {"event_type": "step.stop", **at},
        {"event_type": "interaction.completed", **synthetic, "interaction": head},
    ]
    assert (result["exit_code"], result["interaction_id"]) == (code, "v1_1")
    document = json.loads(found["json"])
    told = document.pop("gi")
    assert document == whole
    assert told["exit_code"] == code
    field, data = found["sse"].split(b"\n", 1)
    assert field == b"event: gi.recovered"
    assert json.loads(data.removeprefix(b"data: ")) == whole


TIMELINES = {
    "call that was passed over": ([ASKED, CALL, ASKED, model_output("A")], 0, b"A\n"),
    "call": ([ASKED, CALL, RESULT, ASKED, CALL | {"id": "c2"}], 7, b""),
    "after a result": ([ASKED, CALL, RESULT, model_output("A", "B")], 0, b"AB\n"),
    "nothing new": ([*BEFORE], 8, b""),
    "no input": ([model_output("A")], 0, b"A\n"),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_get_counts_what_follows_the_last_input(
    name: str, gi: Gi, server: ScriptedServer
) -> None:
    steps, code, text = TIMELINES[name]
    whole = {"id": "v1_1", "status": "completed", "steps": steps}
    for format in ("text", "ndjson", "json", "sse"):
        server.expect("GET", f"{TARGET}/v1_1", json_reply(whole))
        argv = ("get", "v1_1", "--base-url", server.url, "--format", format)
        done = gi(*argv, code=code)
        if format == "text":
            assert done.out == text


def test_get_tries_again(gi: Gi, server: ScriptedServer) -> None:
    whole = {"id": "a/b?c", "status": "completed", "steps": [model_output("A")]}
    target = f"{TARGET}/a%2Fb%3Fc%20%C3%A9"
    for reply in (refusal(503, "unavailable"), raw(Reset()), json_reply(whole)):
        server.expect("GET", target, reply)
    clock = FakeClock()
    argv = ("get", "a/b?c é", "--base-url", server.url)
    assert gi(*argv, clock=clock) == Done(0, b"A\n", "")
    assert len(clock.slept) == 2


def test_get_tells_the_ledger(gi: Gi, server: ScriptedServer, ledger: Path) -> None:
    fill(ledger, server.url, turn("v1_1", status="in_progress"))
    whole = {"id": "v1_1", "status": "COMPLETED", "steps": [model_output("A")]}
    server.expect("GET", f"{TARGET}/v1_1", json_reply(whole))
    environ = {**VARIABLES, "GI_LEDGER": str(ledger)}
    gi("get", "v1_1", "--base-url", server.url, environ=environ)
    assert rows(ledger, "id, status") == [("v1_1", "completed")]


DELETED = json_reply({})
DELETIONS: dict[str, tuple[dict[str, list[Reply]], int, list[str]]] = {
    "all": ({"a": [DELETED], "b/c": [DELETED]}, 0, []),
    "unknown": ({"a": [refusal(404, "not_found")], "b/c": [DELETED]}, 1, ["a"]),
    "not here": ({"a": [DELETED], "b/c": [refusal(501, "unimplemented")]}, 5, ["b/c"]),
    "worst": (
        {"a": [refusal(404, "not_found")], "b/c": [refusal(403, "forbidden")]},
        3,
        ["a", "b/c"],
    ),
    "again": ({"a": [refusal(503, "unavailable"), DELETED], "b/c": [DELETED]}, 0, []),
}


@pytest.mark.parametrize("name", DELETIONS)
def test_delete(name: str, gi: Gi, server: ScriptedServer, ledger: Path) -> None:
    replies, code, left = DELETIONS[name]
    fill(ledger, server.url, *map(turn, replies))
    for id, answers in replies.items():
        for reply in answers:
            server.expect("DELETE", f"{TARGET}/{id.replace('/', '%2F')}", reply)
    environ = {**VARIABLES, "GI_LEDGER": str(ledger)}
    argv = ("delete", *replies, "--base-url", server.url)
    done = gi(*argv, environ=environ, clock=FakeClock(), code=code)
    assert (done.out, rows(ledger, "id")) == (b"", [(id,) for id in left])
    named = [line.split(":")[2].strip() for line in done.err.splitlines()]
    assert sorted(set(named) & set(replies)) == left


def test_delete_nothing(gi: Gi) -> None:
    assert gi("delete", code=2) == Done(2, b"", "gi: error: there is no ID\n")
