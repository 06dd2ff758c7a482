"""`gi render`: what `gi create` wrote, shown as `gi create` would have shown it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done, FakeClock, Gi
from tests.following import runs_on
from tests.scripted import ScriptedServer, json_reply, sse
from tests.test_streams import CASES, TARGET, last_id, stream

FORMATS = ("text", "ndjson", "json", "sse")
HOPS = (stream("continuation-1"), stream("continuation-2"))
STREAMS = {name: (stream(name),) for name in CASES} | {"continuation": HOPS}
CODES = {name: case.code for name, case in CASES.items()} | {"continuation": 0}
# NDJSON has no comments, ids, retry times, line ends, or data that is not whole: the
# event stream made of it says the same in gi's own spelling.
RESPELLED = {
    "legacy",
    "migration-guide",
    "no-event-lines",
    "crlf",
    "last-block-unterminated",
}
UNFRAMED = {"bare-error-array", "bare-error-line"}  # what is no event, NDJSON has not


def offline(err: str) -> str:
    """What a run said, without the command that asks the service again."""
    asking = ("gi: hint: gi wait ", "gi: hint: gi continue ")
    lines = err.splitlines(keepends=True)
    return "".join(each for each in lines if not each.startswith(asking))


def spelled(err: str) -> str:
    """Arguments of a call from a document: read and written again."""
    return err.replace("\\u2615", "\N{HOT BEVERAGE}")


OFFLINE: dict[str, str] = {}  # no key, no proxy, nothing


def created(
    gi: Gi, server: ScriptedServer, name: str, *argv: str, folder: Path
) -> dict[str, Done]:
    """What `gi create` came to in each format; --save-events goes to `events`."""
    found: dict[str, Done] = {}
    if name in CASES:
        runs_on(server, last_id(name))
    for format in FORMATS:
        for part in STREAMS[name]:
            server.expect("POST", TARGET, sse(part))
        at = ("--base-url", server.url, "--save-events", str(folder / "events"))
        words = ("create", "hi", *at, "--format", format, *argv)
        done = gi(*words, code=CODES[name], clock=FakeClock())
        found[format] = replace(done, err=offline(done.err))
    return found


@pytest.mark.parametrize("name", STREAMS)
def test_as_created(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    made = created(gi, server, name, folder=tmp_path)
    given = {
        "sse": made["sse"].out,
        "ndjson": made["ndjson"].out,
        "events": (tmp_path / "events").read_bytes(),
    }
    code = CODES[name]
    for source, data in given.items():
        file = tmp_path / source
        file.write_bytes(data)
        for format in FORMATS:
            argv = ("render", "--format", format)
            done = gi(*argv, str(file), environ=OFFLINE, code=code)
            assert gi(*argv, stdin=data, environ=OFFLINE, code=code) == done
            respelled = (source, format) == ("ndjson", "sse")
            if respelled and name in UNFRAMED:
                assert data and made["sse"].out.startswith(done.out)
                assert done.err == made["sse"].err
            elif respelled and name in RESPELLED:
                again = gi("render", "--ndjson", stdin=done.out, code=code)
                assert again == made["ndjson"]
            else:
                assert done == made[format], (source, format)


@pytest.mark.parametrize("name", STREAMS)
def test_document(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """What `gi create --json` wrote has the text, the steps and the end."""
    made = created(gi, server, name, folder=tmp_path)
    given, code = made["json"].out, CODES[name]
    done = {
        format: gi("render", "--format", format, stdin=given, environ={}, code=code)
        for format in FORMATS
    }
    errors = {format: each.err for format, each in done.items()}
    assert errors == {format: spelled(each.err) for format, each in made.items()}
    assert done["text"].out == made["text"].out
    shown, expected = (json.loads(each) for each in (done["json"].out, given))
    told = [each.pop("gi") for each in (shown, expected)]
    assert shown == expected
    for key in ("exit_code", "status", "interaction_id", "error"):
        assert told[0][key] == told[1][key]
    if code == 0:  # what gi found out about the end is not in gi.recovered
        again = gi("render", "--json", stdin=done["sse"].out, environ={})
        assert json.loads(again.out)["steps"] == expected["steps"]


WHOLE = {
    "id": "v1_a",
    "status": "completed",
    "steps": [
        {"type": "thought", "signature": "AA=="},
        {"type": "model_output", "content": [{"type": "text", "text": "one"}]},
    ],
}


@pytest.mark.parametrize("format", FORMATS)
def test_answer_in_one_piece(format: str, gi: Gi, server: ScriptedServer) -> None:
    """The event gi.recovered is read again."""
    for _ in range(3):
        server.expect("POST", TARGET, json_reply(WHOLE))
    argv = ("create", "hi", "--no-stream", "--base-url", server.url, "--format")
    shown = gi(*argv, format)
    for given in ("sse", "ndjson"):
        data = gi(*argv, given).out
        done = gi("render", "--format", format, stdin=data, environ=OFFLINE)
        if (given, format) == ("ndjson", "sse"):
            text = gi("render", stdin=done.out, environ=OFFLINE)
            assert text == Done(0, b"one\n", "")
        elif (given, format) != ("ndjson", "json"):
            assert done == shown
        else:
            assert json.loads(done.out) == json.loads(shown.out)


def events(data: bytes) -> list[bytes]:
    return [each + b"\n\n" for each in data.split(b"\n\n") if each]


def text_of(data: bytes) -> bytes:
    """The text of the whole events in a part of a file, by the tests' own reading."""
    found = b""
    for line in data.split(b"\n"):
        payload = line.removeprefix(b"data: ")
        try:
            delta = json.loads(payload).get("delta", {})
        except (ValueError, AttributeError):
            continue
        if delta.get("type") == "text":
            found += str(delta["text"]).encode()
    return found


