"""Write man/ and completions/ of the checkout that this file is in."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gi_cli.docgen import bash, fish, man, zsh

ROOT = Path(__file__).parent.parent.parent
FILES: dict[str, Callable[[], str]] = {
    "man/gi.1": man.main_page,
    **{f"man/gi-{name}.1": partial(man.page, name) for name in man.COMMANDS},
    "completions/gi.bash": bash.script,
    "completions/_gi": zsh.script,
    "completions/gi.fish": fish.script,
}


def files() -> dict[str, Callable[[], str]]:
    """What makes the text of each file."""
    return FILES


def main() -> None:
    """Write them."""
    for name, make in files().items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
