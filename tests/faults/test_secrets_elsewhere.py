"""Redirects, media, uploads and proxies lead elsewhere; the key does not go there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import images
from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.leaks import KEYS, Home, home
from tests.faults.rows import PLAIN, TARGET, TEXT
from tests.faults.words import PROXY
from tests.scripted import Reply, ScriptedServer, body_reply, json_reply, sse
from tests.test_uploads import START, THERE, final, started
from tests.tls import TlsProxy, TlsServer, certified

GOOGLE = "generativelanguage.googleapis.com"
STATUSES = (301, 302, 303, 307, 308)


@pytest.fixture(name="other")
def _other() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "a.txt").write_text("hello")
    return here


def redirect(status: int, place: str) -> Reply:
    return body_reply(b"It moved.", "text/plain", status, {"location": place})


COMMANDS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "create": (("create", "hi"), "POST", TARGET),
    "get": (("get", "v1_1"), "GET", f"{TARGET}/v1_1"),
    "delete": (("delete", "v1_1"), "DELETE", f"{TARGET}/v1_1"),
    "request": (("request", "PUT", "agents"), "PUT", "/v1beta/agents"),
    "upload": (("files", "upload", "a.txt"), "POST", START),
    "piece": (("files", "upload", "a.txt"), "POST", THERE),
}
PLACES: dict[str, Callable[[str, str, str], str]] = {
    "redirect to the same host": lambda own, _, __: f"{own}/elsewhere",
    "redirect to another host": lambda _, other, __: f"{other}/elsewhere",
    "redirects in a loop": lambda own, _, target: f"{own}{target}",
}


@pytest.mark.parametrize(
    "where", [pytest.param(each, marks=held("F151", each)) for each in PLACES]
)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_redirect_is_followed(
    name: str,
    status: int,
    where: str,
    gi: Gi,
    server: ScriptedServer,
    other: ScriptedServer,
) -> None:
    argv, method, target = COMMANDS[name]
    place = PLACES[where](server.url, other.url, target)
    if name == "piece":
        server.expect("POST", START, started(server.url + THERE))
    server.expect(method, target, redirect(status, place))
    done = gi(*argv, "--base-url", server.url, code=5, clock=FakeClock())
    why = f"the API refused the request: {status}: redirects are not followed: {place}"
    shown = why.replace("AAwnv3IAThe-id_of-it", "[redacted]")
    what = {"upload": "a.txt: ", "piece": "a.txt: ", "delete": "v1_1: "}.get(name, "")
    err = f"gi: error: {what}{shown}\n{PROXY}" + "gi: id: v1_1\n" * (name == "get")
    assert (done, other.requests) == (Done(5, b"", err), [])


@held("F151", "redirect to http")
@pytest.mark.parametrize("status", STATUSES)
def test_no_redirect_to_http(
    status: int, gi: Gi, other: ScriptedServer, tmp_path: Path
) -> None:
    path = certified(tmp_path / "ca.pem", "IP:127.0.0.1")
    with TlsServer(path) as server:
        server.expect("POST", TARGET, redirect(status, f"{other.url}{TARGET}"))
        argv = ("create", "hi", "--base-url", server.url, "--ca-file", str(path))
        gi(*argv, code=5, clock=FakeClock())
        assert [r.header("x-goog-api-key") for r in server.requests] == [KEY]
    assert other.requests == []


@held("F151", "redirect to another host")
@pytest.mark.parametrize(
    "place", ["http://[::1", "http://x:port/", "//", "/\x1b[2J", "/" + "a" * 199]
)
@pytest.mark.parametrize("more", ["", "/" * 200])
def test_a_place_that_is_none(
    place: str, more: str, gi: Gi, server: ScriptedServer
) -> None:
    """It is told as it is: the server has refused, and nothing was created."""
    server.expect("POST", TARGET, redirect(302, place + more))
    done = gi("create", "hi", "--base-url", server.url, code=5)
    shown = (place + more)[:200].replace("\x1b", "\\x1b") + ("..." if more else "")
    why = f"the API refused the request: 302: redirects are not followed: {shown}"
    assert done == Done(5, b"", f"gi: error: {why}\n{PROXY}")


@held("F154", "credentials in Location")
@pytest.mark.parametrize("flags", [(), ("-v",), ("--ndjson",)])
def test_credentials_in_a_place(
    flags: tuple[str, ...], gi: Gi, server: ScriptedServer
) -> None:
    place = "https://user:sesame@other.example/x?y@z"
    server.expect("POST", TARGET, redirect(307, place))
    argv = ("create", "hi", *flags, "--base-url", server.url)
    done = gi(*argv, code=5, environ={"GEMINI_API_KEY": KEY, "GI_DEBUG": "1"})
    assert "followed: https://[redacted]@other.example/x?y@z" in done.err
    assert ("sesame" in done.err, b"sesame" in done.out) == (False, False)


@held("F154", "credentials in Location")
def test_credentials_are_not_sent_to_a_place(gi: Gi, server: ScriptedServer) -> None:
    """Of a medium redirects are followed, but none that logs in."""
    picture = {"type": "image", "uri": f"{server.url}/x"}
    server.expect("POST", TARGET, images.showing(picture))
    place = server.url.replace("//", "//user:sesame@")
    server.expect("GET", "/x", redirect(302, f"{place}/y"))
    done = gi("image", "a fox", "--base-url", server.url, "-v", code=8)
    shown = place.replace("user:sesame", "[redacted]")
    assert f"image 1: {shown}/y is no address that is fetched\n" in done.err
    assert "sesame" not in done.err


@held("F151", "a proxy")
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("url", ["http://api.invalid", "http://10.0.0.1:8080/v1"])
def test_no_proxy_gets_the_key_in_the_clear(
    url: str, name: str, gi: Gi, server: ScriptedServer
) -> None:
    environ = {"GEMINI_API_KEY": KEY, name: server.url}
    done = gi("create", "hi", "--base-url", url, code=2, environ=environ)
    shown = url.removesuffix("/v1")
    why = f"gi: error: {shown}: the API key is only sent over https\n"
    assert done == Done(2, b"", f"{why}gi: hint: --base-url https{shown[4:]}\n")


@held("F151", "a proxy")
def test_loopback_needs_no_proxy(
    gi: Gi, server: ScriptedServer, other: ScriptedServer
) -> None:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), other.url)
    server.expect("POST", TARGET, sse(*PLAIN))
    environ = {"GEMINI_API_KEY": KEY, **proxies}
    done = gi("create", "hi", "--base-url", server.url, environ=environ)
    assert done == Done(0, TEXT, "")
    assert other.requests == []


def behind(proxy: TlsProxy, path: Path, key: str) -> Home:
    folder = path.with_name("all")
    folder.mkdir()
    return home(folder, key, HTTPS_PROXY=proxy.url, SSL_CERT_FILE=str(path))


HOSTS = (GOOGLE, "media.example", "third.example", "storage.example")


@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
@pytest.mark.parametrize(
    "status",
    [None, *STATUSES],
)
@held("F151", "uri media")
def test_media_of_another_host(status: int | None, key: str, tmp_path: Path) -> None:
    """Google's own origin gets the key through the proxy, other hosts do not."""
    path = certified(tmp_path / "ca.pem", *(f"DNS:{host}" for host in HOSTS))
    answer = images.showing({"type": "image", "uri": "https://media.example/x"})
    with TlsProxy(path) as proxy:
        at = behind(proxy, path, key)
        proxy.expect("POST", GOOGLE + TARGET, answer)
        target = "media.example/x"
        if status:
            proxy.expect("GET", target, redirect(status, "https://third.example/y"))
            target = "third.example/y"
        proxy.expect("GET", target, body_reply(images.PNG, "image/png"))
        done = at.gi("image", "a fox", "-v")
        assert at.leaks(done.out, done.err, *map(str.encode, proxy.opened)) == []
        keys = [r.header("x-goog-api-key") for r in proxy.requests]
        assert keys == [key] + [None] * (len(keys) - 1)
        assert len(at.sent([proxy])) == 1
    assert done.out == b"gi-abcdefgh-1.png\n"


