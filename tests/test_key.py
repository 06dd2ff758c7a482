"""Where the key is looked for, what is none, and what a command that prints it gets."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Done, Gi
from tests.processes import GI, environment, run
from tests.profiles import profile
from tests.scripted import ScriptedServer, json_reply

TARGET = "/v1beta/agents"
ARGV = ("request", "GET", "agents", "--base-url")
LIST = json_reply({"agents": []})
ANSWER = b'{"agents": []}'
HINT = "gi: hint: set GEMINI_API_KEY or pass --api-key-file FILE\n"
MALFORMED = "it holds a space, a line break or a character that no key has"


@pytest.fixture(name="files", autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in each of two files, and programs to run."""
    for name in ("typed", "configured"):
        (tmp_path / name).write_text(f" key-{name}\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "plain").write_text("no program")
    monkeypatch.chdir(tmp_path)


class Order(NamedTuple):
    google: str
    gemini: str
    typed: bool
    file: bool
    command: bool
    sent: str
    said: str = ""


DIFFER = "gi: GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used\n"


@pytest.mark.parametrize(
    "order",
    [
        Order("one", "two", True, True, True, "key-typed"),
        Order("", "", True, True, True, "key-typed"),
        Order("one", "two", False, True, True, "one", DIFFER),
        Order("one", "one", False, True, True, "one"),
        Order("one", "", False, True, True, "one"),
        Order("", "two", False, True, True, "two"),
        Order("", "two", False, False, True, "two"),
        Order("", "", False, True, True, "key-configured"),
        Order("", "", False, True, False, "key-configured"),
        Order("", "", False, False, True, "key-printed"),
    ],
)
def test_order(order: Order, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    lines = ["api-key-file = 'configured'"] if order.file else []
    lines += ["api-key-command = 'echo key-printed'"] if order.command else []
    keys = {"GOOGLE_API_KEY": order.google, "GEMINI_API_KEY": order.gemini}
    own = profile(tmp_path, "\n".join(lines), PATH=os.defpath, **keys)
    typed = ["--api-key-file", "typed"] if order.typed else []
    server.expect("GET", TARGET, LIST)
    done = gi(*ARGV, server.url, *typed, environ=own.environ)
    assert done == Done(0, ANSWER, order.said)
    assert server.requests[0].header("x-goog-api-key") == order.sent


def test_none(gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    own = profile(tmp_path, "", GEMINI_API_KEY="", GOOGLE_API_KEY="")
    said = f"gi: error: there is no API key\n{HINT}gi: hint: --offline needs none\n"
    assert gi(*ARGV, server.url, code=3, environ=own.environ) == Done(3, b"", said)


PRINTED = {
    "words": ("printf %s a-key", "a-key"),
    "spaces around": ("printf ' a-key \\n\\n'", "a-key"),
    "an argument with a space": ("sh -c 'printf a-; printf key'", "a-key"),
    "substitution": ("echo $(id)", "$(id)"),
    "variable": ("echo $HOME", "$HOME"),
    "semicolon": ("echo a;id", "a;id"),
    "pattern": ("echo *", "*"),
    "redirection": ("echo >plain", ">plain"),
    "background": ("echo a&", "a&"),
    "gi's environment": ("sh -c 'printf %s $OF_MINE'", "mine"),
    "home": ("~/print", "of-home"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_command(name: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    command, sent = PRINTED[name]
    (tmp_path / "print").write_text("#!/bin/sh\necho of-home\n")
    (tmp_path / "print").chmod(0o700)
    text = f"api-key-command = {json.dumps(command)}"
    own = profile(tmp_path, text, PATH=os.defpath, GEMINI_API_KEY="", OF_MINE="mine")
    server.expect("GET", TARGET, LIST)
    assert gi(*ARGV, server.url, environ=own.environ) == Done(0, ANSWER, "")
    assert server.requests[0].header("x-goog-api-key") == sent
    assert (tmp_path / "plain").read_text() == "no program"


IN = "the API key in api-key-command ({})"
BAD_COMMANDS = {
    "exit 1": ("false", "{}: api-key-command: 'false' ended with 1"),
    "exit 7": (
        "sh -c 'echo sesame; exit 7' sesame",
        "{}: api-key-command: 'sh' ended with 7",
    ),
    "killed": ("sh -c 'kill -9 $$'", "{}: api-key-command: 'sh' ended with -9"),
    "missing": (
        "no-such-program x",
        "{}: api-key-command: 'no-such-program': No such file or directory",
    ),
    "not executable": (
        "./plain sesame",
        "{}: api-key-command: './plain': Permission denied",
    ),
    "a directory": ("/", "{}: api-key-command: '/': Permission denied"),
    "open quote": (
        "echo 'sesame",
        "{}: api-key-command: it is not a command: No closing quotation",
    ),
    "NUL": ("echo \0", "{}: api-key-command: it is not a command: embedded null byte"),
    "pipe": ("echo a | cat", f"{IN} is malformed: {MALFORMED}"),
    "two lines": ("printf 'sesame\\nsesame'", f"{IN} is malformed: {MALFORMED}"),
    "binary": ("printf '\\377sesame\\001'", f"{IN} is malformed: {MALFORMED}"),
    "quotes": ("echo '\"sesame\"'", f"{IN} is malformed: {MALFORMED}"),
    "nothing": ("true", f"{IN} is empty"),
    "gi's stdin": ("cat", f"{IN} is empty"),
    "blank": ("printf ' \\n '", f"{IN} is empty"),
}


@pytest.mark.parametrize("format", ["text", "ndjson", "json"])
@pytest.mark.parametrize("name", BAD_COMMANDS)
def test_bad_command(
    name: str, format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    command, why = BAD_COMMANDS[name]
    text = f"api-key-command = {json.dumps(command)}"
    own = profile(tmp_path, text, PATH=os.defpath, GEMINI_API_KEY="")
    argv = ("get", "v1_a", "--format", format, "--base-url", server.url)
    done = gi(*argv, code=3, stdin=b"sesame", environ=own.environ)
    why = why.format(own)
    assert done.err == f"gi: error: {why}\n" + (HINT if why.endswith("empty") else "")
    if format == "text":
        assert done.out == b""
    else:
        told = json.loads(done.out)
        result = told if format == "ndjson" else told["gi"]
        assert (result["exit_code"], result["error"]["message"]) == (3, why)


class Bad(NamedTuple):
    content: bytes | None
    why: str


FILES = {
    "missing": Bad(None, "--api-key-file: {}: No such file or directory"),
    "empty": Bad(b"", "the API key in {} is empty"),
    "blank": Bad(b" \n", "the API key in {} is empty"),
    "two lines": Bad(b"a\nb\n", f"the API key in {{}} is malformed: {MALFORMED}"),
    "latin-1": Bad(b"caf\xe9", "--api-key-file: {}: it is not text"),
    "not ASCII": Bad(
        "caf\xe9".encode(), f"the API key in {{}} is malformed: {MALFORMED}"
    ),
    "NUL": Bad(b"a\0b", f"the API key in {{}} is malformed: {MALFORMED}"),
}


@pytest.mark.parametrize("configured", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_bad_file(
    name: str, configured: bool, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    content, why = FILES[name]
    path = tmp_path / "bad"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    text = f"api-key-file = '{path}'" if configured else ""
    own = profile(tmp_path, text, GEMINI_API_KEY="" if configured else KEY)
    typed = () if configured else ("--api-key-file", str(path))
    done = gi(*ARGV, server.url, *typed, code=3, environ=own.environ)
    flag, place = why.startswith("--"), f"{path} ({own})"
    said = why.format(path if flag or not configured else place)
    said += f"; --api-key-file is from {own}" if flag and configured else ""
    end = HINT if said.endswith("empty") else ""
    assert done == Done(3, b"", f"gi: error: {said}\n{end}")


def test_a_mark_of_windows_is_no_part_of_it(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "typed").write_bytes(b"\xef\xbb\xbfa-key\r\n")
    server.expect("GET", TARGET, LIST)
    gi(*ARGV, server.url, "--api-key-file", "typed")
    assert server.requests[0].header("x-goog-api-key") == "a-key"


def test_a_file_that_is_not_asked_may_be_bad(
    gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    text = "api-key-file = '/none'\napi-key-command = 'touch ran'"
    own = profile(tmp_path, text, PATH=os.defpath)
    server.expect("GET", TARGET, LIST)
    assert gi(*ARGV, server.url, environ=own.environ) == Done(0, ANSWER, "")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("configured", [False, True])
@pytest.mark.parametrize(
    ("mode", "warned"),
    [(0o600, 0), (0o400, 0), (0o620, 0), (0o640, 1), (0o604, 1), (0o644, 1)],
    ids=lambda value: f"{value:o}",
)
def test_others_can_read_it(
    mode: int,
    warned: int,
    configured: bool,
    gi: Gi,
    server: ScriptedServer,
    tmp_path: Path,
) -> None:
    path = tmp_path / "configured"
    path.chmod(mode)
    text = f"api-key-file = '{path}'" if configured else ""
    own = profile(tmp_path, text, GEMINI_API_KEY="" if configured else KEY)
    typed = () if configured else ("--api-key-file", str(path))
    server.expect("GET", TARGET, LIST)
    server.expect("GET", TARGET, LIST)
    done = gi(*ARGV, server.url, *typed, environ=own.environ)
    said = f"gi: {path} can be read by others; chmod 600 it\n"
    assert done == Done(0, ANSWER, said * warned)
    quiet = gi(*ARGV, server.url, *typed, "-q", environ=own.environ)
    assert quiet == Done(0, ANSWER, "")


def test_a_pipe_with_a_writer_is_waited_for(
    server: ScriptedServer, tmp_path: Path
) -> None:
    script = f"{GI} {' '.join(ARGV)} {server.url} --api-key-file <(sleep 0.2; echo k)"
    server.expect("GET", TARGET, LIST)
    env = environment(tmp_path)
    done = run("-c", script, env=env, program="/bin/bash")
    assert (done.out, done.err) == (ANSWER, b"")
    assert server.requests[0].header("x-goog-api-key") == "k"


def test_a_pipe_without_a_writer_is_not(server: ScriptedServer, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    argv = (*ARGV, server.url, "--api-key-file", str(path))
    done = run(*argv, env=environment(tmp_path), code=3, timeout=10)
    why = f"{path} is an empty pipe that nobody writes to"
    assert done.err.decode() == f"gi: error: --api-key-file: {why}\n"


@pytest.mark.parametrize("variable", ["GOOGLE_API_KEY", "GEMINI_API_KEY"])
def test_a_refusal_names_the_place_of_the_key(
    variable: str, gi: Gi, server: ScriptedServer
) -> None:
    server.expect("POST", "/v1beta/interactions", json_reply(NOT_VALID, status=400))
    done = gi(
        *("create", "hi", "--base-url", server.url),
        environ={variable: KEY},
        code=3,
    )
    assert done.err.splitlines()[1:] == [
        f"gi: hint: the key is from {variable}",
        "gi: hint: gi doctor",
    ]


NOT_VALID = {
    "error": {
        "code": 400,
        "message": "API key not valid.",
        "status": "INVALID_ARGUMENT",
    }
}
