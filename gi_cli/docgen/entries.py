"""The options of a page, as the entries of a list: a head in macros, and a text."""

from collections.abc import Iterator, Sequence

from gi_cli.docgen.mdoc import escaped
from gi_cli.docgen.pages import Option, Page
from gi_cli.docgen.prose import Prose, Told

SHORT = "show a line for each option"
HELP = Option(("-h", "--help"), "help", "Help", SHORT, "", "", (), False, "")
WORDS = "Arguments"

Entry = tuple[str, str]


def synopsis(page: Page) -> Iterator[str]:
    """The words that a command takes; `[PROMPT]...` may be left out."""
    for each in page.options:
        if not each.names:
            yield f".{_words(each)}"


def parts(inner: Sequence[Page], told: Told) -> Iterator[Entry]:
    """What each of the commands within a command does."""
    for page in inner:
        words = [each for each in page.options if not each.names]
        head = " ".join((f"Ic {page.words[1]}", *map(_words, words)))
        yield head, f"{page.about} {told.parts.get(page.words[1], '')}"


def sections(
    name: str, inner: Sequence[Page], prose: Prose
) -> Iterator[tuple[str, list[Entry]]]:
    """The sections of the help; each option once, with the pages that have it."""
    owners: dict[Option, list[str]] = {}
    for page in inner:
        for each in (*page.options, HELP):
            if each.names or len(inner) == 1:
                owners.setdefault(each, []).append(page.words[-1])
    found: dict[str, list[Entry]] = {WORDS: []}
    for option, pages in owners.items():
        text = _text(option, prose.detail(name, option))
        if len(pages) < len(inner):
            text += f" Only for {' and '.join(pages)}."
        panel = option.panel if option.names else WORDS
        found.setdefault(panel, []).append((head(option), text))
    yield from ((panel, entries) for panel, entries in found.items() if entries)


def head(option: Option) -> str:
    """How it is typed."""
    if not option.names:
        return _words(option)
    value = ""
    if option.metavar:
        mark = '"' if " " in option.metavar else ""
        value = f" Ar {mark}{escaped(option.metavar)}{mark}"
    return " , ".join(f"Fl {escaped(name[1:])}" for name in option.names) + value


def sentence(text: str) -> str:
    """A text that begins with a capital letter and ends with a stop."""
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return ended[0].upper() + ended[1:]


def _words(option: Option) -> str:
    name = option.metavar.strip("[].")
    dots = " ..." if option.metavar.endswith("...") else ""
    macro = "Op " if option.metavar.startswith("[") else ""
    return f"{macro}Ar {name}{dots}"


def _text(option: Option, detail: str) -> str:
    """The line of the help, and what there is to say beyond it."""
    line, first = sentence(option.help), option.help.partition(" ")[0].rstrip(",")
    if first in option.choices or "/" in first:  # which is typed as it stands
        line = first + line[len(first) :]
    text = f"{line} {detail}".strip()
    if any(each not in text for each in option.choices):
        text += f" Known values: {', '.join(option.choices)}."
    if option.repeats and option.names:
        text += " May be given more than once."
    if option.envvar:
        text += f" The variable {option.envvar} sets it, too."
    return text
