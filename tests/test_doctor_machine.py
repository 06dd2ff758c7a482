"""`gi doctor`: the configuration, the ledger, media, the terminal."""

from pathlib import Path

import pytest

from tests.conftest import Gi
from tests.doctoring import (
    CONFIG,
    CORRECT,
    KINDS,
    SAID,
    SECRET,
    URL_UNKNOWN,
    Situation,
    check,
    error,
    found,
    ledger,
    ok,
    variables,
)
from tests.scripted import ScriptedServer

CLAIM_HINT = (
    "if no claim of --once in it matters: rm HERE/state/gi/ledger.db.corrupt-1*"
)
REMEDY = "make it a file that can be written, or name another with GI_LEDGER=PATH"
SITUATIONS = {
    "a configuration": Situation(
        {"GEMINI_API_KEY": ""},
        {
            "config": ok(
                f"{CONFIG}: api-key-command, timeout, [create] system",
                ["api-key-command", "timeout", "[create] system"],
                CONFIG,
            ),
            "variables": variables(less=("GEMINI_API_KEY",)),
            "key": ok(
                f"from api-key-command ({CONFIG})", None, f"api-key-command ({CONFIG})"
            ),
        },
        files={
            "config/gi/config.toml": f"api-key-command = 'echo {SECRET}'\n"
            f"timeout = '2m'\n[create]\nsystem = '{SECRET}'\n"
        },
        sent=SECRET,
    ),
    "no TOML": Situation(
        {},
        {
            "config": error(
                f"{CONFIG}: it is not TOML: Invalid statement (at line 1, column 1)",
                f"edit or remove {CONFIG}",
                source=CONFIG,
            )
        },
        2,
        files={"config/gi/config.toml": "]"},
    ),
    "an unknown key": Situation(
        {},
        {
            "config": error(
                f"{CONFIG}: modle is no option", "did you mean model?", source=CONFIG
            )
        },
        2,
        files={"config/gi/config.toml": "modle = 'x'"},
    ),
    "a bad time in the configuration": Situation(
        {},
        {
            "config": ok(f"{CONFIG}: timeout", ["timeout"], CONFIG),
            "service": error(
                "--timeout: 'soon' is not a time like 90, 90s, 70m or 2h; "
                f"--timeout is from {CONFIG}",
                CORRECT,
            ),
            **URL_UNKNOWN,
        },
        2,
        files={"config/gi/config.toml": "timeout = 'soon'"},
        asked=False,
    ),
    "a bad switch": Situation(
        {"GI_OFFLINE": "maybe"},
        {"variables": error("GI_OFFLINE: 'maybe' is neither 1 nor 0", CORRECT)},
        2,
    ),
    "no ledger": Situation(
        {"GI_LEDGER": "off"},
        {
            "variables": variables("GI_LEDGER"),
            "ledger": ok("off (GI_LEDGER): nothing is recorded", None, "GI_LEDGER"),
        },
    ),
    "a relative ledger": Situation(
        {"GI_LEDGER": "here"},
        {
            "variables": variables("GI_LEDGER"),
            "ledger": error(
                "GI_LEDGER: 'here' is neither off nor an absolute path",
                "unset GI_LEDGER, or set it to off or to an absolute path",
            ),
        },
        2,
    ),
    "a state folder that is a file": Situation(
        {"XDG_STATE_HOME": "HERE/file"},
        {"ledger": found("warning", "HERE/file/gi/ledger.db: Not a directory", REMEDY)},
        files={"file": ""},
    ),
    "a state folder that nobody can write to": Situation(
        {"XDG_STATE_HOME": "/proc/gi"},
        {
            "ledger": found(
                "warning", "/proc/gi/gi/ledger.db: No such file or directory", REMEDY
            )
        },
    ),
    "a ledger that was damaged": Situation(
        {},
        {
            "ledger": {
                **ledger(damaged=("HERE/state/gi/ledger.db.corrupt-1",)),
                "status": "warning",
                "message": ledger()["message"] + "; a damaged one was moved aside: "
                "HERE/state/gi/ledger.db.corrupt-1",
                "hints": [CLAIM_HINT],
            }
        },
        files={
            "state/gi/ledger.db.corrupt-1": "",
            "state/gi/ledger.db.corrupt-1-wal": "",
        },
    ),
    "a folder for media": Situation(
        {"GI_MEDIA_DIR": "HERE/"},
        {
            "variables": variables("GI_MEDIA_DIR"),
            "media": ok("HERE/ (GI_MEDIA_DIR)", "HERE/", "GI_MEDIA_DIR"),
        },
    ),
    "no such folder for media": Situation(
        {},
        {
            "config": ok(
                f"{CONFIG}: [create] media-dir", ["[create] media-dir"], CONFIG
            ),
            "media": error(
                "--media-dir: there is no folder /none/x; "
                f"--media-dir is from {CONFIG} [create]",
                "mkdir -p /none/x",
            ),
        },
        2,
        files={"config/gi/config.toml": "[create]\nmedia-dir = '/none/x'"},
    ),
    "nobody to ask": Situation(
        {"CI": "1"},
        {
            "variables": variables("CI"),
            "terminal": ok(f"{SAID}CI is set", {**KINDS, "may_ask": False}),
        },
    ),
    "nobody who wants to be asked": Situation(
        {},
        {
            "config": ok(f"{CONFIG}: no-input", ["no-input"], CONFIG),
            "terminal": ok(
                f"{SAID}no-input is set in {CONFIG}", {**KINDS, "may_ask": False}
            ),
        },
        files={"config/gi/config.toml": "no-input = true"},
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    check(SITUATIONS[name], gi, server, tmp_path)
