"""Answers that are odd, endless or no HTTP: told in a line, in bounded time."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, Gi
from tests.faults.catalogue import held
from tests.faults.retrying import ASKED, EITHER, LIMIT, ONCE, ask, refused, told_alike
from tests.faults.test_errors import MILLION
from tests.faults.timed import CLOSED
from tests.faults.words import MAY_EXIST, REFUSED
from tests.processes import environment, run
from tests.scripted import (
    Action,
    Pause,
    Reply,
    ScriptedServer,
    raw,
)

PLAIN = {"error": {"code": "c", "message": "m"}}
SAID = json.dumps(PLAIN).encode()


def head(status: str = "400 X", *fields: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *fields, "", "")).encode("latin-1")


NO_HTTP = held("F98", "no HTTP")
ODD = held("F98", "an odd status")
TALL = held("F98", "headers of 1 MB")
LINE = "illegal status line: "
LOST: dict[str, tuple[Any, Reply, str]] = {
    "binary": (NO_HTTP, raw(b"\0\1\2garbage\r\n\r\n"), LINE + r"'\x00\x01\x02garbage'"),
    "another protocol": (NO_HTTP, raw(b"SSH-2.0-OpenSSH_9.6\r\n"), CLOSED),
    "HTTP/0.9": (NO_HTTP, raw(b"<title>Hi</title>\n"), CLOSED),
    "HTTP/0.9, then more": (
        NO_HTTP,
        raw(b"<p>Hi</p>\r\n\r\n"),
        f"{LINE}'<p>Hi</p>'",
    ),
    "a long line": (
        NO_HTTP,
        raw(b"x" * 50_000 + b"\r\n\r\n"),
        f"{LINE}'{'x' * (999 - len(LINE))}...",
    ),
    "ESC": (NO_HTTP, raw(b"\x1b[2J\r\n\r\n"), LINE + r"'\x1b[2J'"),
    "HTTP/2": (NO_HTTP, raw(b"HTTP/2 400 X\r\n\r\n"), f"{LINE}'HTTP/2 400 X'"),
    "1000": (ODD, raw(head("1000 X")), f"{LINE}'HTTP/1.1 1000 X'"),
    "-1": (ODD, raw(head("-1 X")), f"{LINE}'HTTP/1.1 -1 X'"),
    "a word": (ODD, raw(head("OK")), f"{LINE}'HTTP/1.1 OK'"),
    "099": (
        ODD,
        raw(head("099 X")),
        "InformationalResponse status_code should be in range [100, 200), not 99",
    ),
    "101": (
        ODD,
        raw(head("101 X", "upgrade: x", "connection: upgrade")),
        "Received server _SWITCH_UPGRADE event without a pending proposal",
    ),
    "a field of 1 MB": (
        TALL,
        raw(head("400 X", "a: " + "b" * MILLION)),
        "Receive buffer too long",
    ),
    "fields of 1 MB": (
        TALL,
        raw(head("400 X", *["a: b"] * (MILLION // 6))),
        "Receive buffer too long",
    ),
    "NUL in a field": (
        held("F98", "control characters in headers"),
        raw(head("400 X", "a: b\0c")),
        r"illegal header line: 'a: b\x00c'",
    ),
    "lengths that differ": (
        held("F98", "a body that cannot be read"),
        raw(head("400 X", "content-length: 1", "content-length: 2"), b"ab"),
        "conflicting Content-Length headers",
    ),
}


@EITHER
@pytest.mark.parametrize(
    ("reply", "why"),
    [pytest.param(r, w, id=n, marks=m) for n, (m, r, w) in LOST.items()],
)
def test_no_http(
    reply: Reply, why: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    unsure = MAY_EXIST if command == "create" else ""
    err = f"gi: error: no answer came: {why}{unsure}\n"
    error = {"retryable": command == "get"}
    told_alike(command, gi, server, reply, argv=ONCE, code=5, err=err, error=error)


DENIED = head("400 X", "connection: close")
ANSWERS: dict[str, tuple[Any, Reply, int, str, bool]] = {
    "600": (ODD, raw(head("600 X"), SAID), 600, " c: m", False),
    "999": (ODD, raw(head("999 X"), SAID), 999, " c: m", False),
    "no reason": (ODD, raw(head("400"), SAID), 400, " c: m", False),
    "informational ones first": (
        ODD,
        raw(*[head("103 X", "link: x")] * 2000, DENIED, SAID),
        400,
        " c: m",
        False,
    ),
    "HTTP/1.0": (NO_HTTP, raw(b"HTTP/1.0 400 X\r\n\r\n", SAID), 400, " c: m", False),
    "bare line feeds": (NO_HTTP, raw(b"HTTP/1.1 400 X\n\n", SAID), 400, " c: m", False),
    "controls in a field": (
        held("F98", "control characters in headers"),
        raw(head("400 \x1b[2J", "a: b\x1b[2J\x07\x9b", "connection: close"), SAID),
        400,
        " c: m",
        False,
    ),
    **{
        name: (held("F98", "a body that cannot be read"), *told)
        for name, told in {
            "cut": (
                raw(head("400 X", "content-length: 999"), SAID),
                400,
                " c: m",
                False,
            ),
            "nothing of it": (
                raw(head("400 X", "content-length: 999")),
                400,
                ": the body did not come: peer closed connection without sending "
                "complete message body (received 0 bytes, expected 999)",
                True,
            ),
            "no gzip": (
                raw(head("500 X", "content-encoding: gzip"), SAID),
                500,
                ": the body did not come: Error -3 while decompressing data: "
                "incorrect header check",
                True,
            ),
            "gzip": (
                raw(head("400 X", "content-encoding: gzip"), gzip.compress(SAID)),
                400,
                " c: m",
                False,
            ),
            "an encoding that nobody knows": (
                raw(head("400 X", "content-encoding: x"), SAID),
                400,
                " c: m",
                False,
            ),
            "a chunk that is none": (
                raw(head("400 X", "transfer-encoding: chunked"), b"zz\r\n"),
                400,
                ": the body did not come: illegal chunk header: 'zz\\r\\n'",
                True,
            ),
        }.items()
    },
}


@EITHER
@pytest.mark.parametrize(
    "answer", [pytest.param(each, id=n, marks=m) for n, (m, *each) in ANSWERS.items()]
)
def test_an_odd_answer(
    answer: Any, command: str, gi: Gi, server: ScriptedServer
) -> None:
    reply, status, words, by_proxy = answer
    code, err, told = refused(status, words, command, by_proxy=by_proxy)
    told_alike(command, gi, server, reply, argv=ONCE, code=code, err=err, error=told)


@held("F98", "control characters in headers")
def test_headers_are_neutralised(gi: Gi, server: ScriptedServer) -> None:
    reply = raw(head("400 X", "a: b\x1b[2J\x07\x9bc", "connection: close"), SAID)
    done, _ = ask("create", gi, server, reply, argv=("-v", "--ndjson"), code=1)
    line = r"gi: HTTP 400 a: b\x1b[2J\x07\x9bc; connection: close"
    assert line in done.err.splitlines()
    assert json.loads(done.out)["exit_code"] == 1


TRICKLE: tuple[Action, ...] = (b" ", Pause(0.02)) * 1000
ENDLESS = {
    "a body, slowly": (400, (SAID, *TRICKLE), 1, " c: m", ""),
    "no body": (400, tuple(TRICKLE), 1, ": the body is empty", ""),
    "a limit": (429, (json.dumps(LIMIT).encode(), *TRICKLE), 4, None, ""),
    "a broken server": (500, (SAID, *TRICKLE), 5, f" c: m{MAY_EXIST}", ""),
}


@held("F98", "a body without end")
@pytest.mark.parametrize("flag", ["--idle-timeout", "--timeout"])
@pytest.mark.parametrize("name", ENDLESS)
def test_a_body_without_end(
    name: str, flag: str, server: ScriptedServer, tmp_path: Path
) -> None:
    """What the status says is not lost because the words do not end."""
    status, actions, code, words, hint = ENDLESS[name]
    fields = f"{status} X", "content-type: application/json"
    server.expect(*ASKED["create"][1:3], raw(head(*fields), *actions))
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)
    done = run("create", "hi", flag, "0.5", "--retries", "0", env=env, code=code)
    said = " rate_limit_exceeded: Slow down." if words is None else words
    assert done.err.decode() == f"{REFUSED}{status}{said}\n{hint}"
    assert (done.out, len(server.requests)) == (b"", 1)


@held("F98", "informational answers without end")
@pytest.mark.parametrize("flag", ["--idle-timeout", "--timeout"])
def test_informational_answers_without_end(
    flag: str, server: ScriptedServer, tmp_path: Path
) -> None:
    hints = (head("103 X", "link: x"), Pause(0.02)) * 1000
    server.expect(*ASKED["create"][1:3], raw(*hints))
    env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)
    idle = flag == "--idle-timeout"
    code = 5 if idle else 6
    done = run("create", "hi", flag, "0.5", env=env, code=code)
    why = (
        "no answer came: no event came from the server for 0.5 s (--idle-timeout)"
        if idle
        else "the deadline was reached after 0.5 s (--timeout)"
    )
    assert done.err.decode() == f"gi: error: {why}{MAY_EXIST}\n"
    assert (done.out, len(server.requests)) == (b"", 1)
