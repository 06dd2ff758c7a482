"""Every shape in which a server says what went wrong: the code, the words, the exit."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Done, Gi
from tests.faults.catalogue import held
from tests.faults.retrying import ASKED, EITHER, ONCE, ask, info, refused, told_alike
from tests.faults.rows import ID, TEXT
from tests.faults.shapes import LINKS, SHAPES, Shape
from tests.faults.words import MAY_EXIST, PROXY, REFUSED
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, raw


def rows(*statuses: int) -> Iterator[Any]:
    for each in SHAPES:
        fault, row = each.row
        for status in statuses:
            mark = held(fault, f"{row}, {status // 100}xx")
            yield pytest.param(
                each, status, marks=mark, id=f"{row}: {each.name}, {status}"
            )


STATUSES = pytest.mark.parametrize("status", [400, 500])
MILLION = 1_000_000


@EITHER
@pytest.mark.parametrize(("shape", "status"), [*rows(404, 500)])
def test_shape_of_a_refusal(
    shape: Shape, status: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    body = (
        shape.body if isinstance(shape.body, bytes) else json.dumps(shape.body).encode()
    )
    broken = status >= 500
    unsure = MAY_EXIST if broken and command == "create" else ""
    tags = f" {shape.code}" if shape.code else ""
    message = f": {shape.message}" if shape.message else ""
    line = f"{REFUSED}{status}{tags}{message}{unsure}\n"
    err = line.replace("\0", "\\x00")
    hint = PROXY if broken and not shape.from_api else ""
    told = {
        "message": line.removeprefix("gi: error: ").rstrip("\n"),
        "error_reason": shape.code,
        "status_code": status,
        "retryable": broken and command == "get",
    }
    told_alike(
        command,
        gi,
        server,
        body_reply(body, shape.content_type, status),
        argv=("--retries", "0"),
        code=5 if broken else 1,
        err=err + hint,
        error=told,
    )


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def sized(shape: str, status: int) -> tuple[Reply, str]:
    """A body of 10 MB, and what is told of it."""
    if shape == "JSON":
        said = b'{"error":{"code":"c","message":"' + b"x" * 10 * MILLION + b'"}}'
        return body_reply(said, "application/json", status), said[:1000].decode()
    if shape == "page":
        page = b"<title>Gone</title>" + b"<p>" * 3 * MILLION
        return body_reply(page, "text/html", status), "an HTML page (Gone)"
    lines = b"x\n" * 5 * MILLION
    if shape == "chunks":
        head = f"HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        pieces = [chunk(lines[:65536])] * 160
        return raw(head, *pieces, b"0\r\n\r\n"), "x " * 500
    return body_reply(lines, status=status), "x " * 500


@held("F99", "a body of 10 MB")
@EITHER
@STATUSES
@pytest.mark.parametrize("shape", ["JSON", "page", "lines", "chunks"])
def test_a_large_body(
    shape: str, status: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    reply, said = sized(shape, status)
    cut = "" if shape == "page" else "..."
    code, err, told = refused(status, f": {said}{cut}", command, by_proxy=True)
    told_alike(command, gi, server, reply, argv=ONCE, code=code, err=err, error=told)


NASTY = "a\x1b[2J\x1b]0;t\x07\x1b]8;;http://x\x07\x9b1m\u202eb\nc\rd\x7f"
NEUTRAL = r"a\x1b[2J\x1b]0;t\x07\x1b]8;;http://x\x07\x9b1m\u202eb c d\x7f"  # one line


@held("F99", "ESC and OSC in the message")
@EITHER
@STATUSES
@pytest.mark.parametrize("where", ["message", "code", "page", "text"])
def test_control_characters(
    where: str, status: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    error = {"error": {"code": "c", "message": "m", where: NASTY}}
    page = f"<title>{NASTY}</title>".encode()
    replies = {
        "page": body_reply(page, "text/html", status),
        "text": body_reply(NASTY.encode(), status=status),
    }
    words = {"message": " c: {}", "code": " {}: m", "page": ": an HTML page ({})"}
    form = words.get(where, ": {}")
    reply = replies.get(where) or json_reply(error, status)
    by_proxy = where in replies
    code, err, told = refused(status, form.format(NEUTRAL), command, by_proxy=by_proxy)
    line = " ".join(NASTY.split())
    if where == "code":
        told["error_reason"] = line
    _, plain, _ = refused(status, form.format(line), command, by_proxy=by_proxy)
    told["message"] = plain.splitlines()[0].removeprefix("gi: error: ")
    told_alike(command, gi, server, reply, argv=ONCE, code=code, err=err, error=told)


@held("F99", "ESC and OSC in the message")
@EITHER
@pytest.mark.parametrize("format", ["text", "ndjson"])
def test_control_characters_in_json(
    format: str, command: str, gi: Gi, server: ScriptedServer
) -> None:
    """--error-format json: neutral for a terminal, and JSON for everybody else."""
    said = NASTY + "\ud83d"
    error = {"error": {"code": f"c{said}", "message": said}}
    reply = body_reply(json.dumps(error).encode(), "application/json", 400)
    argv = ("--error-format", "json", "--format", format)
    done, _ = ask(command, gi, server, reply, argv=argv, code=1)
    assert done.err.removesuffix("\n").isprintable()
    line = " ".join(said.split())
    assert json.loads(done.err)["error"] == {
        "error_type": "failed",
        "error_reason": f"c{line}",
        "message": f"the API refused the request: 400 c{line}: {line}",
        "hints": [],
        "status_code": 400,
        "retryable": False,
        "interaction_id": ID if command == "get" else None,
    }


DETAILED = held("F99", "details with RetryInfo and links")
WAITING = info("7s", "Try later.")
WAITING["error"]["details"] = [7, None, LINKS, *WAITING["error"]["details"], LINKS]


@DETAILED
@EITHER
def test_details_of_a_limit(command: str, gi: Gi, server: ScriptedServer) -> None:
    replies = json_reply(WAITING, 429), ASKED[command].well
    done = ask(command, gi, server, *replies, code=0)
    assert done == (Done(0, TEXT, ""), [7.0])


@DETAILED
@EITHER
@STATUSES
def test_details_of_a_refusal(
    status: int, command: str, gi: Gi, server: ScriptedServer
) -> None:
    error = {"code": "c", "message": "m", "details": WAITING["error"]["details"]}
    code, err, told = refused(status, " c: m", command)
    reply = json_reply({"error": error}, status)
    told_alike(command, gi, server, reply, argv=ONCE, code=code, err=err, error=told)
