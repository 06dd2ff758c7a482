"""Where `gi image` puts pictures, and what it refuses before it asks for them."""

import os
import stat
import threading
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import KEY, Gi
from tests.images import (
    ID,
    JPEG,
    PNG,
    SECOND,
    Tree,
    ask,
    image,
    make,
    showing,
    tree,
)
from tests.scripted import ScriptedServer

HINT = f"gi get --base-url URL {ID} --media-dir DIR"
FIRST, NEXT = "gi-abcdefgh-1.png", "gi-abcdefgh-2.png"
ONLY = f"gi: only one goes there; {NEXT} has the next one\n"
NULL, FULL = 3, 7  # minor numbers


pytestmark = pytest.mark.usefixtures("here")


LINKS: dict[str, tuple[Tree, str, Tree]] = {
    "to a file": (
        {"pics": "folder", "pics/fox.png": b"old", "link.png": "-> pics/fox.png"},
        "link.png",
        {"pics/fox.png": PNG, "link-2.png": SECOND},
    ),
    "to nothing yet": (
        {"pics": "folder", "link.png": "-> pics/fox.png"},
        "link.png",
        {"pics/fox.png": PNG, "link-2.png": SECOND},
    ),
    "to a link": (
        {"a.png": b"old", "b.png": "-> a.png", "link.png": "-> b.png"},
        "link.png",
        {"a.png": PNG, "link-2.png": SECOND},
    ),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_symlink_stays_one(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    before, out, files = LINKS[name]
    make(here, before)
    reply = showing(image(PNG), image(SECOND))
    done = ask(gi, server, "-o", out, replies=(reply,))
    assert (done.out, done.err) == (b"link.png\nlink-2.png\n", "")
    assert tree(tmp_path, here) == {**before, **files}


def test_modes(gi: Gi, server: ScriptedServer, here: Path) -> None:
    make(here, {"old.png": b"old", "folder": "folder"})
    (here / "old.png").chmod(0o604)
    rows = {
        ("-o", "old.png"): "old.png",
        ("-o", "new.png"): "new.png",
        ("-o", "{n}.png"): "1.png",
        ("-o", "folder/"): f"folder/{FIRST}",
        (): FIRST,
    }
    before = os.umask(0o027)
    try:
        for argv in rows:
            ask(gi, server, *argv, replies=(showing(image(PNG)),))
        os.umask(0)
        ask(gi, server, "-o", "open.png", replies=(showing(image(PNG)),))
    finally:
        os.umask(before)
    files = [*rows.values(), "open.png"]
    modes = {each: stat.S_IMODE((here / each).stat().st_mode) for each in files}
    expected = dict.fromkeys(files, 0o640) | {"old.png": 0o604, "open.png": 0o666}
    assert modes == expected


def test_a_fifo_gets_the_first_one(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    make(here, {"fifo.png": "fifo"})
    got: list[bytes] = []

    def read() -> None:
        with (here / "fifo.png").open("rb") as fifo:
            got.append(fifo.read())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reply = showing(image(PNG), image(SECOND))
    done = ask(gi, server, "-o", "fifo.png", replies=(reply,))
    reader.join(10)
    assert (done.out.decode(), done.err) == (f"fifo.png\n{NEXT}\n", ONLY)
    assert got == [PNG]
    assert tree(tmp_path, here) == {"fifo.png": "fifo", NEXT: SECOND}


def device(path: Path, minor: int) -> bytes | str:
    """A device of the test's own; where that is not allowed, a link to the system's."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.open("wb").close()
    except PermissionError:  # also of a file system without devices
        path.unlink(missing_ok=True)
        path.symlink_to({NULL: "/dev/null", FULL: "/dev/full"}[minor])
        return f"-> {path.readlink()}"
    return "device"


def test_a_device_is_written_not_replaced(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    what = device(here / "null.png", NULL)
    argv = ("-o", "null.png", "--no-clobber")
    done = ask(gi, server, *argv, replies=(showing(image(JPEG)),))
    assert (done.out, done.err) == (b"null.png\n", "")
    assert tree(tmp_path, here) == {"null.png": what}


def test_a_full_device_is_a_write_error_and_the_next_one_is_saved(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    what = device(here / "full", FULL)
    reply = showing(image(PNG), image(SECOND))
    done = ask(gi, server, "-o", "full", replies=(reply,), code=9)
    assert done.out.decode() == f"{NEXT}\n"
    assert done.err.replace(server.url, "URL").splitlines() == [
        ONLY.rstrip(),
        "gi: error: image 1: -o: full: No space left on device",
        f"gi: hint: {HINT}",
        f"gi: id: {ID}",
    ]
    assert tree(tmp_path, here) == {"full": what, NEXT: SECOND}


PLACES = {
    "variable": ((), {"GI_MEDIA_DIR": "pics"}, f"pics/{FIRST}"),
    "flag over variable": (("--media-dir", "."), {"GI_MEDIA_DIR": "pics"}, FIRST),
    "-o over variable": (("-o", "a.png"), {"GI_MEDIA_DIR": "pics"}, "a.png"),
    "-o over a missing folder": (("-o", "a.png"), {"GI_MEDIA_DIR": "no"}, "a.png"),
}


@pytest.mark.parametrize("name", PLACES)
def test_places(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    argv, variables, path = PLACES[name]
    make(here, {"pics": "folder"})
    environ = {"GEMINI_API_KEY": KEY, **variables}
    done = ask(gi, server, *argv, replies=(showing(image(PNG)),), environ=environ)
    shown = f"./{path}" if argv[-1:] == (".",) else path
    assert (done.out.decode(), done.err) == (f"{shown}\n", "")
    assert tree(here, here) == {"pics": "folder", path: PNG}


DRAWN = {
    "default": ((), (1024, 1024)),
    "size": (("--size", "512"), (512, 512)),
    "ratio": (("--aspect-ratio", "1:4", "--size", "512"), (256, 1024)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_offline(name: str, gi: Gi, here: Path) -> None:
    argv, size = DRAWN[name]
    done = gi("image", "--offline", "a fox", "-o", "fox.jpg", *argv)
    assert (done.out, done.err) == (b"fox.jpg\n", "gi: offline: emulated answer\n")
    [data] = tree(here, here).values()
    assert isinstance(data, bytes)
    picture = Image.open(BytesIO(data))
    picture.load()
    assert (picture.format, picture.size) == ("JPEG", size)


def test_offline_in_a_name_of_another_kind(gi: Gi, here: Path) -> None:
    done = gi("image", "--offline", "two pictures of a fox", "-o", "fox.png")
    assert (done.out.decode(), done.err.splitlines()) == (
        "fox.png\nfox-2.png\n",
        [
            "gi: offline: emulated answer",
            "gi: fox.png holds image/jpeg, whatever its name says",
            "gi: fox-2.png holds image/jpeg, whatever its name says",
        ],
    )
    made = tree(here, here)
    assert {*made} == {"fox.png", "fox-2.png"}
    assert made["fox.png"] != made["fox-2.png"]
