"""What asks for media, what stands for them in text, and -x and --citations."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bodies import Refusal, Row, body, check_refused, check_sent
from tests.conftest import Done, Gi
from tests.images import ID, JPEG, PNG, Json, image, text, tree
from tests.media import (
    OFFLINE,
    PARTS,
    SAVED,
    interaction,
    medium,
    one,
    output,
    run,
)
from tests.scripted import ScriptedServer, json_reply

FIRST = "pics/gi-abcdefgh-1.png"


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


class Asked(NamedTuple):
    """Flags, fields of the body, and what an answer of text lacks."""

    argv: tuple[str, ...]
    fields: Json
    lacks: str = ""


def said_by(*speakers: Json) -> Json:
    return {"generation_config": {"speech_config": {"speakers": list(speakers)}}}


def formats(*kinds: str) -> Json:
    return {"response_format": [{"type": kind} for kind in kinds]}


SPOKEN = {"response_format": {"type": "audio"}}
KORE = {"voice": "Kore"}
BODIES = {
    "audio": Asked(("--modality", "audio"), SPOKEN, "audio"),
    "video": Asked(
        ("--modality", "video"), {"response_format": {"type": "video"}}, "video"
    ),
    "text": Asked(("--modality", "text"), {"response_format": {"type": "text"}}),
    "two": Asked(
        ("--modality", "text", "--modality", "image"), formats("text", "image")
    ),
    "two media": Asked(
        ("--modality", "image", "--modality", "audio"),
        formats("image", "audio"),
        "image",
    ),
    "the same twice": Asked(
        ("--modality", "audio", "--modality", "audio"), SPOKEN, "audio"
    ),
    "a voice": Asked(("--voice", "Kore"), said_by(KORE)),
    "a voice and audio": Asked(
        ("--modality", "audio", "--voice", "Kore"),
        {**SPOKEN, **said_by(KORE)},
        "audio",
    ),
    "speakers": Asked(
        ("--voice", "Ann=Kore", "--voice", "Bob Ray=Puck"),
        said_by({**KORE, "speaker": "Ann"}, {"voice": "Puck", "speaker": "Bob Ray"}),
    ),
    "a speaker with an equals sign": Asked(
        ("--voice", "a=b=Kore"), said_by({**KORE, "speaker": "a=b"})
    ),
    "beside a temperature": Asked(
        ("--temperature", "0", "--voice", "Kore"),
        {"generation_config": {"temperature": 0, **said_by(KORE)["generation_config"]}},
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, fields, lacks = BODIES[name]
    check_sent(gi, server, Row(argv, body(**fields)), lacks=lacks)


REFUSED = {
    "--schema": Refusal(
        ("--schema", "{}", "--modality", "image"),
        "--schema and --modality contradict each other: give one",
    ),
    "no folder": Refusal(
        ("--media-dir", "none"),
        "--media-dir: there is no folder none",
        ("mkdir -p none",),
    ),
    "a file": Refusal(("--media-dir", "file"), "--media-dir: file: Not a directory"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    (here / "file").touch()
    check_refused(gi, server, REFUSED[name])
    assert tree(here, here) == {"pics": "folder", "file": b""}


MODALITIES = {  # --modality, what comes, the files, what the answer lacks
    "the one": ("image", (image(PNG),), {"gi-abcdefgh-1.png": PNG}, ""),
    "another": (
        "audio",
        (image(PNG),),
        {"gi-abcdefgh-1.png": PNG},
        "the answer has no audio",
    ),
    "a text": ("image", (text("No."),), {}, "the answer has no image"),
    "a text that was asked for": ("text", (text("Yes."),), {}, ""),
}


@pytest.mark.parametrize("name", MODALITIES)
def test_modality(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    """What was asked for goes to the current folder."""
    kind, contents, files, wrong = MODALITIES[name]
    argv = ("--modality", kind)
    done = run(gi, server, one(*contents), *argv, code=8 if wrong else 0)
    shown = "".join(f"![image]({path})\n" for path in files) or contents[0]["text"]
    shown += "" if files or wrong else "\n"
    told = f"gi: error: {wrong}\ngi: id: {ID}\n" if wrong else ""
    assert done == Done(done.code, shown.encode(), told)
    assert tree(here, here) == {"pics": "folder", **files}


PLACEHOLDERS = {  # a content, and what stands for it
    "bytes": (image(PNG[:5]), "image: image/png, 5 B"),
    "kilobytes": (image(bytes(84_400)), "image: image/png, 84 kB"),
    "megabytes": (image(bytes(1_250_000)), "image: image/png, 1.2 MB"),
    "line breaks": (
        {**image(PNG), "data": "AAAA\n" * 100},
        "image: image/png, 300 B",
    ),
    "no type": (image(PNG, None), f"image: of unknown type, {len(PNG)} B"),
    "another type": (image(PNG, 5), f"image: of unknown type, {len(PNG)} B"),
    "parameters": (
        medium("audio", "audio/l16;rate=16000", b"\0\0"),
        "audio: audio/l16",
    ),
    "no type at all": (
        image(PNG, "](x)\n\x1b[2J"),
        f"image: of unknown type, {len(PNG)} B",
    ),
    "a path": (
        medium("video", "video/mp4/../x", b"abc"),
        "video: video/mp4, 3 B",
    ),
    "an address": (
        {"type": "document", "uri": "https://x/y", "mime_type": "application/pdf"},
        "document: application/pdf",
    ),
}
LOST = "the answer has media that were not saved, and the service keeps none"


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_placeholders(name: str, gi: Gi, server: ScriptedServer) -> None:
    content, shown = PLACEHOLDERS[name]
    kept = run(gi, server, one(text("a"), content))
    get = f"gi get {ID} --media-dir DIR"
    assert kept == Done(0, f"a\n[{shown}; {get}]\n".encode(), "")
    saved = gi("render", stdin=one(text("a"), content), environ=OFFLINE)
    assert saved == kept


def test_chunks_have_one_placeholder(gi: Gi, server: ScriptedServer) -> None:
    done = run(gi, server, one(text("a"), *PARTS, text("b")))
    get = f"gi get {ID} --media-dir DIR"
    assert done == Done(0, f"a\n[audio: audio/l16; {get}]\nb\n".encode(), "")


UNSTORED = {
    "an image": (one(text("a"), image(PNG), id=""), ("--no-store",)),
    "the flag alone": (one(text("a"), image(PNG)), ("--no-store",)),
    "no id": (one(text("a"), image(PNG), id=""), ()),
}


@pytest.mark.parametrize("name", UNSTORED)
def test_media_that_nobody_keeps(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    given, argv = UNSTORED[name]
    size = f"image/png, {len(PNG)} B"
    done = run(gi, server, given, *argv, code=8)
    assert done.out == f"a\n[image: {size}; not saved]\n".encode()
    told = [f"gi: error: {LOST}", "gi: hint: --media-dir DIR saves them"]
    assert done.err.splitlines()[:2] == told
    for format in ("ndjson", "json", "sse"):  # these have the data
        run(gi, server, given, *argv, "--format", format)
    done = run(gi, server, given, *argv, *SAVED)
    [path] = tree(here / "pics", here)
    assert done == Done(0, f"a\n![image]({path})\n".encode(), "")


def notes(*each: Json) -> Json:
    return {"type": "text_annotation_delta", "annotations": list(each)}


def cites(end: int, url: str) -> Json:
    return {"type": "url_citation", "url": url, "start_index": 0, "end_index": end}


ONE, TWO = "https://one/", "https://two/"
SECOND = "pics/gi-abcdefgh-2.png"
NOTES = f"\n[^1]: <{ONE}>\n[^2]: <{TWO}>\n"
CITED = {
    "before the image": (text("ab"), notes(cites(1, ONE)), image(PNG)),
    "behind the image": (text("ab"), image(PNG), notes(cites(1, ONE))),
}


@pytest.mark.parametrize("name", CITED)
def test_citations(name: str, gi: Gi, server: ScriptedServer) -> None:
    """They mark the text that they came for, and the picture stays behind it."""
    rest = (text("cd"), notes(cites(2, TWO)), image(JPEG), text("\n"))
    done = run(gi, server, one(*CITED[name], *rest), *SAVED, "--citations")
    shown = f"a[^1]b\n![image]({FIRST})\ncd[^2]\n"
    shown += f"![image]({SECOND[:-3]}jpg)\n\n{NOTES}"
    assert done == Done(0, shown.encode(), "")


def test_citations_of_a_whole_answer(gi: Gi, server: ScriptedServer) -> None:
    contents = (
        {**text("ab"), "annotations": [cites(1, ONE)]},
        image(PNG),
        {**text("cd"), "annotations": [cites(2, TWO)]},
    )
    reply = json_reply(interaction(output(*contents)))
    done = run(gi, server, reply, *SAVED, "--citations", command=("get", ID))
    shown = f"a[^1]b\n![image]({FIRST})\ncd[^2]\n{NOTES}"
    assert done == Done(0, shown.encode(), "")


def test_citations_beside_audio(gi: Gi, server: ScriptedServer) -> None:
    given = one(text("ab"), notes(cites(1, ONE)), *PARTS, text("cd"))
    done = run(gi, server, given, *SAVED, "--citations")
    shown = "a[^1]b\n[audio](pics/gi-abcdefgh-1.wav)\ncd\n"
    assert done == Done(0, f"{shown}\n[^1]: <{ONE}>\n".encode(), "")


def test_extract(gi: Gi, server: ScriptedServer, here: Path) -> None:
    """The files are saved, and the block has nothing but its lines."""
    given = one(image(PNG), text("a\n```sh\necho\n```\n"), image(PNG))
    done = run(gi, server, given, *SAVED, "-x")
    assert done == Done(0, b"echo\n", "")
    assert tree(here, here) == {"pics": "folder", FIRST: PNG, SECOND: PNG}
    done = run(gi, server, one(text("a"), image(PNG)), *SAVED, "-x", code=8)
    wrong = "gi: error: the answer has no fenced code block (--extract)"
    told = ["a", f"![image]({FIRST})", wrong, f"gi: id: {ID}"]
    assert (done.out, done.err.splitlines()) == (b"", told)
