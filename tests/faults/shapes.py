"""Bodies of refusals, and the code and the words that are read in them."""

import json
from typing import Any, NamedTuple

WORDS = "Unknown parameter 'x'."
A = {"error": {"message": WORDS, "code": "invalid_request"}}
B = {"error": {"code": 404, "message": "No such thing.", "status": "NOT_FOUND"}}
LINKS = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "http://x"}]}
FRAMED = b"event: error\ndata: " + json.dumps(A).encode()
CUT = 1000  # characters of a message


class Shape(NamedTuple):
    row: tuple[str, str]  # a fault, and its row without the status
    name: str
    body: Any  # bytes, or JSON
    code: str | None
    message: str
    content_type: str = "application/json"
    from_api: bool = True


def error(**fields: Any) -> Any:
    return {"error": fields}


def inside(value: Any, times: int = 1) -> Any:
    """JSON in the message of an error, in the message of an error ..."""
    for _ in range(times):
        value = error(message=json.dumps(value))
    return value


STRING = "F90", "a code that is a string"
NUMBER = "F91", "a number and a status"
LIST = "F92", "in a list"
NESTED = "F93", "JSON inside the message"
BARE = "F94", "an error that is a string"
KEYLESS = "F95", "no error key"
EMPTY = "F96", "an empty body"
PAGE = "F97", "HTML"
HELLO = b"<!doctype html>\n<html><head><title>Sign\n in</title></head><body>x</body>"
DEEP = "[" * 5000 + "]" * 5000
SSE = "text/event-stream"
TITLED = "an HTML page (Sign in)"
NOTHING = "the body is empty"


def shape(row: tuple[str, str], name: str, body: Any, *told: str | None) -> Shape:
    code, message = told
    assert message is not None
    return Shape(row, name, body, code, message)


