"""What was typed: every flag is declared once, here, without Typer.

A command's options are a class that inherits the groups it takes. Plain classes,
because building frozen dataclasses of 50 fields costs start-up time.
"""

import re
from collections.abc import Mapping
from inspect import get_annotations
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, dataclass_transform, get_args


class Flag(NamedTuple):
    """One declaration: names as typed, help that fits one line, no names = words.

    `choices` are values that are known; completions offer them, others pass.
    """

    names: tuple[str, ...]
    help: str
    metavar: str | None = None
    envvar: str | None = None
    choices: tuple[str, ...] = ()


def flag(
    *names: str,
    help: str,
    metavar: str | None = None,
    envvar: str | None = None,
    choices: tuple[str, ...] = (),
) -> Flag:
    """Declare a flag."""
    return Flag(names, help, metavar, envvar, choices)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Options:
    """Base of the groups: attributes are set once, from what was typed."""

    panel = "Options"
    table = ""  # of the configuration
    own: frozenset[str] = frozenset()  # what the top level of the configuration is not
    # meant for
    without: frozenset[str] = frozenset()  # flags of the groups that do not fit
    examines = False  # a broken configuration is told, and not the end
    given: frozenset[str] = frozenset()  # what was typed, not a default or a variable
    sources: Mapping[str, str] = MappingProxyType({})  # of values that were not typed

    def __init__(self, **typed: Any) -> None:
        self.__dict__.update(typed)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(name)


Declared = tuple[tuple[str, type[Options], Flag], ...]
_found: dict[type[Options], Declared] = {}  # a run asks a hundred times


def declared(options: type[Options]) -> Declared:
    """Name, group and declaration of each flag: leaf first, then bases in order.

    A leaf may declare a flag of a base in its own way, or only set `default_NAME`,
    which the help tells.
    """
    if options in _found:
        return _found[options]
    found: dict[str, tuple[str, type[Options], Flag]] = {}
    for group in options.__mro__:
        for name, hint in get_annotations(group).items():
            flags = [arg for arg in get_args(hint) if isinstance(arg, Flag)]
            if flags and name not in found and name not in options.without:
                flag = _told(flags[0], getattr(options, f"default_{name}", ""))
                found[name] = (name, group, flag)
    _found[options] = tuple(found.values())
    return _found[options]


def _told(flag: Flag, default: str) -> Flag:
    if not default:
        return flag
    return flag._replace(help=f"{flag.help} (default: {default})")


def any_flag(options: Options, group: type[Options]) -> bool:
    """Tell whether a flag of the group has another value than its default."""
    names = [name for name, _, _ in declared(group)]
    return any(getattr(options, n) != getattr(group, n) for n in names)


def whence(options: Options, message: str) -> str:
    """Where the flags that a message names were set, if nobody typed them."""
    told = ""
    for name, _, flag in declared(type(options)):
        source = options.sources.get(name)
        words = [word for each in flag.names for word in each.split("/")]
        for word in words if source else ():
            if re.search(rf"(?<![\w-]){word}(?![\w-])", message):
                told += f"; {word} is from {source}"
                break
    return told
