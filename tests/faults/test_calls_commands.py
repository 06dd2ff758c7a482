"""What commands do that answer calls: none of it ends a run, or outlives it."""

import json
import shlex
import tracemalloc
from pathlib import Path

import pytest

from tests.calling import DECLARED, Json, call, failed, result, whole
from tests.conftest import Gi
from tests.faults.answering import Ran, Talk, answered, calls, done, says, talks
from tests.faults.catalogue import held
from tests.faults.rows import FORMATS
from tests.scripted import ScriptedServer
from tests.survivors import DEAF, STUBBORN, alive, marked, until

MIB = 1 << 20
NUL = "\0"
CONTENTS: list[Json] = [
    {"type": "text", "text": "a", "more": {"n": 10**20}},
    {"type": "image", "data": "AAAA", "mime_type": "image/png"},
]
LIST = json.dumps(CONTENTS)
INVALID = "invalid JSON as output"
HELD = "a child keeps stdout open"
BYTES = "wrote bytes that are no UTF-8 text (at byte 1)\na\ufffdb"
LATE = "did not end within 0.2 s"
SOON = ("--call-timeout", "0.2")


pytestmark = pytest.mark.usefixtures("here")


def shell(script: str) -> str:
    return shlex.join(("sh", "-c", script))


def comes_to(
    what: str,
    command: str,
    answer: Json,
    *argv: str,
    variant: str = "",
    id: str = "F107",
    arguments: Json | None = None,
) -> Talk:
    """A call that a command answers so, and one that goes well beside it."""
    both = call(arguments=arguments or {}), call("B", "put", arguments={"b": 1})
    results = [answer, done("B", "put")]
    ran = [Ran("put", '{"b":1}', "B")]
    answers = calls(whole(*both)), says()
    return Talk(
        *(id, what, answers, [results], ran),
        argv=argv,
        command=command,
        variant=variant,
    )


def wrong(what: str, script: str, why: str, *argv: str, variant: str = "") -> Talk:
    """A script that fails, and what the model reads of it."""
    told = failed(f"the command {why}")
    return comes_to(what, shell(script), told, *argv, variant=variant)


def prints(what: str, script: str, text: str, variant: str = "") -> Talk:
    return comes_to(what, shell(script), result(text), variant=variant)


FOLLOWING = "until [ -e there ]; do sleep 0.01; done; "
COMMANDS = [
    wrong("exit 1", "exit 1", "ended with 1"),
    wrong("exit 1", "echo why; exit 3", "ended with 3\nwhy\n", variant="with a reason"),
    wrong("killed", "kill -KILL $$", "was killed by SIGKILL"),
    wrong("killed", "echo a; kill -SEGV $$", "was killed by SIGSEGV\na\n", variant="b"),
    wrong("a time limit", "exec sleep 60", LATE, *SOON),
    wrong("a time limit", f"echo a; {DEAF}", f"{LATE}\na\n", *SOON, variant="deaf"),
    wrong("a time limit", "kill -STOP $$", LATE, *SOON, variant="stopped"),
    prints(HELD, "sleep 60 & echo ok", "ok\n"),
    prints(HELD, f"({STUBBORN} sleep 60) & echo ok", "ok\n", "and is deaf"),
    prints(
        HELD,
        f"({STUBBORN} echo >there; while :; do echo; sleep 0.1; done) >&2 2>&1 & "
        f"{FOLLOWING}echo ok",
        "ok\n",
        "and its stderr",
    ),
    wrong(
        "100 MB of output",
        "exec yes",
        "wrote more than 6 bytes\ny\ny\ny\n",
        *("--call-output-limit", "6"),
        variant="a small limit",
    ),
    wrong(
        "100 MB of output",
        f"{STUBBORN} yes",
        "wrote more than 6 bytes\ny\ny\ny\n",
        *("--call-output-limit", "6"),
        variant="deaf",
    ),
    wrong("binary output", r"printf 'a\377b'", BYTES),
    wrong(
        "binary output",
        r"printf 'a\303'",
        "wrote bytes that are no UTF-8 text (at byte 1)\na\ufffd",
        variant="half a character",
    ),
    prints("binary output", r"printf 'a\0\033[2J'", f"a{NUL}\x1b[2J", "that is text"),
    prints(INVALID, """printf '[{"type": "text"'""", '[{"type": "text"'),
    prints(INVALID, """printf '{"a": '""", '{"a": ', "an object"),
    prints(INVALID, "printf '[1, 2]'", "[1, 2]", "a list of others"),
    prints(INVALID, "printf '[]'", "[]", "an empty list"),
    prints(INVALID, """printf '[{"type": 1}]'""", '[{"type": 1}]', "an odd type"),
    prints(
        INVALID,
        """printf '[{"type": "user_input"}]'""",
        '[{"type": "user_input"}]',
        "of another type",
    ),
    prints(
        INVALID,
        "printf '[%.0s' $(seq 50000)",
        "[" * 50000,
        "too deep",
    ),
    comes_to(
        INVALID,
        shlex.join(("printf", "%s", LIST)),
        {**result(""), "result": CONTENTS},
        variant="but contents",
    ),
    comes_to(
        INVALID,
        shlex.join(("printf", "\n%s\n", json.dumps(CONTENTS[:1], indent=1))),
        {**result(""), "result": CONTENTS[:1]},
        variant="but contents on lines",
    ),
    prints(INVALID, """printf '{"temp": 22}'""", '{"temp": 22}', "but an object"),
    prints("no output", "cat >/dev/null", ""),
    prints("no output", "exec >&-; sleep 0.1", "", "stdout closed"),
    comes_to(
        "the command does not read its input",
        shell("exec <&-; sleep 0.1; echo ok"),
        result("ok\n"),
        id="F108",
        arguments={"text": "x" * 1_000_000},
    ),
    comes_to(
        "the command does not read its input",
        shell("head -c 3"),
        result('{"t'),
        id="F108",
        arguments={"text": "x" * 1_000_000},
        variant="but a part",
    ),
    comes_to(
        "the command does not read its input",
        shell("echo ok"),
        result("ok\n"),
        id="F108",
        arguments={"text": "x" * 1_000_000},
        variant="and ends",
    ),
]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", talks(COMMANDS))
def test_commands(
    row: Talk, format: str, gi: Gi, server: ScriptedServer, tmp_path: Path
) -> None:
    answered(row, format, gi, server, marked(tmp_path))
    until(lambda: alive(tmp_path) == [])


