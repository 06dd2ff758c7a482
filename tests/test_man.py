"""The man pages as mandoc renders them, and the prose that they are made of."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from gi_cli.commands import EXAMPLES
from gi_cli.docgen import prose
from gi_cli.docgen.__main__ import FILES
from gi_cli.docgen.entries import HELP, sentence
from gi_cli.docgen.man import COMMANDS
from gi_cli.docgen.pages import Option, Page, pages
from gi_cli.errors import ExitCode
from gi_cli.topics import AFTER_CODES, ENVIRONMENT, FIELDS, FORMATS

MAN = [name for name in FILES if name.startswith("man/")]
TOLD = prose.load()
PAGES = [each for each in pages() if each.words != ("help",)]
OF_TOPICS = {
    "OUTPUT FORMATS": FORMATS,
    "REQUEST FIELDS": FIELDS,
    "ENVIRONMENT": ENVIRONMENT,
}


def rendered(name: str) -> str:
    """A page as it is read, without bold and underlined."""
    done = subprocess.run(
        ["mandoc", "-T", "utf8", "-O", "width=78"],
        input=FILES[name](),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return re.sub(".\b", "", done.stdout)


def section(page: str, title: str) -> str:
    """The text of a section."""
    found = re.search(rf"^{title}\n(.*?)(?=^\S|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no {title}"
    return found[1]


def words(text: str) -> str:
    """A text however it is broken into lines."""
    return " ".join(("", *text.split(), ""))


def man_of(page: Page) -> str:
    return f"man/gi-{page.words[0]}.1"


def head(option: Option) -> str:
    return f"{', '.join(option.names)} {option.metavar}".strip()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages where references to them are looked for."""
    folder = tmp_path_factory.mktemp("man") / "man1"
    folder.mkdir()
    for name in MAN:
        (folder / Path(name).name).write_text(FILES[name]())
    return folder


@pytest.mark.parametrize("name", MAN)
def test_mandoc_has_no_complaint(name: str, installed: Path) -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "style", Path(name).name],
        env={**os.environ, "MANPATH": str(installed.parent)},
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", MAN)
def test_no_dash_is_set_as_a_hyphen(name: str) -> None:
    lines = [
        line
        for line in FILES[name]().splitlines()
        if not line.startswith(".") or line.startswith((".Fl", ".It Fl"))
    ]
    assert [line for line in lines if re.search(r"(?<!\\)-", line)] == []


@pytest.mark.parametrize("name", MAN)
def test_a_page_fits_a_terminal(name: str) -> None:
    assert [line for line in rendered(name).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page.words))
def test_every_option_is_in_its_page(page: Page) -> None:
    whole = rendered(man_of(page))
    lines = [line.strip() for line in section(whole, "OPTIONS").splitlines()]
    wanted = [head(each) for each in (*page.options, HELP) if each.names]
    assert [each for each in wanted if lines.count(each) != 1] == []


SYNOPSES = {
    "create": "[PROMPT ...]",
    "continue": "[PROMPT ...]",
    "research": "[PROMPT ...]",
    "image": "[PROMPT ...]",
    "get": "ID",
    "wait": "ID ...",
    "cancel": "ID ...",
    "list": "",
    "release": "KEY",
    "delete": "ID ...",
    "render": "[FILE]",
    "files upload": "FILE ...",
    "files list": "",
    "files get": "ID",
    "files delete": "ID ...",
    "request": "METHOD PATH",
    "emulator": "",
    "doctor": "",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page.words))
def test_the_synopsis_has_the_words(page: Page) -> None:
    name = " ".join(page.words)
    lines = section(rendered(man_of(page)), "SYNOPSIS").splitlines()
    wanted = f"     gi {name} [options] {SYNOPSES[name]}".rstrip()
    assert [line for line in lines if f" gi {name} " in line] == [wanted]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page.words))
def test_examples_are_whole_lines(page: Page) -> None:
    lines = section(rendered(man_of(page)), "EXAMPLES").splitlines()
    assert {*page.examples} <= {line.strip() for line in lines}


def test_the_table_of_exit_codes_is_the_enum() -> None:
    text = section(rendered("man/gi.1"), "EXIT STATUS")
    rows = re.findall(r"^ {5}(\d+) {2,}(\S.*)$", text, re.MULTILINE)
    assert rows == [(str(code.value), sentence(code.meaning)) for code in ExitCode]
    assert text.split()[-len(AFTER_CODES.split()) :] == AFTER_CODES.split()


@pytest.mark.parametrize("title", OF_TOPICS)
def test_the_main_page_tells_a_topic_in_the_same_words(title: str) -> None:
    assert section(rendered("man/gi.1"), title).split() == OF_TOPICS[title].split()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(page.words))
def test_the_prose_is_read_as_it_was_written(page: Page) -> None:
    whole, told = words(rendered(man_of(page))), TOLD.of(page.words[0])
    details = [TOLD.detail(page.words[0], each) for each in page.options if each.names]
    texts = [told.description, *told.parts.values(), *told.captions, *details]
    assert [each for each in texts if words(each) not in whole] == []


def test_the_prose_of_the_main_page_is_read_as_it_was_written() -> None:
    whole = words(rendered("man/gi.1"))
    texts = [*TOLD.main.values(), *TOLD.captions, *TOLD.files.values()]
    assert [each for each in texts if words(each) not in whole] == []


def test_every_command_has_prose() -> None:
    assert [*TOLD.commands] == [*COMMANDS]
    assert [name for name, told in TOLD.commands.items() if not told.description] == []


def test_no_prose_tells_of_an_option_that_is_not_there() -> None:
    used, own = set[str](), set[tuple[str, str]]()
    for page in PAGES:
        name = page.words[0]
        keys = {prose.key(option) for option in page.options}
        own |= {(name, key) for key in keys & TOLD.of(name).options.keys()}
        used |= keys - TOLD.of(name).options.keys()
    assert TOLD.options.keys() - used == set()
    given = {
        (name, key) for name, told in TOLD.commands.items() for key in told.options
    }
    assert given - own == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_prose_of_a_command_fits_it(name: str) -> None:
    told, inner = TOLD.of(name), [p for p in PAGES if p.words[0] == name]
    assert len(told.captions) == sum(len(page.examples) for page in inner)
    assert [*told.parts] == [page.words[1] for page in inner if len(inner) > 1]
    assert {*told.see} <= {*COMMANDS} - {name}
    assert [int(code) for code in told.exit] == sorted(
        {int(code) for code in told.exit} & {*ExitCode}
    )


def test_the_main_page_has_a_caption_for_each_example() -> None:
    assert len(TOLD.captions) == len(EXAMPLES)
