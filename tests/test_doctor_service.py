"""`gi doctor`: the address, the key, the proxy."""

from pathlib import Path

import pytest

from tests.conftest import Gi
from tests.doctoring import (
    CORRECT,
    NO_KEY,
    SECRET,
    SET_KEY,
    URL_UNKNOWN,
    Situation,
    check,
    error,
    found,
    ok,
    skipped,
    variables,
)
from tests.scripted import ScriptedServer

MALFORMED = "it holds a space, a line break or a character that no key has"
SITUATIONS = {
    "no key": Situation(
        {"GEMINI_API_KEY": ""},
        {
            "variables": variables(less=("GEMINI_API_KEY",)),
            "key": NO_KEY,
            "answer": ok("GET models: the service answers", "URL/v1beta/models"),
        },
        3,
        sent=None,
    ),
    "a key of two lines": Situation(
        {"GEMINI_API_KEY": f"{SECRET}\n{SECRET}"},
        {
            "key": error(
                f"the API key in GEMINI_API_KEY is malformed: {MALFORMED}", SET_KEY
            ),
            "answer": ok("GET models: the service answers", "URL/v1beta/models"),
        },
        3,
        sent=None,
    ),
    "two keys": Situation(
        {"GOOGLE_API_KEY": SECRET},
        {
            "variables": variables("GOOGLE_API_KEY"),
            "key": found(
                "warning",
                "from GOOGLE_API_KEY; GOOGLE_API_KEY and GEMINI_API_KEY differ; "
                "GOOGLE_API_KEY is used",
                "unset GOOGLE_API_KEY or GEMINI_API_KEY",
                source="GOOGLE_API_KEY",
            ),
        },
        sent=SECRET,
    ),
    "a key that others can read": Situation(
        {},
        {
            "key": found(
                "warning",
                "from HERE/key; HERE/key can be read by others; chmod 600 it",
                "chmod 600 HERE/key",
                source="HERE/key",
            )
        },
        files={"key": SECRET},
        argv=("--api-key-file", "HERE/key"),
        sent=SECRET,
    ),
    "a base URL with a password": Situation(
        {"GI_BASE_URL": f"https://u:{SECRET}@api.example", "GEMINI_API_KEY": ""},
        {
            "variables": variables(less=("GEMINI_API_KEY",)),
            "service": error(
                "GI_BASE_URL: only scheme, host, port and path are allowed", CORRECT
            ),
            "key": NO_KEY,
            **URL_UNKNOWN,
        },
        2,
        asked=False,
    ),
    "a base URL without a scheme": Situation(
        {"GI_BASE_URL": f"u:{SECRET}@api.example"},
        {
            "service": error(
                "GI_BASE_URL: it is not a URL; it begins with https://", CORRECT
            ),
            **URL_UNKNOWN,
        },
        2,
        asked=False,
    ),
    "a base URL that no key goes to": Situation(
        {"GI_BASE_URL": "http://api.example"},
        {
            "service": error(
                "http://api.example: the API key is only sent over https",
                "--base-url https://api.example",
            ),
            "answer": skipped("nothing was sent: service is not in order"),
        },
        2,
        asked=False,
    ),
    "a malformed proxy": Situation(
        {
            "GI_BASE_URL": "https://api.example",
            "HTTPS_PROXY": f"http://u:{SECRET}@[::1",
            "SSL_CERT_FILE": "HERE/none",
        },
        {
            "variables": variables("HTTPS_PROXY", "SSL_CERT_FILE"),
            "service": ok(
                "https://api.example/v1beta (GI_BASE_URL)",
                {"base_url": "https://api.example", "api_version": "v1beta"},
                "GI_BASE_URL",
            ),
            "proxy": error(
                "HTTPS_PROXY: the proxy's URL is malformed",
                "correct or unset HTTPS_PROXY, or set NO_PROXY=api.example",
                "a user and a password in it are percent-encoded",
            ),
            "ca": error(
                "SSL_CERT_FILE: HERE/none: No such file or directory",
                "correct or unset SSL_CERT_FILE",
            ),
            "answer": skipped("nothing was sent: proxy is not in order"),
        },
        2,
        asked=False,
    ),
    "a proxy that is not used": Situation(
        {"HTTPS_PROXY": f"http://u:{SECRET}@proxy.example"},
        {
            "variables": variables("HTTPS_PROXY"),
            "proxy": ok("none for this address, beside HTTPS_PROXY"),
        },
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    check(SITUATIONS[name], gi, server, tmp_path)
