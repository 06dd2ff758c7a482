"""Media that the service only names: fetched, by whom, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.calling import TARGET
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.images import ID, PNG, Json, showing, text, tree
from tests.scripted import Reply, ScriptedServer, body_reply, raw

NAME = "gi-abcdefgh-1.png"
AFTER = f"![image](pics/{NAME})\nafter\n".encode()
PICTURE = body_reply(PNG, "image/png")


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    """The same host, another origin."""
    with ScriptedServer() as running:
        yield running


def named(uri: str, mime_type: str | None = "image/png") -> Json:
    content = {"type": "image", "uri": uri}
    return content | ({"mime_type": mime_type} if mime_type else {})


def create(
    gi: Gi, server: ScriptedServer, uri: str, *argv: str, code: int = 0, **more: Any
) -> Done:
    """`gi create` of an answer with this URI, and text behind it."""
    server.expect("POST", TARGET, showing(named(uri), text("after")))
    words = ("--base-url", server.url, "--media-dir", "pics", *argv)
    return gi("create", "hi", *words, code=code, **more)


def failed(server: ScriptedServer, why: str) -> Done:
    """Nothing was saved, and the text came."""
    get = f"gi get --base-url {server.url} {ID} --media-dir DIR"
    lines = (f"gi: error: image 1: {why}", f"gi: hint: {get}", f"gi: id: {ID}", "")
    left = f"[image: image/png; gi get {ID} --media-dir DIR]\nafter"
    return Done(8, left.encode(), "\n".join(lines))


def saved(here: Path) -> dict[str, bytes | str]:
    """The files in the folder."""
    found = tree(here, here / "pics")
    return {k: v for k, v in found.items() if k not in (".", "..")}


OWN = ("-H", "Authorization: Bearer one-two-three", "-H", "x-team: web")
PRIVATE = ("x-goog-api-key", "authorization", "x-team")


ROUTES = [
    *(("api",), ("other",), ("api", "api"), ("api", "other"), ("other", "api")),
    *(("api", "other", "api", "other"), ("other", "api", "other", "api")),
]


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize("argv", [(), OWN], ids=["key", "headers"])
def test_only_the_origin_of_the_api_gets_the_key(
    argv: tuple[str, ...],
    route: tuple[str, ...],
    gi: Gi,
    server: ScriptedServer,
    other: ScriptedServer,
    here: Path,
) -> None:
    servers = [server if name == "api" else other for name in route]
    urls = [f"{each.url}/{number}" for number, each in enumerate(servers)]
    server.expect("POST", TARGET, showing(named(urls[0]), text("after")))
    for number, url in enumerate(urls[1:]):
        servers[number].expect("GET", f"/{number}", redirect(url))
    servers[-1].expect("GET", f"/{len(urls) - 1}", PICTURE)
    words = ("create", "hi", "--base-url", server.url, "--media-dir", "pics", *argv)
    assert gi(*words) == Done(0, AFTER, "")
    assert saved(here) == {NAME: PNG}
    mine = (None, "Bearer one-two-three", "web") if argv else (KEY, None, None)
    for each, sent in ((server, mine), (other, (None, None, None))):
        shown = [tuple(r.header(n) for n in PRIVATE) for r in each.requests]
        assert shown == [sent] * len(shown)
        hosts = {r.header("host") for r in each.requests}
        assert hosts <= {each.url.removeprefix("http://")}


def redirect(to: str, status: int = 302) -> Reply:
    return body_reply(b"", status=status, headers={"location": to})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", ["/a/c?d", "c?d", "../a/c?d", "{url}/a/c?d", "//{host}/a/c?d"]
)
def test_redirects(
    to: str, status: int, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    host = server.url.removeprefix("http://")
    server.expect("POST", TARGET, showing(named(f"{server.url}/a/b"), text("after")))
    place = to.format(url=server.url, host=host)
    server.expect("GET", "/a/b", redirect(place, status))
    server.expect("GET", "/a/c?d", PICTURE)
    done = gi("create", "hi", "--base-url", server.url, "--media-dir", "pics")
    assert done == Done(0, AFTER, "")
    assert saved(here) == {NAME: PNG}


HTTPS = " is not https, and is not fetched"
CLOSED = " is an address of a private network, and is not fetched"
REFUSED = {
    "ftp://127.0.0.1/x": f"ftp://127.0.0.1/x{HTTPS}",
    "file:///etc/passwd": f"file:///etc/passwd{HTTPS}",
    "gs://bucket/x": f"gs://bucket/x{HTTPS}",
    "http://169.254.169.254/latest": f"169.254.169.254{CLOSED}",
    "http://0xa9fea9fe/latest": f"0xa9fea9fe{CLOSED}",
    "http://169.254.43518/x": f"169.254.43518 (169.254.169.254){CLOSED}",
    "http://[::ffff:169.254.169.254]/": f"::ffff:169.254.169.254{CLOSED}",
    "https://10.0.0.1/x": f"10.0.0.1{CLOSED}",
    "http://127.0.0.2:{port}/x": f"127.0.0.2{CLOSED}",
    "http://localhost:{port}/x": f"localhost{CLOSED}",
    "http://localhost.:{port}/x": f"localhost.{CLOSED}",
    "http://127.0.0.1.:{port}/x": f"127.0.0.1.{CLOSED}",
    "http://[::1]:{port}/x": f"::1{CLOSED}",
    "http://user:password@127.0.0.1:{port}/x": (
        "http://[redacted]@127.0.0.1:{port}/x is no address that is fetched"
    ),
}


@pytest.mark.parametrize("redirected", [False, True], ids=["named", "redirected"])
@pytest.mark.parametrize("uri", REFUSED)
def test_refused_before_a_connection(
    uri: str, redirected: bool, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    port = server.url.rpartition(":")[2]
    told, named_uri = (each.replace("{port}", port) for each in (REFUSED[uri], uri))
    shown = f"{server.url}/0" if redirected else named_uri
    server.expect("POST", TARGET, showing(named(shown), text("after")))
    if redirected:
        server.expect("GET", "/0", redirect(named_uri))
    done = gi("create", "hi", "--base-url", server.url, "--media-dir", "pics", code=8)
    assert done == failed(server, told)
    assert saved(here) == {}


def test_data_is_not_fetched(gi: Gi, server: ScriptedServer) -> None:
    uri = "data:image/png;base64," + "A" * 1000
    done = create(gi, server, uri, code=8)
    assert done == failed(server, f"{uri[:200]}...{HTTPS}")


class Failure(NamedTuple):
    """What the server says at /x in turn, and what is told of it."""

    replies: tuple[Reply, ...]
    why: str
    argv: tuple[str, ...] = ()


FAILURES = {
    "404": Failure(
        (body_reply(b"gone", status=404),),
        "could not be fetched: 127.0.0.1 refused the request: 404: gone",
    ),
    "403": Failure(
        (body_reply(b"no", status=403),),
        "could not be fetched: 127.0.0.1 refused the request: 403: no",
    ),
    "500": Failure(
        (body_reply(b"bad", status=500),) * 2,
        "could not be fetched: 127.0.0.1 refused the request: 500: bad",
        ("--retries", "1"),
    ),
    "300": Failure(
        (body_reply(b"choose", status=300),),
        "could not be fetched: 127.0.0.1 refused the request: 300: choose",
    ),
    "four redirects": Failure(
        (redirect("x"),) * 4, "could not be fetched: there are more than 3 redirects"
    ),
    "nowhere": Failure(
        (redirect("http://[::1"),),
        "could not be fetched: http://[::1 is no address: Invalid IPv6 URL",
    ),
    "cut": Failure(
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", PNG[:40]),),
        "was not read to its end: the answer broke off: peer closed connection "
        "without sending complete message body (received 40 bytes, expected 99)",
    ),
    "cut in a chunk": Failure(
        (
            raw(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n28\r\n", PNG[:40]
            ),
        ),
        "was not read to its end: the answer broke off: peer closed connection "
        "without sending complete message body (incomplete chunked read)",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_rest_is_kept(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    replies, why, argv = FAILURES[name]
    uri = f"{server.url}/x"
    server.expect("POST", TARGET, showing(named(uri), text("after")))
    for reply in replies:
        server.expect("GET", "/x", reply)
    words = ("--base-url", server.url, "--media-dir", "pics", *argv)
    done = gi("create", "hi", *words, code=8, clock=FakeClock())
    assert done == failed(server, f"{uri} {why}")
    assert saved(here) == {}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retries(status: int, gi: Gi, server: ScriptedServer, here: Path) -> None:
    clock = FakeClock()
    server.expect("POST", TARGET, showing(named(f"{server.url}/x"), text("after")))
    for wait in ("3", "5"):
        busy = body_reply(b"busy", status=status, headers={"retry-after": wait})
        server.expect("GET", "/x", busy)
    server.expect("GET", "/x", PICTURE)
    words = ("--base-url", server.url, "--media-dir", "pics")
    assert gi("create", "hi", *words, clock=clock) == Done(0, AFTER, "")
    assert (clock.slept, saved(here)) == ([3.0, 5.0], {NAME: PNG})
