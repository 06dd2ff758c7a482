"""The executable: each event at once, the same code in every format, terminals."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gi_cli.sinks import FORMATS
from tests.conftest import KEY
from tests.following import kept
from tests.processes import ALL, Running, Terminal, environment, run
from tests.scripted import ScriptedServer, Wait, json_reply, sse

if TYPE_CHECKING:
    from tests.scripted import Action, Reply

TARGET = "/v1beta/interactions"
ID = "v1_abc"
STREAMS = Path(__file__).with_name("streams")


def event(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"event_type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def delta(text: str) -> bytes:
    return event("step.delta", index=0, delta={"type": "text", "text": text})


def ended(status: str = "completed") -> bytes:
    return event("interaction.completed", interaction={"id": ID, "status": status})


CREATED = event("interaction.created", interaction={"id": ID, "status": "in_progress"})
START = event("step.start", index=0, step={"type": "model_output"})
CALLING = {"type": "function_call", "id": "c1", "name": "f"}
CALL = event("step.start", index=0, step=CALLING)
STOP = event("step.stop", index=0)
DONE = b"event: done\ndata: [DONE]\n\n"


def answer(*texts: str, status: str = "completed") -> tuple[bytes, ...]:
    return (CREATED, START, *map(delta, texts), STOP, ended(status), DONE)


def lines(*events: bytes) -> bytes:
    """The events as NDJSON."""
    data = (each.partition(b"data: ")[2].rstrip() for each in events if each != DONE)
    return b"".join(each + b"\n" for each in data)


def shown(format: str, events: tuple[bytes, ...], text: str) -> bytes:
    """What stdout has got of the events by now."""
    made = {"text": text.encode(), "ndjson": lines(*events), "sse": b"".join(events)}
    return made.get(format, b"")


def reaching(server: ScriptedServer, home: Path, **extra: str) -> dict[str, str]:
    return environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url, **extra)


def refusal(status: int, code: str, **headers: str) -> Reply:
    body = {"error": {"code": code, "message": "No."}}
    return json_reply(body, status, headers)


def last_line(out: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(out.splitlines()[-1])
    return value


@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
@pytest.mark.parametrize("format", ["text", "ndjson", "sse"])
def test_an_event_is_readable_before_the_next_is_sent(
    format: str, chunked: bool, server: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    early, late = answer("one ", "two")[:3], answer("one ", "two")[3:]
    server.expect("POST", TARGET, sse(*early, Wait(gate), *late, chunked=chunked))
    begun = shown(format, early, "one ")
    argv = ("create", "hi", "--format", format)
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        assert child.read_until(begun) == begun
        gate.set()
        result = child.finish()
    whole = shown(format, answer("one ", "two"), "one two\n")
    assert (result.code, result.err) == (0, b"")
    if format == "ndjson":
        assert result.out.startswith(whole)
        assert len(result.out[len(whole) :].splitlines()) == 1
        assert last_line(result.out)["event_type"] == "gi.result"
    else:
        assert result.out == whole


class Case(NamedTuple):
    code: int
    why: str = ""
    hint: str = ""
    argv: tuple[str, ...] = ()
    events: tuple[bytes, ...] = ()
    text: str = ""
    reply: Reply | None = None
    then: tuple[Action, ...] = ()  # after the events
    stored: Reply | None = None  # what the service says then


NAMED = f"gi: id: {ID}\n"
FETCH = f"gi: hint: gi get {ID}\n"
WAIT = f"gi: hint: gi wait {ID}\n"
SET_KEY = "gi: hint: set GEMINI_API_KEY or pass --api-key-file FILE\n"
KEY_HINT = "gi: hint: the key is from GEMINI_API_KEY\ngi: hint: gi doctor\n"
ANSWER = f"gi: hint: gi continue --id {ID} --result c1=VALUE\n"
HELP_HINT = "gi: hint: gi create --help\n"
DASHES = "gi: hint: text that is no option goes behind --\n"
SAID_NO = "the API refused the request"
ONCE = ("--retries", "0")
CUT = (CREATED, START, delta("hel"))
CALLED = (CREATED, CALL, STOP, ended("requires_action"), DONE)
FULL = ("--save-events", "/dev/full")
CASES = {
    "completed": Case(0, events=answer("hello"), text="hello\n"),
    "failed": Case(
        1,
        "the interaction ended failed",
        events=answer("hel", status="failed"),
        text="hel",
    ),
    "refused": Case(
        1, f"{SAID_NO}: 400 invalid_request: No.", reply=refusal(400, "invalid_request")
    ),
    "usage": Case(
        2,
        "--model and --agent contradict each other: give one",
        argv=("--model", "m", "--agent", "a"),
    ),
    "flag": Case(2, "No such option: --zzz", HELP_HINT + DASHES, argv=("--zzz",)),
    "key": Case(
        3,
        f"{SAID_NO}: 401 unauthenticated: No.",
        KEY_HINT,
        reply=refusal(401, "unauthenticated"),
    ),
    "quota": Case(
        4, f"{SAID_NO}: 429 rate: No.", argv=ONCE, reply=refusal(429, "rate")
    ),
    "server": Case(
        5,
        f"{SAID_NO}: 503 unavailable: No.",
        argv=ONCE,
        reply=refusal(503, "unavailable"),
    ),
    "broken": Case(
        5,
        f"{SAID_NO}: 501 unimplemented: No.",
        events=CUT,
        text="hel",
        stored=refusal(501, "unimplemented"),
    ),
    "deadline": Case(
        6,
        "the deadline was reached after 0.5 s (--timeout)",
        argv=("--timeout", "0.5"),
        events=CUT,
        text="hel",
        then=(Wait(threading.Event()),),
    ),
    "action": Case(7, "the model called a function: f", ANSWER, events=CALLED),
    "incomplete": Case(
        8,
        "the interaction ended incomplete",
        events=answer("hel", status="incomplete"),
        text="hel",
    ),
    "empty": Case(
        8, "the interaction completed, but its output is empty", events=answer()
    ),
    "write": Case(
        9,
        "--save-events: /dev/full: No space left on device",
        argv=FULL,
        events=answer("hello"),
        text="hello",
    ),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_the_code_is_the_same_in_every_format(
    name: str, format: str, server: ScriptedServer, tmp_path: Path
) -> None:
    code, why, hint, argv, events, text, reply, then, stored = CASES[name]
    if reply or events:
        server.expect("POST", TARGET, reply or sse(*events, *then))
    if stored:
        server.expect("GET", f"{TARGET}/{ID}", stored)
    argv = ("create", "hi", "--format", format, *argv)
    result = run(*argv, env=reaching(server, tmp_path), code=code)
    fetch = {5: WAIT, 6: WAIT, 9: FETCH}.get(code, "")
    told = f"gi: error: {why}\n{hint}{fetch + NAMED if events else ''}" if code else ""
    lead = "gi: call c1: f {}\n" if (code, format) == (7, "text") else ""
    assert result.err.decode() == lead + told
    if format == "json":
        assert json.loads(result.out)["gi"]["exit_code"] == code
        return
    begun = shown(format, events, text)
    assert result.out.startswith(begun)
    rest = result.out[len(begun) :].splitlines()
    if format == "ndjson":
        (end,) = map(json.loads, rest)
        assert (end["event_type"], end["exit_code"]) == ("gi.result", code)
        assert end["interaction_ids"] == ([ID] if events else [])
    else:
        assert rest == []


def test_no_key_is_told_before_any_request(
    server: ScriptedServer, tmp_path: Path
) -> None:
    env = environment(tmp_path, GI_BASE_URL=server.url)
    result = run("create", "hi", env=env, code=3)
    said = f"gi: error: there is no API key\n{SET_KEY}gi: hint: --offline needs none\n"
    assert (result.out, result.err.decode()) == (b"", said)


@pytest.mark.parametrize("name", sorted(path.stem for path in STREAMS.glob("*.sse")))
def test_jq_takes_every_line(name: str, server: ScriptedServer, tmp_path: Path) -> None:
    names = [name, "continuation-2"] if name == "continuation-1" else [name]
    for each in names:
        data = (STREAMS / f"{each}.sse").read_bytes()
        server.expect("POST", TARGET, sse(data))
    if name in ("bare-error-array", "error-event", "truncated-thoughts"):
        whole = kept(data, status="completed")
        server.expect("GET", f"{TARGET}/{whole['id']}", json_reply(whole))
    argv = ("create", "hi", "--ndjson")
    with Running(*argv, env=reaching(server, tmp_path)) as child:
        result = child.finish()
    jq = subprocess.run(
        ("jq", "-c", "."), input=result.out, capture_output=True, check=False
    )
    assert (jq.returncode, jq.stderr) == (0, b"")
    assert jq.stdout.count(b"\n") == result.out.count(b"\n")
    end = last_line(jq.stdout)
    assert (end["event_type"], end["exit_code"]) == ("gi.result", result.code)


NASTY = "a\x1b[31mred\x1b]0;x\x07\tb\r\x7f\x9b1m\u202ec\u2066d\u200fé"
NEUTRAL = (
    r"a\x1b[31mred\x1b]0;x\x07" "\t" r"b\x0d\x7f\x9b1m\u202ec\u2066d\u200f" "é"
).encode()


def told_on(
    server: ScriptedServer, home: Path, *argv: str, tty: tuple[str, ...]
) -> tuple[bytes, bytes]:
    env = reaching(server, home)
    with Terminal("create", "hi", *argv, env=env, tty=tty) as child:
        result = child.finish()
    assert result.code == 0
    return result.out, result.err


def test_text_is_neutralised_on_a_terminal(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer(NASTY, "\nz")))
    told = told_on(server, tmp_path, tty=("stdout",))
    assert told == (NEUTRAL + b"\r\nz\r\n", b"")


def test_text_passes_a_pipe_and_a_file_verbatim(
    server: ScriptedServer, tmp_path: Path
) -> None:
    for _ in range(2):
        server.expect("POST", TARGET, sse(*answer(NASTY)))
    whole = f"{NASTY}\n".encode()
    id_line = NAMED.replace("\n", "\r\n").encode()
    told = told_on(server, tmp_path, tty=("stdin", "stderr"))
    assert told == (whole, id_line)
    out = tmp_path / "out.txt"
    assert told_on(server, tmp_path, "-o", str(out), tty=ALL) == (id_line, b"")
    assert out.read_bytes() == whole


@pytest.mark.parametrize("tty", [(), ("stderr",), ALL], ids=["pipe", "stderr", "all"])
def test_stderr_is_always_neutralised(
    tty: tuple[str, ...], server: ScriptedServer, tmp_path: Path
) -> None:
    error = {"error": {"code": "invalid_request", "message": NASTY.replace("\r", "")}}
    server.expect("POST", TARGET, json_reply(error, 400))
    env = reaching(server, tmp_path)
    with Terminal("create", "hi", env=env, tty=tty) as child:
        result = child.finish()
    said = NEUTRAL.replace(rb"\x0d", b"").replace(b"\t", b" ")
    line = b"gi: error: the API refused the request: 400 invalid_request: " + said
    assert result.code == 1
    told = result.out if "stdout" in tty else result.err
    assert told == line + (b"\r\n" if tty else b"\n")


@pytest.mark.parametrize(
    ("argv", "err"), [((), f"{NAMED[:-1]}\r\n".encode()), (("-q",), b"")], ids=str
)
def test_the_id_ends_a_terminals_stderr_unless_quiet(
    argv: tuple[str, ...], err: bytes, server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("POST", TARGET, sse(*answer("hello")))
    assert told_on(server, tmp_path, *argv, tty=("stderr",)) == (b"hello\n", err)
