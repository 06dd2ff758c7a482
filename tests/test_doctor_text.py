"""`gi doctor`: what people see, whole, and the real program."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KEY, Gi
from tests.doctoring import MODELS, SOUND, TARGET, examined
from tests.processes import GI, Terminal, environment, run
from tests.scripted import Pause, ScriptedServer, raw

HERE = "/tmp/gi-12345678"  # noqa: S108, as long as the real one
URL = "http://127.0.0.1:12345"
SOUND_TEXT = """\
ok       config     none (/tmp/gi-12345678/config/gi/config.toml)
ok       variables  GEMINI_API_KEY, GI_BASE_URL, XDG_CONFIG_HOME, XDG_STATE_HOME
ok       service    http://127.0.0.1:12345/v1beta (GI_BASE_URL)
ok       key        from GEMINI_API_KEY
ok       proxy      none
ok       ca         not used: the service is reached over http
ok       answer     GET models: the service takes the key
ok       ledger     /tmp/gi-12345678/state/gi/ledger.db: 0 turns, 0 claims,
                    schema 2
ok       media      no folder is set: --media-dir, or as -o says
ok       terminal   stdin is a device, stdout is a file, stderr is a file; gi
                    asks nobody: stderr is no terminal
"""
NOTHING_TEXT = """\
error    config     /tmp/gi-12345678/config/gi/config.toml: it is not TOML:
                    Expected '=' after a key in a key/value pair (at line 1,
                    column 6)
                    hint: edit or remove /tmp/gi-12345678/config/gi/config.toml
error    variables  GI_OFFLINE: 'maybe' is neither 1 nor 0
                    hint: correct it, or leave it out
error    service    GI_BASE_URL: 'nowhere' is not a URL; it begins with https://
                    hint: correct it, or leave it out
error    key        there is no API key
                    hint: set GEMINI_API_KEY or pass --api-key-file FILE
                    hint: --offline needs none
skipped  proxy      not known without the service's address
skipped  ca         not known without the service's address
skipped  answer     not known without the service's address
error    ledger     GI_LEDGER: 'x' is neither off nor an absolute path
                    hint: unset GI_LEDGER, or set it to off or to an absolute
                    path
error    media      --media-dir: there is no folder /none; --media-dir is from
                    GI_MEDIA_DIR
                    hint: mkdir -p /none
ok       terminal   stdin is a device, stdout is a file, stderr is a file; gi
                    asks nobody: CI is set
"""
OFFLINE_TEXT = """\
ok       config     none (/tmp/gi-12345678/config/gi/config.toml)
ok       variables  GI_OFFLINE, XDG_CONFIG_HOME, XDG_STATE_HOME
ok       service    the emulator in this process (GI_OFFLINE)
ok       key        none is needed
ok       proxy      not used: the emulator in this process is asked
ok       ca         not used: the emulator in this process is asked
ok       answer     GET files: the emulator answers
ok       ledger     /tmp/gi-12345678/state/gi/ledger.db: 0 turns, 0 claims,
                    schema 2
ok       media      no folder is set: --media-dir, or as -o says
ok       terminal   stdin is a device, stdout is a file, stderr is a file; gi
                    asks nobody: stderr is no terminal
