"""Programs that answer calls: what they are given, and every end they come to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gi_cli.programs import environment
from tests.conftest import Ran, Result
from tests.survivors import STUBBORN

BIG = b"0123456789abcdef" * 65536  # more than both pipes hold
ENDS: dict[str, tuple[str, bytes, Result]] = {
    "reads": ("cat", b'{"a": 1}', (b'{"a": 1}', None, 0)),
    "reads to the end": ("cat; echo end", b"", (b"end\n", None, 0)),
    "both pipes full": ("cat", BIG, (BIG, None, 0)),
    "reads nothing": ("echo ok", BIG, (b"ok\n", None, 0)),
    "closes stdin": ("exec <&-; sleep 0.1; echo ok", BIG, (b"ok\n", None, 0)),
    "reads a part": ("head -c 3", BIG, (b"012", None, 0)),
    "writes late": ("cat; sleep 0.1; echo late", b"a", (b"alate\n", None, 0)),
    "writes nothing": (":", b"", (b"", None, 0)),
    "binary text": (r"printf 'a\0\033\302\205'", b"", (b"a\0\x1b\xc2\x85", None, 0)),
    "exit 1": ("exit 1", b"", (b"", "the command ended with 1", 1)),
    "exit 255": (
        "echo no; exit 255",
        b"",
        (b"no\n", "the command ended with 255", 255),
    ),
    "closes stdout": (
        "exec >&-; sleep 0.1; exit 4",
        b"",
        (b"", "the command ended with 4", 4),
    ),
    "killed": ("kill -SEGV $$", b"", (b"", "the command was killed by SIGSEGV", -11)),
    "no name": ("kill -40 $$", b"", (b"", "the command was killed by signal 40", -40)),
    "no UTF-8": (
        r"printf 'twelve bytes\377'",
        b"",
        (
            b"twelve bytes\xff",
            "the command wrote bytes that are no UTF-8 text (at byte 12)",
            0,
        ),
    ),
    "half a character": (
        r"printf 'a\303'",
        b"",
        (b"a\xc3", "the command wrote bytes that are no UTF-8 text (at byte 1)", 0),
    ),
    "no UTF-8 and exit 1": (
        r"printf '\377'; exit 1",
        b"",
        (b"\xff", "the command ended with 1", 1),
    ),
    "leaves one behind": ("sleep 60 & echo ok", b"", (b"ok\n", None, 0)),
    "leaves a deaf one": (
        f"({STUBBORN} echo >$DIR/deaf; sleep 60) & "
        "until [ -e $DIR/deaf ]; do sleep 0.01; done; exit 2",
        b"",
        (b"", "the command ended with 2", 2),
    ),
}


@pytest.mark.parametrize(("script", "stdin", "result"), ENDS.values(), ids=ENDS)
def test_ends(script: str, stdin: bytes, result: Result, ran: Ran) -> None:
    assert ran(script, stdin=stdin) == [result]


@pytest.mark.parametrize("at_once", [1, 3, 50])
def test_ends_side_by_side(at_once: int, ran: Ran) -> None:
    fed = [(script, end) for script, stdin, end in ENDS.values() if not stdin]
    scripts = [script for script, _ in fed]
    assert ran(*scripts, at_once=at_once) == [end for _, end in fed]


def test_nothing_to_run(ran: Ran) -> None:
    assert ran() == []


def test_no_shell_sees_the_words(ran: Ran) -> None:
    words = ("$(id)", "; ls", "*", "`id`", "a b", "é\n", "")
    assert ran(("printf", "%s|", *words), ("printf", "%s", "a\udcff")) == [
        ("".join(f"{word}|" for word in words).encode(), None, 0),
        (b"a\xff", "the command wrote bytes that are no UTF-8 text (at byte 1)", 0),
    ]


def test_what_cannot_be_started(ran: Ran, tmp_path: Path) -> None:
    written = {
        "plain": (0o644, "#!/bin/sh\n"),
        "no-first-line": (0o755, "echo hi\n"),
        "empty": (0o755, ""),
        "no-interpreter": (0o755, "#!/no/such/interpreter\n"),
        "carriage-return": (0o755, "#!/bin/sh\r\necho hi\r\n"),
    }
    for name, (mode, text) in written.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    reasons = {
        "missing": "No such file or directory",
        "plain/below": "Not a directory",
        "plain": "Permission denied",
        "": "Permission denied",
        "no-first-line": "Exec format error",
        "empty": "Exec format error",
        "no-interpreter": "the interpreter that it names does not exist",
        "carriage-return": "the interpreter that it names does not exist",
        "a\0b": "embedded null byte",
    }
    argvs = [(f"{tmp_path}/{name}",) for name in reasons]
    assert ran(*argvs, ("gi-no-such-command",), "echo goes on", at_once=2) == [
        *(
            (b"", f"the command could not be started: {r}", None)
            for r in reasons.values()
        ),
        (b"", "the command could not be started: No such file or directory", None),
        (b"goes on\n", None, 0),
    ]


NO_DESCRIPTORS_LEFT = """
import os, resource
from gi_cli.programs import Program, run_all
from gi_cli.waits import SystemClock, Waits
from tests.survivors import descriptors

