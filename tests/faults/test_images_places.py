"""Pictures that are large, elsewhere, or for stdout."""

import json
import os
from pathlib import Path

import pytest

from tests.calling import stream
from tests.conftest import Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import CREATED, FORMATS, TARGET
from tests.images import (
    ID,
    JPEG,
    PNG,
    SECOND,
    Json,
    ask,
    image,
    make,
    record,
    showing,
    step,
    text,
    tree,
)
from tests.scripted import Reset, ScriptedServer, body_reply, json_reply, sse

FIRST, NEXT = "gi-abcdefgh-1.png", "gi-abcdefgh-2.png"
ONLY = f"gi: only one goes there; {NEXT} has the next one\n"
HINT = f"gi: hint: gi get --base-url URL {ID} --media-dir DIR\ngi: id: {ID}\n"
MIB = 1 << 20


pytestmark = pytest.mark.usefixtures("here")


def last(done: Done) -> Json:
    found = json.loads(done.out.splitlines()[-1])
    assert isinstance(found, dict)
    return found


@held("F133", "20 MB in one line")
@pytest.mark.parametrize("format", FORMATS)
def test_20_mb(format: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Whole, whatever the network does with so long a line."""
    large = PNG + os.urandom(15 * MIB)
    sent = stream(step(image(large)), id=ID, status="completed")
    assert len(sent) > 20_000_000
    pieces = (sent[:1], sent[1:70_000], sent[70_000:-9], sent[-9:])
    done = ask(gi, server, "--format", format, replies=(sse(*pieces, chunked=True),))
    assert done.err == ""
    assert tree(here, here) == {FIRST: large}
    if format == "text":
        assert done.out == f"{FIRST}\n".encode()
    elif format == "sse":
        assert done.out == sent
    else:
        assert last(done)["files"] == [record(FIRST, large)]
        assert len(done.out) < 2000


@held("F135", "an image only in GET")
@pytest.mark.parametrize("format", FORMATS)
def test_only_in_get(format: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    created = CREATED.replace(b'"v1_1"', f'"{ID}"'.encode())
    output = {"type": "model_output", "content": [image(PNG)]}
    whole = {"id": ID, "status": "completed", "steps": [output]}
    server.expect("POST", TARGET, sse(created, Reset()))
    server.expect("GET", f"{TARGET}/{ID}", json_reply(whole))
    words = ("image", "a fox", "--base-url", server.url, "--format", format)
    done = gi(*words, clock=FakeClock())
    assert done.err == ""
    assert tree(here, here) == {FIRST: PNG}
    if format == "text":
        assert done.out == f"{FIRST}\n".encode()
    elif format == "sse":
        compact = json.dumps(whole, separators=(",", ":"))
        recovered = f"event: gi.recovered\ndata: {compact}\n\n"
        assert done.out == created + recovered.encode()
    else:
        assert last(done)["files"] == [record(FIRST, PNG)]
        assert PNG not in done.out and image(PNG)["data"].encode() not in done.out


def elsewhere(uri: str) -> Json:
    return {"type": "image", "uri": uri, "mime_type": "image/png"}


@held("F136", "a uri only")
@pytest.mark.parametrize("format", FORMATS)
def test_a_uri_that_is_fetched(
    format: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    reply = showing(elsewhere(f"{server.url}/x"), image(SECOND))
    server.expect("POST", TARGET, reply)
    server.expect("GET", "/x", body_reply(JPEG, "image/png"))
    done = gi("image", "a fox", "--base-url", server.url, "--format", format)
    assert done.err == ""
    name = FIRST.replace(".png", ".jpg")
    assert tree(here, here) == {name: JPEG, NEXT: SECOND}
    if format == "text":
        assert done.out == f"{name}\n{NEXT}\n".encode()
    elif format == "sse":
        assert done.out == reply.actions[1]
    else:
        files = [record(name, JPEG, "image/jpeg"), record(NEXT, SECOND)]
        assert last(done)["files"] == files


UNFETCHED = {
    "URL/x": "URL/x could not be fetched: 127.0.0.1 refused the request: 404: gone",
    "http://169.254.169.254/x": (
        "169.254.169.254 is an address of a private network, and is not fetched"
    ),
    "gs://bucket/x": "gs://bucket/x is not https, and is not fetched",
    "file:///etc/passwd": "file:///etc/passwd is not https, and is not fetched",
}


@held("F136", "a uri only")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("uri", UNFETCHED)
def test_a_uri_that_is_not_fetched(
    uri: str, format: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """It is told, not dropped; the next one is saved."""
    reply = showing(elsewhere(uri.replace("URL", server.url)), image(SECOND))
    server.expect("POST", TARGET, reply)
    if uri == "URL/x":
        server.expect("GET", "/x", body_reply(b"gone", status=404))
    words = ("image", "a fox", "--base-url", server.url, "--format", format)
    done = gi(*words, code=8)
    err = done.err.replace(server.url, "URL")
    assert err == f"gi: error: image 1: {UNFETCHED[uri]}\n{HINT}"
    assert tree(here, here) == {NEXT: SECOND}
    if format == "text":
        assert done.out == f"{NEXT}\n".encode()
    elif format == "sse":
        assert done.out == reply.actions[1]
    else:
        assert last(done)["files"] == [record(NEXT, SECOND)]
        assert last(done)["exit_code"] == 8


@held("F138", "-o that exists")
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_may_not_be_replaced(
    format: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """It is refused before anything is paid for."""
    make(here, {"fox.png": b"old"})
    argv = ("-o", "fox.png", "--no-clobber", "--format", format)
    done = ask(gi, server, *argv, replies=(), code=2)
    assert done.err == "gi: error: -o: fox.png exists, and --no-clobber was given\n"
    assert bool(done.out) == (format == "ndjson")
    assert tree(here, here) == {"fox.png": b"old"}


@pytest.mark.parametrize(
    "out",
    [
        pytest.param("-", marks=held("F138", "-o - with two images")),
        pytest.param("/dev/stdout", marks=held("F138", "-o /dev/stdout")),
        pytest.param("/dev/fd/1", marks=held("F138", "-o /dev/stdout")),
    ],
)
def test_stdout(out: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """The first picture and nothing else; the next one is a file, and is told."""
    reply = showing(text("Two."), image(PNG), image(SECOND))
    done = ask(gi, server, "-o", out, replies=(reply,))
    assert (done.out, done.err) == (PNG, f"{ONLY}Two.\n")
    assert tree(here, here) == {NEXT: SECOND}
    argv = ("-o", out, "--format", "ndjson")
    done = ask(gi, server, *argv, replies=(), code=2)
    why = f"-o {out} and --format ndjson contradict each other: give one"
    assert done.err == f"gi: error: {why}\n"


@held("F139", "the disk is full")
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_device(format: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Whoever runs it; the next picture is saved."""
    reply = showing(image(PNG), image(SECOND))
    argv = ("-o", "/dev/full", "--format", format)
    done = ask(gi, server, *argv, replies=(reply,), code=9)
    why = "gi: error: image 1: -o: /dev/full: No space left on device\n"
    assert done.err.replace(server.url, "URL") == f"{ONLY}{why}{HINT}"
    assert tree(here, here) == {NEXT: SECOND}
    if format == "text":
        assert done.out == f"{NEXT}\n".encode()
    elif format == "sse":
        assert done.out == reply.actions[1]
    else:
        assert last(done)["files"] == [record(NEXT, SECOND)]
