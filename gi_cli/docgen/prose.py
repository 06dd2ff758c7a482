"""prose.toml: what the man pages say beyond the help."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gi_cli.docgen.pages import Option

FILE = Path(__file__).with_name("prose.toml")


class Told(NamedTuple):
    """What is told of one command; without it there is what the help says."""

    description: str = ""
    captions: Sequence[str] = ()  # of the examples, in their order
    exit: Mapping[str, str] = MappingProxyType(
        {}
    )  # what a code means here, if it says more
    see: Sequence[str] = ()  # other commands
    parts: Mapping[str, str] = MappingProxyType({})  # the commands within it
    options: Mapping[str, str] = MappingProxyType({})  # those that differ here


class Prose(NamedTuple):
    """The whole file."""

    date: str
    main: dict[str, str]  # sections of gi(1)
    captions: list[str]  # of the examples in gi(1)
    files: dict[str, str]  # that gi keeps
    options: dict[str, str]
    commands: dict[str, Told]

    def of(self, command: str) -> Told:
        """What is told of a command."""
        return self.commands.get(command, Told())

    def detail(self, command: str, option: Option) -> str:
        """What the one line of an option does not say."""
        name = key(option)
        return self.of(command).options.get(name) or self.options.get(name, "")


def key(option: Option) -> str:
    """The name of an option in the file: its first long one, or that of the words."""
    long = [name[2:] for name in option.names if name.startswith("--")]
    return long[0] if long else option.attribute


def load() -> Prose:
    """Read the file."""
    whole = tomllib.loads(FILE.read_text(encoding="utf-8"))
    commands = {name: Told(**told) for name, told in whole.pop("commands").items()}
    return Prose(**whole, commands=commands)
