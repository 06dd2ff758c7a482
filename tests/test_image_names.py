"""The names of pictures: as asked, free, from nothing that a server says."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Gi
from tests.images import (
    ID,
    JPEG,
    NOTHING,
    PNG,
    SECOND,
    SVG,
    THIRD,
    UNKNOWN,
    WEBP,
    Json,
    Tree,
    ask,
    image,
    make,
    showing,
    tree,
)
from tests.scripted import ScriptedServer

FIRST = "gi-abcdefgh-1.png"
ONE = (image(PNG),)
TWO = (image(PNG), image(SECOND))
THREE = (*TWO, image(THIRD))
LONGEST = "\N{FOX FACE}" * 62 + ".png"  # 252 bytes


class Row(NamedTuple):
    """What is asked, what comes, which files are new or other then, in the order of
    stdout, and what was there before."""

    argv: tuple[str, ...]
    contents: tuple[Json, ...]
    files: dict[str, bytes]
    told: str = ""
    before: Tree = NOTHING
    id: str = ID
    same: tuple[str, ...] = ()  # paths on stdout in place of the files'


def at(path: str, *more: str) -> tuple[str, ...]:
    return ("-o", path, *more)


NAMES = {
    "default": Row((), TWO, {FIRST: PNG, "gi-abcdefgh-2.png": SECOND}),
    "same bytes twice": Row(
        (), ONE * 2, {"gi-abcdefgh-1.png": PNG, "gi-abcdefgh-2.png": PNG}
    ),
    "ID with signs": Row((), ONE, {"gi-v1xy-1.png": PNG}, id="v1_../../x~\u00e4y"),
    "ID of signs": Row((), ONE, {"gi-turn-1.png": PNG}, id="../.."),
    "file": Row(at("fox.png"), ONE, {"fox.png": PNG}),
    "file of many": Row(
        at("fox.png"), THREE, {"fox.png": PNG, "fox-2.png": SECOND, "fox-3.png": THIRD}
    ),
    "file without suffix": Row(at("fox"), TWO, {"fox": PNG, "fox-2": SECOND}),
    "hidden file": Row(at(".fox"), TWO, {".fox": PNG, ".fox-2": SECOND}),
    "two suffixes": Row(at("a.b.png"), TWO, {"a.b.png": PNG, "a.b-2.png": SECOND}),
    "file replaced": Row(
        at("fox.png"), ONE, {"fox.png": PNG}, before={"fox.png": b"old"}
    ),
    "only the first is replaced": Row(
        at("fox.png"),
        THREE,
        {"fox.png": PNG, "fox-3.png": SECOND, "fox-4.png": THIRD},
        before={"fox.png": b"old", "fox-2.png": b"old"},
    ),
    "the second is there": Row(
        at("fox.png"),
        TWO,
        {"fox.png": PNG},
        before={"fox-2.png": SECOND},
        same=("fox.png", "fox-2.png"),
    ),
    "file elsewhere": Row(
        at("../fox.png"), TWO, {"../fox.png": PNG, "../fox-2.png": SECOND}
    ),
    "file in a folder": Row(
        at("pics/fox.png"), ONE, {"pics/fox.png": PNG}, before={"pics": "folder"}
    ),
    "longest name": Row(at(LONGEST), ONE, {LONGEST: PNG}),
    "line break": Row(at("a\nb.png", "-0"), ONE, {"a\nb.png": PNG}),
    "behind a dash": Row(("--out=-x.png",), ONE, {"-x.png": PNG}),
    "folder": Row(at("pics/"), ONE, {f"pics/{FIRST}": PNG}, before={"pics": "folder"}),
    "folder, no slash": Row(
        at("pics"), ONE, {f"pics/{FIRST}": PNG}, before={"pics": "folder"}
    ),
    "folder through a link": Row(
        at("link"),
        ONE,
        {f"pics/{FIRST}": PNG},
        before={"pics": "folder", "link": "-> pics"},
        same=(f"link/{FIRST}",),
    ),
    "this folder": Row(at("."), ONE, {FIRST: PNG}, same=(f"./{FIRST}",)),
    "folder above": Row(at("../"), ONE, {f"../{FIRST}": PNG}),
    "numbers": Row(at("p-{n}.png"), TWO, {"p-1.png": PNG, "p-2.png": SECOND}),
    "suffixes": Row(
        at("p.{ext}"), (image(PNG), image(JPEG)), {"p.png": PNG, "p-2.jpg": JPEG}
    ),
    "numbers and suffixes": Row(
        at("{n}.{ext}"),
        (image(PNG), image(WEBP)),
        {"1.png": PNG, "2.webp": WEBP},
    ),
    "a field twice": Row(at("{n}-{n}.{ext}"), ONE, {"1-1.png": PNG}),
    "template that is taken": Row(
        at("p-{n}.png"),
        TWO,
        {"p-1-2.png": PNG, "p-2-2.png": SECOND},
        before={"p-1.png": b"old", "p-2.png": b"old"},
    ),
    "template in a folder": Row(
        at("pics/{n}.{ext}"), ONE, {"pics/1.png": PNG}, before={"pics": "folder"}
    ),
    "braces that are no field": Row(at("a{x}.png"), ONE, {"a{x}.png": PNG}),
    "--media-dir": Row(
        ("--media-dir", "pics"),
        ONE,
        {f"pics/{FIRST}": PNG},
        before={"pics": "folder"},
    ),
    "there already": Row((), ONE, {}, before={FIRST: PNG}, same=(FIRST,)),
    "--no-clobber, new": Row(at("fox.png", "--no-clobber"), ONE, {"fox.png": PNG}),
    "--no-clobber, template": Row(
        at("{n}.png", "--no-clobber"), ONE, {"1-2.png": PNG}, before={"1.png": b"old"}
    ),
}
TAKEN: dict[str, Tree] = {
    "file": {FIRST: b"old"},
    "file as long": {FIRST: bytes(len(PNG))},
    "symlink": {"target": b"old", FIRST: "-> target"},
    "symlink to the same": {"target": PNG, FIRST: "-> target"},
    "dangling symlink": {FIRST: "-> ../../outside"},
    "looping symlink": {FIRST: f"-> {FIRST}"},
    "FIFO": {FIRST: "fifo"},
    "folder": {FIRST: "folder"},
}
NAMES |= {
    f"default, {name} there": Row((), ONE, {"gi-abcdefgh-1-2.png": PNG}, before=before)
    for name, before in TAKEN.items()
}


def named(data: bytes, mime_type: object, name: str, told: str) -> Row:
    return Row(at(name), (image(data, mime_type),), {name: data}, told)


OTHER = "gi: {} holds {}, whatever its name says\n"
NAMES |= {
    "JPEG in a PNG": named(
        JPEG, "image/png", "a.png", OTHER.format("a.png", "image/jpeg")
    ),
    "PNG in a PDF": named(PNG, None, "a.PDF", OTHER.format("a.PDF", "image/png")),
    "SVG in a PNG": named(
        SVG, "image/svg+xml", "a.png", OTHER.format("a.png", "image/svg+xml")
    ),
    "unknown in a PNG": named(
        UNKNOWN, None, "a.png", OTHER.format("a.png", "application/octet-stream")
    ),
    "JPEG in a name of one's own": named(JPEG, "image/png", "a.fox", ""),
}


@pytest.mark.parametrize("name", NAMES)
def test_names(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    row = NAMES[name]
    make(here, row.before)
    done = ask(gi, server, *row.argv, replies=(showing(*row.contents, id=row.id),))
    end = "\0" if "-0" in row.argv else "\n"
    paths = "".join(f"{path}{end}" for path in row.same or row.files)
    assert done.out == paths.encode()
    assert done.err == row.told
    assert tree(tmp_path, here) == {**row.before, **row.files}


RUNS = {
    "ids that begin alike": (
        ("v1_Chd_AAAAAAAA_one", "v1_Chd_AAAAAAAA_two"),
        {"gi-AAAAAone-1.png": PNG, "gi-AAAAAtwo-1.png": SECOND},
    ),
    "ids that end alike": (
        ("v1_one_abcdefgh", "v1_two_abcdefgh"),
        {FIRST: PNG, "gi-abcdefgh-1-2.png": SECOND},
    ),
    "one id": ((ID, ID), {FIRST: PNG, "gi-abcdefgh-1-2.png": SECOND}),
}


@pytest.mark.parametrize("name", RUNS)
def test_two_runs(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    ids, files = RUNS[name]
    runs = zip(ids, (PNG, SECOND), files, strict=True)
    for id, data, path in runs:
        done = ask(gi, server, replies=(showing(image(data), id=id),))
        assert (done.out, done.err) == (f"{path}\n".encode(), "")
    assert tree(tmp_path, here) == files


def test_what_the_service_does_not_keep_is_named_by_its_content(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    files = {}
    for number, data in enumerate((PNG, SECOND, PNG), 1):
        files[f"gi-{sha256(data).hexdigest()[:8]}-{number}.png"] = data
    contents = [image(data) for data in files.values()]
    for _ in range(2):  # the same bytes are there already
        replies = (showing(*contents, id=""),)
        done = ask(gi, server, "--no-store", replies=replies)
        assert (done.out.decode().split(), done.err) == ([*files], "")
    assert tree(tmp_path, here) == files
