"""Media in create, continue, get and render: files, and references in the text."""

import os
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from tests.calling import event
from tests.conftest import Done, Gi
from tests.images import ID, JPEG, PNG, Json, image, step, text, tree
from tests.media import (
    FILES,
    SAVED,
    STORY,
    TOLD,
    error,
    filed,
    interaction,
    medium,
    output,
    result,
    run,
    started,
    streamed,
    ways,
)
from tests.scripted import Reply, ScriptedServer, json_reply


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


@pytest.mark.parametrize("way", ways())
def test_story(way: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    command, reply = ways(*STORY)[way]
    done = run(gi, server, reply, *SAVED, command=command)
    assert (done, tree(here, here)) == (Done(0, TOLD, ""), FILES)


@pytest.mark.parametrize("way", ways())
def test_story_that_is_not_saved(
    way: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    command, reply = ways(*STORY)[way]
    done = run(gi, server, reply, command=command)
    get = f"gi get {ID} --media-dir DIR"
    said = f"One.\n[image: image/png, {len(PNG)} B; {get}]\n"
    said += f"Two.\n[image: image/jpeg, {len(JPEG)} B; {get}]\n"
    assert (done, tree(here, here)) == (Done(0, said.encode(), ""), {"pics": "folder"})


def test_continue(gi: Gi, server: ScriptedServer, here: Path) -> None:
    run(gi, server, streamed(step(text("Hi."))))
    command = ("continue", "--id", ID, "go on")
    done = run(gi, server, streamed(step(*STORY)), *SAVED, command=command)
    assert (done, tree(here, here)) == (Done(0, TOLD, ""), FILES)
    assert server.requests[1].json["previous_interaction_id"] == ID


PLACES = {  # -o, --media-dir: the references to two files
    "beside it": ("sub/story.md", "sub", ""),
    "below it": ("story.md", "pics", "pics/"),
    "in another folder": ("sub/story.md", "pics", "../pics/"),
    "above it": ("sub/deep/story.md", ".", "../../"),
    "here": ("story.md", ".", ""),
    "twice": ("story.md", "pics/../pics/", "pics/"),
    "stdout": ("-", "pics", "pics/"),
    "stdout, here": ("-", ".", "./"),
    "stdout, below a slash": ("-", "./pics//", "./pics/"),
    "stdout, up": ("-", "sub/../pics", "sub/../pics/"),
}


@pytest.mark.parametrize("name", PLACES)
def test_references_are_relative_to_what_holds_them(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    out, folder, shown = PLACES[name]
    (here / "sub" / "deep").mkdir(parents=True)
    argv = ("-o", out, "--media-dir", folder)
    done = run(gi, server, streamed(step(*STORY)), *argv)
    expected = TOLD.decode().replace("pics/", shown).encode()
    if out == "-":
        assert done == Done(0, expected, "")
    else:
        assert (done, (here / out).read_bytes()) == (Done(0, b"", ""), expected)
        for link in links(expected):
            assert (here / out).parent.joinpath(link).is_file()


def test_an_absolute_folder(gi: Gi, server: ScriptedServer, here: Path) -> None:
    argv = ("--media-dir", f"/{here}/pics")
    done = run(gi, server, streamed(step(*STORY)), *argv)
    expected = TOLD.replace(b"pics", b"%b/pics" % os.fsencode(here))
    assert done == Done(0, expected, "")


def links(markdown: bytes) -> list[str]:
    """The files that a reader of CommonMark finds in a text."""
    tokens = MarkdownIt("commonmark").parse(markdown.decode())
    inner = [child for token in tokens for child in token.children or ()]
    found = [each.attrs.get("src") or each.attrs.get("href") for each in inner]
    return [unquote(str(each), errors="surrogateescape") for each in found if each]


ODD = {  # a folder, and how Markdown names it
    "a b": "<a b/",
    "(a)": "<(a)/",
    "a(": "<a(/",
    "a)": "<a)/",
    "100%": "<100%25/",
    "%41": "<%2541/",
    "a#b?c": "<a%23b%3Fc/",
    "süß 東京": "<süß 東京/",
    "süß": "süß/",
    "a:b": "<./a:b/",
    "javascript:alert": "<./javascript:alert/",
    "sub/a:b": "<sub/a:b/",
    "a\nb": "<a%0Ab/",
    "a\rb\tc": "<a%0Db%09c/",
    "a\u2028b\u202e": "<a%E2%80%A8b%E2%80%AE/",
    "a\x1b[31m": "<a%1B[31m/",
    "a&amp;b&copy;": "<a%26amp;b%26copy;/",
    "<a>": "<%3Ca%3E/",
    "a\\)b": "<a%5C)b/",
    "[a](b)": "<[a](b)/",
    "![a]": "<![a]/",
    "`a`": "<%60a%60/",
    "*a*_b_~c~": "<*a*_b_~c~/",
    "'a' \"b\"": "<%27a%27 %22b%22/",
    "-a": "-a/",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_folders(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Any reader of CommonMark finds the file, and nothing else."""
    (here / name).mkdir(parents=True)
    two = (*STORY[:2], medium("audio", "audio/mp3", b"ID3\x03"))
    done = run(gi, server, streamed(step(*two)), f"--media-dir={name}")
    shown = ODD[name]
    files = [f"{shown}gi-abcdefgh-{n}" for n in ("1.png", "2.mp3")]
    ends = [f"{each}>" if each[0] == "<" else each for each in files]
    expected = f"One.\n![image]({ends[0]})\n[audio]({ends[1]})\n"
    assert done == Done(0, expected.encode(), "")
    contents = [(here / link).read_bytes() for link in links(done.out)]
    assert contents == [PNG, b"ID3\x03"]


TWICE = {
    "two": (image(PNG), image(JPEG)),
    "the same twice": (image(PNG), image(PNG)),
    "one type, then none": (image(PNG), image(JPEG, None)),
    "none at all": (image(PNG, None), image(JPEG, None)),
}


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("name", TWICE)
def test_two_images_in_a_step_are_two_files(
    name: str, way: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    contents = TWICE[name]
    command, reply = ways(*contents)[way]
    done = run(gi, server, reply, *SAVED, command=command)
    last = PNG if contents[0] == contents[1] else JPEG
    names = ["gi-abcdefgh-1.png", f"gi-abcdefgh-2.{'png' if last == PNG else 'jpg'}"]
    shown = "".join(f"![image](pics/{each})\n" for each in names)
    assert done == Done(0, shown.encode(), "")
    assert tree(here / "pics", here / "pics") == dict(
        zip(names, (PNG, last), strict=True)
    )


def thought(*summary: Json, index: int = 0) -> bytes:
    """A thought in deltas."""
    head = event("step.start", index=index, step={"type": "thought"})
    told = [{"type": "thought_summary", "content": each} for each in summary]
    parts = [event("step.delta", index=index, delta=each) for each in told]
    return b"".join((head, *parts, event("step.stop", index=index)))


SUMMARY = (text("Hm."), image(JPEG, "image/jpeg"))
THINKING = {"type": "thought", "summary": list(SUMMARY)}
THOUGHTS: dict[str, Reply | bytes] = {
    "deltas": streamed(thought(*SUMMARY), step(*STORY[:2], index=1)),
    "step.start": streamed(
        event("step.start", index=0, step=THINKING), step(*STORY[:2], index=1)
    ),
    "no stream": json_reply(interaction(THINKING, output(*STORY[:2]))),
}
DRAFT = "pics/gi-abcdefgh-thought-1.jpg"


@pytest.mark.parametrize("name", THOUGHTS)
def test_images_of_thoughts(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """They go to --media-dir, and are no part of the text."""
    picture = "pics/gi-abcdefgh-1.png"
    for argv, shown in (((), ""), (("--thoughts",), "gi: thought: ")):
        done = run(gi, server, THOUGHTS[name], *SAVED, *argv)
        told = f"{shown}Hm.\n{shown}[image] {DRAFT}\n" if shown else ""
        assert done == Done(0, f"One.\n![image]({picture})\n".encode(), told)
        files = {"pics": "folder", picture: PNG, DRAFT: JPEG}
        assert tree(here, here) == files
    files = result(run(gi, server, THOUGHTS[name], *SAVED, "--ndjson").out)["files"]
    draft = filed(DRAFT, JPEG, "image/jpeg", thought=True)
    assert files == [draft, filed(picture, PNG, "image/png")]


@pytest.mark.parametrize("name", THOUGHTS)
def test_images_of_thoughts_have_no_place_of_their_own(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    argv = ("--modality", "image", "--thoughts")
    done = run(gi, server, THOUGHTS[name], *argv)
    told = "gi: thought: Hm.\ngi: thought: [image] not saved (--media-dir DIR)\n"
    shown = "One.\n![image](gi-abcdefgh-1.png)\n"
    assert done == Done(0, shown.encode(), told)
    assert tree(here, here) == {"pics": "folder", "gi-abcdefgh-1.png": PNG}


@pytest.mark.parametrize("argv", [(), SAVED])
def test_an_image_of_a_thought_is_no_answer(
    argv: tuple[str, ...], gi: Gi, server: ScriptedServer, here: Path
) -> None:
    done = run(gi, server, streamed(thought(image(JPEG))), *argv, code=8)
    wrong = "the interaction completed, but its output is empty"
    assert done == Done(8, b"", f"gi: error: {wrong}\ngi: id: {ID}\n")
    saved = {DRAFT: JPEG} if argv else {}
    assert tree(here, here) == {"pics": "folder", **saved}


BROKEN = {"type": "image", "data": "iVBO!!!!", "mime_type": "image/png"}
BAD: dict[str, tuple[Json, str, str]] = {
    "garbage": (BROKEN, "its data is broken: it is no base64", ", 6 B"),
    "padding in the middle": (
        {**BROKEN, "data": "QQ==QUJD"},
        "its data is broken: it is no base64",
        ", 6 B",
    ),
    "empty": ({**BROKEN, "data": ""}, "its data is broken: there is none", ""),
    "null": ({**BROKEN, "data": None}, "its data is broken: there is none", ""),
}


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("name", BAD)
def test_a_broken_one_among_good_ones(
    name: str, way: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    broken, wrong, size = BAD[name]
    command, reply = ways(STORY[1], broken, STORY[3])[way]
    done = run(gi, server, reply, *SAVED, command=command, code=8)
    get = f"gi get {ID} --media-dir DIR"
    shown = "![image](pics/gi-abcdefgh-1.png)\n"
    shown += f"[image: image/png{size}; {get}]\n![image](pics/gi-abcdefgh-3.jpg)\n"
    assert done == Done(8, shown.encode(), error(server, f"image 2: {wrong}"))
    files = {"gi-abcdefgh-1.png": PNG, "gi-abcdefgh-3.jpg": JPEG}
    assert tree(here / "pics", here / "pics") == files


CODED = b64encode(PNG + b"\xfb\xef\xbe\xff" * 20).decode()
SPELT = {
    "as it is": CODED,
    "for URLs": CODED.replace("+", "-").replace("/", "_"),
    "lines": "\n".join(CODED[n : n + 76] for n in range(0, len(CODED), 76)),
    "short lines": "\r\n".join(CODED[n : n + 3] for n in range(0, len(CODED), 3)),
    "a last line break": f"{CODED}\n",
    "no padding": CODED.rstrip("="),
    "all of it": "\n".join(CODED.replace("+", "-").replace("/", "_").rstrip("=")),
}


@pytest.mark.parametrize("name", SPELT)
def test_every_spelling_of_base64(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    assert "+" in CODED and "/" in CODED and CODED.endswith("=")
    content = {**BROKEN, "data": SPELT[name]}
    for part in (step(content), started(content)):
        done = run(gi, server, streamed(part), *SAVED)
        assert done == Done(0, b"![image](pics/gi-abcdefgh-1.png)\n", "")
    data = PNG + b"\xfb\xef\xbe\xff" * 20
    assert tree(here / "pics", here / "pics") == {"gi-abcdefgh-1.png": data}
