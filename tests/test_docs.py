"""What README claims: its examples run, its table of codes is the enum's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gi_cli.errors import ExitCode
from tests.processes import environment

README = Path(__file__).parent.parent.joinpath("README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
EXAMPLES = [
    (command, output)
    for block in BLOCKS
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_example(command: str, output: str, tmp_path: Path) -> None:
    env = environment(tmp_path, GI_OFFLINE="1")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    shown = done.stdout.decode()
    shown += "" if shown.endswith("\n") else "\n"
    assert (done.returncode, shown) == (0, output), done.stderr.decode()


def test_the_table_of_exit_codes_is_the_enum() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|$", README, re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]
