"""What completions offer, for each shell to write in its own way."""

from collections.abc import Iterator
from typing import NamedTuple

from gi_cli.commands import NAMES
from gi_cli.docgen.pages import Option, about, pages

SWITCH = "switch"  # an option that takes no value


class Word(NamedTuple):
    """What stands at a place of a command; if it repeats, also at all that follow."""

    command: str
    place: int
    option: Option


def _switch(*names: str, help: str) -> Option:
    return Option(names, "", "", help, "", "", (), repeats=False, takes=SWITCH)


VERSION = _switch("-V", "--version", help="show the version")
HELP = _switch("-h", "--help", help="show this help")


def commands() -> dict[str, dict[str, str]]:
    """What is said of the commands: those of gi under "", of a group under its name."""
    found: dict[str, dict[str, str]] = {"": dict.fromkeys(NAMES, "")}
    for page in pages():
        *groups, name = page.words
        found.setdefault(" ".join(groups), {})[name] = page.about.removesuffix(".")
    for group in found.keys() - {""}:
        found[""][group] = about(group).removesuffix(".")
    return found


def options() -> dict[tuple[str, ...], list[Option]]:
    """Each option once, under the commands that take it; "" is gi itself."""
    takers = {VERSION: [""], HELP: [*commands()]}
    for page in pages():
        for each in (*filter(lambda option: option.names, page.options), HELP):
            takes = each.takes if each.metavar else SWITCH
            alike = each._replace(takes=takes, attribute="", panel="", envvar="")
            takers.setdefault(alike, []).append(" ".join(page.words))
    found: dict[tuple[str, ...], list[Option]] = {}
    for option, names in takers.items():
        found.setdefault(tuple(names), []).append(option)
    return found


def words() -> Iterator[Word]:
    """The words of each command; `gi help` takes the commands too."""
    for page in pages():
        for place, each in enumerate(o for o in page.options if not o.names):
            more = NAMES if page.words == ("help",) else ()
            asked = each._replace(choices=each.choices + more)
            yield Word(" ".join(page.words), place, asked)


def values() -> list[tuple[Option, list[tuple[str, str]]]]:
    """What options take, without their names, each with the commands and names that it
    goes for: first those of some commands, then under "*" those of all others."""
    takers: dict[Option, list[str]] = {}
    for names, taken in options().items():
        for each in taken:
            takers.setdefault(each._replace(help="", metavar=""), []).extend(names)
    usual = {each.names: each for each in sorted(takers, key=lambda o: len(takers[o]))}
    some: dict[Option, list[tuple[str, str]]] = {}
    others: dict[Option, list[tuple[str, str]]] = {}
    for each, among in takers.items():
        nameless = each._replace(names=())
        if each != usual[each.names]:
            pairs = [(command, name) for command in among for name in each.names]
            some.setdefault(nameless, []).extend(pairs)
        elif each.takes != SWITCH:
            others.setdefault(nameless, []).extend(("*", name) for name in each.names)
    return [*some.items(), *others.items()]
