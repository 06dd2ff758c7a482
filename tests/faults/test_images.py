"""Pictures as odd as they come: in the paths, in ndjson and in sse."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.calling import stream, whole
from tests.conftest import Gi
from tests.faults.catalogue import held
from tests.faults.rows import FORMATS, TARGET, data, told
from tests.images import (
    ID,
    JPEG,
    PNG,
    SECOND,
    SVG,
    THIRD,
    UNKNOWN,
    WEBP,
    Json,
    Tree,
    image,
    make,
    record,
    reference,
    step,
    text,
    tree,
)
from tests.scripted import ScriptedServer, sse

BODY: Json = {
    "model": "gemini-3.1-flash-image",
    "input": "a fox",
    "response_format": {"type": "image"},
    "stream": True,
}
FIRST, NEXT, LAST = (f"gi-abcdefgh-{n}.png" for n in (1, 2, 3))
OTHER = "gi: {} holds {}, whatever its name says\n"
NO_IMAGE = f"gi: error: the answer has no image\ngi: id: {ID}\n"
EMPTY = "gi: error: the interaction completed, but its output is empty\n"
EMPTY += f"gi: id: {ID}\n"
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@dataclass(frozen=True)
class Picture:
    """What comes, and which files there are then, with their kinds, in order. `said` is
    text of the model's, which is shown beside the paths only."""

    id: str
    what: str
    contents: Sequence[Json]
    files: Mapping[str, tuple[bytes, str]]
    argv: Sequence[str] = ()
    code: int = 0
    told: str = ""
    said: str = ""
    out: bytes | None = None  # in place of the paths
    before: Tree = field(default_factory=dict)
    place: str = "delta"
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.id} {self.what} {self.number or ''}".strip()


def pictures(rows: Sequence[Picture]) -> list[Any]:
    return [
        pytest.param(row, marks=held(row.id, row.what), id=f"{row.name} {number}")
        for number, row in enumerate(rows)
    ]


def one(
    id: str, what: str, data: bytes, mime: Any, suffix: str, kind: str, **more: Any
) -> Picture:
    """One picture under the name that gi finds for it."""
    files = {f"gi-abcdefgh-1.{suffix}": (data, kind)}
    return Picture(id, what, (image(data, mime),), files, **more)


def into(what: str, data: bytes, mime: Any, kind: str, name: str = "a.png") -> Picture:
    """One picture under a name that the user gave: it is kept, and gi says so."""
    warned = OTHER.format(name, kind)
    files = {name: (data, kind)}
    argv = ("-o", name)
    return Picture("F130", what, (image(data, mime),), files, argv, told=warned)


def named(content: Json) -> Json:
    return {**content, "name": "../fox.png", "file_name": "/fox.png"}


