"""Help, its topics, and what is said of words that gi does not know."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gi_cli.commands import KEYWORDS, NAMES
from gi_cli.errors import ExitCode
from gi_cli.options.commands import TABLES, Help
from gi_cli.topics import TOPICS
from tests.conftest import Gi
from tests.processes import environment

INNER = [["files", name] for name in ("upload", "list", "get", "delete")]
PAGES = [[], *([name] for name in NAMES), *INNER]
CODES = "gi help exit-codes tells what the exit code means."
INTERNAL = ("ledger", "sink", "Run", "None", "callback", "KEYWORD", "options.")


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_fits_the_terminal_and_names_the_exit_codes(
    words: list[str], gi: Gi
) -> None:
    done = gi(*words, "--help")
    lines = done.out.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(done.out.decode().split()).endswith(CODES)
    assert [word for word in INTERNAL if word in done.out.decode()] == []
    assert done.err == ""


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_each_option_has_one_line(words: list[str], gi: Gi) -> None:
    body = gi(*words, "--help").out.decode().partition("\nExamples:")[0]
    rows = [line for line in body.splitlines() if line.startswith("  ")][1:]
    assert [row for row in rows if not re.match(r"  [\[\w-].*\S  +\S", row)] == []


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_every_page_has_examples(words: list[str], gi: Gi) -> None:
    assert "\nExamples:\n  " in gi(*words, "--help").out.decode()


@pytest.mark.parametrize("argv", [["help"], ["help", "create"], ["help", "help"]])
def test_help_of_a_command_is_its_page(argv: list[str], gi: Gi) -> None:
    assert gi(*argv).out == gi(*argv[1:], "--help").out


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_told_on_stdout(name: str, gi: Gi) -> None:
    done = gi("help", name)
    assert (done.out.decode(), done.err) == (TOPICS[name], "")
    assert max(map(len, TOPICS[name].splitlines())) <= 78


def test_the_topic_of_exit_codes_is_the_enum(gi: Gi) -> None:
    rows = re.findall(r"^ *(\d+)  (.*)$", TOPICS["exit-codes"], re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]


def test_an_unknown_topic_names_the_known_ones(gi: Gi) -> None:
    known = ", ".join(TOPICS)
    assert gi("help", "colours", code=2).err == (
        f"gi: error: there is no topic 'colours', but {known}\n"
    )


def test_the_topics_are_offered() -> None:
    assert next(iter(Help.__annotations__.values())).__metadata__[0].choices == (
        *TOPICS,
    )


MEANT = {
    "creat": ("No such command 'creat'. Did you mean 'create'?", ["gi --help"]),
    "why": (
        "No such command 'why'.",
        ["gi --help", "a prompt stands after its command: gi create PROMPT"],
    ),
    "files uplod": (
        "No such command 'uplod'. Did you mean 'upload'?",
        ["gi files --help"],
    ),
    "create --fromat json": (
        "No such option: --fromat. Did you mean --format?",
        ["gi create --help"],
    ),
    "files upload --jsn=1": (
        "No such option: --jsn. Did you mean --json?",
        ["gi files upload --help"],
    ),
    "create --zzz": (
        "No such option: --zzz",
        ["gi create --help", "text that is no option goes behind --"],
    ),
    "create -Z": (
        "No such option: -Z",
        ["gi create --help", "text that is no option goes behind --"],
    ),
    "--model x create": (
        "No such option: --model",
        ["gi --help", "options stand after the command: gi create --json PROMPT"],
    ),
    "create --model": (
        "Option '--model' requires an argument.",
        ["gi create --help"],
    ),
}


@pytest.mark.parametrize("typed", MEANT)
def test_what_was_probably_meant(typed: str, gi: Gi) -> None:
    error, hints = MEANT[typed]
    lines = [f"gi: error: {error}", *(f"gi: hint: {hint}" for hint in hints)]
    done = gi(*typed.split(), code=2)
    assert (done.out, done.err.splitlines()) == (b"", lines)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_page_is_as_wide_as_the_terminal_allows(columns: int, tmp_path: Path) -> None:
    env = environment(tmp_path, COLUMNS=str(columns))
    gi = Path(sys.executable).with_name("gi")
    done = subprocess.run((gi, "create", "-h"), env=env, capture_output=True, check=True)
    body = done.stdout.decode().partition("\nExamples:")[0]
    assert max(map(len, body.splitlines())) <= min(columns, 80)


def test_every_command_has_a_table_and_a_module() -> None:
    modules = [KEYWORDS.get(name, name) for name in NAMES]
    assert all(import_module(f"gi_cli.commands.{name}") for name in modules)
    assert {*NAMES} - {"help"} == {*TABLES}


PLACEHOLDERS = {"ID": "ID", "files/ID": "files/ID", "interactions/ID": "x"}
EXAMPLES = [
    line
    for name in NAMES
    for found in [import_module(f"gi_cli.commands.{KEYWORDS.get(name, name)}").EXAMPLES]
    for line in ([e for each in found.values() for e in each] if name == "files" else found)
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_are_accepted(line: str, tmp_path: Path) -> None:
    """Their flags and files are right: nothing ends with a usage error."""
    env = environment(tmp_path, GI_OFFLINE="1")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    _files(tmp_path)
    argv = ["bash", "-o", "pipefail", "-c", line]
    done = subprocess.run(
        argv,
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 2, done.stderr.decode()
