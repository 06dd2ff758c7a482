"""Plain text as mdoc(7): escaped, a line for each sentence, names marked as such."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import wrap

from gi_cli.commands import NAMES

INDENT = 4 * " "
WIDTH = 78  # of a source line
ESCAPES = str.maketrans(
    {
        "\\": r"\e",
        "-": r"\-",  # else it may be set as a hyphen, which no shell takes for a dash
        "'": r"\(aq",
        '"': r"\(dq",
        "`": r"\(ga",
        "^": r"\(ha",
        "~": r"\(ti",
    }
)
WORD = re.compile(r"""[("]*[A-Za-z']*[)".,;:!?]*""")  # of a language
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\.\.\.) +")
MARKED = re.compile(
    rf"""(?<!\S)(?P<before>\(?)(?:
      -(?P<Fl>-[a-z][\w-]*|\w)
    | (?P<Xr>gi(?:-[a-z]+)?\(\d\))
    | (?P<Ic>gi[ ](?:{"|".join(NAMES)})\b(?:[ ][a-z]+-[a-z]+)?)
    | (?P<Nm>gi)
    | (?P<Ev>[A-Z]+(?:_[A-Z]+)+)
    | (?P<Pa>(?:~|\$[A-Z_]+)/[\w./-]*\w)
    )(?P<after>[).,;:]*)(?!\S)""",
    re.VERBOSE,
)


def escaped(text: str) -> str:
    """Text that is shown as it stands, anywhere but at the start of a line."""
    return text.translate(ESCAPES)


def literal(line: str) -> str:
    """A line of its own, shown as it stands."""
    text = escaped(line)
    return rf"\&{text}" if text.startswith(".") else text


def paragraph(text: str) -> Iterator[str]:
    """The lines of one paragraph."""
    for sentence in SENTENCE_END.split(" ".join(text.split())):
        done = 0
        for found in MARKED.finditer(sentence):
            yield from _plain(sentence[done : found.start()])
            yield _marked(found)
            done = found.end()
        yield from _plain(sentence[done:])


def paragraphs(text: str) -> Iterator[str]:
    """The lines of a text: paragraphs with empty lines between them, and what is
    indented as it stands."""
    blocks = text.strip("\n").split("\n\n")
    for shown, group in groupby(enumerate(blocks), lambda b: b[1].startswith(INDENT)):
        if shown:
            lines = "\n\n".join(block for _, block in group).split("\n")
            yield from display(line.removeprefix(INDENT) for line in lines)
            continue
        for number, block in group:
            yield from (".Pp",) if number else ()
            yield from paragraph(block)


def rows(pairs: Iterable[tuple[str, str]], how: str) -> Iterator[str]:
    """A list of heads, which are macros already, and texts."""
    yield f".Bl {how}"
    for head, text in pairs:
        yield f".It {head}"
        yield from paragraphs(text)
    yield ".El"


def display(lines: Iterable[str], how: str = "-offset 2n") -> Iterator[str]:
    """Lines that are never broken or filled."""
    yield f".Bd -literal {how}"
    yield from map(literal, lines)
    yield ".Ed"


def _plain(text: str) -> Iterator[str]:
    words = " ".join(map(_word, text.split()))
    for line in wrap(words, WIDTH, break_long_words=False, break_on_hyphens=False):
        yield rf"\&{line}" if line.startswith(".") else line


def _word(word: str) -> str:
    """A word; what is none, but a name or a value, may not be hyphenated."""
    is_name = len(word) > 4 and not WORD.fullmatch(word)
    return rf"\%{escaped(word)}" if is_name else escaped(word)


def _marked(found: re.Match[str]) -> str:
    """The line of a name: its macro, and what stands around it."""
    groups = found.groupdict().items()
    macro, name = next((k, v) for k, v in groups if v and k[0].isupper())
    shown = f"{name[:-3]} {name[-2]}" if macro == "Xr" else escaped(name)
    parts = (f".{macro}", found["before"], shown, *found["after"])
    return " ".join(filter(None, parts))
