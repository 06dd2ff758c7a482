"""Media in every format, and in `gi render`."""

import json
from pathlib import Path

import pytest

from tests.conftest import Done, Gi
from tests.images import ID, JPEG, PNG, Json, image, text, tree
from tests.media import (
    FILES,
    FIRST,
    OFFLINE,
    PARTS,
    SAVED,
    SECOND,
    STORY,
    TOLD,
    WHOLE,
    deltas,
    filed,
    hashed,
    in_place,
    interaction,
    medium,
    one,
    output,
    result,
    run,
)
from tests.scripted import Reply, ScriptedServer, json_reply

FORMATS = ("text", "ndjson", "json", "sse")
SPOKEN = "pics/gi-abcdefgh-3.wav"
ALL = one(*STORY, *PARTS, text("End."))  # two images and a sound
SHOWN = TOLD + f"[audio]({SPOKEN})\nEnd.\n".encode()
TREE = {**FILES, SPOKEN: WHOLE}
PLACED = (
    STORY[0],
    in_place(STORY[1], FIRST, PNG),
    STORY[2],
    in_place(STORY[3], SECOND, JPEG),
)
LISTED = [
    filed(FIRST, PNG, "image/png"),
    filed(SECOND, JPEG, "image/jpeg"),
    filed(SPOKEN, WHOLE, "audio/wav"),
]


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


