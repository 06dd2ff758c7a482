"""Shells on a terminal: what they make of a line that is to be completed."""

import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from tests.processes import Terminal, environment

ROOT = Path(__file__).parent.parent
COMPLETIONS = ROOT / "completions"
CURSOR = "|"
TAB, ALL, LIST = b"\t", b"\x18\x01", b"\x18\x0c"  # Ctrl-X with Ctrl-A, Ctrl-L
SHOW, CLEAR = b"\x18\x04", b"\x18\x12"  # Ctrl-X with Ctrl-D, Ctrl-R
LEFT = b"\x02"


IDS = (
    ("v1_aaa", "running", "offline", "research deep, in_progress, 2026-11-24 20:10"),
    ("v1_bbb", "ended", "offline", "create m, completed, 2026-11-23 20:10"),
    ("v1_ccc", "running", "example.com", "research deep, queued, 2026-11-22 20:10"),
    ("v1_ddd", "ended", "example.com", "create m, failed, 2026-11-21 20:10"),
)


class Setup(NamedTuple):
    """How to start a shell without anybody's settings, with keys for a test: to insert
    all candidates, to list them, to print the line, to clear it."""

    argv: tuple[str, ...]
    term: str
    load: str
    keys: tuple[str, ...]


SHELLS = {
    "bash": Setup(
        ("--norc", "--noprofile", "-i"),
        "dumb",
        f". {COMPLETIONS}/gi.bash",
        (
            "PS1=READ''Y; command_not_found_handle() { : >ran; }",
            "bind 'set enable-bracketed-paste off'",
            r"""bind '"\C-x\C-a": insert-completions'""",
            r"""bind '"\C-x\C-l": possible-completions'""",
            r"""bind -x '"\C-x\C-d": printf "{{%s}}" "$READLINE_LINE"'""",
            r"""bind '"\C-x\C-r": "\C-e\C-u"'""",
        ),
    ),
    "zsh": Setup(
        ("-f", "-i"),
        "dumb",
        f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -D",
        (
            "PS1=READ''Y; command_not_found_handler() { : >ran }",
            "LISTMAX=10000; unsetopt prompt_cr prompt_sp",
            'all() { _main_complete "$@"; compstate[insert]=all }',
            "zle -C all complete-word all; bindkey '^X^A' all",
            "bindkey '^X^L' list-choices; bindkey '^X^R' kill-buffer",
            "show() { printf '{{%s}}' $BUFFER }; zle -N show; bindkey '^X^D' show",
        ),
    ),
    "fish": Setup(
        ("--no-config", "-i"),
        "xterm",
        f"source {COMPLETIONS}/gi.fish",
        (
            "function fish_prompt; echo -n READ''Y; end",
            "function fish_command_not_found; : >ran; end",
            "set -g fish_autosuggestion_enabled 0",
            "function found; complete -C (commandline -c | string collect); end",
            r"function all; found | string replace -r '\t.*' '' | string escape; end",
            r"bind \cx\ca 'commandline -tr -- (all | string join -- \ )'",
            r"bind \cx\cl 'echo; found'",
            r"bind \cx\cd 'printf {{%s}} (commandline | string collect)'",
            r"bind \cx\cr 'commandline -f cancel; commandline -r \'\''",
        ),
    ),
}


class Shell(Terminal):
    """A shell that finds no program but a `gi` that leaves a file when it is run."""

    def __init__(self, name: str, home: Path, load: str = "", **extra: str) -> None:
        self.name, setup = name, SHELLS[name]
        bin = home / "bin"
        bin.mkdir(exist_ok=True)
        self.ran = home / "ran"
        (bin / "gi").write_text(f"#!/bin/sh\n: >{self.ran}\n")
        (bin / "gi").chmod(0o755)
        variables = {"TERM": setup.term, "PATH": str(bin), "INPUTRC": "/dev/null"}
        program = shutil.which(name)
        assert program
        super().__init__(
            *setup.argv,
            env={**environment(home), **variables, **extra},
            cwd=home,
            program=program,
            size=(1000, 200),
        )
        self._setup = "; ".join((load or setup.load, *setup.keys))

    def __enter__(self) -> Self:
        super().__enter__()
        self.send(self._setup.encode() + b"\n")
        self.read_until(b"READY")  # the prompt, and not the echo of what sets it
        return self

    def line(self, typed: str, key: bytes = TAB) -> str:
        """The line after a key at the cursor, which else is at the end."""
        before, _, after = typed.partition(CURSOR)
        self.send((before + after).encode() + LEFT * len(after) + key + SHOW)
        shown = self.read_until(b"}}").rpartition(b"{{")[2]
        self.send(CLEAR)
        assert not self.ran.exists()
        return shown.removesuffix(b"}}").decode()

    def listed(self, typed: str) -> str:
        """What is on the screen when the candidates are listed."""
        self.send(typed.encode())
        self.send(LIST + SHOW)
        shown = self.read_until(b"}}").rpartition(b"{{")[0]
        self.send(CLEAR)
        return re.sub(r"\x1b\[[\d;]*\w", "", shown.decode())


def write_ids(path: Path, ids: Iterable[tuple[str, ...]] = IDS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(each) + "\n" for each in ids))


def fill(home: Path) -> Path:
    for name in ("notes.txt", "my file.txt", "sub/inner.md", "sub dir/other.md"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    write_ids(Path(f"{home}.state/gi/ledger.db.ids"))
    return home


def candidates(shell: Shell, typed: str) -> list[str]:
    """What may stand in place of the last word."""
    line = shell.line(typed, ALL)
    kept = typed[: typed.rindex(" ") + 1]
    assert line.startswith(kept)
    found = shlex.split(line.removeprefix(kept))
    return [] if line == typed else sorted(each.rstrip("/") for each in found)
