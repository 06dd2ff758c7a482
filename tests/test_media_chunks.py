"""Media in chunks: one file, its lines in NDJSON, its content in JSON, its bytes."""

import json
import random
import tempfile
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gi_cli.wire.medium import SLICE, pieces
from tests.calling import event
from tests.conftest import Done, Gi, run_main
from tests.images import ID, PNG, Json, image, step, text, tree
from tests.media import (
    OFFLINE,
    PARTS,
    PCM,
    SAVED,
    WHOLE,
    A,
    B,
    chunk,
    deltas,
    error,
    filed,
    in_place,
    one,
    output,
    result,
    run,
    streamed,
    wav,
)
from tests.scripted import ScriptedServer

FIRST, THIRD = (f"pics/gi-abcdefgh-{n}.wav" for n in (1, 3))
PICTURE, NEXT = (f"pics/gi-abcdefgh-{n}.png" for n in (1, 2))
END = bytes(range(1, 250))


@pytest.fixture
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


def saved(here: Path) -> dict[str, bytes | str]:
    return dict(tree(here / "pics", here))


def steps(out: bytes) -> list[Json]:
    found: list[Json] = json.loads(out)["steps"]
    return found


def test_lines(gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Each has the size of its own data, the last one tells of the whole file."""
    done = run(gi, server, one(*PARTS), *SAVED, "--ndjson")
    rest = {"type": "audio", "mime_type": "audio/l16"}
    sizes = [{**rest, "bytes": len(each)} for each in PCM[:-1]]
    assert deltas(done.out) == [*sizes, in_place(PARTS[-1], FIRST, WHOLE)]
    assert result(done.out)["files"] == [filed(FIRST, WHOLE, "audio/wav")]
    assert saved(here) == {FIRST: WHOLE}


def test_document(gi: Gi, server: ScriptedServer, here: Path) -> None:
    """The chunks are one content, with data or with a file."""
    assert steps(run(gi, server, one(*PARTS), "--json").out) == [
        output(chunk(b"".join(PCM)))
    ]
    found = steps(run(gi, server, one(*PARTS), *SAVED, "--json").out)
    assert found == [output(in_place(PARTS[0], FIRST, WHOLE))]
    told = run(gi, server, one(*PARTS), *SAVED, "--ndjson").out
    assert steps(gi("render", "--json", stdin=told, environ=OFFLINE).out) == found
    assert saved(here) == {FIRST: WHOLE}


def test_a_broken_chunk_costs_no_other(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    broken = {**A, "data": "AQA!"}
    given = one(A, broken, B, B)
    done = run(gi, server, given, *SAVED, code=8)
    get = f"gi get {ID} --media-dir DIR"
    shown = f"[audio]({FIRST})\n[audio: audio/l16; {get}]\n[audio]({THIRD})\n"
    wrong = "audio 2: its data is broken: it is no base64"
    assert done == Done(8, shown.encode(), error(server, wrong))
    files = {FIRST: wav(b"\1\0"), THIRD: wav(b"\2\0\2\0")}
    assert saved(here) == files
    told = deltas(run(gi, server, given, *SAVED, "--ndjson", code=8).out)
    ends = [in_place(A, FIRST, files[FIRST]), in_place(B, THIRD, files[THIRD])]
    size = {"type": "audio", "mime_type": "audio/l16", "bytes": 2}
    assert told == [ends[0], broken, size, ends[1]]
    found = steps(run(gi, server, given, *SAVED, "--json", code=8).out)
    assert found == [output(ends[0], broken, ends[1])]


def test_the_rest_of_an_image(gi: Gi, server: ScriptedServer, here: Path) -> None:
    """Deltas without a type and without a known beginning."""
    parts = (image(PNG), image(END[:9], None), image(b"", None), image(END[9:], None))
    shown = f"a\n![image]({PICTURE})\nb\n![image]({NEXT})\n"
    given = one(text("a"), *parts, text("b"), image(PNG, None))
    done = run(gi, server, given, *SAVED)
    assert done == Done(0, shown.encode(), "")
    assert saved(here) == {PICTURE: PNG + END, NEXT: PNG}


def test_the_rest_of_an_image_in_lines_and_document(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    """Each line tells of the file so far."""
    parts = (image(PNG), image(END[:9], None), image(END[9:], None))
    sizes = (PNG, PNG + END[:9], PNG + END)
    out = run(gi, server, one(*parts), *SAVED, "--ndjson").out
    lines = [in_place(e, PICTURE, d) for e, d in zip(parts, sizes, strict=True)]
    assert deltas(out) == lines
    file = filed(PICTURE, PNG + END, "image/png")
    assert result(out)["files"] == [file]
    assert saved(here) == {PICTURE: PNG + END}
    whole = [output(image(PNG + END))]
    assert steps(run(gi, server, one(*parts), "--json").out) == whole
    Path(PICTURE).unlink()
    out = run(gi, server, one(*parts), *SAVED, "--json").out
    assert steps(out) == [output(in_place(parts[0], PICTURE, PNG + END))]
    assert result(out)["files"] == [file]


BROKEN = {**image(PNG), "data": "!"}
REST = image(END, None)
NOT_THE_REST: dict[str, tuple[bytes, dict[str, bytes], int]] = {
    "of a broken one": (one(BROKEN, REST), {}, 8),
    "behind a text": (
        one(image(PNG), text("a"), REST),
        {PICTURE: PNG, "pics/gi-abcdefgh-2.bin": END},
        0,
    ),
    "of another step": (
        streamed(step(image(PNG)), step(REST, index=1)),
        {PICTURE: PNG, "pics/gi-abcdefgh-2.bin": END},
        0,
    ),
    "with a type": (
        one(image(PNG), image(END)),
        {PICTURE: PNG, NEXT: END},
        0,
    ),
    "broken itself": (one(image(PNG), {**REST, "data": "!"}), {PICTURE: PNG}, 8),
    "in a start": (
        streamed(event("step.start", index=0, step=output(image(PNG), REST))),
        {PICTURE: PNG, "pics/gi-abcdefgh-2.bin": END},
        0,
    ),
}


@pytest.mark.parametrize("name", NOT_THE_REST)
def test_what_is_not_the_rest_of_an_image(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    given, files, code = NOT_THE_REST[name]
    for format in ("text", "ndjson", "json"):
        run(gi, server, given, *SAVED, "--format", format, code=code)
        assert saved(here) == files


def rendered(given: bytes) -> bytes:
    """The only file of an answer."""
    with tempfile.TemporaryDirectory() as folder:
        run_main("render", "--media-dir", folder, stdin=given, environ=OFFLINE)
        [path] = Path(folder).iterdir()
        return path.read_bytes()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_chunks_of_audio_give_the_same_file(parts: list[bytes]) -> None:
    quiet = [b"\0\0", *parts]  # no beginning of another form
    assert rendered(one(*(chunk(each) for each in quiet))) == wav(b"".join(quiet))


PLACES = st.sets(st.integers(min_value=1, max_value=len(PNG + END)))


@settings(max_examples=50, deadline=None)
@given(PLACES)
def test_any_deltas_of_an_image_give_the_same_file(places: set[int]) -> None:
    whole, ends = PNG + END, [*sorted(places), None]
    starts = [0, *sorted(places)]
    parts = [whole[a:b] for a, b in zip(starts, ends, strict=True)]
    rest = (image(each, None) for each in parts[1:])
    assert rendered(one(image(parts[0]), *rest)) == whole


@settings(max_examples=300)
@given(st.binary(), st.sampled_from(["", "\n", "\r\n"]), st.integers(1, 9))
def test_pieces_are_the_bytes(data: bytes, mark: str, width: int) -> None:
    for encoded in (b64encode(data).decode(), urlsafe_b64encode(data).decode()):
        parts = [encoded[n : n + width] for n in range(0, len(encoded), width)]
        for spelt in (encoded, encoded.rstrip("="), mark.join(parts), encoded + mark):
            assert b"".join(pieces(spelt)) == data


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"


@settings(max_examples=300)
@given(st.binary(), st.characters(), st.integers(min_value=0))
@example(b"\0", "=", 0)
def test_pieces_refuse_what_is_no_base64(data: bytes, wrong: str, place: int) -> None:
    encoded = b64encode(data).decode().rstrip("=")
    place %= len(encoded) + 1
    inside = wrong == "=" and place < len(encoded)
    if inside or not (wrong == "=" or wrong in ALPHABET or wrong.isspace()):
        with pytest.raises(ValueError, match="it is no base64"):
            list(pieces(encoded[:place] + wrong + encoded[place:]))


LARGE = random.Random(1).randbytes(SLICE)  # noqa: S311 - more than one slice of base64
CODED = b64encode(LARGE).decode()
LONG = {
    "as it is": CODED,
    "for URLs": CODED.replace("+", "-").replace("/", "_"),
    "for URLs from the second slice on": CODED[:SLICE]
    + CODED[SLICE:].replace("+", "-").replace("/", "_"),
    "a last line break": f"{CODED}\n",
    "a line break in the second slice": f"{CODED[: SLICE + 5]}\r\n{CODED[SLICE + 5 :]}",
    "lines": "\n".join(CODED[n : n + 64] for n in range(0, len(CODED), 64)),
    "no padding": CODED.rstrip("="),
}


@pytest.mark.parametrize("name", LONG)
def test_large_data(name: str) -> None:
    assert CODED.endswith("=") and "+" in CODED[SLICE:]
    assert b"".join(pieces(LONG[name])) == LARGE


@pytest.mark.parametrize("wrong", ["!", "=", "QQ==", "\N{EM DASH}"])
def test_large_data_that_is_broken(wrong: str) -> None:
    for place in (0, SLICE - 1, SLICE, len(CODED) - 5):
        with pytest.raises(ValueError, match="it is no base64"):
            list(pieces(CODED[:place] + wrong + CODED[place:]))
