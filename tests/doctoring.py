"""What `gi doctor` says where nothing is wrong, and a home of its own to run it in."""

import json
import platform
import ssl
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gi_cli import __version__
from tests.conftest import KEY, Done, Gi
from tests.scripted import ScriptedServer, json_reply

PACKAGES = ("typer", "httpx", "httpx-sse", "orjson", "pybase64")
VERSIONS = {
    "gi": __version__,
    "python": platform.python_version(),
    **{name: metadata.version(name) for name in PACKAGES},
    "openssl": ssl.OPENSSL_VERSION.split()[1],
}
TARGET = "/v1beta/models?pageSize=1"
MODELS = json_reply({"models": [{"name": "models/gemini-3-flash-preview"}]})
SECRET = "geheim-0123"  # noqa: S105

Check = dict[str, Any]


def found(
    status: str, message: str, *hints: str, value: Any = None, source: Any = None
) -> Check:
    told = {"status": status, "value": value, "source": source}
    return {**told, "message": message, "hints": list(hints)}


def ok(message: str, value: Any = None, source: Any = None) -> Check:
    return found("ok", message, value=value, source=source)


def error(message: str, *hints: str, source: Any = None) -> Check:
    return found("error", message, *hints, source=source)


def skipped(message: str) -> Check:
    return found("skipped", message)


def ledger(turns: int = 0, damaged: tuple[str, ...] = ()) -> Check:
    path = "HERE/state/gi/ledger.db"
    held = {"schema": 2, "turns": turns, "claims": 0, "damaged": [*damaged]}
    said = f"{path}: {turns} turns, 0 claims, schema 2"
    return ok(said, {"path": path, **held})


def variables(*more: str, less: tuple[str, ...] = ()) -> Check:
    base = {"GEMINI_API_KEY", "GI_BASE_URL", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}
    names = sorted({*base, *more} - {*less})
    return ok(", ".join(names), names)


KINDS = {"stdin": "a device", "stdout": "a file", "stderr": "a file"}
SAID = "stdin is a device, stdout is a file, stderr is a file; gi asks nobody: "
CONFIG = "HERE/config/gi/config.toml"
SOUND = {
    "versions": ok(
        ", ".join(
            f"{name.replace('python', 'Python').replace('openssl', 'OpenSSL')} {each}"
            for name, each in VERSIONS.items()
        ),
        VERSIONS,
    ),
    "config": ok(f"none ({CONFIG})", [], CONFIG),
    "variables": variables(),
    "service": ok(
        "URL/v1beta (GI_BASE_URL)",
        {"base_url": "URL", "api_version": "v1beta"},
        "GI_BASE_URL",
    ),
    "key": ok("from GEMINI_API_KEY", None, "GEMINI_API_KEY"),
    "proxy": ok("none"),
    "ca": ok("not used: the service is reached over http"),
    "answer": ok("GET models: the service takes the key", "URL/v1beta/models"),
    "ledger": ledger(),
    "media": ok("no folder is set: --media-dir, or as -o says"),
    "terminal": ok(f"{SAID}stderr is no terminal", {**KINDS, "may_ask": False}),
}


def document(code: int, changed: dict[str, Check]) -> dict[str, Any]:
    checks = [{"name": name, **each} for name, each in (SOUND | changed).items()]
    return {"gi": __version__, "ok": code == 0, "exit_code": code, "checks": checks}


def wrong(code: int, changed: dict[str, Check]) -> str:
    """What stderr says."""
    names = [name for name, each in changed.items() if each["status"] == "error"]
    names = [name for name in SOUND if name in names]
    return f"gi: error: not in order: {', '.join(names)}\n" if code else ""


def examined(
    gi: Gi, here: Path, url: str, *argv: str, code: int, **variables: str
) -> Done:
    """Run it in a home of its own; what varies is named, and no secret is shown."""
    own = {"XDG_CONFIG_HOME": f"{here}/config", "XDG_STATE_HOME": f"{here}/state"}
    environ = {"GEMINI_API_KEY": KEY, "GI_BASE_URL": url, **own, **variables}
    environ = {name: each.replace("HERE", str(here)) for name, each in environ.items()}
    words = [each.replace("HERE", str(here)) for each in argv]
    done = gi("doctor", *words, code=code, environ=environ)
    out = done.out.decode().replace(str(here), "HERE").replace(url, "URL")
    for secret in (KEY, SECRET):
        assert secret not in out + done.err
    return Done(done.code, out.encode(), done.err)


NO_KEY = error(
    "there is no API key",
    "set GEMINI_API_KEY or pass --api-key-file FILE",
    "--offline needs none",
)
SET_KEY = NO_KEY["hints"][0]

URL_UNKNOWN = {
    name: skipped("not known without the service's address")
    for name in ("proxy", "ca", "answer")
}
CORRECT = "correct it, or leave it out"


class Situation(NamedTuple):
    """Variables, files, what of the document they change, and the key that is sent."""

    environ: dict[str, str]
    changed: dict[str, Check]
    code: int = 0
    files: Mapping[str, str] = MappingProxyType({})
    argv: tuple[str, ...] = ()
    sent: str | None = KEY
    asked: bool = True


def check(each: Situation, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Compare the whole document, stderr, and what was sent."""
    for path, text in each.files.items():
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_text(text)
    if each.asked:
        server.expect("GET", TARGET, MODELS)
    argv = ("--json", *each.argv)
    done = examined(gi, here, server.url, *argv, code=each.code, **each.environ)
    assert json.loads(done.out) == document(each.code, each.changed)
    assert done.err == wrong(each.code, each.changed)
    sent = [request.header("x-goog-api-key") for request in server.requests]
    assert sent == ([each.sent] if each.asked else [])
