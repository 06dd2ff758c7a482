"""What there is to document: the commands, their options and words."""

from collections.abc import Iterator
from importlib import import_module
from inspect import get_annotations
from typing import Any, NamedTuple, get_args

from gi_cli.commands import KEYWORDS, SECTIONS
from gi_cli.options import Flag, Options, declared

OF_IDS = {  # which ids a word or an option stands for: running ones, or all
    ("wait", "ids"): "running",
    ("cancel", "ids"): "running",
    ("get", "id"): "id",
    ("delete", "ids"): "id",
    ("continue", "id"): "id",
}
OF_TEXTS = ("TEXT|@FILE", "JSON|@FILE", "NAME|JSON|@FILE", "MODE|JSON|@FILE")


class Option(NamedTuple):
    """An option, or without names the words of a command.

    `takes` says what completes its value: "file", "folder", "@file" (a file after
    `@`), "field" (a file after `=@`), "running" or "id" (an interaction), "" (nothing
    but `choices`).
    """

    names: tuple[str, ...]  # as typed: ("-m", "--model"), ("--store", "--no-store")
    attribute: str
    panel: str
    help: str
    metavar: str  # "" for a switch
    envvar: str
    choices: tuple[str, ...]
    repeats: bool
    takes: str


class Page(NamedTuple):
    """A command; `words` are what is typed after gi: ("files", "upload")."""

    words: tuple[str, ...]
    section: str
    about: str
    prose: str
    examples: tuple[str, ...]
    options: tuple[Option, ...]


def pages() -> Iterator[Page]:
    """Every command that can be run, in the order of the help; `files` has four."""
    for section, names in SECTIONS.items():
        for name in names:
            module = _module(name)
            if not hasattr(module, "COMMANDS"):
                yield _page(
                    (name,), section, module.run, module.EPILOG, module.EXAMPLES
                )
                continue
            for inner, run in module.COMMANDS.items():
                examples = module.EXAMPLES[inner]
                yield _page((name, inner), section, run, module.EPILOG, examples)


def about(name: str) -> str:
    """A command in one sentence, also one that has commands within it."""
    module = _module(name)
    return str(getattr(module, "ABOUT", "") or module.run.__doc__)


def _module(name: str) -> Any:
    return import_module(f"gi_cli.commands.{KEYWORDS.get(name, name)}")


def _page(
    words: tuple[str, ...],
    section: str,
    run: Any,
    prose: str,
    examples: tuple[str, ...],
) -> Page:
    found = tuple(_options(words, run.options))
    return Page(words, section, run.__doc__ or "", prose, tuple(examples), found)


def _options(words: tuple[str, ...], options: type[Options]) -> Iterator[Option]:
    for name, group, flag in declared(options):
        kind = get_args(get_annotations(group)[name])[0]
        yield Option(
            names=tuple(each for names in flag.names for each in names.split("/")),
            attribute=name,
            panel=group.panel,
            help=flag.help,
            metavar=flag.metavar or "",
            envvar=flag.envvar or "",
            choices=flag.choices,
            repeats=kind == list[str] | None,
            takes=OF_IDS.get((words[0], name)) or _takes(flag),
        )


def _takes(flag: Flag) -> str:
    metavar = flag.metavar or ""
    if metavar in OF_TEXTS:
        return "@file"
    if metavar == "DIR":
        return "folder"
    if metavar.endswith(("=VALUE", "=TEXT")):
        return "field"
    names_file = metavar.strip("[].").startswith(("FILE", "PATH|URL"))
    return "file" if names_file or (metavar == "PATH" and not flag.choices) else ""
