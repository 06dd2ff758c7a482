"""What the model wrote as a call, and what commands print, in every shape."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.calling import (
    QUIET,
    Json,
    call,
    event,
    failed,
    follow_up,
    pieces,
    result,
    run,
    saying,
    sent,
    stream,
    whole,
)
from tests.conftest import Gi
from tests.scripted import ScriptedServer, sse

NO_OBJECT = "The arguments are not a JSON object. Call again with an object."
UNICODE = '{"city":"Łódź \\ud83d\\ude00 🙂","n":[1,{"a":null}]}'
BIG = '{"n": 123456789012345678901, "d": 0.10, "e": 1E2}'
TWICE = '{"a": 1, "a": 2}'
LONG = json.dumps({"text": "x" * 5_000_000})
DEEP = '{"a":' * 150 + "1" + "}" * 150
TOO_DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000


class Written(NamedTuple):
    """A call's start and deltas, and the stdin of its command; None: never ran."""

    start: Json
    deltas: tuple[str, ...]
    stdin: str | None


ARGUMENTS = {
    "absent": Written({}, (), "{}"),
    "empty object": Written({"arguments": {}}, (), "{}"),
    "empty text": Written({"arguments": ""}, (), "{}"),
    "empty delta": Written({"arguments": {}}, ("",), "{}"),
    "blank deltas": Written({"arguments": {}}, (" ", "\n"), "{}"),
    "start only": Written({"arguments": {"a": [1]}}, (), '{"a":[1]}'),
    "text in the start": Written({"arguments": '{"a": 1}'}, (), '{"a": 1}'),
    "big in the start": Written({"arguments": {"n": 10**20}}, (), f'{{"n":{10**20}}}'),
    "one delta": Written({"arguments": {}}, ('{"a": "b"}',), '{"a": "b"}'),
    "every character": Written({"arguments": {}}, tuple(UNICODE), UNICODE),
    "big": Written({}, (BIG,), BIG),
    "big in pieces": Written({}, tuple(BIG), BIG),
    "a key twice": Written({}, (TWICE,), TWICE),
    "newlines": Written({}, ('{\n"a":', "\n1}\n"), '{\n"a":\n1}\n'),
    "half a pair": Written({}, ('{"a":"\\ud83d"}',), '{"a":"\\ud83d"}'),
    "deep": Written({}, (DEEP,), DEEP),
    "5 MB": Written({}, (LONG,), LONG),
    "shell": Written({}, ('{"a":"$(id) `id`; \'"}',), '{"a":"$(id) `id`; \'"}'),
    "array": Written({}, ("[1]",), None),
    "array in the start": Written({"arguments": [1]}, (), None),
    "string": Written({}, ('"a"',), None),
    "number": Written({"arguments": 5}, (), None),
    "null": Written({}, ("null",), None),
    "cut": Written({}, ('{"a": ',), None),
    "two objects": Written({}, ("{}{}",), None),
    "no JSON": Written({}, ("a=b; rm -rf /",), None),
    "too deep": Written({}, (TOO_DEEP,), None),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments(
    name: str,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    case = ARGUMENTS[name]
    parts = (
        event("step.start", index=0, step=call(**case.start)),
        pieces(*case.deltas),
        event("step.stop", index=0),
    )
    command = "get=sh -c 'cat > stdin; echo done'"
    done = run(gi, server, "--exec", command, replies=(sse(stream(*parts)), saying()))
    assert (done.out, done.err) == (b"ok\n", "")
    told = result("done\n") if case.stdin is not None else failed(NO_OBJECT)
    assert sent(server) == follow_up(told)
    found = Path("stdin")
    assert (found.read_text() if found.exists() else None) == case.stdin


def test_every_byte(gi: Gi, server: ScriptedServer) -> None:
    """Wherever the network splits the stream."""
    parts = whole(call(arguments={})).replace(
        event("step.stop", index=0), pieces(UNICODE[:9], UNICODE[9:])
    )
    data = stream(parts)
    reply = sse(*(data[i : i + 1] for i in range(len(data))), chunked=True)
    run(gi, server, *QUIET, replies=(reply, saying()))
    assert sent(server) == follow_up(result(UNICODE))


def test_interleaved(gi: Gi, server: ScriptedServer) -> None:
    one, two = '{"city":"Oslo"}', '{"city":"Rome"}'
    parts = [event("step.start", index=0, step=call("A", arguments={}))]
    parts.append(event("step.start", index=1, step=call("B", "put", arguments={})))
    for a, b in zip(one, two, strict=True):
        parts += [pieces(b, index=1), pieces(a, index=0)]
    parts += [event("step.stop", index=1), event("step.stop", index=0)]
    run(gi, server, *QUIET, replies=(sse(stream(*parts)), saying()))
    assert sent(server) == follow_up(result(one), result(two, "B", "put"))


NAMES = {
    "other": ("other", "'other'"),
    "shell": ("get; rm -rf x", "'get; rm -rf x'"),
    "newline": ("get\n", "'get\\n'"),
    "escape": ("\x1b[31mget", "'\\x1b[31mget'"),
    "path": ("../get", "'../get'"),
    "absolute": ("/bin/cat", "'/bin/cat'"),
    "empty": ("", "''"),
    "case": ("GET", "'GET'"),
    "space": ("get ", "'get '"),
}


@pytest.mark.parametrize("name", NAMES)
def test_undeclared(
    name: str,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    called, shown = NAMES[name]
    answer = stream(whole(call("A", called, arguments={}), call("B", arguments={})))
    command = "get=sh -c 'echo >> ran; cat'"
    done = run(gi, server, "--exec", command, replies=(sse(answer), saying()))
    assert (done.out, done.err) == (b"ok\n", "")
    told = f"There is no function {shown}. Declared functions: get, put."
    assert sent(server) == follow_up(failed(told, "A", called), result("{}", "B"))
    assert Path("ran").read_text() == "\n"


def test_nameless(gi: Gi, server: ScriptedServer) -> None:
    step = {"type": "function_call", "id": "A", "arguments": {}}
    run(gi, server, *QUIET, replies=(sse(stream(whole(step))), saying()))
    told = "There is no function ''. Declared functions: get, put."
    assert sent(server) == follow_up(failed(told, "A", ""))


TEXT = {"type": "text", "text": "a", "more": {"n": 10**20}}
IMAGE = {"type": "image", "data": "AAAA", "mime_type": "image/png"}
PRINTED: dict[str, tuple[str, list[Json] | None]] = {
    "contents": (json.dumps([TEXT, IMAGE]), [TEXT, IMAGE]),
    "contents on lines": (f"\n{json.dumps([IMAGE], indent=1)}\n", [IMAGE]),
    "text": ("12 degrees\n", None),
    "object": ('{"temp": 22}', None),
    "one content": (json.dumps(TEXT), None),
    "empty list": ("[]", None),
    "list of others": ("[1, 2]", None),
    "another type": ('[{"type": "user_input"}]', None),
    "type of a wrong type": ('[{"type": ["text"]}]', None),
    "half": (json.dumps([TEXT, 1]), None),
    "broken": ('[{"type": "text"', None),
    "deep": ("[" * 100_000, None),
    "nothing": ("", None),
    "unicode": ("Łódź 🙂\0\x1b[1m", None),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    text, contents = PRINTED[name]
    file = tmp_path / "printed"
    file.write_text(text)
    answer = sse(stream(whole(call(arguments={}))))
    run(gi, server, "--exec", f"get=cat '{file}'", replies=(answer, saying()))
    told = result(text) if contents is None else {**result(""), "result": contents}
    assert sent(server) == follow_up(told)


FAILING: dict[str, tuple[str, tuple[str, ...], str]] = {
    "status": ("sh -c 'exit 3'", (), "ended with 3"),
    "status and text": ("sh -c 'echo why; exit 3'", (), "ended with 3\nwhy\n"),
    "signal": ("sh -c 'kill -9 $$'", (), "was killed by SIGKILL"),
    "too long": ("sleep 9", ("--call-timeout", "0.2s"), "did not end within 0.2 s"),
    "too much": (
        "sh -c 'printf 123456'",
        ("--call-output-limit", "4"),
        "wrote more than 4 bytes\n1234",
    ),
    "binary": (
        "printf 'a\\377'",
        (),
        "wrote bytes that are no UTF-8 text (at byte 1)\na\N{REPLACEMENT CHARACTER}",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_failing(
    name: str,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model reads it; the run and the other calls go on."""
    monkeypatch.chdir(tmp_path)
    Path("plain").write_text("")
    command, argv, why = FAILING[name]
    both = (f"get={command}", "put=cat")
    flags = tuple(word for each in both for word in ("--exec", each))
    steps = call(arguments={}), call("B", "put", arguments={})
    answer = sse(stream(whole(*steps)))
    done = run(gi, server, *flags, *argv, replies=(answer, saying()))
    assert (done.out, done.err) == (b"ok\n", "")
    told = failed(f"the command {why}")
    assert sent(server) == follow_up(told, result("{}", "B", "put"))


def test_closed_stdin(gi: Gi, server: ScriptedServer) -> None:
    """A command need not read its arguments."""
    answer = stream(whole(call(arguments={"text": "x" * 1_000_000})))
    command = "get=sh -c 'exec <&-; echo done'"
    run(gi, server, "--exec", command, replies=(sse(answer), saying()))
    assert sent(server) == follow_up(result("done\n"))
