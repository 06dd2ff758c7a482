"""What comes out is for programs: every line is JSON, and is there at once; a key that
is none is told before anything else."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import (
    CREATED,
    DONE,
    FORMATS,
    PLAIN,
    START,
    STOP,
    TARGET,
    Row,
    data,
    ended,
    params,
    post,
    replay,
    told,
)
from tests.following import kept
from tests.processes import Running, environment
from tests.scripted import ScriptedServer, Wait, json_reply, sse

STREAMS = Path(__file__).parent.with_name("streams")


def delta(text: str, *more: str) -> bytes:
    """Its text as JSON, which may be none."""
    inner = ",".join((f'"type":"text","text":{text}', *more))
    return b'event: step.delta\ndata: {"event_type":"step.delta","index":0,"delta":' + (
        f"{{{inner}}}}}\n\n".encode("utf-8", "surrogatepass")
    )


def row(what: str, text: str, *deltas: bytes, lines: tuple[bytes, ...] = ()) -> Row:
    parts = CREATED, START, *deltas, STOP, ended(), DONE
    shown = CREATED, START, *(lines or deltas), STOP, ended(), DONE
    return Row(
        "F83",
        what,
        [post(sse(*parts))],
        0,
        f"{text}\n".encode(),
        b"".join(parts),
        lines=b"".join(shown),
    )


BREAKS = "a\u2028b\u2029c\x85d\x0b\x0c\x1c"
HALF, OTHER = "a\\ud83d", "\\ude00"
FACE = "\N{GRINNING FACE}"
BAD = "\N{REPLACEMENT CHARACTER}"
ROWS = [
    row("U+2028", BREAKS[:-3], delta(json.dumps(BREAKS[:-3], ensure_ascii=False))),
    row("U+2028", BREAKS, delta(json.dumps(BREAKS))),
    row("a lone surrogate", f"a{BAD}", delta(f'"{HALF}"')),
    row("a lone surrogate", f"a{BAD}b", delta(f'"{HALF}"'), delta('"b"')),
    row("a lone surrogate", f"a{BAD}{BAD}", delta(f'"{HALF}"'), delta('"\\ud83d"')),
    row("a lone surrogate", f"{BAD}b", delta(f'"{OTHER}b"')),
    row("a lone surrogate", f"a{FACE}b", delta(f'"{HALF}"'), delta(f'"{OTHER}b"')),
    row(
        "a lone surrogate",
        BAD * 3,
        delta('"\ud83d"'),  # three bytes that are no UTF-8
        lines=(delta(f'"{BAD * 3}"'),),
    ),
    *(
        row(
            "NaN",
            "ab",
            delta('"a"', f'"x":[{constant}]'),
            delta('"b"'),
            lines=(delta('"a"', '"x":[null]'), delta('"b"')),
        )
        for constant in ("NaN", "Infinity", "-Infinity")
    ),
    row("NaN", "a", delta('"a"', '"x":1e400,"y":' + "9" * 30)),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", params(ROWS))
def test_what_json_readers_stumble_over(
    row: Row, format: str, gi: Gi, server: ScriptedServer
) -> None:
    done = replay(row, format, gi, server)
    if format == "ndjson":
        if row.what != "a lone surrogate":  # that jq 1.6 takes in pairs only
            assert_jq_takes(done.out)
        for line in done.out.splitlines():
            json.loads(line, parse_constant=pytest.fail)


@held("F83", "NaN")
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_no_answer_to_a_schema(
    constant: str, gi: Gi, server: ScriptedServer
) -> None:
    deltas = delta(f'"{{\\"a\\": {constant}}}"')
    server.expect(*post(sse(CREATED, START, deltas, STOP, ended(), DONE)))
    argv = ("create", "hi", "--base-url", server.url, "--schema", "{}")
    done = gi(*argv, code=8)
    assert done.out == f'{{"a": {constant}}}'.encode()
    why = f"the answer is not JSON, as the schema asks: {constant} is no JSON"
    assert done.err.splitlines()[0] == f"gi: error: {why}"


def assert_jq_takes(lines: bytes) -> None:
    jq = subprocess.run(
        ("jq", "-c", "."), input=lines, capture_output=True, check=False
    )
    assert (jq.returncode, jq.stderr) == (0, b"")
    assert jq.stdout.count(b"\n") == lines.count(b"\n")
    end = json.loads(jq.stdout.splitlines()[-1])
    assert end["event_type"] == "gi.result"


CODES = {
    "bare-error-line": 1,
    "failed": 1,
    "incomplete": 8,
    "parallel-calls": 7,
    "search-and-call": 7,
    "truncated-thoughts": 8,
}


@held("F83", "jq reads every line")
@pytest.mark.parametrize("name", sorted(path.stem for path in STREAMS.glob("*.sse")))
def test_jq_takes_every_line(name: str, gi: Gi, server: ScriptedServer) -> None:
    names = [name, "continuation-2"] if name == "continuation-1" else [name]
    for each in names:
        data = (STREAMS / f"{each}.sse").read_bytes()
        server.expect("POST", TARGET, sse(data))
    if name in ("bare-error-array", "error-event", "truncated-thoughts"):
        whole = kept(data, status="completed")
        server.expect("GET", f"{TARGET}/{whole['id']}", json_reply(whole))
    argv = ("create", "hi", "--ndjson", "--base-url", server.url)
    assert_jq_takes(gi(*argv, code=CODES.get(name, 0), clock=FakeClock()).out)


FIRST = {"text": b"one ", "ndjson": None, "sse": None}
PLACES: tuple[tuple[str, ...], ...] = ((), ("-o", "-"), ("-o", "/dev/stdout"))


@held("F87", "the first event is out before the second is sent")
@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
@pytest.mark.parametrize("place", PLACES, ids=" ".join)
@pytest.mark.parametrize("format", FORMATS)
def test_the_first_event_is_out_before_the_second_is_sent(
    format: str,
    place: tuple[str, ...],
    chunked: bool,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    gates = [threading.Event() for _ in PLAIN]
    steps = [
        a for part, gate in zip(PLAIN, gates, strict=True) for a in (part, Wait(gate))
    ]
    server.expect(*post(sse(*steps, chunked=chunked)))
    argv = ("create", "hi", "--format", format, *place)
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)
    with Running(*argv, env=env) as child:
        for part, gate in zip(PLAIN, gates, strict=True):
            if expected := seen(part, format):
                assert child.read_until(expected) == expected
            gate.set()
        result = child.finish()
    assert (result.code, result.err) == (0, b"")
    shown = b"".join(seen(part, format) for part in PLAIN)
    end = {"text": b"\n", "sse": b""}.get(format)
    rest = result.out[len(shown) :]
    assert result.out[: len(shown)] == shown
    if end is None:
        assert json.loads(rest) == told(0, "")
    else:
        assert rest == end


def seen(part: bytes, format: str) -> bytes:
    """What a reader has of an event as soon as it has come."""
    if format == "sse":
        return part
    if format == "text":
        return {PLAIN[2]: b"one ", PLAIN[3]: b"two"}.get(part, b"")
    return b"".join(line + b"\n" for line in data(part))


SET_KEY = "gi: hint: set GEMINI_API_KEY or pass --api-key-file FILE\n"
OFFLINE = "gi: hint: --offline needs none\n"
WRONG = "it holds a space, a line break or a character that no key has"
KEYS: dict[str, tuple[str, ...]] = {
    "an empty key": (" \n", "\t", "\ufeff"),
    "a key with a newline": ("one\ntwo", "one\r\ntwo", "one two", "one\0two", "a\x0bb"),
    "a key beyond ASCII": ("kéy", "key\u200b", "k\u2028ey", "ke\x7fy", "\udc80key"),
}


def without_key(
    gi: Gi, server: ScriptedServer, environ: Any, *argv: str, err: str
) -> None:
    words = ("create", "hi", "--base-url", server.url, *argv)
    assert gi(*words, code=3, environ=environ) == Done(3, b"", err)
    done = gi(*words, "--ndjson", code=3, environ=environ)
    assert (json.loads(done.out), done.err) == (told(3, err), err)
    assert server.requests == []


@pytest.mark.parametrize("where", ["variable", "file"])
@pytest.mark.parametrize(
    ("what", "key"),
    [
        pytest.param(what, key, id=f"{what} {key!a}", marks=held("F86", what))
        for what, keys in KEYS.items()
        for key in keys
    ],
)
def test_a_key_that_is_none(
    what: str, key: str, where: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_bytes(key.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    argv = ("--api-key-file", str(path)) if where == "file" else ()
    source = path if argv else "GEMINI_API_KEY"
    err = f"gi: error: the API key in {source} is malformed: {WRONG}\n"
    if argv and "\udc80" in key:
        err = f"gi: error: --api-key-file: {path}: it is not text\n"
    elif not key.strip() or (argv and key == "\ufeff"):
        err = f"gi: error: the API key in {source} is empty\n{SET_KEY}"
    environ = {} if argv else {"GEMINI_API_KEY": key}
    without_key(gi, server, environ, *argv, err=err)


@held("F86", "no key")
@pytest.mark.parametrize(
    "environ",
    [{}, {"GEMINI_API_KEY": "", "GOOGLE_API_KEY": ""}],
    ids=["unset", "empty"],
)
def test_no_key(environ: Any, gi: Gi, server: ScriptedServer) -> None:
    err = f"gi: error: there is no API key\n{SET_KEY}{OFFLINE}"
    without_key(gi, server, environ, err=err)


@held("F86", "no key")
def test_no_key_file(gi: Gi, server: ScriptedServer) -> None:
    argv = ("create", "hi", "--base-url", server.url, "--api-key-file", "/none/key")
    said = "gi: error: --api-key-file: /none/key: No such file or directory\n"
    assert gi(*argv, code=3) == Done(3, b"", said)
    assert server.requests == []
