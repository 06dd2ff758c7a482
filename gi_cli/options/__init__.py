"""What was typed: every flag is declared once, here, without Typer.

A command's options are a class that inherits the groups it takes. Plain classes,
because building frozen dataclasses of 50 fields costs start-up time.
"""

from typing import Any, NamedTuple, NoReturn, dataclass_transform


class Flag(NamedTuple):
    """One declaration: names as typed, help under 70 characters, no names = words."""

    names: tuple[str, ...]
    help: str
    metavar: str | None = None
    envvar: str | None = None


def flag(
    *names: str, help: str, metavar: str | None = None, envvar: str | None = None
) -> Flag:
    """Declare a flag."""
    return Flag(names, help, metavar, envvar)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Options:
    """Base of the groups: attributes are set once, from what was typed."""

    panel = "Options"
    given: frozenset[str] = frozenset()  # what was typed, not a default or a variable

    def __init__(self, **typed: Any) -> None:
        self.__dict__.update(typed)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(name)
