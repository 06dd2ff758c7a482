"""What is measured: gi and the reference scripts, each with its output checked."""

import shutil
import sys
from pathlib import Path

import gi_cli
from tests.bench.place import Place, Spent
from tests.bench.streams import Images, Text
from tests.processes import GI

REFERENCE = Path(__file__).with_name("reference")
RESULT = b'{"event_type":"gi.result","v":1,"exit_code":0,'


def gi_version(place: Place) -> Spent:
    spent = place.run(GI, "--version")
    assert place.out.read_text() == f"gi {gi_cli.__version__}\n"
    return spent


def python_pass(place: Place) -> Spent:
    return place.run(sys.executable, "-c", "pass")


def gi_create(place: Place, stream: Text, format: str) -> Spent:
    base = place.base(stream.name)
    spent = place.run(GI, "create", "hi", "--format", format, "--base-url", base)
    rest = stream.outputs[format].rest(place.out)
    if format == "ndjson":
        assert rest.startswith(RESULT), f"no result: {rest!r}"
        assert rest.find(b"\n") == len(rest) - 1, f"more than the result: {rest!r}"
    else:
        assert rest == b"", f"more than the answer: {rest!r}"
    return spent


def script(place: Place, name: str, stream: Text | Images, *argv: str) -> Spent:
    url = f"{place.base(stream.name)}/v1beta/interactions"
    return place.run(sys.executable, str(REFERENCE / f"{name}.py"), url, *argv)


def print_text(place: Place, stream: Text) -> Spent:
    spent = script(place, "print_text", stream)
    assert stream.outputs["text"].rest(place.out) == b""
    return spent


def print_reads(place: Place, stream: Text, format: str) -> Spent:
    spent = script(place, "print_reads", stream, format)
    assert stream.outputs[format].rest(place.out) == b""
    return spent


def decode(place: Place, stream: Text) -> Spent:
    spent = script(place, "decode", stream)
    assert place.out.read_text() == f"{stream.events}\n"
    return spent


def gi_image(place: Place, stream: Images) -> Spent:
    folder = place.folder / "saved"
    folder.mkdir()
    to = ("-o", f"{folder}/", "--base-url", place.base(stream.name))
    spent = place.run(GI, "image", "hi", *to)
    told = [Path(line) for line in place.out.read_text().splitlines()]
    assert sorted(told) == sorted(folder.iterdir()), f"other files: {told}"
    assert [stream.image.rest(each) for each in told] == [b""] * stream.images
    shutil.rmtree(folder)
    return spent


def parse(place: Place, stream: Images) -> Spent:
    spent = script(place, "parse", stream)
    encoded = (stream.image.size + 2) // 3 * 4
    assert place.out.read_text() == f"{encoded}\n" * stream.images
    return spent
