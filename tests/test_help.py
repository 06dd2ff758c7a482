"""Help, its topics, and what is said of words that gi does not know."""

import os
import re
import subprocess
import sys
from importlib import import_module
from itertools import chain
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
INTERNAL = ("ledger", "sink", "None", "callback", "attribute", "Typer", "README")


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


@pytest.mark.parametrize("more", [["--", "x"], ["--"], ["x", "-m"], ["-s"], ["--nope"]])
@pytest.mark.parametrize("command", ["create", "delete", "files delete"])
def test_help_never_does_what_it_tells_of(
    command: str, more: list[str], gi: Gi
) -> None:
    page = gi(*command.split(), "--help").out
    environ = {"GI_OFFLINE": "1", "GI_LEDGER": "off"}
    assert gi("help", *command.split(), *more, environ=environ).out == page


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_told_on_stdout(name: str, gi: Gi) -> None:
    done = gi("help", name)
    text = done.out.decode().replace(f"{sys.prefix}/share", "SHARE")
    assert (text, done.err) == (TOPICS[name], "")
    assert max(map(len, TOPICS[name].splitlines())) <= 80


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
    "files nonsense": ("No such command 'nonsense'.", ["gi files --help"]),
    "create --fromat json": (
        "No such option: --fromat. Did you mean --format?",
        ["gi create --help"],
    ),
    "files upload --jsn=1": (
        "No such option: --jsn. Did you mean --json?",
        ["gi files upload --help"],
    ),
    "image --ratio 1:1": (
        "No such option: --ratio. Did you mean --aspect-ratio?",
        ["gi image --help"],
    ),
    "create --key x": (
        "No such option: --key. Did you mean --api-key-file?",
        ["gi create --help"],
    ),
    "create --once x": (
        "No such option: --once, it is one of gi research",
        ["gi create --help"],
    ),
    "get --session=x v1_1": (
        "No such option: --session, it is one of gi create, gi continue, gi research, "
        "gi image",
        ["gi get --help"],
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
    done = subprocess.run(
        (gi, "create", "-h"), env=env, capture_output=True, check=True
    )
    body = done.stdout.decode().partition("\nExamples:")[0]
    assert max(map(len, body.splitlines())) <= min(columns, 80)


def test_every_command_has_a_table_and_a_module() -> None:
    modules = [KEYWORDS.get(name, name) for name in NAMES]
    assert all(import_module(f"gi_cli.commands.{name}") for name in modules)
    assert {*NAMES} - {"help"} == {*TABLES}


EXAMPLES = [
    line
    for name in NAMES
    for found in [import_module(f"gi_cli.commands.{KEYWORDS.get(name, name)}").EXAMPLES]
    for line in (chain(*found.values()) if isinstance(found, dict) else found)
]
NOT_DONE = {  # there is nothing of the kind in an empty home, or offline
    "gi cancel ID": 1,
    'gi continue "And in winter?"': 2,
    'gi continue --session trip "What should I pack?"': 2,
    'gi continue --id ID --result CALL_ID="12 degrees"': 2,
    "gi files delete files/ID": 1,
    "gi files get files/ID | jq -r .state": 1,
    "gi release news-2026-11-24": 1,
    "gi request GET models -F pageSize=5": 1,
    "gi request POST webhooks -F 'uris[]=https://example.com/hook'": 1,
}
BEFORE = """
git init -q . && echo '{"type":"object"}' > city.json
echo '{"name":"get_weather"}' > weather.json
printf '#!/bin/sh\necho 12' > weather && chmod +x weather
gi image -q fox -o fox.jpg && cp fox.jpg photo.jpg && mkdir reports
echo Hi > notes.md && git add notes.md && echo Ho >> notes.md
gi create --sse Hello > saved.sse && echo Hi > talk.mp4 && gi files upload notes.md > id
one=$(gi create --json Hello | jq -r .id) && two=$(gi create --json Hello | jq -r .id)
cp saved.sse first.sse && cp saved.sse second.sse
trap '[ -z "$!" ] || kill "$!"' EXIT
"""
SERVES = "gi emulator"  # until somebody stops it
STOPPED = "timeout --preserve-status 1 gi emulator"


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_run(line: str, tmp_path: Path) -> None:
    env = environment(tmp_path, GI_OFFLINE="1")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    real = re.sub(r"(?<!CALL_)(?<!files/)\bID1?\b", '"$one"', line)
    real = real.replace("--port 8080", "--port 0")  # another program may have that one
    serves = line.startswith(SERVES)
    real = real.replace(SERVES, STOPPED) if serves else real
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail"],
        input=BEFORE + re.sub(r"\bID2\b", '"$two"', real) + "\n",
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    code = ExitCode.TERMINATED if serves else NOT_DONE.get(line, 0)
    assert done.returncode == code, done.stderr