def test_ndjson_has_files_in_place_of_data(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """Every other line is the server's, byte for byte."""
    done = run(gi, server, one(*STORY), *SAVED, "--ndjson")
    *shown, last = done.out.splitlines()
    given = [each[6:] for each in one(*STORY).splitlines() if each[:5] == b"data:"]
    assert given.pop() == b"[DONE]"
    changed = [n for n, each in enumerate(given) if b'"image"' in each]
    assert [each for n, each in enumerate(shown) if n not in changed] == [
        each for n, each in enumerate(given) if n not in changed
    ]
    assert deltas(done.out) == list(PLACED)
    assert [list(json.loads(shown[n])) for n in changed] == [
        ["event_type", "index", "delta"]
    ] * 2
    assert json.loads(last)["files"] == LISTED[:2]
    assert (done.err, tree(here, here)) == ("", FILES)


def test_json_has_files_in_place_of_data(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    sound = in_place(PARTS[0], SPOKEN, WHOLE)
    replies: tuple[Reply | bytes, ...] = (
        ALL,
        json_reply(interaction(output(*STORY, PARTS[0]))),
    )
    for number, reply in enumerate(replies):
        done = run(gi, server, reply, *SAVED, "--json")
        document = json.loads(done.out)
        told = document.pop("gi")
        content = document["steps"][0]["content"]
        assert document == interaction(output(*content))
        assert content[:4] == list(PLACED)
        assert (told["files"][:2], done.err) == (LISTED[:2], "")
        if number == 0:
            assert content[4:] == [sound, text("End.")]
            assert (told["files"], tree(here, here)) == (LISTED, TREE)


def test_sse_is_untouched(gi: Gi, server: ScriptedServer, here: Path) -> None:
    argv = ("--sse", "--save-events", "events")
    done = run(gi, server, ALL, *SAVED, *argv)
    assert done == Done(0, ALL, "")
    assert tree(here, here) == {**TREE, "events": ALL}


def test_render_writes_what_the_run_has_written(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """From every form, into every format, under the same names."""
    made = {f: run(gi, server, ALL, *SAVED, "--format", f) for f in FORMATS}
    kept = {f: run(gi, server, ALL, "--format", f).out for f in FORMATS[1:]}
    assert made["text"] == Done(0, SHOWN, "")
    for source, given in kept.items():
        for format, expected in made.items():
            for path in (here / "pics").iterdir():
                path.unlink()
            argv = ("render", *SAVED, "--format", format)
            done = gi(*argv, stdin=given, environ=OFFLINE)
            assert tree(here, here) == TREE, (source, format)
            if format == "text" or (source != "json" and format != "sse"):
                assert done == expected, (source, format)
            if format in ("ndjson", "json"):
                assert result(done.out)["files"] == LISTED
                assert b'"data"' not in done.out


@pytest.mark.parametrize("source", ["ndjson", "json"])
@pytest.mark.parametrize("id", [ID, ""])
@pytest.mark.parametrize("argv", [(), SAVED, ("--media-dir", "other")])
def test_render_refers_to_the_files_that_are_named(
    argv: tuple[str, ...],
    id: str,
    source: str,
    gi: Gi,
    server: ScriptedServer,
    here: Path,
) -> None:
    """Kept by the service or not; nothing is written again."""
    (here / "other").mkdir()
    given = one(*STORY, *PARTS, text("End."), id=id)
    made = run(gi, server, given, *SAVED)
    told = run(gi, server, given, *SAVED, "--format", source)
    before = tree(here, here)
    done = gi("render", *argv, stdin=told.out, environ=OFFLINE)
    assert (done, tree(here, here)) == (made, before)
    gi("render", *argv, "-o", "other/x.md", stdin=told.out, environ=OFFLINE)
    shown = made.out.replace(b"](pics", b"](../pics")
    assert (here / "other" / "x.md").read_bytes() == shown
    again = gi("render", "--format", source, stdin=told.out, environ=OFFLINE)
    assert b'"data"' not in again.out


PATHS = {  # what a line says, and what the text has of it
    "a b.png": "![image](<a b.png>)",
    "a\n# b.png": "![image](<a%0A%23 b.png>)",
    "javascript:alert(1)": "![image](<./javascript:alert(1)>)",
    "//host/a.png": "![image](/host/a.png)",
    "\udcff": "![image](<%FF>)",  # a byte that is no UTF-8
    "\0": "![image](<%00>)",
}


@pytest.mark.parametrize("path", PATHS)
def test_render_of_odd_paths(path: str, gi: Gi) -> None:
    """Whoever wrote the file."""
    whole = interaction(output(in_place(image(PNG), path, PNG)))
    line = json.dumps({"event_type": "interaction.completed", "interaction": whole})
    done = gi("render", stdin=line.encode(), environ=OFFLINE)
    assert done == Done(0, f"{PATHS[path]}\n".encode(), "")


def test_render_of_half_a_character(gi: Gi) -> None:
    whole = interaction(output(in_place(image(PNG), "\ud83d", PNG)))
    done = gi("render", stdin=json.dumps(whole).encode(), environ=OFFLINE)
    assert done == Done(0, b"![image](<%3F>)\n", "")


# What names no file is a medium that is not saved.
HALF: dict[str, Json] = {
    "no size": {"path": "a.png", "sha256": hashed(PNG)},
    "no hash": {"path": "a.png", "bytes": 3},
    "a size that is none": {"path": "a.png", "bytes": True, "sha256": ""},
    "a path that is none": {"path": 5, "bytes": 3, "sha256": ""},
}


@pytest.mark.parametrize("name", HALF)
def test_render_of_what_names_no_file(name: str, gi: Gi) -> None:
    content = {"type": "image", "mime_type": "image/png", **HALF[name]}
    whole = interaction(output(content))
    done = gi("render", stdin=json.dumps(whole).encode(), environ=OFFLINE)
    get = f"gi get {ID} --media-dir DIR"
    assert done == Done(0, f"[image: image/png; {get}]\n".encode(), "")


KINDS = {  # a content's type, its MIME type, the beginning of its data, the suffix
    "MP4": ("video", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0", "mp4"),
    "WebM": ("video", None, b"\x1aE\xdf\xa3\x42\x82\x84webm", "webm"),
    "PDF": ("document", "application/pdf", b"%PDF-1.7", "pdf"),
    "CSV": ("document", "text/csv", b"a,b\n", "csv"),
    "no suffix known": ("document", "x/../../y", b"?", "bin"),
    "WAV": ("audio", "audio/wav", WHOLE, "wav"),
}


@pytest.mark.parametrize("name", KINDS)
def test_other_media(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """They come whole: two deltas are two files, but of audio."""
    kind, mime_type, head, suffix = KINDS[name]
    data = head + bytes(range(256)) * (kind != "audio")
    content = medium(kind, mime_type, data)
    path = f"pics/gi-abcdefgh-1.{suffix}"
    more = [] if kind == "audio" else [content]
    done = run(gi, server, one(text("a"), content, *more), *SAVED)
    files, shown = {path: data}, f"a\n[{kind}]({path})\n"
    if more:
        again = path.replace("-1", "-2")
        files[again], shown = data, f"{shown}[{kind}]({again})\n"
    assert done == Done(0, shown.encode(), "")
    assert tree(here, here) == {"pics": "folder", **files}