FIRST = "rm ./next && echo done"  # what the second call would run
NOT_STARTED = {
    "gone": ("missing", None, 0, "No such file or directory"),
    "interpreter": (
        "missing",
        "#!/no/such\n",
        0o755,
        "the interpreter that it names does not exist",
    ),
    "mode": ("not executable", "#!/bin/sh\n", 0o644, "Permission denied"),
    "format": ("not executable", "no first line\n", 0o755, "Exec format error"),
}


def not_started(name: str) -> Talk:
    """The first command makes of the second what cannot be started."""
    what, text, mode, why = NOT_STARTED[name]
    change = "rm next"
    if text is not None:
        change = f"printf {shlex.quote(text)} >next; chmod {mode:o} next"
    steps = call("B", "put", arguments={}), call(arguments={})
    told = [
        result("ok\n", "B", "put"),
        failed(f"the command could not be started: {why}"),
    ]
    answers = calls(whole(*steps)), says()
    put = f"--exec=put={shell(f'{change}; echo ok')}"
    return Talk(
        *("F107", f"a command that is {what}", answers, [told]),
        command="./next",
        argv=(put,),
        variant=name,
        put=False,
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", talks(map(not_started, NOT_STARTED)))
def test_what_does_not_start(
    row: Talk, format: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    (here / "next").write_text("#!/bin/sh\n")
    (here / "next").chmod(0o755)
    answered(row, format, gi, server)


@pytest.mark.parametrize(
    ("command", "mode"),
    [
        pytest.param("./no", 0, marks=held("F107", "a command that is missing")),
        pytest.param("no-such", 0, marks=held("F107", "a command that is missing")),
        pytest.param(
            "./it", 0o644, marks=held("F107", "a command that is not executable")
        ),
        pytest.param("./", 0, marks=held("F107", "a command that is not executable")),
    ],
)
def test_what_is_no_program_is_refused(
    command: str, mode: int, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """Before anything is sent."""
    (here / "it").write_text("#!/bin/sh\n")
    (here / "it").chmod(mode or 0o600)
    argv = ("create", "hi", *DECLARED, "--exec", f"get={command} --now")
    ended = gi(*argv, "--base-url", server.url, code=2)
    why = f"--exec get: {command} is no program that can be run"
    assert (ended.out, ended.err) == (b"", f"gi: error: {why}\n")
    assert server.requests == []


@held("F107", "100 MB of output")
@pytest.mark.parametrize("format", FORMATS)
def test_100_mb(format: str, gi: Gi, server: ScriptedServer, tmp_path: Path) -> None:
    """What fits is kept; it takes the memory of that, not of the rest."""
    text = (MIB // 2) * "y\n"
    why = f"wrote more than {MIB} bytes\n{text}"
    row = wrong("100 MB of output", "yes | head -c 100000000; sleep 60", why)
    tracemalloc.start()
    try:
        answered(row, format, gi, server, marked(tmp_path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    until(lambda: alive(tmp_path) == [])
    assert peak < 32 * MIB