opened = descriptors()
few = max(map(int, opened)) + 4
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
spare = [os.dup(0) for _ in range(2)]  # for the selector, and half a pipe
held = []
try:
    while True:
        held.append(os.dup(0))
except OSError:
    pass
for number in spare:
    os.close(number)
limits = {"at_once": 1, "timeout": 60.0, "limit": 99, "ended": lambda *_: None}
waits = Waits(SystemClock())
[end] = run_all([Program(("echo", "hi"), b"", {})], waits, **limits)
for number in held:
    os.close(number)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(end[:3], descriptors() == opened)
"""


def test_no_descriptors_left() -> None:
    """In a process of its own, which has no other descriptors than it counts."""
    argv = (sys.executable, "-c", NO_DESCRIPTORS_LEFT)
    root = Path(__file__).parent.parent
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=root)
    failure = "the command could not be started: Too many open files"
    told = f"(b'', {failure!r}, None) True\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


def test_what_a_program_is_given(ran: Ran, tmp_path: Path) -> None:
    """Three descriptors, a session, gi's own directory."""
    with (tmp_path / "other").open("w") as other:
        os.set_inheritable(other.fileno(), True)
        script = "ls /proc/$$/fd; cut -d' ' -f5,6 /proc/$$/stat; pwd; echo $$"
        [(out, *end)] = ran(script)
    pid = out.split()[-1]
    told = b"0\n1\n2\n%b %b\n%b\n%b\n" % (pid, pid, os.fsencode(Path.cwd()), pid)
    assert (out, *end) == (told, None, 0)


def test_ignored_exits_are_told(ran: Ran) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert ran("exit 3") == [(b"", "the command ended with 3", 3)]
        assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, before)


KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_API_KEY")


@pytest.mark.parametrize(
    ("variables", "secrets", "left"),
    [
        ({"PATH": "/bin", "GI_MODEL": "m"}, (), {"PATH": "/bin", "GI_MODEL": "m"}),
        (dict.fromkeys(KEYS, "k") | {"KEY": "k"}, (), {"KEY": "k"}),
        (
            {"A": "s3cret", "B": "Bearer s3cret;", "C": "S3CRET"},
            ("s3cret",),
            {"C": "S3CRET"},
        ),
        ({"A": "one", "B": "two", "C": ""}, ("one", "", "two"), {"C": ""}),
        ({"GI_CALL_ID": "of another gi", "D": "\udcff"}, (), {"D": "\udcff"}),
    ],
)
def test_the_environment(
    variables: dict[str, str], secrets: tuple[str, ...], left: dict[str, str]
) -> None:
    given = {"name": "f", "call_id": "c", "interaction_id": ""}
    assert environment(variables, secrets=secrets, **given) == {
        **left,
        "GI_FUNCTION_NAME": "f",
        "GI_CALL_ID": "c",
        "GI_INTERACTION_ID": "",
    }


def test_names_that_no_environment_holds(ran: Ran) -> None:
    given = {
        "name": "a\0b",
        "call_id": "é=\n\U0001f600\x1b",
        "interaction_id": "\ud800c",
    }
    script = 'printf "%s|" "$GI_FUNCTION_NAME" "$GI_CALL_ID" "$GI_INTERACTION_ID"'
    shown = "a\ufffdb|é=\n\U0001f600\x1b|\ufffdc|"
    whole = environment({"GEMINI_API_KEY": "k"}, secrets=(), **given)
    assert ran(script, environ=whole) == [(shown.encode(), None, 0)]