CUT = "gi: error: the stream ended before the interaction was completed\n"


@pytest.mark.parametrize("form", ["sse", "ndjson"])
def test_truncated(form: str, gi: Gi) -> None:
    """Cut at any byte behind the first event and before the last."""
    data = stream("text")
    if form == "ndjson":
        data = gi("render", "--ndjson", stdin=data, environ=OFFLINE).out
    mark = b'"event_type":"interaction.completed"'
    last = data.rindex(b"\n", 0, data.index(mark) if mark in data else len(data))
    last = data.index(b"interaction.completed")
    first = data.index(b"\n\n" if form == "sse" else b"\n") + 2
    for cut in range(first, last, 7):
        part = data[:cut]
        done = gi("render", stdin=part, environ=OFFLINE, code=5)
        assert (done.out, done.err.startswith(CUT)) == (text_of(part), True), cut
        lines = gi("render", "--ndjson", stdin=part, environ=OFFLINE, code=5).out
        assert json.loads(lines.splitlines()[-1])["exit_code"] == 5


def test_truncated_in_the_second_hop(gi: Gi) -> None:
    one, two = HOPS
    data = one + two[: two.index(b"event: step.stop")]
    done = gi("render", stdin=data, environ=OFFLINE, code=8)
    said = "gi: error: the answer could not be continued: the stream ended before"
    assert done.out == text_of(data)
    assert done.err.startswith(said)


def result(code: int, **error: Any) -> dict[str, Any]:
    told = {"error_type": "x", "message": "Why.", "hints": ["try this"], **error}
    return {
        "event_type": "gi.result",
        "v": 1,
        "exit_code": code,
        "status": None,
        "interaction_id": None,
        "interaction_ids": [],
        "usage": None,
        "files": [],
        "error": told,
        "offline": False,
    }


@pytest.mark.parametrize("code", [*range(1, 10), 70, 129, 130, 141, 143])
def test_only_a_failed_result(code: int, gi: Gi) -> None:
    line = json.dumps(result(code)).encode() + b"\n"
    done = gi("render", stdin=line, environ=OFFLINE, code=code)
    assert done == Done(code, b"", "gi: error: Why.\ngi: hint: try this\n")
    *_, again = gi("render", "--ndjson", stdin=line, code=code).out.splitlines()
    assert json.loads(again)["exit_code"] == code
    document = {"gi": {**result(code), "rounds": []}}
    data = json.dumps(document, indent=2).encode()
    assert gi("render", stdin=data, code=code) == done


def test_failed_runs_in_both_forms(gi: Gi) -> None:
    """What a refused run wrote is told again."""
    argv = ("create", "hi", "--timeout", "x")
    told = gi(*argv, code=2)
    for form in ("--ndjson", "--json"):
        data = gi(*argv, form, code=2).out
        assert gi("render", stdin=data, environ=OFFLINE, code=2) == told


NO_EVENT = "there is no event in the file"
NOT_JSON = "the file is no stream of events"
BAD = {
    "empty": (b"", NO_EVENT),
    "blank": (b"\n\n \n", NO_EVENT),
    "words": (b"Dear diary,\nnothing.\n", NO_EVENT),
    "comments": (b": heartbeat\n\n: heartbeat\n\n", NO_EVENT),
    "broken JSON": (b'{"a":\n', NOT_JSON),
    "bytes": (bytes(range(256)), NO_EVENT),
}


@pytest.mark.parametrize("name", BAD)
def test_garbage(name: str, gi: Gi, tmp_path: Path) -> None:
    data, said = BAD[name]
    (tmp_path / "file").write_bytes(data)
    for argv in ((str(tmp_path / "file"),), ("-",), ()):
        done = gi("render", *argv, stdin=data, environ=OFFLINE, code=2)
        assert (done.out, done.err.startswith(f"gi: error: {said}")) == (b"", True)


def test_no_file(gi: Gi, tmp_path: Path) -> None:
    for place, why in ((tmp_path / "no", "No such file"), (tmp_path, "Is a dir")):
        done = gi("render", str(place), environ=OFFLINE, code=2)
        assert (done.out, done.err.startswith(f"gi: error: {place}: {why}")) == (
            b"",
            True,
        )


def test_to_a_file(gi: Gi, tmp_path: Path) -> None:
    argv = ("render", "-o", str(tmp_path / "o"), "--json")
    assert gi(*argv, stdin=stream("text"), environ=OFFLINE) == Done(0, b"", "")
    shown = gi("render", "--json", stdin=stream("text"), environ=OFFLINE).out
    assert (tmp_path / "o").read_bytes() == shown
