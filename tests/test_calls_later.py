"""Results that come later, from another process or a file."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.calling import (
    GET,
    MODEL,
    PUT,
    TARGET,
    Json,
    call,
    calling,
    failed,
    follow_up,
    output,
    result,
    run,
    saying,
    sent,
)
from tests.conftest import Done, Gi
from tests.scripted import ScriptedServer, json_reply

BOTH = call(arguments={"a": 1}), call("B", "put", arguments={})
RESULTS = result("get\n"), failed("the command ended with 1", "B", "put")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


CONTENTS = [{"type": "image", "data": "AAAA", "mime_type": "image/png"}]
FILES = {
    "list.json": json.dumps([*RESULTS]),
    "object.json": json.dumps({"B": {"n": 1}, "A": CONTENTS}),
    "values.json": json.dumps({"A": [1, 2], "B": 22}),
    "twice.json": json.dumps([RESULTS[0], RESULTS[0]]),
    "other.json": '[{"type": "text"}]',
    "b.txt": "from a file\n",
}


class Given(NamedTuple):
    """Flags, and the input that they make."""

    argv: tuple[str, ...]
    input: list[Json]
    stdin: bytes | None = None


def told(first: Any, second: Any) -> list[Json]:
    """Two results; a text stands for a content."""
    heads = result("", "A", "get"), result("", "B", "put")
    pairs = zip(heads, (first, second), strict=True)
    return [
        {**h, "result": [{"type": "text", "text": v}] if isinstance(v, str) else v}
        for h, v in pairs
    ]


ASKED = {"type": "user_input", "content": [{"type": "text", "text": "in short"}]}
AB = ("--result", "A=1", "--result", "B=@b.txt")
GIVEN = {
    "values": Given(AB, told("1", "from a file\n")),
    "the other order": Given((*AB[2:], *AB[:2]), told("1", "from a file\n")),
    "empty, =, @@": Given(("--result", "A=", "--result", "B=@@a=b"), told("", "@a=b")),
    "contents": Given(
        ("--result", f"A={json.dumps(CONTENTS)}", "--result", "B=[]"),
        told(CONTENTS, "[]"),
    ),
    "stdin": Given(
        ("--result", "A=@-", "--result", "B=2"), told("one\n", "2"), b"one\n"
    ),
    "list": Given(("--results", "list.json"), [*RESULTS]),
    "object": Given(("--results", "object.json"), told(CONTENTS, '{"n":1}')),
    "values that are no contents": Given(
        ("--results", "values.json"), told("[1,2]", "22")
    ),
    "list on stdin": Given(("--results", "-"), [*RESULTS], FILES["list.json"].encode()),
    "both": Given(("--results", "-", "--result", "B=2"), told("1", "2"), b'{"A": "1"}'),
    "words": Given(("in short", *AB), [*told("1", "from a file\n"), ASKED]),
    "the rest by a command": Given(
        ("--result", "B=2", "--exec", "get=cat"), told('{"a":1}', "2")
    ),
}


def begin(gi: Gi, server: ScriptedServer, steps: list[Json] | None = None) -> Done:
    """A turn whose calls wait."""
    done = run(gi, server, replies=(calling(*BOTH),), code=7)
    for name, text in FILES.items():
        Path(name).write_text(text)
    if steps is not None:
        whole = {"id": "v1_1", "status": "requires_action", "steps": steps}
        server.expect("GET", f"{TARGET}/v1_1", json_reply(whole))
    return done


CONTINUE = ("continue", "--id", "v1_1")


@pytest.mark.parametrize("name", GIVEN)
def test_given(name: str, gi: Gi, server: ScriptedServer) -> None:
    begin(gi, server, [output("Wait."), *BOTH])
    case = GIVEN[name]
    done = run(
        gi,
        server,
        *case.argv,
        command=CONTINUE,
        replies=(saying(),),
        stdin=case.stdin,
    )
    assert (done.out, done.err) == (b"ok\n", "")
    assert sent(server) == follow_up(*case.input)


def test_dry_run(gi: Gi, server: ScriptedServer) -> None:
    """Nothing is asked, so the names are not known."""
    begin(gi, server)
    done = run(gi, server, *AB, "--dry-run", command=CONTINUE, replies=())
    shown = json.loads(done.out)
    steps = told("1", "from a file\n")
    for step in steps:
        del step["name"]
    assert (shown["method"], shown["body"]) == ("POST", follow_up(*steps))


WRONG: dict[str, tuple[tuple[str, ...], list[Json] | None, str]] = {
    "unknown": (
        ("--result", "C=1"),
        [*BOTH],
        "--result: no call C waits for a result; these do: A, B",
    ),
    "answered": (
        AB,
        [*BOTH, RESULTS[0]],
        "--result: no call A waits for a result; these do: B",
    ),
    "nothing waits": (AB, [output("ok")], "no call waits for a result in v1_1"),
    "no =": (("--result", "A"), None, "--result: 'A' is not CALL_ID=VALUE"),
    "no id": (("--result", "=1"), None, "--result: '=1' is not CALL_ID=VALUE"),
    "two": ((*AB, "--result", "A=2"), None, "--result: A has two results"),
    "two in a file": (
        ("--results", "twice.json"),
        None,
        "--results: A has two results",
    ),
    "file and flag": (
        ("--results", "list.json", "--result", "A=2"),
        None,
        "--result: A has two results",
    ),
    "other JSON": (
        ("--results", "other.json"),
        None,
        "--results: it is no list of function results",
    ),
    "no JSON": (
        ("--results", "b.txt"),
        None,
        "--results: it is not JSON: Expecting value: line 1 column 1 (char 0)",
    ),
    "no file": (
        ("--results", "no"),
        None,
        "--results: no: No such file or directory",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, steps, error = WRONG[name]
    begin(gi, server, steps)
    done = run(gi, server, *argv, command=CONTINUE, replies=(), code=2)
    assert (done.out, done.err) == (b"", f"gi: error: {error}\n")


def test_left(gi: Gi, server: ScriptedServer) -> None:
    """One result and nobody for the other: nothing is sent."""
    begin(gi, server, [*BOTH])
    done = run(gi, server, *AB[:2], command=CONTINUE, replies=(), code=7)
    assert server.requests[-1].method == "GET"
    assert done.err.splitlines() == [
        "gi: call B: put {}",
        "gi: error: no result was given for a call of put",
        f"gi: hint: gi continue --base-url {server.url} --id v1_1 --result B=VALUE",
    ]


def test_kept(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """What was given and what a command printed is kept where it is refused."""
    begin(gi, server, [*BOTH])
    refused = json_reply({"error": {"code": "invalid", "message": "No."}}, status=400)
    ran = tmp_path / "ran"
    argv = (*AB[:2], "--exec", f"put=sh -c 'echo ran | tee -a {ran}'")
    done = run(gi, server, *argv, command=CONTINUE, replies=(refused,), code=1)
    (file,) = Path().glob("gi-results-*.json")
    results = [result("1"), result("ran\n", "B", "put")]
    assert json.loads(file.read_text()) == results
    at = f"gi continue --base-url {server.url} --id v1_1"
    assert done.err.splitlines()[1] == f"gi: hint: {at} --results {file}"
    begin(gi, server, [*BOTH])
    later = ("--results", str(file))
    run(gi, server, *later, command=CONTINUE, replies=(saying(),))
    assert sent(server)["input"] == results
    assert ran.read_text() == "ran\n"


def transcript(path: str) -> list[Json]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()[1:]]


def test_transcript(gi: Gi, server: ScriptedServer) -> None:
    """Both rounds are in it, the result between them."""
    thought = {"type": "thought", "signature": "c2ln"}
    flags = ("--transcript", "talk", "--exec", "get=echo get", "--exec", "put=false")
    replies = calling(thought, *BOTH, id=""), saying(id="")
    run(gi, server, *flags, replies=replies)
    hi = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}
    said = [hi, thought, *BOTH, *RESULTS]
    assert transcript("talk") == [*said, output("ok")]
    more = {"tools": [GET, PUT], "store": False, "stream": True}
    assert sent(server) == {"model": MODEL, "input": said, **more}


def test_transcript_later(gi: Gi, server: ScriptedServer) -> None:
    """Calls that nobody answered are answered from the file."""
    flags = ("--transcript", "talk")
    run(gi, server, *flags, replies=(calling(*BOTH, id=""),), code=7)
    command = ("continue", *flags)
    argv = ("--result", "A=1", "--result", "B=2")
    run(gi, server, *argv, command=command, replies=(saying(id=""),))
    hi = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}
    said = [hi, *BOTH, *told("1", "2")]
    assert sent(server)["input"] == said
    assert transcript("talk") == [*said, output("ok")]
