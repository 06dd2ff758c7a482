"""Audio: chunks that become one file, PCM behind the header of a WAV file."""

import wave
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.calling import event
from tests.conftest import Done, FakeClock, Gi
from tests.following import TARGET, runs_on
from tests.images import ID, PNG, Json, image, step, text, tree
from tests.media import (
    MP3,
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
    interaction,
    one,
    output,
    result,
    run,
    started,
    streamed,
    wav,
)
from tests.scripted import ScriptedServer, json_reply, sse

FIRST, SECOND, THIRD = (f"pics/gi-abcdefgh-{n}.wav" for n in (1, 2, 3))
LOST = "gi: error: the stream ended before the interaction was completed"


@pytest.fixture(autouse=True)
def here(here: Path) -> Path:
    (here / "pics").mkdir()
    return here


def saved(here: Path) -> dict[str, bytes | str]:
    return dict(tree(here / "pics", here))


HEADERS: dict[
    str, tuple[Json, int, int]
] = {  # a content without its data, and what its header says
    "nothing said": ({"mime_type": "audio/l16"}, 24_000, 1),
    "fields": (
        {"mime_type": "audio/l16", "sample_rate": 16_000, "channels": 2},
        16_000,
        2,
    ),
    "the old field": ({"mime_type": "audio/l16", "rate": 22_050}, 22_050, 1),
    "parameters": ({"mime_type": "audio/L16;codec=pcm;rate=16000"}, 16_000, 1),
    "with spaces": ({"mime_type": "audio/l16 ; rate=44100; channels=2"}, 44_100, 2),
    "pcm": ({"mime_type": "audio/pcm;rate=8000"}, 8_000, 1),
    "a field before a parameter": (
        {"mime_type": "audio/l16;rate=16000", "sample_rate": 48_000},
        48_000,
        1,
    ),
    "not a number": ({"mime_type": "audio/l16", "sample_rate": "high"}, 24_000, 1),
    "no numbers at all": (
        {"mime_type": "audio/l16;rate=fast", "sample_rate": True, "channels": None},
        24_000,
        1,
    ),
    "too small": (
        {"mime_type": "audio/l16", "sample_rate": 0, "channels": 0},
        24_000,
        1,
    ),
    "too large": (
        {"mime_type": "audio/l16", "sample_rate": 1 << 40, "channels": 1 << 15},
        24_000,
        1,
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    named, rate, channels = HEADERS[name]
    pcm = bytes(range(120))
    content = {"type": "audio", "data": b64encode(pcm).decode(), **named}
    done = run(gi, server, streamed(step(content)), *SAVED)
    assert done == Done(0, f"[audio]({FIRST})\n".encode(), "")
    assert saved(here) == {FIRST: wav(pcm, rate, channels)}
    with wave.open(FIRST) as made:
        told = made.getparams()
        assert made.readframes(told.nframes) == pcm
    assert told[:4] == (channels, 2, rate, 60 // channels)


class Case(NamedTuple):
    """A stream, the text that it becomes, and the files."""

    stream: bytes
    shown: str
    files: dict[str, bytes]


def opened(*indices: int) -> bytes:
    kind = {"type": "model_output"}
    return b"".join(event("step.start", index=n, step=kind) for n in indices)


def delta(index: int, content: Json) -> bytes:
    return event("step.delta", index=index, delta=content)


def two_files(*between: bytes) -> bytes:
    """A chunk in step 0, something else, and a second chunk."""
    return streamed(opened(0), delta(0, A), *between, delta(0, B))


BOTH = f"[audio]({FIRST})\n[audio]({SECOND})\n"
APART = {FIRST: wav(b"\1\0"), SECOND: wav(b"\2\0")}
THINKING = event("step.start", index=1, step={"type": "thought"})
THOUGHT = delta(1, {"type": "thought_summary", "content": text("Hm.")})
CASES = {
    "padding in the middle": Case(one(*PARTS), f"[audio]({FIRST})\n", {FIRST: WHOLE}),
    "line breaks and the alphabet of URLs": Case(
        one({**A, "data": "AQAC\nAA"}, {**A, "data": "-_-_"}),
        f"[audio]({FIRST})\n",
        {FIRST: wav(b"\1\0\2\0\xfb\xff\xbf")},
    ),
    "no type after the first": Case(
        one(PARTS[0], *(chunk(each, None) for each in PCM[1:])),
        f"[audio]({FIRST})\n",
        {FIRST: WHOLE},
    ),
    "the fields of the first": Case(
        one(chunk(PCM[0], sample_rate=8_000), *PARTS[1:]),
        f"[audio]({FIRST})\n",
        {FIRST: wav(b"".join(PCM), 8_000)},
    ),
    "another type": Case(
        one(A, chunk(MP3, "audio/mp3")),
        f"[audio]({FIRST})\n[audio](pics/gi-abcdefgh-2.mp3)\n",
        {FIRST: wav(b"\1\0"), "pics/gi-abcdefgh-2.mp3": MP3},
    ),
    "a text between": Case(
        one(text("a"), A, text("b"), B),
        f"a\n[audio]({FIRST})\nb\n[audio]({SECOND})\n",
        APART,
    ),
    "an image between": Case(
        one(A, image(PNG), B),
        f"[audio]({FIRST})\n![image](pics/gi-abcdefgh-2.png)\n[audio]({THIRD})\n",
        {**APART, SECOND[:-4] + ".png": PNG, THIRD: wav(b"\2\0")},
    ),
    "two contents of a start": Case(streamed(started(A, B)), BOTH, APART),
    "contents of a start, in order": Case(
        streamed(started(text("a"), A, text("b"), B, text("c"))),
        f"a\n[audio]({FIRST})\nb\n[audio]({SECOND})\nc\n",
        APART,
    ),
    "two steps": Case(streamed(step(A), step(B, index=1)), BOTH, APART),
    "a start, then deltas": Case(
        streamed(event("step.start", index=0, step=output(A)), delta(0, B)),
        BOTH,
        APART,
    ),
    "two steps at once": Case(
        streamed(opened(0, 1), delta(0, A), delta(1, B)), BOTH, APART
    ),
    "the stop of another step between": Case(
        two_files(opened(1), event("step.stop", index=1)), BOTH, APART
    ),
    "the start of another step between": Case(two_files(opened(1)), BOTH, APART),
    "a thought of another step between": Case(
        streamed(THINKING, opened(0), delta(0, A), THOUGHT, delta(0, B)),
        f"[audio]({FIRST})\n",
        {FIRST: wav(b"\1\0\2\0")},
    ),
    "an unknown event between": Case(
        two_files(event("interaction.progress", percent=5)),
        f"[audio]({FIRST})\n",
        {FIRST: wav(b"\1\0\2\0")},
    ),
}
CASES["an image between"].files.pop(SECOND)


@pytest.mark.parametrize("name", CASES)
def test_chunks(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    given, shown, files = CASES[name]
    assert run(gi, server, given, *SAVED) == Done(0, shown.encode(), "")
    assert saved(here) == files
    for format in ("ndjson", "json", "sse"):
        again = run(gi, server, given, *SAVED, "--format", format)
        assert again.err == ""
        assert saved(here) == files
        if format == "sse":
            assert again.out == given
        else:
            listed = [each["path"] for each in result(again.out)["files"]]
            assert listed == [*files]


@pytest.mark.parametrize("way", ["no stream", "GET"])
def test_contents_of_a_whole_answer_are_files_of_their_own(
    way: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    reply = json_reply(interaction(output(A, B)))
    argv = ("create", "hi", "--no-stream") if way == "no stream" else ("get", ID)
    done = run(gi, server, reply, *SAVED, command=argv)
    assert (done, saved(here)) == (Done(0, BOTH.encode(), ""), APART)


WRAPPED = {  # a type, the bytes, the suffix: only what is PCM gets a header
    "mp3": ("audio/mp3", MP3 + b"\0" * 9, "mp3"),
    "wav": ("audio/wav", wav(b"\1\0"), "wav"),
    "WAV that is called PCM": ("audio/l16", wav(b"\1\0"), "wav"),
    "ogg": ("audio/ogg_opus", b"OggS\0\2", "ogg"),
    "A-law": ("audio/alaw", b"\1\2\3", "alaw"),
    "nothing": (None, b"\1\2\3", "bin"),
    "a path": ("audio/../../x", b"\1\2\3", "bin"),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_has_a_form_of_its_own_is_untouched(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    kind, data, suffix = WRAPPED[name]
    parts = [chunk(data[:7], kind), chunk(data[7:], kind)]
    path = f"pics/gi-abcdefgh-1.{suffix}"
    if name == "WAV that is called PCM":
        parts = [chunk(data, kind)]
    done = run(gi, server, one(*parts), *SAVED)
    assert done == Done(0, f"[audio]({path})\n".encode(), "")
    assert saved(here) == {path: data}


def test_what_came_before_a_cut_is_kept(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    given = one(text("a"), *PARTS).partition(b"event: step.stop")[0]
    hint = f"gi: hint: gi wait --base-url {server.url} {ID}"
    outs = {}
    runs_on(server, ID)
    for format in ("text", "ndjson", "json", "sse"):
        server.expect("POST", TARGET, sse(given))
        argv = ("create", "hi", "--base-url", server.url, "--format", format)
        done = gi(*argv, *SAVED, code=5, clock=FakeClock())
        assert done.err == f"{LOST}\n{hint}\ngi: id: {ID}\n"
        outs[format] = done.out
    assert saved(here) == {FIRST: WHOLE}
    assert outs["text"] == f"a\n[audio]({FIRST})\n".encode()
    assert outs["sse"] == given
    assert deltas(outs["ndjson"])[-1] == in_place(PARTS[-1], FIRST, WHOLE)
    for format in ("ndjson", "json"):
        assert result(outs[format])["files"] == [filed(FIRST, WHOLE, "audio/wav")]


NOTHING = {"one": [chunk(b"")], "several": [chunk(b""), chunk(b"")]}


@pytest.mark.parametrize("name", NOTHING)
def test_no_byte_at_all(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    done = run(gi, server, one(*NOTHING[name]), *SAVED, code=8)
    shown = f"[audio: audio/l16; gi get {ID} --media-dir DIR]\n"
    wrong = "audio 1: its data is broken: there is none"
    assert done == Done(8, shown.encode(), error(server, wrong))
    assert saved(here) == {}