P, J, W, BIN = "image/png", "image/jpeg", "image/webp", "application/octet-stream"
S = "image/svg+xml"
TYPED = "a MIME type with a path"
THREE = {FIRST: (PNG, P), NEXT: (SECOND, P), LAST: (THIRD, P)}
ROWS = [
    one("F130", "JPEG named PNG", JPEG, P, "jpg", J),
    into("JPEG named PNG", JPEG, P, J),
    into("JPEG named PNG", PNG, J, P, "a.jpg"),
    one("F130", "WebP", WEBP, W, "webp", W),
    one("F130", "WebP", WEBP, P, "webp", W),
    one("F130", "unknown bytes", UNKNOWN, P, "png", P),
    one("F130", "unknown bytes", UNKNOWN, "image/x-new", "bin", "image/x-new"),
    into("unknown bytes", UNKNOWN, None, BIN),
    one("F130", "no MIME type", PNG, None, "png", P),
    one("F130", "no MIME type", JPEG, "", "jpg", J),
    one("F130", "no MIME type", UNKNOWN, None, "bin", BIN),
    one("F130", "no MIME type", UNKNOWN, 5, "bin", BIN),
    Picture("F134", "three images", [image(x) for x in (PNG, SECOND, THIRD)], THREE),
    Picture(
        *("F134", "three images", [image(x) for x in (PNG, SECOND, THIRD)]),
        {"a.png": (PNG, P), "a-3.png": (SECOND, P), "a-4.png": (THIRD, P)},
        ("-o", "a.png"),
        before={"a-2.png": b"old"},
    ),
    Picture(
        *("F134", "two with the same name", [named(image(x)) for x in (PNG, SECOND)]),
        {FIRST: (PNG, P), NEXT: (SECOND, P)},
    ),
    Picture(
        *("F134", "two with the same name", [image(PNG)] * 2),
        {FIRST: (PNG, P), NEXT: (PNG, P)},
    ),
    one("F135", "an image in the start", PNG, P, "png", P, place="start"),
    one("F135", "an image in a delta", PNG, P, "png", P),
    Picture(
        *("F137", "a refusal in words", [text("I draw no foxes.\nSorry")], {}),
        code=8,
        told=NO_IMAGE,
        said="I draw no foxes.\nSorry\n",
    ),
    Picture(
        *("F137", "a refusal in words", [text("No.")], {}, ("-o", "fox.png")),
        code=8,
        told=NO_IMAGE,
        said="No.\n",
        before={"fox.png": b"old"},
    ),
    Picture("F137", "a refusal in words", [], {}, code=8, told=EMPTY),
    Picture(
        *("F138", "-o that exists", [image(PNG)], {"fox.png": (PNG, P)}),
        ("-o", "fox.png"),
        before={"fox.png": b"old"},
    ),
    Picture(
        *("F138", "-o that is a folder", [image(PNG)], {f"pics/{FIRST}": (PNG, P)}),
        ("-o", "pics"),
        before={"pics": "folder"},
    ),
    Picture(
        *("F138", "-o that is a folder", [image(PNG)]),
        {"pics/gi-abcdefgh-1-2.png": (PNG, P)},
        ("-o", "pics/"),
        before={"pics": "folder", f"pics/{FIRST}": b"old"},
    ),
    one("F141", TYPED, UNKNOWN, "../../x", "bin", BIN),
    one("F141", TYPED, UNKNOWN, "image/../../png", "bin", BIN),
    one("F141", TYPED, UNKNOWN, "image/png/../../../x.sh", "bin", BIN),
    one("F141", TYPED, UNKNOWN, "/etc/passwd", "bin", BIN),
    one("F141", TYPED, UNKNOWN, "image/p\0g\n", "bin", BIN),
    one("F141", TYPED, UNKNOWN, "Image/PNG; name=../x.exe", "png", P),
    one("F141", TYPED, PNG, "../../x", "png", P),
    one("F141", "SVG", SVG, S, "svg", S),
    one("F141", "SVG", SCRIPT, S, "svg", S),
]


def _stream(row: Picture) -> bytes:
    contents = list(row.contents)
    if row.place == "start":
        output = {"type": "model_output", "content": contents}
        return stream(whole(output), id=ID, status="completed")
    return stream(step(*contents), id=ID, status="completed")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", pictures(ROWS))
def test_pictures(
    row: Picture,
    format: str,
    gi: Gi,
    server: ScriptedServer,
    here: Path,
    tmp_path: Path,
) -> None:
    make(here, row.before)
    sent = _stream(row)
    server.expect("POST", TARGET, sse(sent))
    words = ("image", "a fox", "--base-url", server.url, *row.argv)
    done = gi(*words, "--format", format, code=row.code)
    assert [request.json for request in server.requests] == [BODY]
    files = {path: data for path, (data, _) in row.files.items()}
    assert tree(tmp_path, here) == {**row.before, **files}
    said = row.said if format == "text" else ""
    assert done.err == said + row.told
    if format == "text":
        paths = "".join(f"{path}\n" for path in files).encode()
        assert done.out == paths
    elif format == "sse":
        assert done.out == sent
    else:
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert lines == [*_saved(row, sent), _result(row, done.err)]


def _saved(row: Picture, sent: bytes) -> list[Any]:
    """The events, with files in the place of data."""
    files = iter(row.files.items())
    lines = []
    for line in map(json.loads, data(sent)):
        holders = [line.get("delta"), *line.get("step", {}).get("content", ())]
        for content in holders:
            if content and content["type"] == "image":
                path, (contents, _) = next(files)
                del content["data"]
                content.update(reference(path, contents))
        lines.append(line)
    return lines


def _result(row: Picture, err: str) -> Json:
    known = {"interaction_id": ID, "interaction_ids": [ID], "status": "completed"}
    files = [record(path, *each) for path, each in row.files.items()]
    return {**told(row.code, err), **known, "files": files}