@held("F151", "uri media")
@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
def test_media_that_lead_back(key: str, tmp_path: Path) -> None:
    """A redirect from elsewhere to the API: it is the origin, so it gets the key."""
    path = certified(tmp_path / "ca.pem", *(f"DNS:{host}" for host in HOSTS))
    answer = images.showing({"type": "image", "uri": "https://media.example/x"})
    with TlsProxy(path) as proxy:
        at = behind(proxy, path, key)
        proxy.expect("POST", GOOGLE + TARGET, answer)
        back = redirect(302, f"https://{GOOGLE}/v1beta/files/a:download")
        proxy.expect("GET", "media.example/x", back)
        reply = body_reply(images.PNG, "image/png")
        proxy.expect("GET", f"{GOOGLE}/v1beta/files/a:download", reply)
        at.gi("image", "a fox", "-v")
        keys = [r.header("x-goog-api-key") for r in proxy.requests]
    assert keys == [key, None, key]


@held("F151", "redirect to http")
@pytest.mark.parametrize("host", [GOOGLE, "media.example", "127.0.0.1:9"])
def test_media_that_lead_to_http(host: str, tmp_path: Path) -> None:
    path = certified(tmp_path / "ca.pem", *(f"DNS:{host}" for host in HOSTS))
    answer = images.showing({"type": "image", "uri": "https://media.example/x"})
    with TlsProxy(path) as proxy:
        at = behind(proxy, path, KEYS[0])
        proxy.expect("POST", GOOGLE + TARGET, answer)
        there = redirect(307, f"http://{host}/y")
        proxy.expect("GET", "media.example/x", there)
        done = at.gi("image", "a fox", code=8, more={"HTTP_PROXY": proxy.url})
        assert len(proxy.requests) == 2
    told = f"image 1: http://{host}/y is not https, and is not fetched\n"
    assert told.encode() in done.err


