"""Names of files, whatever is in them: read, written, told and linked."""

import json
import shlex
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.calling import MODEL
from tests.conftest import KEY, Done, Gi
from tests.faults.catalogue import held
from tests.faults.rows import ID, PLAIN, TEXT, post
from tests.images import PNG, image, showing, text
from tests.processes import environment, run
from tests.scripted import ScriptedServer, sse

SPACES, BEYOND = held("F193", "a name with spaces"), held("F193", "a name beyond ASCII")
DASH, LONG = held("F193", "a name with a dash"), held("F193", "a name of 255 bytes")
NAMES: dict[str, tuple[Any, str]] = {
    "spaces": (SPACES, " two  words .txt"),
    "a line break": (SPACES, "two\nlines.txt"),
    "a tab and quotes": (SPACES, "a\tb'c\"d.txt"),
    "é in one": (BEYOND, "é🦊.txt"),
    "é in two": (BEYOND, "e\u0301.txt"),
    "right to left": (BEYOND, "\u202eabc\u05d0.txt"),
    "a dash": (DASH, "-o"),
    "two dashes": (DASH, "--help"),
    "a dash and text": (DASH, "-x.txt"),
    "255 bytes": (LONG, "x" * 251 + ".txt"),
    "255 bytes beyond ASCII": (LONG, "é" * 125 + "x.txt"),
    "63 foxes": (LONG, "🦊" * 63 + "xyz"),
    "a star": ((), "*.txt"),
    "a percent sign": ((), "%s{n}.txt"),
    "a backslash": ((), "a\\nb.txt"),
    "parentheses": ((), "a(b)[c]<d>.txt"),
}
EACH_NAME = pytest.mark.parametrize(
    "name", [pytest.param(name, id=n, marks=m) for n, (m, name) in NAMES.items()]
)


pytestmark = pytest.mark.usefixtures("here")


def ask(gi: Gi, server: ScriptedServer, *argv: str) -> Done:
    server.expect(*post(sse(*PLAIN)))
    return gi("create", "hi", "--base-url", server.url, *argv)


def content() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir()}


READS: dict[str, Callable[[str], tuple[tuple[str, ...], dict[str, Any]]]] = {
    "-i": lambda name: (
        ("-i", name),
        {"input": [text("hi"), text("given")]},
    ),
    "-i with a type": lambda name: (
        ("-i", f"{name};type=text/plain"),
        {"input": [text("hi"), text("given")]},
    ),
    "-i=": lambda name: ((f"--input={name}",), {"input": [text("hi"), text("given")]}),
    "-s": lambda name: (("-s", f"@{name}"), {"system_instruction": "given"}),
    "-F": lambda name: (("-F", f"a=@{name}"), {"a": "given"}),
}


@EACH_NAME
@pytest.mark.parametrize("flag", READS)
def test_what_is_read(flag: str, name: str, gi: Gi, server: ScriptedServer) -> None:
    Path(name).write_text("given")
    argv, body = READS[flag](name)
    assert ask(gi, server, *argv) == Done(0, TEXT, "")
    expected = {"model": MODEL, "input": "hi", "stream": True} | body
    assert server.requests[0].json == expected
    assert content() == {name: b"given"}


WRITES = {"-o": TEXT, "--save-events": b"".join(PLAIN), "--id-file": f"{ID}\n".encode()}


@EACH_NAME
@pytest.mark.parametrize("flag", WRITES)
@pytest.mark.parametrize("there", [False, True], ids=["new", "old"])
def test_what_is_written(
    there: bool, flag: str, name: str, gi: Gi, server: ScriptedServer
) -> None:
    if there:
        Path(name).write_text("old, and longer than what comes" * 100)
    out = b"" if flag == "-o" else TEXT
    assert ask(gi, server, flag, name) == Done(0, out, "")
    assert content() == {name: WRITES[flag]}


@EACH_NAME
def test_a_name_that_is_taken(name: str, gi: Gi, server: ScriptedServer) -> None:
    Path(name).write_text("old")
    argv = ("create", "hi", "--base-url", server.url, "--no-clobber", "-o", name)
    done = gi(*argv, code=2)
    assert (done.out, server.requests, content()) == (b"", [], {name: b"old"})
    shown = name.replace("\n", " ").replace("\u202e", r"\u202e")
    assert done.err == f"gi: error: -o: {shown} exists, and --no-clobber was given\n"


@EACH_NAME
def test_a_folder_for_media(name: str, gi: Gi, server: ScriptedServer) -> None:
    """What text names it by leads there."""
    Path(name).mkdir()
    server.expect(*post(showing(text("See:"), image(PNG))))
    argv = ("create", "hi", "--base-url", server.url, "--media-dir", name, "--json")
    shown = json.loads(gi(*argv).out)
    (file,) = Path(name).iterdir()
    told = {
        "path": f"{name}/{file.name}",
        "bytes": len(PNG),
        "sha256": sha256(PNG).hexdigest(),
        "mime_type": "image/png",
    }
    assert shown["gi"]["files"] == [told]
    assert (file.name, file.read_bytes()) == ("gi-abcdefgh-1.png", PNG)


@pytest.mark.parametrize("name", [n for _, n in NAMES.values() if "{" not in n])
def test_a_picture_of_that_name(name: str, gi: Gi, server: ScriptedServer) -> None:
    """-0 ends its path with what is in no name; one with {n} is a template."""
    server.expect(*post(showing(image(PNG))))
    argv = ("image", "hi", "--base-url", server.url, "-0", "-o", name)
    assert gi(*argv).out == f"{name}\0".encode()
    assert content() == {name: PNG}


@LONG
@pytest.mark.parametrize("name", ["x" * 256, "é" * 128], ids=["ASCII", "beyond"])
@pytest.mark.parametrize(
    "flag", ["-o", "--save-events", "--id-file", "-i", "--media-dir"]
)
def test_a_name_too_long(flag: str, name: str, gi: Gi, server: ScriptedServer) -> None:
    done = gi("create", "hi", "--base-url", server.url, flag, name, code=2)
    line = f"gi: error: {flag}: {name}: File name too long\n"
    assert done == Done(2, b"", line)
    assert (server.requests, content()) == ([], {})


@DASH
@pytest.mark.parametrize("name", ["-", "--"])
def test_a_dash_alone(name: str, gi: Gi, server: ScriptedServer) -> None:
    """It is stdout for -o; two of them are a name."""
    done = ask(gi, server, "-o", name)
    assert (done.out, content()) == ((TEXT, {}) if name == "-" else (b"", {"--": TEXT}))


@EACH_NAME
def test_a_shell_gives_the_same(
    name: str, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    """The executable, quoted as people quote; a glob behind -- is words."""
    Path(name).write_text("given")
    server.expect(*post(sse(*PLAIN)))
    quoted = shlex.quote(name)
    line = f"gi create -i ./{quoted} -o ./out/{quoted} -- -hi"
    Path("out").mkdir()
    env = environment(tmp_path, GEMINI_API_KEY=KEY)
    env["GI_BASE_URL"] = server.url
    done = run("-c", line, env=env, cwd=here, program="bash")
    assert (done.out, done.err) == (b"", b"")
    assert Path("out", name).read_bytes() == TEXT
    assert server.requests[0].json["input"] == [text("-hi"), text("given")]
