"""What becomes of fetched media: names, types, limits, and the commands that fetch."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gi_cli import fetch
from gi_cli.console import Console
from gi_cli.environment import Environment
from gi_cli.errors import Incomplete
from gi_cli.options.groups import Connection
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.waits import SystemClock, Waits
from tests.calling import TARGET
from tests.conftest import KEY, Done, Gi
from tests.images import (
    ID,
    JPEG,
    PNG,
    SVG,
    UNKNOWN,
    ask,
    image,
    record,
    reference,
    showing,
    text,
    tree,
)
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, sse
from tests.test_fetch import named

STEM = "gi-abcdefgh-1"


pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.parametrize(
    "row",
    [
        (None, "image/png", PNG, "image/png", "png"),
        (None, "text/html", PNG, "image/png", "png"),
        ("image/png", "image/png", JPEG, "image/jpeg", "jpg"),
        (None, "image/svg+xml; charset=utf-8", SVG, "image/svg+xml", "svg"),
        (None, "application/pdf", UNKNOWN, "application/pdf", "pdf"),
        ("application/pdf", "text/html", UNKNOWN, "application/pdf", "pdf"),
        (None, "../../x", UNKNOWN, "application/octet-stream", "bin"),
        (None, "", UNKNOWN, "application/octet-stream", "bin"),
    ],
)
def test_types(
    row: tuple[str | None, str, bytes, str, str],
    gi: Gi,
    server: ScriptedServer,
    here: Path,
) -> None:
    stated, told, data, kind, suffix = row
    content = named(f"{server.url}/../../etc/x.exe?a/b", stated)
    server.expect("POST", TARGET, showing(content))
    headers = {"content-disposition": 'attachment; filename="../../x.exe"'}
    server.expect("GET", "/etc/x.exe?a/b", body_reply(data, told, headers=headers))
    done = gi("image", "a fox", "--base-url", server.url, "--json")
    document = json.loads(done.out)
    path = f"{STEM}.{suffix}"
    assert document["gi"]["files"] == [record(path, data, kind)]
    [step] = document["steps"]
    assert step["content"] == [{**content, **reference(path, data)}]
    assert tree(here, here) == {path: data}
    assert done.err == ""


def test_data_counts_more_than_an_address(gi: Gi, server: ScriptedServer) -> None:
    content = {**image(PNG), "uri": f"{server.url}/x"}
    done = ask(gi, server, replies=(showing(content),))
    assert done == Done(0, f"{STEM}.png\n".encode(), "")


def test_to_stdout(gi: Gi, server: ScriptedServer, here: Path) -> None:
    server.expect("POST", TARGET, showing(named(f"{server.url}/x")))
    server.expect("GET", "/x", body_reply(PNG))
    done = gi("image", "a fox", "--base-url", server.url, "-o", "-")
    assert done == Done(0, PNG, "")
    assert tree(here, here) == {}


def test_what_came_before_and_after_is_kept(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    broken, whole = named(f"{server.url}/1"), named(f"{server.url}/2")
    server.expect("POST", TARGET, showing(image(PNG), broken, whole, image(JPEG)))
    server.expect("GET", "/1", body_reply(b"gone", status=404))
    server.expect("GET", "/2", body_reply(SVG, "image/svg+xml"))
    done = gi("image", "a fox", "--base-url", server.url, code=8)
    names = (f"{STEM}.png", "gi-abcdefgh-3.png", "gi-abcdefgh-4.jpg")
    assert done.out.decode().splitlines() == [*names]
    assert tree(here, here) == dict(zip(names, (PNG, SVG, JPEG), strict=True))
    why = f"image 2: {server.url}/1 could not be fetched: 127.0.0.1 refused the request"
    assert done.err.startswith(f"gi: error: {why}: 404: gone\n")


@pytest.fixture
def session(server: ScriptedServer) -> Session:
    waits = Waits(SystemClock())
    env = Environment(Console(waits), {"GEMINI_API_KEY": KEY}, SystemClock(), waits)
    return Session(Run(env, "text"), Connection(base_url=server.url))


SIZED = body_reply(b"x" * 1001)
UNSIZED = sse(b"x" * 500, b"x" * 501)
MORE = " has more than 1,000 bytes"


@pytest.mark.parametrize("reply", [SIZED, UNSIZED], ids=["sized", "unsized"])
def test_the_largest(reply: Reply, server: ScriptedServer, session: Session) -> None:
    for _ in range(2):
        server.expect("GET", "/x", reply)
    uri = f"{server.url}/x"
    found = fetch.fetch(uri, session, largest=1001)
    assert b"".join(found.chunks) == b"x" * 1001
    found = fetch.fetch(uri, session, largest=1000)
    with pytest.raises(Incomplete) as caught:
        b"".join(found.chunks)
    assert caught.value.message == f"{uri}{MORE}"


URI = 'response_format={"type":"image","delivery":"uri"}'


@pytest.mark.parametrize("command", ["image", "create"])
def test_offline(command: str, gi: Gi, here: Path) -> None:
    place = () if command == "image" else ("--media-dir", ".")
    done = gi(command, "a fox", "--offline", "-F", URI, *place, "--json", environ={})
    document = json.loads(done.out)
    [file] = document["gi"]["files"]
    [content] = [c for s in document["steps"] for c in s.get("content", ())]
    assert content["uri"].startswith("http://localhost/v1beta/media/")
    data = (here / file["path"]).read_bytes()
    picture = Image.open(BytesIO(data))
    picture.load()
    assert record(file["path"], data, str(picture.get_format_mimetype())) == file
    assert tree(here, here) == {file["path"].removeprefix("./"): data}


def whole(*contents: Any) -> Reply:
    step = {"type": "model_output", "content": list(contents)}
    return json_reply({"id": ID, "status": "completed", "steps": [step]})


def test_get_fetches(gi: Gi, server: ScriptedServer, here: Path) -> None:
    answer = whole(named(f"{server.url}/x"), text("after"))
    server.expect("GET", f"{TARGET}/{ID}", answer)
    server.expect("GET", "/x", body_reply(PNG))
    done = gi("get", ID, "--base-url", server.url, "--media-dir", ".")
    assert done == Done(0, f"![image](./{STEM}.png)\nafter\n".encode(), "")
    assert tree(here, here) == {f"{STEM}.png": PNG}
    assert [r.header("x-goog-api-key") for r in server.requests] == [KEY, KEY]


def test_without_a_place_nothing_is_fetched(gi: Gi, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, showing(named(f"{server.url}/x")))
    done = gi("create", "hi", "--base-url", server.url)
    shown = f"[image: image/png; gi get {ID} --media-dir DIR]\n"
    assert done == Done(0, shown.encode(), "")


@pytest.mark.parametrize("format", ["sse", "ndjson", "json"])
def test_render_never_fetches(
    format: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    server.expect("POST", TARGET, showing(named(f"{server.url}/x"), text("after")))
    saved = gi("create", "hi", "--base-url", server.url, "--format", format)
    done = gi("render", "-", "--media-dir", ".", stdin=saved.out, code=8, environ={})
    get = f"gi get {ID} --media-dir DIR"
    why = "image 1: only its address is in there, and nothing is fetched"
    said = f"gi: error: {why}\ngi: hint: {get}\ngi: id: {ID}\n"
    assert done == Done(8, f"[image: image/png; {get}]\nafter".encode(), said)
    assert tree(here, here) == {}
