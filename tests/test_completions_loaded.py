"""Completions in other surroundings: ways to load them, settings of the shell."""

import subprocess
from pathlib import Path

import pytest

from gi_cli.docgen import fish, zsh
from gi_cli.docgen.complete import HELP
from tests.shells import COMPLETIONS, IDS, SHELLS, Shell, candidates, fill, write_ids

FILES = {"bash": "gi.bash", "zsh": "_gi", "fish": "gi.fish"}

HOSTILE = r"""it's "a" [b]: c\d {n} $(e) `f` %g *?; #"""
COMPINIT = "autoload -Uz compinit; compinit -u -D"
DESCRIBES = {
    "zsh": f"{COMPINIT}; odd() {{ _arguments OPTION }}; compdef odd gi".replace(
        "OPTION", zsh.spec(HELP._replace(help=HOSTILE))
    ),
    "fish": f"function odd; echo -- --help\\t{fish.quoted(HOSTILE)}; end; "
    "complete -c gi -f -a '(odd)'",
}


@pytest.mark.parametrize("name", DESCRIBES)
def test_a_description_is_told_as_it_stands(name: str, tmp_path: Path) -> None:
    with Shell(name, fill(tmp_path / "home"), DESCRIBES[name]) as shell:
        assert HOSTILE in shell.listed("gi -")


IN_FORCE = {
    "GI_OFFLINE=1": ("v1_aaa", "v1_bbb"),
    "GI_OFFLINE=0": ("v1_ccc", "v1_ddd"),
    "GI_OFFLINE=": ("v1_ccc", "v1_ddd"),
    "GI_LEDGER=off": (),
    "GI_LEDGER=own": ("v1_ccc", "v1_ddd"),
    "XDG_STATE_HOME=": ("v1_ccc",),
}


@pytest.mark.parametrize("setting", IN_FORCE)
@pytest.mark.parametrize("name", SHELLS)
def test_ids_by_the_environment(name: str, setting: str, tmp_path: Path) -> None:
    home = fill(tmp_path / "home")
    for path in (home / "own.ids", home / "off.ids"):
        write_ids(path)
    write_ids(home / ".local/state/gi/ledger.db.ids", IDS[2:3])
    variable, _, value = setting.partition("=")
    with Shell(name, home, **{variable: value}) as shell:
        assert candidates(shell, "gi get ") == [*IN_FORCE[setting]]


LOADS = {
    "bash": (
        f"load() {{ . {COMPLETIONS}/gi.bash && return 124; }}; complete -D -F load",
        f"COMP_WORDBREAKS=' '; . {COMPLETIONS}/gi.bash",
        f"set -u; . {COMPLETIONS}/gi.bash",
        f"compopt() {{ return 127; }}; . {COMPLETIONS}/gi.bash",  # bash 3.2 has none
        f"shopt -s failglob; . {COMPLETIONS}/gi.bash",
    ),
    "zsh": (f"{COMPINIT}; . {COMPLETIONS}/_gi",),
    "fish": (f"set fish_complete_path {COMPLETIONS}",),
}
LOADED = {
    "gi cr": "gi create ",
    "gi create --format=js": "gi create --format=json ",
    "gi create --out=my": "gi create --out=my\\ file.txt ",
    "gi create --system @no": "gi create --system @notes.txt ",
    "gi create --system @x": "gi create --system @x",
    "gi create -F a=@my": "gi create -F a=@my\\ file.txt ",
    "gi image --aspect-ratio=16:": "gi image --aspect-ratio=16:9 ",
    "gi get v1_c": "gi get v1_ccc ",
    "gi create --store --st": "gi create --store --st",
}


@pytest.mark.parametrize(
    ("name", "load"), [(name, load) for name in LOADS for load in LOADS[name]]
)
def test_ways_to_load(name: str, load: str, tmp_path: Path) -> None:
    with Shell(name, fill(tmp_path / "home"), load) as shell:
        assert {typed: shell.line(typed) for typed in LOADED} == LOADED


@pytest.mark.parametrize("name", FILES)
def test_syntax(name: str) -> None:
    done = subprocess.run((name, "-n", COMPLETIONS / FILES[name]), check=False)
    assert done.returncode == 0
