"""What has to be true of every run, whatever the service says."""

import json
import re
from pathlib import Path
from typing import Any

from tests.bench.fuzzed import Ended, Fuzzed
from tests.bench.junk import STREAM
from tests.bench.noise import Noise
from tests.bench.oracle import has_completed
from tests.bench.ways import FORMATS, PLACE, SAVING, Way, drawn

CODES = frozenset({0, 1, 3, 4, 5, 6, 7, 8})
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
OTHER_TEXT = "what the service has stored is not what was shown"


def check(noise: Noise, way: Way, format: str, ended: Ended) -> None:
    """Raise AssertionError for what may never be, whatever the service says."""
    code = ended.code
    known = CODES | {2} if way.argv[0] == "render" else CODES
    assert code in known, f"exit {code}: {ended.err}"
    assert code or has_completed(ended.served), "exit 0, and nothing has completed"
    if is_plain(noise, way):
        assert code == noise.code, f"exit {code}, not {noise.code}: {ended.err}"
    found = CONTROLS.search(ended.err)
    assert found is None, f"stderr has {found}"
    assert not [n for n in ended.files if n.endswith(".part")], f"left: {ended.files}"
    CHECKS[format](noise, way, ended)


def is_plain(noise: Noise, way: Way) -> bool:
    """Tell whether nothing was changed, and no flag asks for something else."""
    return noise.code is not None and way.plain


def _text(noise: Noise, way: Way, ended: Ended) -> None:
    text = ended.out.decode()
    if is_plain(noise, way):
        whole = noise.text.encode("utf-16", "surrogatepass").decode("utf-16")
        end = "" if ended.code or whole.endswith("\n") else "\n"
        assert text == whole + end, f"another text than {whole!r}"
    assert ended.code or not ended.out or ended.out.endswith(b"\n"), (
        "no last line break"
    )


def _sse(noise: Noise, way: Way, ended: Ended) -> None:
    first = noise.first
    if not way.exact or first.status // 100 != 2 or not first.type.startswith(STREAM):
        return
    if ended.posts == 1:
        assert ended.out == first.body, "other bytes than were received"
    assert ended.out.startswith(first.body), "not the bytes that were received"


def _ndjson(noise: Noise, way: Way, ended: Ended) -> None:
    *lines, last = ended.out.split(b"\n")
    assert last == b"", "no last line break"
    values = [_value(line) for line in lines]
    assert values[-1]["event_type"] == "gi.result", "no gi.result"
    _check_result(values[-1], way, ended)


def _json(noise: Noise, way: Way, ended: Ended) -> None:
    document = _value(ended.out)
    _check_result(document["gi"], way, ended)


def _check_result(result: dict[str, Any], way: Way, ended: Ended) -> None:
    assert result["exit_code"] == ended.code, f"gi.result has {result['exit_code']}"
    assert (result["error"] is None) == (ended.code == 0), "error and code differ"
    told = {Path(file["path"]).name for file in result["files"]}
    assert not way.lists_files or told == {*ended.files}, (
        f"files: {told}, not {ended.files}"
    )


def _value(text: bytes) -> Any:
    """JSON as every reader takes it: no NaN."""
    return json.loads(text.decode(), parse_constant=_refuse, parse_int=_number)


def _number(text: str) -> int | str:
    return int(text) if len(text) < 19 else text


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


CHECKS = {"text": _text, "ndjson": _ndjson, "json": _json, "sse": _sse}


def compare(fuzzed: Fuzzed, noise: Noise) -> int:
    """Run it in all formats, and each in one read: codes and outputs are the same.
    Tell how many runs that were.

    One difference is meant: where the service has stored another text than it has
    streamed, a format that has printed nothing of it yet can still tell the right one.
    """
    way, _ = drawn(noise)
    if way.formats != FORMATS or PLACE not in way.argv:
        way = SAVING  # else text lacks media that others show
    codes, contradicted = {}, False
    for format in FORMATS:
        ended = fuzzed.run(noise, way, format)
        check(noise, way, format, ended)
        whole = fuzzed.run(noise, way, format, at_once=True)
        assert ended.out == whole.out, f"{format}: another output in one read"
        codes[format], codes[f"{format} in one read"] = ended.code, whole.code
        contradicted |= OTHER_TEXT in ended.err
    assert contradicted or len({*codes.values()}) == 1, f"exit codes: {codes}"
    return len(codes)
