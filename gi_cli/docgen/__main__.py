"""Write the man pages, the completions and the picture of the checkout around it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gi_cli.docgen import bash, fish, man, picture, zsh

ROOT = Path(__file__).parent.parent.parent
FILES: dict[str, Callable[[], str]] = {
    "man/gi.1": man.main_page,
    **{f"man/gi-{name}.1": partial(man.page, name) for name in man.COMMANDS},
    "completions/gi.bash": bash.script,
    "completions/_gi": zsh.script,
    "completions/gi.fish": fish.script,
    ".assets/terminal.svg": picture.svg,
}


def main() -> None:
    """Write them."""
    for name, make in FILES.items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
