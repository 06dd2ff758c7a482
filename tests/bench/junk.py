"""What has no place in a stream: values, keys, lines, bytes."""

from typing import Any

STREAM, JSON, PAGE = "text/event-stream", "application/json", "text/html"
NUMBER, LONG, DEEP, DEEPER = (
    "@1e400@",
    "@long@",
    "@deep@",
    "@deeper@",
)  # what json does not write
SPELLED = {
    f'"{NUMBER}"': "1e400",
    f'"{LONG}"': "1" + "0" * 5000,
    f'"{DEEP}"': "[" * 150 + "]" * 150,
    f'"{DEEPER}"': '{"a":' * 3000 + "1" + "}" * 3000,
}
JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**64, -(10**40), LONG),
    *(float("nan"), float("inf"), NUMBER, DEEP, DEEPER, 1e308, -0.0),
    *("", "x", "\0", "\ud83d", "\udc00", "\ud83e\udd8a", "\u202e", "x" * 70_000, "%%%"),
    *("completed", "in_progress", "text", "model_output", "function_call", "image"),
    *("error", "user_input", "arguments_delta", "AAAA", "=", "A===", "AAAA\nAAAA"),
    *([], {}, [[]], {"": {}}, [None], ["x"], {"type": "text"}, {"type": []}, [0] * 300),
    {"type": "image", "data": "%"},
    {"type": "text", "text": {"text": "x"}},
    {"error": {"code": "x"}},
)
KEYS = (
    *(
        "type",
        "text",
        "id",
        "status",
        "index",
        "event_type",
        "delta",
        "step",
        "content",
    ),
    *(
        "interaction",
        "data",
        "uri",
        "mime_type",
        "arguments",
        "error",
        "event_id",
        "path",
    ),
    *("steps", "outputs", "usage", "annotations", "signature", "", "x", "\ud800", "gi"),
    *("continuation_token", "gi_synthetic", "gi_part", "bytes", "sha256", "gi_deltas"),
)
KINDS = (
    *("interaction.created", "interaction.completed", "interaction.status_update"),
    *(
        "step.start",
        "step.delta",
        "step.stop",
        "error",
        "interaction.error",
        "done",
        "",
    ),
    *("content.delta", "interaction.complete", "interaction.", "gi.result", "message"),
    *("gi.unparsed", "gi.recovered", "interaction.failed", "interaction.in_progress"),
)
INDEXES: tuple[Any, ...] = (0, 1, -1, 2.0, 0.5, "0", True, None, 10**30, [], {}, 2**63)
LINES = (
    *(
        b":",
        b": ping",
        b"data",
        b"data:",
        b"data: ",
        b"event: error",
        b"event:",
        b"event",
    ),
    *(b"id: \0", b"id: 7", b"id", b"retry: abc", b"retry: 9", b"DATA: {}", b"x", b" "),
    *(b"data: [DONE]", b"data: null", b"data: 1", b"data: {}", b"data: [", b"\xff\xfe"),
    *(
        b"data: NaN",
        b"data: [{}]",
        b'data: {"event_type":"step.start"}',
        b"<html>",
        b"{",
    ),
    *(b"event: gi.recovered", b"data:\t{}", b"  data: x", b"data : x", b"\xef\xbb\xbf"),
    *(b'data: {"a":1,"a":2}', b'{"error":{"code":503}}', b'[{"error":{"code":429}}]'),
)
BYTES = (
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\xbd",
    ),
    *(
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\xef\xbb\xbf",
        b"\x1b",
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
    ),
    *(
        b"\\u0000",
        b"\\ud83d",
        b"data:",
        b"\n\ndata: {}\n\n",
        b"\xf0\x9f\xa6",
        b"1e999",
        b",",
    ),
)
ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\r")
PAGES = (
    b"",
    b"<html><title>Sign in</title>",
    b"null",
    b"[]",
    b"{}",
    b"\xff",
    b"x" * 5000,
)
STATUSES = (400, 401, 403, 404, 409, 429, 500, 501, 503, 204, 201, 302)
