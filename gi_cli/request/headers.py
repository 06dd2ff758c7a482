"""Headers that the user adds with -H; pure."""

import re
from collections.abc import Iterable, Mapping

from gi_cli.errors import UsageError

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
KEY_HEADER = "x-goog-api-key"
FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
    | {"expect", "te", "trailer", "upgrade"}
)

Headers = dict[str, str]


def parse(texts: Iterable[str]) -> Headers:
    """Headers by lower-case name; an empty value takes one of gi's own away.

    Raises UsageError for what would break the request, or hold the key.
    """
    found: Headers = {}
    for text in texts:
        name, colon, value = text.partition(":")
        name, value = name.strip().lower(), value.strip()
        shown = f"-H {name or text!r}"
        if not colon or not TOKEN.fullmatch(name):
            raise UsageError("-H: a header is NAME: VALUE")
        if not VALUE.fullmatch(value):
            raise UsageError(f"{shown}: the value is not plain ASCII on one line")
        if name == KEY_HEADER:
            raise UsageError(
                f"{shown}: no flag takes the key itself, others could read it",
                hints=("--api-key-file FILE", "GEMINI_API_KEY in the environment"),
            )
        if name in FRAMING:
            raise UsageError(f"{shown}: gi sets this header itself")
        if found.get(name, value) != value:
            raise UsageError(f"{shown} is given twice, with two values")
        found[name] = value
    return found


def add(own: Mapping[str, str], more: Mapping[str, str]) -> Headers:
    """The headers of a request: gi's own, and what the user adds or takes away."""
    return {k: v for k, v in {**own, **more}.items() if v}