"""


@pytest.fixture
def here() -> Iterator[Path]:
    """A home whose name always has the same length."""
    with tempfile.TemporaryDirectory(prefix="gi-", dir="/tmp") as folder:
        yield Path(folder)


def told(out: bytes) -> str:
    """What stands below the versions, whose line is as long as their numbers."""
    head, mark, rest = out.decode().partition("ok       config")
    if not mark:
        head, mark, rest = out.decode().partition("error    config")
    rest = rest.replace("HERE", HERE).replace("URL/", f"{URL}/")
    label, _, said = " ".join(head.split()).partition("versions ")
    assert (label, said) == ("ok ", SOUND["versions"]["message"])
    return mark + rest


def test_sound(gi: Gi, server: ScriptedServer, here: Path) -> None:
    server.expect("GET", TARGET, MODELS)
    done = examined(gi, here, server.url, code=0)
    assert (told(done.out), done.err) == (SOUND_TEXT, "")


def test_nothing_is_in_order(gi: Gi, here: Path) -> None:
    path = here / "config" / "gi" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("what is this")
    more = {"GEMINI_API_KEY": "", "GI_OFFLINE": "maybe", "GI_BASE_URL": "nowhere"}
    more |= {"GI_LEDGER": "x", "GI_MEDIA_DIR": "/none", "CI": "1"}
    done = examined(gi, here, "http://unused", code=2, **more)
    names = "config, variables, service, key, ledger, media"
    assert told(done.out) == NOTHING_TEXT
    assert done.err == f"gi: error: not in order: {names}\n"


def test_offline(gi: Gi, here: Path) -> None:
    more = {"GEMINI_API_KEY": "", "GI_BASE_URL": "", "GI_OFFLINE": "1"}
    done = examined(gi, here, "http://unused", code=0, **more)
    assert told(done.out) == OFFLINE_TEXT
    assert done.err == "gi: offline: emulated answer\n"


@pytest.mark.parametrize("word", ["a", "wide", "\x1b[2J", "\u202e"])
def test_lines_fit_and_hold_no_control_characters(
    word: str, gi: Gi, tmp_path: Path
) -> None:
    url = "http://api.example/" + word * 9
    done = examined(gi, tmp_path, "http://unused", code=2, GI_BASE_URL=url)
    lines = done.out.decode().replace("HERE", str(tmp_path)).splitlines()
    assert all(len(line) <= 80 or " " not in line[20:].lstrip() for line in lines)
    assert all(line.isprintable() for line in lines)


LEDGERS = {
    "damaged": (
        b"no database" * 100,
        "HERE/state/gi/ledger.db: 0 turns, 0 claims, schema 2; the ledger was damaged "
        "(file is not a database): now HERE/state/gi/ledger.db.corrupt-N "
        "hint: if no claim of --once in it matters: "
        "rm HERE/state/gi/ledger.db.corrupt-N*",
    ),
    "newer": (
        99,
        "HERE/state/gi/ledger.db: it belongs to a newer gi (99) hint: make it a file "
        "that can be written, or name another with GI_LEDGER=PATH",
    ),
}


@pytest.mark.parametrize("kind", LEDGERS)
def test_ledger(kind: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    content, said = LEDGERS[kind]
    path = tmp_path / "state" / "gi" / "ledger.db"
    path.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version = {content}")
        db.close()
    server.expect("GET", TARGET, MODELS)
    done = examined(gi, tmp_path, server.url, code=0)
    found = re.sub(r"corrupt-\d+", "corrupt-N", done.out.decode())
    [line] = re.findall(r"^warning  ledger +(.*?)^ok", found, re.M | re.S)
    assert (" ".join(line.split()), done.err) == (said, "")


def own(home: Path, server: ScriptedServer, **more: str) -> dict[str, str]:
    variables = {"GEMINI_API_KEY": KEY, "GI_BASE_URL": server.url}
    return environment(home, **variables, **more)


def test_on_a_terminal(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("GET", TARGET, MODELS)
    with Terminal("doctor", env=own(tmp_path, server)) as gi:
        result = gi.finish()
    shown = " ".join(result.out.decode().split())
    streams = ", ".join(f"{n} is a terminal" for n in ("stdin", "stdout", "stderr"))
    assert result.code == 0
    assert shown.endswith(f"terminal {streams}; gi may ask on the terminal")


def test_the_deadline_does_not_end_the_other_checks(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.expect("GET", TARGET, raw(Pause(20)))
    argv = ("doctor", "--timeout", "1")
    result = run(*argv, env=own(tmp_path, server), code=6)
    lines = result.out.decode().splitlines()
    rows = [line for line in lines if line.startswith(("error", "skipped"))]
    assert rows == [
        "error    answer     the deadline was reached after 1 s (--timeout)"
    ]
    assert "                    hint: --timeout TIME gives it longer" in lines
    last = " ".join(" ".join(lines[-2:]).split())
    assert last.endswith("stderr is a pipe; gi asks nobody: stderr is no terminal")
    assert result.err == b"gi: error: not in order: answer\n"


def test_a_command_that_never_prints_the_key(
    server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / ".config" / "gi" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("api-key-command = 'sleep 20'")
    server.expect("GET", TARGET, MODELS)
    env = {**own(tmp_path, server), "GEMINI_API_KEY": ""}
    result = run("doctor", "--timeout", "1", env=env, code=6)
    key = "key        the deadline was reached after 1 s (--timeout)"
    hint = "                    hint: --timeout TIME gives it longer"
    assert f"error    {key}\n{hint}\n" in result.out.decode()
    assert b"ok       answer     GET models: the service answers\n" in result.out
    assert result.err == b"gi: error: not in order: key\n"


def test_without_a_reader(server: ScriptedServer, tmp_path: Path) -> None:
    server.expect("GET", TARGET, MODELS)
    result = run(
        *("-c", '"$0" doctor | true; exit ${PIPESTATUS[0]}', GI),
        env=own(tmp_path, server),
        program="/bin/bash",
        code=141,
    )
    assert (result.out, result.err) == (b"", b"")
