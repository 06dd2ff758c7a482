"""What `gi image` says of the pictures that come, in every format."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calling import stream, whole
from tests.conftest import Done, Gi
from tests.images import (
    ID,
    PNG,
    SECOND,
    THIRD,
    Json,
    ask,
    image,
    make,
    record,
    reference,
    showing,
    step,
    text,
    tree,
)
from tests.scripted import ScriptedServer, json_reply, sse

BODY: Json = {
    "model": "gemini-3.1-flash-image",
    "input": "a fox",
    "response_format": {"type": "image"},
    "stream": True,
}
FIRST, NEXT = "gi-abcdefgh-1.png", "gi-abcdefgh-2.png"


pytestmark = pytest.mark.usefixtures("here")


def result(**fields: Any) -> Json:
    whole = {
        "v": 1,
        "exit_code": 0,
        "status": "completed",
        "interaction_id": ID,
        "interaction_ids": [ID],
        "usage": None,
        "files": [record("a.png", PNG), record("a-2.png", SECOND)],
        "error": None,
        "offline": False,
    }
    return {**whole, **fields}


TWO = (text("One "), image(PNG), text("two"), image(SECOND))
SAVED = (
    *(TWO[0], {"type": "image", "mime_type": "image/png", **reference("a.png", PNG)}),
    *(
        TWO[2],
        {"type": "image", "mime_type": "image/png", **reference("a-2.png", SECOND)},
    ),
)
BYTES = stream(step(*TWO), id=ID, status="completed")
WHOLE: Json = {"id": ID, "status": "completed"}


def shown(gi: Gi, server: ScriptedServer, here: Path, *argv: str) -> Done:
    """Two pictures in this format: the files are what was sent."""
    done = ask(gi, server, "-o", "a.png", *argv, replies=(sse(BYTES),))
    assert tree(here, here) == {"a.png": PNG, "a-2.png": SECOND}
    return done


FORMATS = {
    "paths": ((), b"a.png\na-2.png\n", "One two\n"),
    "-0": (("-0",), b"a.png\0a-2.png\0", "One two\n"),
    "-q": (("-q",), b"a.png\na-2.png\n", ""),
    "--sse": (("--sse",), BYTES, ""),
    "--text": (("--text",), b"One \n![image](a.png)\ntwo\n![image](a-2.png)\n", ""),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str, gi: Gi, server: ScriptedServer, here: Path) -> None:
    argv, out, err = FORMATS[name]
    done = shown(gi, server, here, *argv)
    assert (done.out, done.err) == (out, err)


def test_ndjson_has_files_in_place_of_data(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    done = shown(gi, server, here, "--ndjson")
    head, delta = {"event_type": "interaction.created"}, {"event_type": "step.delta"}
    start = {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}}
    deltas = [{**delta, "index": 0, "delta": each} for each in SAVED]
    running = {"id": ID, "status": "in_progress"}
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {**head, "interaction": running},
        start,
        *deltas,
        {"event_type": "step.stop", "index": 0},
        {"event_type": "interaction.completed", "interaction": WHOLE},
        {"event_type": "gi.result", **result()},
    ]
    assert done.err == ""


@pytest.mark.parametrize("argv", [("--json",), ("--json", "--no-stream")])
def test_json_has_files_in_place_of_data(
    argv: tuple[str, ...], gi: Gi, server: ScriptedServer, here: Path
) -> None:
    output = {"type": "model_output", "content": list(TWO)}
    streams = "--no-stream" not in argv
    reply = sse(BYTES) if streams else json_reply({**WHOLE, "steps": [output]})
    done = ask(gi, server, "-o", "a.png", *argv, replies=(reply,))
    round = {"interaction_id": ID, "status": "completed", "usage": None, "steps": 1}
    assert json.loads(done.out) == {
        **WHOLE,
        "steps": [{"type": "model_output", "content": list(SAVED)}],
        "gi": {**result(), "rounds": [round]},
    }
    assert done.err == ""
    assert tree(here, here) == {"a.png": PNG, "a-2.png": SECOND}


def test_count_asks_so_often(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    ids = ("v1_1", "v1_2", "v1_3")
    rows = zip((PNG, SECOND, THIRD), ids, strict=True)
    replies = tuple(showing(image(data), id=id) for data, id in rows)
    done = ask(gi, server, "--count", "3", "-o", "a.png", "--ndjson", replies=replies)
    files = {"a.png": PNG, "a-2.png": SECOND, "a-3.png": THIRD}
    assert [request.json for request in server.requests] == [BODY] * 3
    assert json.loads(done.out.splitlines()[-1]) == {
        "event_type": "gi.result",
        **result(
            interaction_id="v1_3",
            interaction_ids=[*ids],
            files=[record(path, data) for path, data in files.items()],
        ),
    }
    assert tree(tmp_path, here) == files


COUNTED = {
    "default names": ((), ["gi-v11-1.png", "gi-v12-1.png"]),
    "file": (("-o", "a.png"), ["a.png", "a-2.png"]),
    "template": (("-o", "{n}.{ext}"), ["1.png", "2.png"]),
    "folder": (("-o", "."), ["./gi-v11-1.png", "./gi-v12-1.png"]),
}


@pytest.mark.parametrize("name", COUNTED)
def test_count_stops_at_the_first_failure(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    argv, paths = COUNTED[name]
    refusal = {"error": {"code": "invalid_request", "message": "No foxes."}}
    replies = (
        showing(image(PNG), id="v1_1"),
        showing(image(SECOND), id="v1_2"),
        json_reply(refusal, status=400),
    )
    done = ask(gi, server, "--count", "4", *argv, replies=replies, code=1)
    assert done.out.decode().splitlines() == paths
    assert done.err.splitlines() == [
        "gi: error: the API refused the request: 400 invalid_request: No foxes.; "
        f"2 of 4 were delivered, in {' '.join(paths)}",
        "gi: id: v1_2",
    ]
    made = dict(zip(paths, (PNG, SECOND), strict=True))
    assert tree(tmp_path, here) == {k.removeprefix("./"): v for k, v in made.items()}


NO = {"type": "model_output", "content": [text("No.")]}
SOUND = {"type": "audio", "data": "AAAA", "mime_type": "audio/l16"}
THOUGHT = {"type": "thought", "summary": [image(PNG)]}
OF_THOUGHT = stream(
    whole(THOUGHT), step(text("No."), index=1), id=ID, status="completed"
)
ONLY_TEXT = stream(step(text("No.")), id=ID, status="completed")
ONLY_TEXT_WHOLE = {**WHOLE, "steps": [NO]}
LACKING = {
    "text only": (
        (showing(text("I draw no foxes.\nSorry")),),
        (),
        "",
        ["I draw no foxes.", "Sorry"],
    ),
    "text only, -q": (
        (showing(text("I draw no foxes.")),),
        ("-q",),
        "",
        ["I draw no foxes."],
    ),
    "text only, --text": (
        (showing(text("I draw no foxes.")),),
        ("--text",),
        "I draw no foxes.",
        [],
    ),
    "text only, --sse": ((sse(ONLY_TEXT),), ("--sse",), ONLY_TEXT.decode(), []),
    "one response": ((json_reply(ONLY_TEXT_WHOLE),), ("--no-stream",), "", ["No."]),
    "-o": ((showing(text("No.")),), ("-o", "fox.png"), "", ["No."]),
    "--media-dir": ((showing(text("No.")),), ("--media-dir", "."), "", ["No."]),
}


@pytest.mark.parametrize("name", LACKING)
def test_no_picture_is_an_incomplete_answer(
    name: str, gi: Gi, server: ScriptedServer, here: Path
) -> None:
    replies, argv, out, said = LACKING[name]
    make(here, {"fox.png": b"old"})
    done = ask(gi, server, *argv, replies=replies, code=8)
    told = [*said, "gi: error: the answer has no image", f"gi: id: {ID}"]
    assert (done.out.decode(), done.err.splitlines()) == (out, told)
    assert tree(here, here) == {"fox.png": b"old"}


def test_no_picture_among_several(gi: Gi, server: ScriptedServer, here: Path) -> None:
    replies = (showing(image(PNG)), showing(text("No more."), id="v1_2"))
    done = ask(gi, server, "--count", "3", replies=replies, code=8)
    assert (done.out.decode(), done.err.splitlines()) == (
        f"{FIRST}\n",
        [
            "No more.",
            f"gi: error: the answer has no image; 1 of 3 were delivered, in {FIRST}",
            "gi: id: v1_2",
        ],
    )
    assert tree(here, here) == {FIRST: PNG}


def test_broken_data_costs_no_other_picture(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    broken = {**image(PNG), "data": "!" * 16}
    reply = showing(broken, image(PNG), image(THIRD))
    done = ask(gi, server, "-o", "a.png", replies=(reply,), code=8)
    assert done.out == b"a-2.png\na-3.png\n"
    assert done.err.replace(server.url, "URL").splitlines() == [
        "gi: error: image 1: its data is broken: it is no base64",
        f"gi: hint: gi get --base-url URL {ID} --media-dir DIR",
        f"gi: id: {ID}",
    ]
    assert tree(here, here) == {"a-2.png": PNG, "a-3.png": THIRD}


def test_one_goes_with_an_id_file(gi: Gi, server: ScriptedServer, here: Path) -> None:
    argv = ("--count", "1", "--id-file", "id")
    ask(gi, server, *argv, replies=(showing(image(PNG)),))
    assert tree(here, here) == {FIRST: PNG, "id": f"{ID}\n".encode()}


OTHERS = {
    "sound": ((), showing(SOUND), "gi-abcdefgh-1.wav", []),
    "a thought's": (("--media-dir", "."), sse(OF_THOUGHT), "", ["No."]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_media_are_no_picture(name: str, gi: Gi, server: ScriptedServer) -> None:
    argv, reply, path, said = OTHERS[name]
    done = ask(gi, server, *argv, replies=(reply,), code=8)
    told = [*said, "gi: error: the answer has no image", f"gi: id: {ID}"]
    assert (done.out.decode().split(), done.err.splitlines()) == (path.split(), told)
