"""JSON as the wire has it: what orjson refuses or would change, the library reads.

orjson turns integers beyond 64 bits into floats and refuses lone surrogates, NaN and
1e400. All of them come from this API (halves of an emoji are split across deltas), and
none may be lost.
"""

import codecs
import json
import re
from contextlib import suppress
from typing import Any

import orjson

DEEPEST = 200  # levels; orjson writes 254, and gi puts some around
BIG_INTEGER = re.compile(r"[0-9]{19}")
CHARSETS = re.compile(  # of pages: Python has others, which are no encodings of text
    r"(?:iso-?8859|latin|windows|cp|koi8|euc|utf|big|gb|shift)[-_]?[a-z0-9-]{1,12}",
    re.IGNORECASE,
)
SHORT = 1 << 12  # characters that are quick to search
AT_ONCE = 1 << 20
ZEROS = b"0" * 19
DIGITS = bytes(48 if byte in b"0123456789" else 0 for byte in range(256))
SURROGATE = re.compile("[\ud800-\udfff]")


def loads(text: str | bytes) -> Any:
    """Read one JSON value; raises ValueError."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        value = _loads(text)
    else:
        value = _loads(text) if has_big_integer(text) else value
    require_shallow(text, value)
    return value


def has_big_integer(text: str) -> bool:
    """Tell whether so many digits stand in a row that orjson may lose some."""
    if len(text) < SHORT:
        return bool(BIG_INTEGER.search(text))
    for start in range(0, len(text), AT_ONCE):
        part = text[start : start + AT_ONCE + len(ZEROS)].encode(errors="replace")
        if ZEROS in part.translate(DIGITS):
            return True
    return False


def require_shallow(text: str, value: Any) -> None:
    """Raise ValueError for a value that could not be written again.

    Most short texts have too few brackets for that, which is quick to see.
    """
    if len(text) < SHORT and text.count("[") + text.count("{") <= DEEPEST:
        return
    level = [value]
    for _ in range(DEEPEST):
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [v for i in inner for v in (i.values() if isinstance(i, dict) else i)]
    if any(isinstance(each, dict | list) for each in level):
        raise ValueError("nested too deeply")


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_nothing, parse_float=_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def require_json(text: str) -> None:
    """Raise ValueError for what other programs do not take, as NaN."""
    loads(text)
    if "N" in text or "I" in text:
        json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _nothing(_: str) -> None:
    """NaN and Infinity are no JSON and have no other spelling than null."""


def _number(text: str) -> float | None:
    value = float(text)
    return value if abs(value) != float("inf") else None


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """Write one JSON value in UTF-8, on one line unless `indent`."""
    option = orjson.OPT_INDENT_2 if indent else None
    try:
        return orjson.dumps(value, option=option)
    except TypeError:  # a big integer or half a surrogate pair
        return orjson.dumps(_fragments(value), option=option)


def canonical(value: Any) -> bytes:
    """The same bytes for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _fragments(value: Any) -> Any:
    """The value with what orjson refuses as ready JSON in its place."""
    if isinstance(value, dict):
        if any(SURROGATE.search(key) for key in value):
            pairs = (dumps(k) + b":" + dumps(v) for k, v in value.items())
            return orjson.Fragment(b"{%b}" % b",".join(pairs))
        return {k: _fragments(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_fragments(each) for each in value]
    if isinstance(value, str) and SURROGATE.search(value):
        text = json.dumps(value, ensure_ascii=False)
        escaped = SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
        return orjson.Fragment(escaped)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(str(value))
    return value


def join_surrogates(text: str) -> str:
    """Join the halves of surrogate pairs that met when deltas were concatenated."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def encode(text: str) -> bytes:
    """UTF-8, half a surrogate pair as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()


def foreign(body: bytes, charset: str) -> str:
    """The text of a body that may be anybody's: UTF-8 if it is, else what its first
    bytes or `charset` say. Its end may be cut."""
    guessed = json.detect_encoding(body)  # by a byte order mark, or by NULs
    stated = [charset] if CHARSETS.fullmatch(charset) else []
    for name in (guessed, *stated):
        with suppress(LookupError, ValueError):
            return codecs.getincrementaldecoder(name)().decode(body)
    return body.decode("utf-8", "replace")


def text(value: Any) -> str | None:
    """What a column takes: text without half surrogate pairs."""
    return encode(value).decode() if isinstance(value, str) else None
