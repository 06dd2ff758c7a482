"""`gi create`: flags to the whole body, refusals before any request, previews."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gi_cli import __version__
from tests.conftest import KEY, Gi
from tests.scripted import ScriptedServer, json_reply, sse

TARGET = "/v1beta/interactions"
MODEL = "gemini-3-flash-preview"
DONE = b"""event: interaction.completed
data: {"event_type":"interaction.completed","interaction":{"id":"v1_a","status":\
"completed","steps":[{"type":"model_output","content":[{"type":"text","text":"ok"}]}]}}

"""


def body(**fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": "hi", "stream": True, **fields}


def agent(name: str, **fields: Any) -> dict[str, Any]:
    return {"agent": name, "input": "hi", "stream": True, **fields}


BODIES = {
    "words": (["a", "b"], None, body(input="a b")),
    "foreign text": (["--", "--json"], None, body(input="--json")),
    "a dash that is text": (["--", "-"], b"unread", body(input="-")),
    "stdin before text": (
        ["-", "--", "-"],
        b"x",
        body(input=[{"type": "text", "text": t} for t in ("x", "-")]),
    ),
    "at sign": (["@notes.txt"], None, body(input="@notes.txt")),
    "stdin alone": ([], b"from stdin", body(input="from stdin")),
    "stdin named": (["-"], b"x\n", body(input="x\n")),
    "words then stdin": (
        ["review", "this", "-"],
        b"diff",
        body(
            input=[
                {"type": "text", "text": "review this"},
                {"type": "text", "text": "diff"},
            ]
        ),
    ),
    "stdin then words": (
        ["-", "in", "short"],
        b"diff",
        body(
            input=[
                {"type": "text", "text": "diff"},
                {"type": "text", "text": "in short"},
            ]
        ),
    ),
    "a dash inside": (["a", "-", "b"], None, body(input="a - b")),
    "byte order mark": (["-"], b"\xef\xbb\xbfx", body(input="x")),
    "emoji": (["\N{HOT BEVERAGE}"], None, body(input="\N{HOT BEVERAGE}")),
    "model": (["hi", "-m", "gemini-9"], None, body(model="gemini-9")),
    "agent": (["hi", "--agent", "mine"], None, agent("mine")),
    "system": (["hi", "-s", "Be."], None, body(system_instruction="Be.")),
    "system from file": (
        ["hi", "-s", "@role.txt"],
        None,
        body(system_instruction="A role.\n"),
    ),
    "system at sign": (["hi", "-s", "@@x"], None, body(system_instruction="@x")),
    "system from stdin": (
        ["hi", "--system", "@-"],
        b"Be.",
        body(system_instruction="Be."),
    ),
    "thoughts": (
        ["hi", "--thoughts"],
        None,
        body(generation_config={"thinking_summaries": "auto"}),
    ),
    "thoughts of research": (
        ["hi", "--thoughts", "--agent", "deep-research-preview-04-2026"],
        None,
        agent(
            "deep-research-preview-04-2026",
            agent_config={"type": "deep-research", "thinking_summaries": "auto"},
        ),
    ),
    "one response": (
        ["hi", "--no-stream"],
        None,
        {"model": MODEL, "input": "hi"},
    ),
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "role.txt").write_text("A role.\n")
    (tmp_path / "binary").write_bytes(b"\x00\x01")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, stdin, expected = BODIES[name]
    server.expect("POST", TARGET, sse(DONE))
    done = gi("create", "-q", "--base-url", server.url, *argv, stdin=stdin)
    assert (done.out, done.err) == (b"ok\n", "")
    assert [request.json for request in server.requests] == [expected]


class Refusal(NamedTuple):
    argv: list[str]
    error: str
    hints: tuple[str, ...] = ()
    stdin: bytes | None = None


EMPTY = ('gi create "Why is the sky blue?"',)
REFUSALS = {
    "no prompt": Refusal([], "the prompt is empty", EMPTY),
    "empty prompt": Refusal([""], "the prompt is empty", EMPTY),
    "blank prompt": Refusal(["  ", "-"], "the prompt is empty", EMPTY, stdin=b" \n"),
    "stdin twice": Refusal(
        ["-", "a", "-"], "stdin is named twice: as the first and as the last word"
    ),
    "stdin for two": Refusal(
        ["-", "-s", "@-"], "stdin is named twice: for --system and -", stdin=b"x"
    ),
    "NUL": Refusal(["-"], "stdin is not text: it has a NUL at byte 1", stdin=b"a\0b"),
    "not UTF-8": Refusal(["-"], "stdin is not UTF-8 text (at byte 2)", stdin=b"ab\xff"),
    "system file missing": Refusal(
        ["hi", "-s", "@none"], "--system: none: No such file or directory"
    ),
    "system file binary": Refusal(
        ["hi", "-s", "@binary"], "binary is not text: it has a NUL at byte 0"
    ),
    "empty model": Refusal(["hi", "-m", ""], "--model: the value is empty"),
    "model and agent": Refusal(
        ["hi", "-m", "a", "--agent", "b"],
        "--model and --agent contradict each other: give one",
    ),
    "system and research": Refusal(
        ["hi", "-s", "x", "--agent", "deep-research-x"],
        "--system does not go with --agent deep-research-x",
    ),
    "thoughts and agent": Refusal(
        ["hi", "--thoughts", "--agent", "b"], "--thoughts does not go with --agent b"
    ),
    "two formats": Refusal(
        ["hi", "--sse", "--format", "text"],
        "--sse and --format text contradict each other: give one",
    ),
    "unknown format": Refusal(
        ["hi", "--format", "xml"], "--format: 'xml' is none of text, ndjson, json, sse"
    ),
    "unknown error format": Refusal(
        ["hi", "--error-format", "xml"],
        "--error-format: 'xml' is neither text nor json",
    ),
    "time": Refusal(
        ["hi", "--timeout", "1d"],
        "--timeout: '1d' is not a time like 90, 90s, 70m or 2h",
    ),
    "retries": Refusal(["hi", "--retries", "-1"], "--retries: -1 is negative"),
    "two previews": Refusal(
        ["hi", "--dry-run", "--curl"],
        "--dry-run and --curl contradict each other: give one",
    ),
    "curl offline": Refusal(
        ["hi", "--curl", "--offline"],
        "--curl and --offline contradict each other: give one",
    ),
    "output directory": Refusal(["hi", "-o", "."], "-o: . is a directory"),
    "output with the name of a picture": Refusal(
        ["hi", "-o", "a fox.PNG"],
        "-o: a fox.PNG is the name of a picture, -o takes text",
        ("gi image -o 'a fox.PNG' makes pictures", "--media-dir DIR saves media"),
    ),
    "output with the name of a sound": Refusal(
        ["hi", "--modality", "audio", "-o", "hi.wav"],
        "-o: hi.wav is the name of a sound, -o takes text",
        ("--media-dir DIR saves media",),
    ),
    "output with the name of a film": Refusal(
        ["hi", "-o", "hi.mp4"],
        "-o: hi.mp4 is the name of a film, -o takes text",
        ("--media-dir DIR saves media",),
    ),
    "output folder missing": Refusal(
        ["hi", "-o", "none/x"], "-o: none/x: No such file or directory"
    ),
    "clobber": Refusal(
        ["hi", "-o", "role.txt", "--no-clobber"],
        "-o: role.txt exists, and --no-clobber was given",
    ),
    "events folder missing": Refusal(
        ["hi", "--save-events", "none/x"],
        "--save-events: none/x: No such file or directory",
    ),
    "unknown option": Refusal(
        ["hi", "--modle", "x"],
        "No such option: --modle. Did you mean --model?",
        ("gi create --help",),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_before_any_request(
    name: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    argv, error, hints, stdin = REFUSALS[name]
    done = gi("create", *argv, "--base-url", server.url, code=2, stdin=stdin)
    lines = [f"gi: error: {error}", *(f"gi: hint: {hint}" for hint in hints)]
    assert (done.out, done.err.splitlines()) == (b"", lines)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["binary", "role.txt"]


def test_a_refusal_is_the_result_in_ndjson_and_json(gi: Gi) -> None:
    expected = {
        "event_type": "gi.result",
        "v": 1,
        "exit_code": 2,
        "status": None,
        "interaction_id": None,
        "interaction_ids": [],
        "usage": None,
        "files": [],
        "error": {
            "error_type": "usage",
            "error_reason": None,
            "message": "--timeout: 'x' is not a time like 90, 90s, 70m or 2h",
            "hints": [],
            "status_code": None,
            "retryable": False,
        },
        "offline": False,
    }
    argv = ("create", "hi", "--timeout", "x")
    assert json.loads(gi(*argv, "--ndjson", code=2).out) == expected
    del expected["event_type"]
    document = json.loads(gi(*argv, "--format=json", code=2).out)
    assert document == {"gi": {**expected, "rounds": []}}


def test_errors_as_json(gi: Gi) -> None:
    done = gi("create", "hi", "--error-format", "json", "--timeout", "x", code=2)
    assert json.loads(done.err)["error"] == {
        "error_type": "usage",
        "error_reason": None,
        "message": "--timeout: 'x' is not a time like 90, 90s, 70m or 2h",
        "hints": [],
        "status_code": None,
        "retryable": False,
        "interaction_id": None,
    }


def test_variables_stand_in_for_flags(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, sse(DONE))
    server.expect("POST", TARGET, sse(DONE))
    environ = {"GI_MODEL": "m", "GI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
    gi("create", "hi", environ=environ)
    gi("create", "hi", "--agent", "mine", environ=environ)
    assert [r.json for r in server.requests] == [body(model="m"), agent("mine")]


def test_dry_run_shows_the_whole_request_and_sends_nothing(
    gi: Gi, server: ScriptedServer
) -> None:
    done = gi("create", "hi", "--dry-run", "--base-url", server.url, environ={})
    assert done.err == ""
    assert json.loads(done.out) == {
        "method": "POST",
        "url": f"{server.url}{TARGET}",
        "headers": {
            "accept": "text/event-stream",
            "accept-encoding": "identity",
            "api-revision": "2026-05-20",
            "content-type": "application/json",
            "user-agent": f"gi/{__version__}",
            "x-goog-api-key": "[redacted]",
        },
        "body": body(),
    }


def test_curl_sends_the_same_bytes(gi: Gi, server: ScriptedServer) -> None:
    prompt = "it's $HOME `id` \\ \N{HOT BEVERAGE}\nGI_BODY\n"
    argv = ("create", "--base-url", server.url, "--", prompt)
    server.expect("POST", TARGET, sse(DONE))
    server.expect("POST", TARGET, sse(DONE))
    gi(*argv)
    command = gi(argv[0], "--curl", *argv[1:], environ={}).out.decode()
    subprocess.run(
        ["bash", "-c", command],
        env={"GEMINI_API_KEY": KEY, "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    sent, copied = server.requests
    assert copied.body == sent.body
    names = ("accept", "api-revision", "content-type", "user-agent", "x-goog-api-key")
    assert [copied.header(n) for n in names] == [sent.header(n) for n in names]


WHOLE: dict[str, Any] = {
    "id": "v1_b",
    "object": "interaction",
    "status": "completed",
    "steps": [
        {"type": "thought", "signature": "AA==", "summary": []},
        {
            "type": "model_output",
            "content": [
                {"type": "text", "text": "one ", "annotations": [{"type": "x"}]},
                {"type": "text", "text": "two"},
            ],
        },
    ],
    "usage": {"total_tokens": 4},
    "later": {"kept": True},
}


def test_no_stream_in_every_format(gi: Gi, server: ScriptedServer) -> None:
    argv = ("create", "hi", "--no-stream", "--base-url", server.url, "--format")
    for _ in range(4):
        server.expect("POST", TARGET, json_reply(WHOLE))
    assert gi(*argv, "text").out == b"one two\n"
    document = json.loads(gi(*argv, "json").out)
    del document["gi"]
    assert document == WHOLE
    raw = gi(*argv, "sse").out
    assert raw.startswith(b"event: gi.recovered\ndata: ")
    assert raw.endswith(b"\n\n")
    assert json.loads(raw.partition(b"data: ")[2]) == WHOLE
    events = [json.loads(line) for line in gi(*argv, "ndjson").out.splitlines()]
    synthetic = {"gi_synthetic": True}
    start = {"event_type": "step.start", **synthetic}
    delta = {"event_type": "step.delta", **synthetic}
    stop = {"event_type": "step.stop", **synthetic}
    head = {k: v for k, v in WHOLE.items() if k != "steps"}
    notes = {"type": "text_annotation_delta", "annotations": [{"type": "x"}]}
    sign = {"type": "thought_signature", "signature": "AA=="}
    assert events[:-1] == [
        {**start, "index": 0, "step": {"type": "thought"}},
        {**delta, "index": 0, "delta": sign},
        {**stop, "index": 0},
        {**start, "index": 1, "step": {"type": "model_output"}},
        {**delta, "index": 1, "delta": {"type": "text", "text": "one "}},
        {**delta, "index": 1, "delta": notes},
        {**delta, "index": 1, "delta": {"type": "text", "text": "two"}},
        {**stop, "index": 1},
        {"event_type": "interaction.completed", **synthetic, "interaction": head},
    ]
    assert events[-1]["exit_code"] == 0