SHAPES = [
    shape(STRING, "plain", A, "invalid_request", WORDS),
    shape(STRING, "no message", error(code="gone"), "gone", ""),
    shape(STRING, "null message", error(code="gone", message=None), "gone", ""),
    shape(STRING, "a list", error(code="c", message=["a", "é"]), "c", '["a", "é"]'),
    shape(STRING, "an object", error(code="c", message={"a": 1}), "c", '{"a": 1}'),
    shape(STRING, "lines", error(code="a\nb", message="c\r\n\td"), "a b", "c d"),
    shape(
        STRING,
        "long",
        error(code="c" * 5000, message="d" * 5000),
        "c" * CUT + "...",
        "d" * CUT + "...",
    ),
    shape(
        STRING, "pretty", json.dumps(A, indent=2).encode(), *("invalid_request", WORDS)
    ),
    shape(
        STRING,
        "byte order mark",
        b"\xef\xbb\xbf" + json.dumps(A).encode(),
        *("invalid_request", WORDS),
    ),
    *(
        Shape(STRING, f"SSE, {name}", body, "invalid_request", WORDS, SSE)
        for name, body in {
            "whole": FRAMED + b"\n\n",
            "no blank line": FRAMED + b"\n",
            "no line end": FRAMED,
            "CRLF": FRAMED.replace(b"\n", b"\r\n"),
        }.items()
    ),
    *(
        Shape(
            STRING,
            f"{charset}{' of some kind' if not stated else ''}",
            json.dumps(error(code="c", message="é"), ensure_ascii=False).encode(
                charset
            ),
            "c",
            "é",
            f"application/json; charset={stated}",
        )
        for charset, stated in [
            ("utf-16", "utf-16"),
            ("utf-16", ""),
            ("utf-16-le", "utf-16le"),
            ("utf-32", "utf-8"),
            ("latin-1", "iso-8859-1"),
            ("utf-8", "iso-8859-1"),
            ("utf-8", "zip"),
            ("utf-8", '"no such"'),
        ]
    ),
    shape(NUMBER, "plain", B, "NOT_FOUND", "No such thing."),
    shape(
        NUMBER,
        "with details",
        error(**B["error"], details=[LINKS]),
        "NOT_FOUND",
        "No such thing.",
    ),
    shape(
        NUMBER,
        "details that are none",
        error(**B["error"], details="x"),
        "NOT_FOUND",
        "No such thing.",
    ),
    shape(NUMBER, "no status", error(code=99, message="m"), "99", "m"),
    shape(NUMBER, "huge", error(code=10**40, message="m"), str(10**40), "m"),
    shape(
        NUMBER, "a number as status", error(status=7, code="c", message="m"), "c", "m"
    ),
    *(
        shape(NUMBER, f"{code} as code", error(code=code, message="m"), None, "m")
        for code in (True, None, 4.5, -1, ["a"], {"a": 1})
    ),
    shape(
        NUMBER, "1e999 as code", b'{"error":{"code":1e999,"message":"m"}}', None, "m"
    ),
    shape(LIST, "plain", [B], "NOT_FOUND", "No such thing."),
    shape(LIST, "the first of two", [A, B], "invalid_request", WORDS),
    shape(LIST, "the error is one", {"error": [A["error"]]}, "invalid_request", WORDS),
    Shape(
        LIST,
        "pretty",
        json.dumps([B], indent=2).encode(),
        "NOT_FOUND",
        "No such thing.",
    ),
    shape(NESTED, "plain", inside(B), "NOT_FOUND", "No such thing."),
    shape(
        NESTED,
        "the inner code counts",
        error(code="c", message=json.dumps(A)),
        "invalid_request",
        WORDS,
    ),
    shape(
        NESTED,
        "the outer code is kept",
        error(code="c", message='{"message":"m"}'),
        "c",
        "m",
    ),
    shape(
        NESTED,
        "a list",
        error(code="c", message=json.dumps([B])),
        "NOT_FOUND",
        "No such thing.",
    ),
    shape(NESTED, "12 times", inside(A, 12), "invalid_request", WORDS),
    shape(NESTED, "no error", error(code="c", message='{"a": 1}'), "c", '{"a": 1}'),
    shape(
        NESTED, "half of it", error(code="c", message='{"error": {'), "c", '{"error": {'
    ),
    shape(NESTED, "brackets", error(code="c", message=DEEP), "c", "[" * CUT + "..."),
    shape(BARE, "plain", {"error": "no such model"}, None, "no such model"),
    shape(
        BARE,
        "with a message",
        {"error": "Bad Request", "message": "why"},
        None,
        "Bad Request: why",
    ),
    shape(
        BARE,
        "with a description",
        {"error": "x", "error_description": "why"},
        None,
        "x: why",
    ),
    shape(BARE, "true", {"error": True}, None, "true"),
    shape(BARE, "a number", {"error": 5}, None, "5"),
    shape(BARE, "strings", {"error": ["a", "é"]}, None, '["a", "é"]'),
    shape(BARE, "an object without words", error(foo="é"), None, '{"foo": "é"}'),
    shape(BARE, "an object with detail", error(detail="why"), None, "why"),
    *(
        Shape(KEYLESS, name, body, None, message, from_api=False)
        for name, body, message in [
            ("message", {"message": "blocked"}, "blocked"),
            ("detail", {"detail": "blocked"}, "blocked"),
            ("a list as detail", {"detail": [{"loc": 1}]}, '[{"loc": 1}]'),
            ("unknown", {"a": 1}, '{"a": 1}'),
            ("null", {"error": None, "message": "blocked"}, "blocked"),
            ("an empty error", {"error": {}}, '{"error": {}}'),
            ("a scalar", b"5", "5"),
            ("a string", b'"gone"', '"gone"'),
            ("null alone", b"null", "null"),
            ("an empty list", b"[]", "[]"),
            (
                "deep nesting",
                b'{"error":' + DEEP.encode(),
                '{"error":' + "[" * 991 + "...",
            ),
            ("text", b"upstream\n gone", "upstream gone"),
            ("NULs", b"\0" * 8, "\0\0"),
        ]
    ),
    *(
        Shape(EMPTY, name, body, None, NOTHING, from_api=False)
        for name, body in [
            ("nothing", b""),
            ("blanks", b" \r\n\t"),
            ("BOM", b"\xef\xbb\xbf"),
        ]
    ),
    *(
        Shape(PAGE, name, body, None, message, stated, from_api=False)
        for name, body, message, stated in [
            ("a title", HELLO, TITLED, "text/html"),
            ("no title", b"<p>x</p>", "an HTML page", "text/html"),
            ("as JSON", HELLO, TITLED, "application/json"),
            ("as a stream", HELLO, TITLED, SSE),
            ("byte order mark", b"\xef\xbb\xbf" + HELLO, TITLED, "text/html"),
            (
                "entities",
                b"<TITLE>a &amp; b&#233;</TITLE>",
                "an HTML page (a & bé)",
                "text/html",
            ),
            (
                "another charset",
                "<title>Accès refusé</title>".encode("latin-1"),
                "an HTML page (Accès refusé)",
                "text/html; charset=ISO-8859-1",
            ),
            ("a long title", b"<title>" + b"x" * 5000, "an HTML page", "text/html"),
            (
                "a late title",
                b"<!-- " + b"x" * 9000 + b"--><title>x</title>",
                "an HTML page (x)",
                "text/html",
            ),
        ]
    ),
]
