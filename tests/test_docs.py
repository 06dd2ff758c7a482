"""What README claims: its examples run, its table of codes is the enum's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gi_cli.errors import ExitCode
from gi_cli.key import VARIABLES
from gi_cli.options import declared
from gi_cli.options.commands import TABLES
from gi_cli.topics import TOPICS
from tests.processes import environment

README = Path(__file__).parent.parent.joinpath("README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
EXAMPLES = [
    (command, output)
    for block in BLOCKS
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]

SCRIPTS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
OFFLINE, SERVED = {"GI_OFFLINE": "1"}, {"GEMINI_API_KEY": "any"}

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def run(script: str, folder: Path, told: dict[str, str]) -> tuple[int, str, str]:
    env = environment(folder, **told)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_example(command: str, output: str, tmp_path: Path) -> None:
    told = SERVED if "gi emulator" in command else OFFLINE
    code, shown, err = run(command, tmp_path, told)
    shown += "" if shown.endswith("\n") else "\n"
    assert (code, shown) == (0, output), err


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script: str, tmp_path: Path) -> None:
    assert run(script, tmp_path, {}) == (0, "", "")
    *lines, last = script.splitlines()
    wrong = "\n".join([*lines, last.replace("check 1", "check 9")])
    said = "end=failed: gi research Hello ended with 1, not 9\n"
    assert run(wrong, tmp_path, {}) == (1, said, "")


def test_the_table_of_exit_codes_is_the_enum() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|$", README, re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]


def test_the_readme_and_the_topic_name_every_variable() -> None:
    declared_ones = {
        flag.envvar
        for options in TABLES.values()
        for _, _, flag in declared(options)
        if flag.envvar
    }
    read_elsewhere = {"GI_LEDGER", "GI_DEBUG", *VARIABLES, *PROXIES, *CERTIFICATES}
    for text in (README.partition("\n## Environment")[2], TOPICS["environment"]):
        words = {*re.findall(r"[A-Z][A-Z_]+[A-Z]", text)}
        assert (declared_ones | read_elsewhere) - words == set()


def test_every_recipe_has_its_number_and_an_example() -> None:
    recipes = README.partition("## Ten recipes")[2].partition("\n## ")[0]
    found = re.findall(r"^\*\*(\d+)\. .*?(?=^\*\*\d|\Z)", recipes, re.M | re.S)
    assert found == [str(n) for n in range(1, 11)]
    blocks = re.split(r"^\*\*\d+\. ", recipes, flags=re.M)[1:]
    assert [block for block in blocks if "```console\n$ " not in block] == []
