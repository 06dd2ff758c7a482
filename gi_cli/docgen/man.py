"""The man pages: from the command tree, the topics of the help, and prose.toml."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest

from gi_cli import __version__
from gi_cli.commands import ABOUT, EXAMPLES, NAMES, SECTIONS
from gi_cli.docgen import entries, prose, topic
from gi_cli.docgen.entries import sentence
from gi_cli.docgen.mdoc import display, escaped, paragraph, paragraphs, rows
from gi_cli.docgen.pages import Page, about, pages
from gi_cli.docgen.prose import Told
from gi_cli.errors import ExitCode
from gi_cli.topics import AFTER_CODES, ENVIRONMENT, FIELDS, FORMATS

COMMANDS = tuple(name for name in NAMES if name != "help")
WIDEST = 24  # characters of a term that its text stands beside
TABLE = "-tag -width 14n -compact"  # as wide as gi-continue(1)
NARROW = "-tag -width 4n"
Lines = Iterator[str]


@cache
def _prose() -> prose.Prose:
    return prose.load()


@cache
def _pages() -> dict[str, list[Page]]:
    """The pages of each command: one, or those within it."""
    found: dict[str, list[Page]] = {}
    for each in pages():
        found.setdefault(each.words[0], []).append(each)
    return found


def main_page() -> str:
    """gi(1)."""
    return _joined(_main())


def page(name: str) -> str:
    """The page of a command."""
    return _joined(_command(name, _pages()[name]))


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _command(name: str, inner: Sequence[Page]) -> Lines:
    yield from _head(f"gi-{name}", about(name))
    for each in inner:
        yield f".Nm gi {' '.join(each.words)}"
        yield ".Op Ar options"
        yield from entries.synopsis(each)
    own = _prose().of(name)
    examples = [line for each in inner for line in each.examples]
    yield from _sections(
        {
            "DESCRIPTION": _description(own, inner),
            "OPTIONS": _options(name, inner),
            "EXIT STATUS": _ends(own),
            "EXAMPLES": _examples(examples, own.captions),
            "SEE ALSO": _see(["gi", *(f"gi-{each}" for each in own.see)]),
        }
    )


def _main() -> Lines:
    told = _prose()
    yield from _head("gi", ABOUT)
    yield ".Nm gi Ar command"
    yield ".Op Ar options"
    yield ".Nm gi help Ar topic"
    yield ".Nm gi Fl \\-version"
    yield from _sections(
        {
            "DESCRIPTION": paragraphs(told.main["description"]),
            "COMMANDS": _commands(),
            "OUTPUT FORMATS": _topic(FORMATS, "Cm"),
            "REQUEST FIELDS": _topic(FIELDS, "Ar"),
            "CONFIGURATION": paragraphs(told.main["configuration"]),
            "ENVIRONMENT": _topic(ENVIRONMENT, "Ev", "-compact"),
            "FILES": _files(told.files),
            "EXIT STATUS": _all_codes(),
            "EXAMPLES": _examples(EXAMPLES, told.captions),
            "SEE ALSO": _see([f"gi-{each}" for each in COMMANDS]),
            "SECURITY CONSIDERATIONS": paragraphs(told.main["security"]),
        }
    )


def _head(title: str, about: str) -> Lines:
    yield f".Dd {_prose().date}"
    yield f".Dt {title.upper()} 1"
    yield f".Os gi {__version__}"
    yield ".Sh NAME"
    yield f".Nm {title}"
    yield f".Nd {escaped(about[0].lower() + about[1:].removesuffix('.'))}"
    yield ".Sh SYNOPSIS"


def _sections(found: Mapping[str, Iterable[str]]) -> Lines:
    for title, lines in found.items():
        yield f".Sh {title}"
        yield from lines


def _description(own: Told, inner: Sequence[Page]) -> Lines:
    yield from paragraphs(own.description or inner[0].prose)
    if len(inner) > 1:
        yield from rows(entries.parts(inner, own), NARROW)


def _options(name: str, inner: Sequence[Page]) -> Lines:
    for panel, found in entries.sections(name, inner, _prose()):
        yield f".Ss {panel}"
        yield from rows(found, NARROW)


def _ends(own: Told) -> Lines:
    """The codes that matter for a command."""
    if own.exit:
        yield from _codes(own.exit)
        yield ".Pp"
    yield from paragraph("All codes are in gi(1).")


def _commands() -> Lines:
    for title, names in SECTIONS.items():
        yield f".Ss {title}"
        known = [name for name in names if name in COMMANDS]
        yield from rows(((f"Xr gi-{n} 1", about(n)) for n in known), TABLE)


def _files(told: Mapping[str, str]) -> Lines:
    yield from rows(((f"Pa {escaped(k)}", text) for k, text in told.items()), NARROW)


def _all_codes() -> Lines:
    yield from _codes({str(code.value): "" for code in ExitCode})
    yield ".Pp"
    yield from paragraphs(AFTER_CODES)


def _topic(text: str, macro: str, how: str = "") -> Lines:
    """A topic of the help; `macro` marks what its rows tell of."""
    for number, part in enumerate(topic.parts(text)):
        if isinstance(part, str):
            yield from (".Pp",) if number else ()
            yield from paragraph(part)
            continue
        width = max(len(term) for term, _ in part if len(term) <= WIDEST)
        yield f".Bl -tag -width {width}n {how}".rstrip()
        for term, lines in part:
            yield f".It {macro} {escaped(term)}"
            if topic.is_table(lines):
                yield from display(lines, "-compact")
            else:
                yield from paragraph(" ".join(lines))
        yield ".El"


def _codes(texts: Mapping[str, str]) -> Lines:
    """A table of codes; an empty text stands for the meaning that a code has anyway."""
    known = {str(code.value): sentence(code.meaning) for code in ExitCode}
    told = ((code, text or known[code]) for code, text in texts.items())
    yield from rows(told, "-tag -width 3n -compact")


def _examples(lines: Sequence[str], captions: Sequence[str]) -> Lines:
    for number, (line, caption) in enumerate(zip_longest(lines, captions)):
        yield from (".Pp",) if number else ()
        yield from paragraph(caption or "")
        yield from display([line])


def _see(titles: Sequence[str]) -> Lines:
    """References, all but the last one with a comma."""
    *most, last = (f".Xr {title} 1" for title in sorted(titles))
    yield from (f"{each} ," for each in most)
    yield last
