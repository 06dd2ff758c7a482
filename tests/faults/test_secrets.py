"""The key goes to the service's origin in one header, and nowhere else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import images
from tests.calling import DECLARED, call, calling, saying
from tests.emulating import emulating
from tests.faults.catalogue import held
from tests.faults.leaks import KEYS, NOTING, Home, home
from tests.faults.rows import FOUND, PLAIN, TARGET
from tests.processes import Running
from tests.scripted import Pause, ScriptedServer, body_reply, json_reply, sse
from tests.test_uploads import FILE, START, THERE, final, started

OWN = ("x-goog-api-key",)
LOUD: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "-q": (("-q",), {}),
    "as it is": ((), {}),
    "-v": (("-v",), {}),
    "GI_DEBUG": (("-v",), {"GI_DEBUG": "1"}),
    "JSON": (("-v", "--error-format", "json"), {"GI_DEBUG": "1"}),
}
HEARD = {"x-echo": "KEY", "set-cookie": "a=KEY"}  # what the server adds


@pytest.fixture(params=KEYS, ids=["plain", "odd"])
def at(request: pytest.FixtureRequest, tmp_path: Path, server: ScriptedServer) -> Home:
    return home(tmp_path, request.param, GI_BASE_URL=server.url)


def echoing(at: Home) -> dict[str, str]:
    return {name: value.replace("KEY", at.key) for name, value in HEARD.items()}


@held("F150", "stdout in every format")
@held("F150", "stderr with -v")
@held("F150", "the URL")
@pytest.mark.parametrize(
    ("loud", "format"),
    [
        *((loud, "text") for loud in LOUD),
        *(("GI_DEBUG", format) for format in ("ndjson", "json", "sse")),
    ],
)
def test_a_success(loud: str, format: str, at: Home, server: ScriptedServer) -> None:
    flags, more = LOUD[loud]
    server.expect("POST", TARGET, sse(*PLAIN, headers=echoing(at)))
    argv = ("create", "hi", *flags, "--usage", "--format", format)
    done = at.gi(*argv, more=more)
    assert at.leaks(done.out, done.err) == []
    assert at.sent([server]) == [("x-goog-api-key", at.key)]


@held("F150", "a traceback")
@held("F150", "stderr with -v")
@pytest.mark.parametrize("loud", LOUD)
def test_a_refusal(loud: str, at: Home, server: ScriptedServer) -> None:
    flags, more = LOUD[loud]
    told = {"error": {"code": 400, "message": f"API key not valid: {at.key}"}}
    server.expect("POST", TARGET, json_reply(told, 400, echoing(at)))
    done = at.gi("create", "hi", *flags, code=3, more=more)
    assert (b"Traceback" in done.err) == bool(more)
    assert at.leaks(done.out, done.err) == []
    assert at.sent([server]) == [("x-goog-api-key", at.key)]


@held("F150", "a traceback")
def test_a_key_that_is_none(at: Home) -> None:
    more = {"GEMINI_API_KEY": f"{at.key} {at.key}", "GI_DEBUG": "1"}
    done = at.gi("create", "hi", "-v", code=3, more=more)
    assert b"Traceback" in done.err
    assert at.leaks(done.out, done.err) == []


@held("F150", "--curl and --dry-run")
@pytest.mark.parametrize("flag", ["--dry-run", "--curl"])
@pytest.mark.parametrize(
    "command", ["create hi", "get v1_a", "files list", "request POST agents -F a=1"]
)
def test_a_preview(command: str, flag: str, at: Home) -> None:
    more = {"GOOGLE_API_KEY": f"{at.key}2"}
    done = at.gi(*command.split(), "-v", flag, more=more)
    assert at.leaks(done.out, done.err) == []


@held("F150", "argv")
def test_no_argv(at: Home, server: ScriptedServer) -> None:
    server.expect("POST", TARGET, sse(PLAIN[0], Pause(20)))
    with Running("create", "hi", "--sse", env=at.env) as gi:
        gi.read_until(b"event:")
        lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline")]
    assert [line for line in lines if at.is_in(line)] == []


def with_files(at: Home, server: ScriptedServer) -> list[bytes]:
    server.expect("POST", TARGET, sse(*PLAIN, headers=echoing(at)))
    files = ("-o", "out", "--save-events", "events", "--id-file", "id")
    done = at.gi("create", "hi", "-v", "--session", "s", *files)
    server.expect("POST", TARGET, saying("more"))
    more = at.gi("continue", "and", "--session", "s", "-v")
    listed = at.gi("list", "--json", "-v")
    return [done.out, done.err, more.out, more.err, listed.out, listed.err]


def with_commands(at: Home, server: ScriptedServer) -> list[bytes]:
    """The results cannot be sent, so they are kept in a file."""
    told = {"error": {"code": "invalid_request", "message": f"No: {at.key}"}}
    server.expect("POST", TARGET, calling(call(arguments={"a": 1})))
    server.expect("POST", TARGET, json_reply(told, 400, echoing(at)))
    argv = ("create", "hi", *DECLARED, "--exec", f"get={NOTING}", "-v")
    more = {"OF_MINE": f"key={at.key}", "GOOGLE_API_KEY": at.key}
    done = at.gi(*argv, code=1, more=more)
    cwd = at.folder / "cwd"
    assert (cwd / "noted").read_bytes().count(b"create") == 1
    assert len([*cwd.glob("gi-results-*.json")]) == 1
    return [done.out, done.err]


def with_a_claim(at: Home, server: ScriptedServer) -> list[bytes]:
    server.expect("POST", TARGET, sse(*PLAIN, headers=echoing(at)))
    server.always(*FOUND)
    found = [
        at.gi(*argv, "-v")
        for argv in (
            ("research", "why", "--once", "k", "--sources", "sources"),
            ("research", "why", "--once", "k"),
            ("list", "--claims", "--json"),
        )
    ]
    return [out for done in found for out in (done.out, done.err)]


def with_media(at: Home, server: ScriptedServer) -> list[bytes]:
    """Text beside a picture goes to stderr, without the key that it repeats."""
    picture = {"type": "image", "uri": f"{server.url}/x"}
    words = images.text(f"I saw {at.key}")
    server.expect("POST", TARGET, images.showing(words, picture))
    reply = body_reply(images.PNG, "image/png", headers=echoing(at))
    server.expect("GET", "/x", reply)
    done = at.gi("image", "a fox", "-v")
    assert b"I saw [redacted]" in done.err
    return [done.out, done.err]


def with_an_upload(at: Home, server: ScriptedServer) -> list[bytes]:
    (at.folder / "cwd" / "a.txt").write_text("hello")
    server.expect("POST", START, started(server.url + THERE))
    server.expect("POST", THERE, final())
    server.expect("GET", "/v1beta/files/abc", json_reply(FILE))
    sent = at.gi("files", "upload", "a.txt", "-v")
    got = at.gi("files", "get", "abc", "-v")
    return [sent.out, sent.err, got.out, got.err]


def with_doctor(at: Home, server: ScriptedServer) -> list[bytes]:
    (at.folder / "config" / "gi").mkdir()
    config = at.folder / "config" / "gi" / "config.toml"
    config.write_text("[create]\nmodel = 'm'\n")
    found = {"models": [], "note": at.key}
    server.expect("GET", "/v1beta/models?pageSize=1", json_reply(found))
    done = at.gi("doctor", "--json", "-v")
    told = {"error": {"code": 403, "message": f"No: {at.key}", "status": "NO"}}
    target = "/v1beta/models?pageSize=1"
    server.expect("GET", target, json_reply(told, 403, echoing(at)))
    refused = at.gi("doctor", "-v", code=3)
    return [done.out, done.err, refused.out, refused.err]


def with_the_emulator(at: Home, _: ScriptedServer) -> list[bytes]:
    """Its own files are public as well."""
    folder = at.folder / "emulator"
    folder.mkdir()
    with emulating(folder, "--state", "state.db", "--log", "log") as service:
        found = [
            at.gi(*argv, "-v", more={"GI_BASE_URL": service.url})
            for argv in (("create", "hi"), ("research", "why"), ("files", "list"))
        ]
        service.signal(15)
        ended = service.finish()
    outputs = [out for done in found for out in (done.out, done.err)]
    return [*outputs, ended.out, ended.err]


SCENES: dict[str, Callable[[Home, ScriptedServer], list[bytes]]] = {
    "files": with_files,
    "commands": with_commands,
    "a claim": with_a_claim,
    "media": with_media,
    "an upload": with_an_upload,
    "doctor": with_doctor,
    "the emulator": with_the_emulator,
}


@held("F150", "files and ledger")
@pytest.mark.parametrize("scene", SCENES)
def test_what_is_left(scene: str, at: Home, server: ScriptedServer) -> None:
    """No file below any folder of gi's, the temporary ones included, has the key."""
    assert at.leaks(*SCENES[scene](at, server)) == []
    assert {name for name, _ in at.sent([server])} <= {*OWN}


@held("F150", "stdout in every format")
@pytest.mark.parametrize("format", ["ndjson", "json"])
def test_json_that_escapes_it(format: str, at: Home, server: ScriptedServer) -> None:
    """A server may escape what JSON does not have to."""
    escaped = "".join(f"\\u{ord(c):04x}" if c in "<>&='" else c for c in at.key)
    for each in (at.key, escaped, at.key.replace("/", "\\/")):
        event = b'data: {"event_type":"x","echo":"%b"}\n\n' % each.encode()
        server.expect("POST", TARGET, sse(*PLAIN[:3], event, *PLAIN[3:]))
        done = at.gi("create", "hi", "--format", format)
        assert at.leaks(done.out, done.err) == []
        last = done.out.splitlines()[-1] if format == "ndjson" else done.out
        assert json.loads(last)
