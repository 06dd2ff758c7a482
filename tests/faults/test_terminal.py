"""What a server, a model or a file name writes does not act on a terminal."""

import json
import os
from typing import NamedTuple

import pytest

from tests.calling import Json, call, calling, event, output, saying, stream, whole
from tests.conftest import KEY, FakeClock
from tests.faults.catalogue import held
from tests.faults.rows import CREATED, DONE, START, STOP, TARGET, ended, said
from tests.faults.ttys import on_terminal
from tests.images import PNG, image, step
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, raw, sse

CLASSES = {  # a row: what comes, and what people see of it
    "ESC[2J": ("\x1b[2J\x1b[H\x1bc", r"\x1b[2J\x1b[H\x1bc"),
    "OSC 0, 8 and 52": (
        "\x1b]0;t\x07\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\\x1b]52;c;eA==\x07",
        r"\x1b]0;t\x07\x1b]8;;http://x\x1b\y\x1b]8;;\x1b\\x1b]52;c;eA==\x07",
    ),
    "BEL, CR and BS": (
        "\x07a\rb\x08c\x7f\0\x0b\x0c",
        r"\x07a\x0db\x08c\x7f\x00\x0b\x0c",
    ),
    "C1": ("\x9b2J\x9d0;t\x9c\x90\x85", r"\x9b2J\x9d0;t\x9c\x90\x85"),
    "bidi controls": (
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
        r"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    ),
}
# What a terminal may have: letters, marks that join them, emoji with joiners and tags.
PLAIN = "é e\u0301\u0323 \u05d0\u05b8 \U0001f469\u200d\U0001f680 ❤\ufe0f \u200b\t\n"
PLAIN += "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e007f ﷺ"
every_class = pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(*both, marks=held("F160", f"a terminal: {row}"), id=row)
        for row, both in CLASSES.items()
    ],
)
EVIL = "".join(text for text, _ in CLASSES.values())
WORD = EVIL.replace("\0", "")  # what can be typed
MARK = CLASSES["bidi controls"][1]  # which no message changes
UNLIKE = {
    "\u061c",
    *"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}
ENVIRON = {"GEMINI_API_KEY": KEY, "PATH": os.defpath}


pytestmark = pytest.mark.usefixtures("here")


def acting(text: str) -> set[str]:
    """What of a text acts on a terminal."""
    return {
        each
        for each in text
        if (each < " " and each not in "\n\t") or "\x7f" <= each <= "\x9f"
    } | (UNLIKE & {*text})


def spoken(text: str) -> bytes:
    """An answer with each character in a delta of its own."""
    events = (CREATED, START, *map(said, text), STOP, ended(), DONE)
    return b"".join(events)


@every_class
@pytest.mark.parametrize("command", ["create", "render", "--no-stream", "-x"])
def test_the_text_of_a_model(
    command: str, text: str, shown: str, server: ScriptedServer
) -> None:
    """Split wherever; what is harmless comes as it is."""
    whole_text, seen = f"a{text}b{PLAIN}c\n", f"a{shown}b{PLAIN}c\n"
    argv: tuple[str, ...] = ("create", "hi", "--base-url", server.url)
    stdin, told = b"", "gi: id: v1_1\n"
    if command == "render":
        argv, stdin = ("render",), spoken(whole_text)
        told = "gi: id: v1_1\n"
    elif command == "--no-stream":
        steps = [output(whole_text)]
        found = {"id": "v1_1", "status": "completed", "steps": steps}
        server.expect("POST", TARGET, json_reply(found))
        argv = (*argv, command)
    else:
        fenced = f"```\n{whole_text}```\n" if command == "-x" else whole_text
        server.expect("POST", TARGET, sse(spoken(fenced)))
        argv = (*argv, *(("-x",) if command == "-x" else ()))
    done = on_terminal(*argv, stdin=stdin, environ=ENVIRON)
    assert (done.out.decode(), done.err) == (seen, told)


@held("F160", "a pipe")
@pytest.mark.parametrize("ttys", [(), ("stderr",)], ids=str)
@pytest.mark.parametrize("row", CLASSES)
def test_in_a_pipe(row: str, ttys: tuple[str, ...], server: ScriptedServer) -> None:
    """Text passes as it is, wherever messages go."""
    text = f"a{CLASSES[row][0]}b{PLAIN}c\n"
    server.expect("POST", TARGET, sse(spoken(text)))
    argv = ("create", "hi", "--base-url", server.url)
    done = on_terminal(*argv, ttys=ttys, environ=ENVIRON)
    assert done.out.decode() == text
    assert done.err == ("gi: id: v1_1\n" if ttys else "")


@held("F160", "a terminal: C1")
def test_c1_in_bytes(server: ScriptedServer) -> None:
    """A raw byte is no UTF-8, and so no control of eight bits."""
    data = spoken("a@b").replace(b'"@"', b'"\x9b2J\x9d"')
    server.expect("POST", TARGET, sse(data))
    argv = ("create", "hi", "--base-url", server.url)
    done = on_terminal(*argv, environ=ENVIRON)
    assert done.out.decode() == "a\ufffd2J\ufffdb\n"
    assert acting(done.err) == set()


class Place(NamedTuple):
    """Where something foreign is shown: the command, what the server says, the code,
    and how often it has to be seen on each screen."""

    argv: tuple[str, ...]
    replies: tuple[tuple[str, str, Reply], ...] = ()
    code: int = 0
    out: int = 0
    err: int = 0
    stdin: bytes = b""


def post(*replies: Reply) -> tuple[tuple[str, str, Reply], ...]:
    return tuple(("POST", TARGET, reply) for reply in replies)


def refusal(status: int, **headers: str) -> Reply:
    found = {"error": {"code": f"c{EVIL}", "message": f"m{EVIL}"}}
    return json_reply(found, status, headers)


CITED = [
    {"type": "url_citation", "title": EVIL, "url": f"https://x/{EVIL}", "end_index": 1},
    {"type": "url_citation", "title": "", "url": EVIL, "end_index": 1},
]
NOTED = event(
    "step.delta",
    index=0,
    delta={"type": "text_annotation_delta", "annotations": CITED},
)
QUOTED = (CREATED, START, said("a"), NOTED, STOP, ended(), DONE)
THOUGHT = {"type": "thought", "summary": [{"type": "text", "text": EVIL}]}
FAILED: Json = {"status": "failed", "errors": [{"code": EVIL, "message": EVIL}]}
CALL = call(f"i{EVIL}", f"n{EVIL}", arguments={"a": EVIL})
ODD: Json = {"status": f"s{EVIL}"}
FILE = {"name": f"files/a{EVIL}", "displayName": EVIL, "mimeType": EVIL, "state": EVIL}
HEADED = raw(
    b"HTTP/1.1 503 No\x9b2J\r\nx-a: b\x9b2J\x85c\r\ncontent-type: text/\x9bx\r\n"
    b"server-timing: \xc2\x9b\xe2\x80\xae\r\nretry-after: \x9b\r\n\r\n\x1b[2J"
)
PLACES = {
    "citations": Place(("create", "hi", "--citations"), post(sse(*QUOTED)), out=3),
    "an id": Place(("create", "hi"), post(saying(id=EVIL)), err=1),
    "a detached id": Place(
        ("create", "hi", "--background", "--detach"),
        post(sse(event("interaction.created", interaction={"id": EVIL}))),
        out=1,
        err=1,
    ),
    "a message": Place(("create", "hi"), post(refusal(400)), 1, err=2),
    "a message as JSON": Place(
        ("create", "hi", "--error-format", "json"), post(refusal(400)), 1, err=3
    ),
    "a location": Place(
        ("create", "hi"), post(refusal(302, location=f"http://x/{EVIL[:7]}")), 5
    ),
    "a header": Place(("create", "hi"), post(HEADED), 5),
    "an error of an answer": Place(
        ("create", "hi"), post(sse(stream(whole(output("a")), **FAILED))), 1, err=2
    ),
    "a status": Place(("render",), code=6, stdin=stream(**ODD), err=1),
    "a call": Place(("create", "hi"), post(calling(CALL, id=EVIL)), 7, err=7),
    "a thought": Place(
        ("create", "hi", "--thoughts"),
        post(sse(stream(whole(THOUGHT, output("a")), status="completed"))),
        err=1,
    ),
    "counts": Place(
        ("create", "hi", "--usage"),
        post(saying(usage={"total_tokens": EVIL, "total_input_tokens": EVIL})),
    ),
    "a kind of media": Place(
        ("create", "hi"),
        post(sse(stream(step(image(PNG, EVIL)), id=EVIL, status="completed"))),
        out=1,
        err=1,
    ),
    "json": Place(
        ("create", "hi", "--json"), post(saying(EVIL, id=EVIL)), err=1, out=5
    ),
    "ndjson": Place(
        ("create", "hi", "--ndjson"), post(saying(EVIL, id=EVIL)), err=1, out=5
    ),
    "a request that is not sent": Place(
        ("create", WORD, "-m", "m\x9b", "-s", "\u202e", "--dry-run"),
        out=1,
    ),
    "a command in place of it": Place(
        ("create", WORD, "-m", "m\x9b", "-s", "\u202e", "--curl"),
        out=1,
    ),
    "a model": Place(
        ("create", "hi", "-m", f"m{WORD}"),
        post(json_reply({"error": {"code": "x", "message": f"no {EVIL}"}}, 404)),
        1,
        err=1,
    ),
    "files": Place(
        ("files", "list"),
        (("GET", "/v1beta/files?pageSize=100", json_reply({"files": [FILE]})),),
        out=4,
    ),
    "files as JSON": Place(
        ("files", "list", "--json"),
        (("GET", "/v1beta/files?pageSize=100", json_reply({"files": [FILE]})),),
        out=4,
    ),
    "an option": Place(("create", "hi", f"--x{EVIL}"), code=2),
    "a command": Place((f"x{EVIL}",), code=2, err=1),
    "a page": Place(
        ("create", "hi"),
        post(body_reply(f"<title>{EVIL}</title>".encode(), "text/html", 502)),
        5,
        err=1,
    ),
    "several statuses": Place(
        ("wait", "a", "b"),
        tuple(
            ("GET", f"{TARGET}/{id}", json_reply({"id": id, "status": "completed"} | x))
            for id, x in (("a", {"steps": [output(EVIL)]}), ("b", {}))
        ),
        8,
    ),
}


@held("F160", "stderr")
@pytest.mark.parametrize("verbose", [(), ("-v",)], ids=["", "-v"])
@pytest.mark.parametrize("name", PLACES)
def test_places(name: str, verbose: tuple[str, ...], server: ScriptedServer) -> None:
    """Nothing foreign acts on either screen; stderr is tame in a file as well."""
    place = PLACES[name]
    for ttys in (("stdout", "stderr"), ()):
        for exchange in place.replies:
            server.expect(*exchange)
        argv = (*place.argv, *verbose)
        if not place.stdin and name != "a command":
            argv = (*argv, "--base-url", server.url)
        done = on_terminal(
            *argv,
            code=place.code,
            ttys=ttys,
            stdin=place.stdin,
            environ=ENVIRON,
            clock=FakeClock(),
        )
        out = done.out.decode()
        assert acting(done.err) == set()
        if ttys:
            assert acting(out) == set()
            logged = 3 if verbose and name == "a call" else 0
            seen = (out.count(MARK), done.err.count(MARK))
            assert seen == (place.out, place.err + logged)
        if name == "a message as JSON":
            told_error = json.loads(done.err.splitlines()[-1])["error"]
            assert told_error["message"].endswith(" ".join(f"m{EVIL}".split()))


AS_JSON = ("json", "ndjson", "a request that is not sent", "files as JSON")


@held("F160", "a pipe")
@pytest.mark.parametrize("name", AS_JSON)
def test_json_has_the_same_value(name: str, server: ScriptedServer) -> None:
    place, found = PLACES[name], []
    for ttys in (("stdout", "stderr"), ()):
        for exchange in place.replies:
            server.expect(*exchange)
        argv = (*place.argv, "--base-url", server.url)
        out = on_terminal(*argv, ttys=ttys, environ=ENVIRON).out
        lines = out.splitlines() if name == "ndjson" else [out]
        found.append([json.loads(line) for line in lines])
    assert found[0] == found[1]
