"""Completions, by the TAB key of real shells."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gi_cli.commands import NAMES
from gi_cli.docgen.pages import pages
from gi_cli.options import names
from gi_cli.topics import TOPICS
from tests.shells import IDS, SHELLS, Shell, candidates, fill

INNER = ("upload", "list", "get", "delete")
# What a TAB makes of a line. § is what stands between an option and its value: a space,
# in zsh a = that goes when a space is typed.
TABS = {
    "gi cr": "gi create ",
    "gi files up": "gi files upload ",
    "gi files list --nd": "gi files list --ndjson ",
    "gi help ex": "gi help exit-codes ",
    "gi help cre": "gi help create ",
    "gi --vers": "gi --version ",
    "gi nope --for": "gi nope --for",
    "X=1 gi cr": "X=1 gi create ",
    "true && gi create hello --for": "true && gi create hello --format§",
    "true > no; gi cr": "true > no; gi create ",
    'gi create "no': 'gi create "no',
    # options
    "gi create --for": "gi create --format§",
    "gi create hello --for": "gi create hello --format§",
    'gi create "some text" --for': 'gi create "some text" --format§',
    "gi create it\\'s --for": "gi create it\\'s --format§",
    "gi create é --for": "gi create é --format§",
    "gi create - --for": "gi create - --format§",
    "gi create --st": "gi create --store ",
    "gi create --store --st": "gi create --store --st",
    "gi create --format json --for": "gi create --format json --for",
    "gi create --format=json --for": "gi create --format=json --for",
    "gi create -m x --mod": "gi create -m x --modality§",
    "gi create -qm x --mod": "gi create -qm x --modality§",
    "gi create -qmx --mod": "gi create -qmx --modality§",
    "gi create --input a --inp": "gi create --input a --input§",
    "gi create -- --for": "gi create -- --for",
    "gi list --stat": "gi list --status§",
    # their values
    "gi create --format js": "gi create --format json ",
    "gi create --format=js": "gi create --format=json ",
    'gi create --format "js': 'gi create --format "json" ',
    "gi create -m gemini-pro": "gi create -m gemini-pro-latest ",
    "gi create -mgemini-pro": "gi create -mgemini-pro-latest ",
    "gi create -xmgemini-pro": "gi create -xmgemini-pro-latest ",
    "gi image -m gemini-3-pro": "gi image -m gemini-3-pro-image ",
    "gi research --agent m": "gi research --agent max ",
    "gi image --aspect-ratio 16": "gi image --aspect-ratio 16:9 ",
    "gi image --aspect-ratio 16:": "gi image --aspect-ratio 16:9 ",
    "gi image --aspect-ratio=16:": "gi image --aspect-ratio=16:9 ",
    "gi create --seed n": "gi create --seed n",
    # files
    "gi create -o no": "gi create -o notes.txt ",
    "gi create -ono": "gi create -onotes.txt ",
    "gi create --out=no": "gi create --out=notes.txt ",
    "gi create --out my": "gi create --out my\\ file.txt ",
    'gi create --out "my': 'gi create --out "my file.txt" ',
    "gi create -i ~/no": "gi create -i ~/notes.txt ",
    "gi create -i sub/": "gi create -i sub/inner.md ",
    "gi create --media-dir=sub\\ ": "gi create --media-dir=sub\\ dir/",
    "gi create --system @no": "gi create --system @notes.txt ",
    "gi create --system=@my": "gi create --system=@my\\ file.txt ",
    "gi create --system @my\\ f": "gi create --system @my\\ file.txt ",
    'gi create --system "@my': 'gi create --system "@my file.txt" ',
    "gi create --system @sub/": "gi create --system @sub/inner.md ",
    "gi create --system no": "gi create --system no",
    "gi create --tool @no": "gi create --tool @notes.txt ",
    "gi create -F a.b=@no": "gi create -F a.b=@notes.txt ",
    'gi create -F "a.b=@my': 'gi create -F "a.b=@my file.txt" ',
    "gi create --field=a.b=@no": "gi create --field=a.b=@notes.txt ",
    "gi create -F a.b=no": "gi create -F a.b=no",
    "gi continue --result id=@no": "gi continue --result id=@notes.txt ",
    "gi create hi >no": "gi create hi >notes.txt ",
    "gi create hi 2> no": "gi create hi 2> notes.txt ",
    # words
    "gi create no": "gi create no",
    "gi create --json no": "gi create --json no",
    "gi create -- no": "gi create -- no",
    "gi render no": "gi render notes.txt ",
    "gi render notes.txt no": "gi render notes.txt no",
    "gi files upload notes.txt my": "gi files upload notes.txt my\\ file.txt ",
    "gi files upload -- no": "gi files upload -- notes.txt ",
    "gi request G": "gi request GET ",
    "gi request -F a=1 GET mod": "gi request -F a=1 GET models ",
    "gi get v1_c": "gi get v1_ccc ",
    "gi delete v1_ccc v1_": "gi delete v1_ccc v1_ddd ",
}
# In the middle of a line; a space more or less behind the cursor does not count.
INSIDE = {
    "gi create --for| hello": "gi create --format§ hello",
    "gi create --for|": "gi create --format§",
    "gi c| --json": "gi c --json",
    "gi can| v1_ccc": "gi cancel v1_ccc",
    "gi create --format js| hello": "gi create --format json hello",
    "gi image --aspect-ratio=16:| fox": "gi image --aspect-ratio=16:9 fox",
    "gi create --out no| hello": "gi create --out notes.txt hello",
    "gi create -F a=@no| hello": "gi create -F a=@notes.txt hello",
    "gi create | hello": "gi create hello",
    "gi wait | --json": "gi wait v1_ccc --json",
}
LISTS = {
    "gi ": NAMES,
    "gi -": ("-V", "--version", "-h", "--help"),
    "gi files ": INNER,
    "gi help ": (*TOPICS, *NAMES),
    "gi nope ": (),
    "gi create ": (),
    "gi create hello ": (),
    "gi create -- ": (),
    "gi release ": (),
    "gi files get ": (),
    "gi create --system ": (),
    "gi create --format ": names.FORMATS,
    "gi create -q --error-format ": names.ERROR_FORMATS,
    "gi create --media-dir ": ("bin", "sub", "sub dir"),
    "gi create --store --no-": (
        *("--no-clobber", "--no-confirm", "--no-input", "--no-stream"),
    ),
    "gi request ": ("GET", "POST", "PATCH", "DELETE"),
    "gi wait ": ("v1_ccc",),
    "gi cancel v1_ccc ": (),
    "gi wait --offline ": ("v1_aaa",),
    "gi get ": ("v1_ccc", "v1_ddd"),
    "gi get --offline ": ("v1_aaa", "v1_bbb"),
    "gi delete v1_ddd ": ("v1_ccc",),
    "gi continue --id ": ("v1_ccc", "v1_ddd"),
    "gi continue --offline --id ": ("v1_aaa", "v1_bbb"),
}
COMMANDS = [page.words for page in pages()]


@pytest.fixture(scope="module", params=SHELLS)
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shell]:
    home = fill(tmp_path_factory.mktemp("home"))
    with Shell(request.param, home) as running:
        yield running


def completed(line: str, shell: Shell) -> str:
    return line.replace("§", "=" if shell.name == "zsh" else " ")


@pytest.mark.parametrize("typed", TABS)
def test_tab(typed: str, shell: Shell) -> None:
    assert shell.line(typed) == completed(TABS[typed], shell)


@pytest.mark.parametrize("typed", INSIDE)
def test_tab_inside(typed: str, shell: Shell) -> None:
    expected = completed(INSIDE[typed], shell)
    assert shell.line(typed).split() == expected.split()


@pytest.mark.parametrize("typed", LISTS)
def test_candidates(typed: str, shell: Shell) -> None:
    assert candidates(shell, typed) == sorted(LISTS[typed])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_offered(words: tuple[str, ...], shell: Shell) -> None:
    (page,) = (each for each in pages() if each.words == words)
    own = [name for option in page.options for name in option.names]
    typed = " ".join(("gi", *words, "-"))
    assert candidates(shell, typed) == sorted([*own, "-h", "--help"])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_described(words: tuple[str, ...], shell: Shell) -> None:
    (page,) = (each for each in pages() if each.words == words)
    shown = shell.listed(" ".join(("gi", *words, "-")))
    told = {option.help for option in page.options if option.names}
    told = set() if shell.name == "bash" else told | {"show this help"}
    marks = {"bash": "$.^", "zsh": r" -- (.*)", "fish": r"\t(.*)"}
    found = re.findall(marks[shell.name], shown.replace("\r", ""))
    assert {each.rstrip() for each in found} == told


def test_ids_are_described(shell: Shell) -> None:
    shown = shell.listed("gi get --offline ")
    told = [word for id, _, host, word in IDS if host == "offline"]
    assert [word for *_, word in IDS if word in shown] == told


def test_commands_are_described(shell: Shell) -> None:
    described = "Upload files, and print their names" in shell.listed("gi files ")
    assert described == (shell.name != "bash")


ODD = ("it's", 'a"b', "a$b", "$(b)", "a;b", "a`b`", "a\\b", "a*b", "a&b", "a=b", "a:b")


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("before", ["--out ", "--out=", "--system @", "-F a=@"])
def test_an_odd_file_name_stays_one_word(
    before: str, name: str, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / name).touch()
    line = shell.line(f"gi create {before}{tmp_path}/")
    assert shlex.split(line) == [*f"gi create {before}{tmp_path}/{name}".split()]
