"""What completions offer, for each shell to write in its own way."""

from collections.abc import Iterator
from importlib import import_module

from gi_cli.commands import NAMES
from gi_cli.docgen.pages import Option, Page, pages

SWITCH = "switch"  # an option that takes no value


def _switch(*names: str, help: str) -> Option:
    return Option(names, "", "Options", help, "", "", (), repeats=False, takes=SWITCH)


VERSION = _switch("-V", "--version", help="show the version")
HELP = _switch("-h", "--help", help="show this help")


def commands() -> dict[str, dict[str, str]]:
    """What is said of the commands: those of gi under "", of a group under its name."""
    found: dict[str, dict[str, str]] = {"": dict.fromkeys(NAMES, "")}
    for page in pages():
        *groups, name = page.words
        found.setdefault(" ".join(groups), {})[name] = page.about.removesuffix(".")
    for group in found.keys() - {""}:
        module = import_module(f"gi_cli.commands.{group}")
        found[""][group] = module.ABOUT.removesuffix(".")
    return found


def options(page: Page) -> tuple[Option, ...]:
    """What may be typed behind a dash."""
    return (*(_marked(each) for each in page.options if each.names), HELP)


def words(page: Page) -> Iterator[tuple[str, Option]]:
    """The words of a command, each with the number of its place, `[0-9]*` for all."""
    for place, each in enumerate(o for o in page.options if not o.names):
        asked = each
        if page.words == ("help",):
            asked = each._replace(choices=each.choices + NAMES)
        if asked.takes or asked.choices:
            yield "[0-9]*" if each.repeats else str(place), asked


def _marked(option: Option) -> Option:
    return option if option.metavar else option._replace(takes=SWITCH)