@held("F151", "an upload URL of another host")
@pytest.mark.parametrize("key", KEYS, ids=["plain", "odd"])
def test_an_upload_to_another_host(key: str, tmp_path: Path) -> None:
    path = certified(tmp_path / "ca.pem", *(f"DNS:{host}" for host in HOSTS))
    with TlsProxy(path) as proxy:
        at = behind(proxy, path, key)
        (at.folder / "cwd" / "a.txt").write_text("hello")
        proxy.expect("POST", GOOGLE + START, started(f"https://storage.example{THERE}"))
        proxy.expect("POST", f"storage.example{THERE}", final())
        done = at.gi("files", "upload", "a.txt", "-v")
        assert at.leaks(done.out, done.err, *map(str.encode, proxy.opened)) == []
        keys = [r.header("x-goog-api-key") for r in proxy.requests]
        assert (keys, len(at.sent([proxy]))) == ([key, None], 1)
    assert done.out == b"files/abc\n"


@held("F153", ".netrc")
def test_netrc(
    gi: Gi, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "machine 127.0.0.1 login user password sesame\ndefault login a password b\n"
    netrc = Path(os.environ["HOME"]) / ".netrc"
    netrc.parent.mkdir(exist_ok=True)
    for path in (netrc, tmp_path / "netrc"):
        path.write_text(lines)
        path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.expect("POST", TARGET, sse(*PLAIN))
    assert gi("create", "hi", "--base-url", server.url) == Done(0, TEXT, "")
    assert [r.header("authorization") for r in server.requests] == [None]


@held("F153", "cookies")
@held("F155", "Set-Cookie")
def test_cookies(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """They are not sent back, not shown, not kept."""
    cookie = {"set-cookie": "session=sesame; Path=/; Max-Age=9999"}
    told = {"error": {"code": 429, "message": "Later.", "status": "BUSY"}}
    server.expect("POST", TARGET, json_reply(told, 429, cookie))
    server.expect("POST", TARGET, sse(*PLAIN, headers=cookie))
    environ = {"GEMINI_API_KEY": KEY, "XDG_STATE_HOME": str(tmp_path)}
    argv = ("create", "hi", "--base-url", server.url, "-v")
    done = gi(*argv, environ=environ, clock=FakeClock())
    assert "set-cookie: [redacted]" in done.err
    assert [r.header("cookie") for r in server.requests] == [None, None]
    files = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()]
    assert [data for data in (done.err.encode(), *files) if b"sesame" in data] == []


@held("F156", "a configuration that others can read")
def test_a_configuration_that_others_can_read(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    """It cannot hold the key itself, so that is no secret; the key's file is one."""
    config = tmp_path / "config" / "gi" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f"api-key = '{KEY}'\n")
    config.chmod(0o644)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    argv = ("create", "hi", "--base-url", server.url)
    refused = gi(*argv, code=2, environ=environ)
    assert f"{config}: " in refused.err
    assert KEY not in refused.err
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o644)
    config.write_text(f"api-key-file = '{key}'\n")
    server.expect("POST", TARGET, sse(*PLAIN))
    warning = f"gi: {key} can be read by others; chmod 600 it\n"
    assert gi(*argv, environ=environ) == Done(0, TEXT, warning)
