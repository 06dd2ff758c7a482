"""Requests that nobody should send: real ones with something changed, and junk."""

import json
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from tests.emulated import CALL, CLOCK, IMAGE, MODEL, RESEARCH, RESULT, THOUGHT, WEATHER

PATH = "/v1beta/interactions"
UPLOAD = {
    "X-Goog-Upload-Protocol": "resumable",
    "X-Goog-Upload-Command": "start",
    "X-Goog-Upload-Header-Content-Length": "9",
    "X-Goog-Upload-Header-Content-Type": "application/pdf",
}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "array", "items": {"$ref": "#"}}, "b": {"enum": [1]}},
    "required": ["b"],
}
SPOKEN = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}
BODIES: tuple[dict[str, Any], ...] = (
    {"model": MODEL, "input": "Hello"},
    {"model": MODEL, "input": "Hello", "stream": True},
    {"model": MODEL, "input": [{"type": "text", "text": "Look"}, IMAGE]},
    {"model": MODEL, "input": [SPOKEN, THOUGHT, CALL, RESULT], "store": False},
    {"model": MODEL, "input": "twice in Paris", "tools": [WEATHER, CLOCK]},
    {"model": MODEL, "input": "Hi https://a.b/c", "tools": [{"type": "url_context"}]},
    {"agent": RESEARCH, "input": "Hello", "background": True, "stream": True},
    {"agent": RESEARCH, "input": "Hi", "background": True, "environment": "remote"},
    {
        "model": MODEL,
        "input": "A fox",
        "response_format": {"type": "image", "image_size": "512"},
        "generation_config": {"thinking_summaries": "auto", "seed": 1},
    },
    {"model": MODEL, "input": "Say it", "response_format": {"type": "audio"}},
    {
        "model": MODEL,
        "input": "JSON",
        "response_format": [
            {"type": "text", "mime_type": "application/json", "schema": SCHEMA}
        ],
        "labels": {"a": "b"},
        "service_tier": "flex",
        "safety_settings": [{"type": "jailbreak", "threshold": "off"}],
        "webhook_config": {"uris": ["https://a.b"]},
    },
    {
        "model": MODEL,
        "input": "Tools",
        "generation_config": {"tool_choice": {"allowed_tools": {"tools": ["f"]}}},
        "tools": [
            {"type": "function", "name": "f", "parameters": SCHEMA},
            {"type": "mcp_server", "name": "m", "url": "https://m", "headers": {}},
            {"type": "google_maps", "latitude": 1.5},
        ],
    },
)
JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 2**53, 2**64, "", "x", "\0", "\ud800"),
    *("a" * 9999, "\u202e", "text", "object", [], {}, [[]], {"": {}}, {"type": []}),
    *(
        {"type": "text"},
        {"type": "image", "data": "%"},
        ["text"],
        "count from 1 to 9e9",
    ),
)
WORDS = (
    *("interactions", "files", "media", "cancel", "v1", "v1beta", "v2", "upload", ""),
    *("..", ".", "%2e%2e", "%00", "%ff", "v1_1", "a" * 3000, "%zz", "agents", "x?y"),
    *("00000000-512x512.png", "00000000-1-8000.wav", "Ж".encode().hex(), "*", "a%2Fb"),
)
QUERIES = (
    *("stream=true", "stream=yes", "include_input=true", "last_event_id=evt_3"),
    *("last_event_id=%00", "pageSize=1", "pageSize=x", "pageToken=5b5d", "alt=sse"),
    *("pageToken=zz", "key=k", "key=invalid", "upload_id=x", "=", "&&", "%", "a=%ff"),
)
FAULTS = (
    *("end=failed", "end=paused", "chunk=3", "no-event-ids", "slow=1", "truncate"),
    *("error-after=2", "queued=5", "gone", "shape=list", "rate-limit", "replay"),
    *("resume-refused", "x", "=", ";;", "times=2", "chunk=0", "drop-after=x", "end="),
)
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")
ODD_METHODS = ("HEAD", "OPTIONS", "TRACE", "get", "PROPFIND", "G\x01T", "")


class Mutant(NamedTuple):
    """A request as bytes; `sound` if HTTP says that it has to be answered."""

    kind: str
    data: bytes
    sound: bool = True
    pieces: int = 1  # it comes in so many
    half_closed: bool = False  # the client says that nothing more comes
    leaves: bool = False  # the client does not wait for an answer


def mutant(chance: random.Random, ids: list[str]) -> Mutant:
    """Return a request, the same for the same numbers; `ids` are known by now."""
    make = chance.choice(MAKERS)
    found = make(chance, ids)
    if chance.random() < 0.05:
        return found._replace(pieces=chance.randint(2, 9))
    return found


def _body(chance: random.Random) -> Any:
    body = deepcopy(chance.choice(BODIES))
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 1, 2, 8))):
        _change(chance, body)
    return body


def _change(chance: random.Random, body: Any) -> None:
    """Change something somewhere."""
    place = body
    while place and chance.random() < 0.7:
        inner = [*(place.values() if isinstance(place, dict) else place)]
        nested = [value for value in inner if isinstance(value, dict | list) and value]
        if not nested:
            break
        place = chance.choice(nested)
    taken = chance.choice((JUNK, chance.choice(TAKEN)))
    value = deepcopy(chance.choice(taken))
    if isinstance(place, list):
        at = chance.randrange(len(place) + 1)
        place[at : at + chance.randrange(2)] = [value] * chance.randrange(3)
    elif place and chance.random() < 0.6:
        name = chance.choice([*place])
        place.pop(name) if chance.random() < 0.3 else place.update({name: value})
    else:
        place[chance.choice(NAMES)] = value


TAKEN: list[Sequence[Any]] = [[*body.values()] for body in BODIES]
NAMES = [*{name for body in BODIES for name in body}, "x", "", "type", "text", "id"]


def _http(
    body: bytes,
    target: str = PATH,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> bytes:
    named = {"Host": "gi", "Content-Length": f"{len(body)}", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    head = f"{method} {target} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    return head.encode("latin-1", "replace") + body


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def _changed(chance: random.Random, ids: list[str]) -> Mutant:
    body = _body(chance)
    if ids and chance.random() < 0.2:
        body["previous_interaction_id"] = chance.choice(ids)
    return Mutant("changed body", _http(_dumps(body)))


def _broken(chance: random.Random, _: list[str]) -> Mutant:
    data = bytearray(_dumps(_body(chance)))
    for _number in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    deep = b'{"model":"m","input":' + b"[" * 5000
    odd = (b"", b"null", b"[]", b"NaN", b'{"a":1e999}', b"\xef\xbb\xbf{}", deep)
    chosen = bytes(data) if chance.random() < 0.8 else chance.choice(odd)
    return Mutant("broken JSON", _http(chosen))


def _huge(chance: random.Random, _: list[str]) -> Mutant:
    size = chance.randint(1, 4) << 20
    body = chance.choice(
        (
            {"model": MODEL, "input": "a" * size},
            {"model": MODEL, "input": [{"type": "text", "text": "b"}] * (size >> 8)},
            {
                "model": MODEL,
                "input": "c",
                "labels": {f"{n}": "d" for n in range(9999)},
            },
            {"x" * size: 1},
        )
    )
    data = _dumps(body)
    cut = size // 3 if chance.random() < 0.3 else None
    return Mutant("huge", _http(data[:cut]))


def _placed(chance: random.Random, ids: list[str]) -> Mutant:
    words = [chance.choice(WORDS) for _ in range(chance.randint(0, 5))]
    version = chance.choice(("v1", "v1beta"))
    known = [version, "interactions", chance.choice([*ids, "v1_x"])]
    place = [*known, *words[:1]] if chance.random() < 0.6 else words
    target = "/" + "/".join(place)
    if queries := [chance.choice(QUERIES) for _ in range(chance.randrange(4))]:
        target += "?" + "&".join(queries)
    method = chance.choice(METHODS)
    return Mutant("path and query", _http(b"", target, method))


def _headed(chance: random.Random, _: list[str]) -> Mutant:
    headers = {
        chance.choice(("X-Gi-Fault", "x-gi-fault")): chance.choice(FAULTS),
        chance.choice(("Accept", "X-A", "X-Goog-Api-Key", "Authorization")): (
            chance.choice(("", "invalid", "Bearer", "\xff", "a" * 9000, "text/plain"))
        ),
        "Content-Type": chance.choice(("", "text/plain", "application/json; x", "/")),
    }
    return Mutant("headers", _http(_dumps(_body(chance)), headers=headers))


def _upload(chance: random.Random, _: list[str]) -> Mutant:
    headers = dict(UPLOAD)
    for name in chance.sample([*headers], chance.randint(0, 2)):
        headers[name] = chance.choice(("", "x", "-1", "9" * 30, "query", "a/b", "\xff"))
    body = {"file": {"name": chance.choice(("files/a", "files/-", "", "x"))}}
    if chance.random() < 0.5:
        _change(chance, body)
    target = f"/upload/v1beta/files{chance.choice(('', '?upload_id=x', '?upload_id='))}"
    return Mutant("upload", _http(_dumps(body), target, headers=headers))


def _chunked(chance: random.Random, _: list[str]) -> Mutant:
    body = _dumps(_body(chance))
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    sound = chance.random() < 0.5
    if not sound:
        bad = (b"zz\r\n", b"-5\r\n", b"ffffffffff\r\n" + body, b"", b"5\r\nab")
        framed = chance.choice(bad)
    head = f"POST {PATH} HTTP/1.1\r\nHost: gi\r\nTransfer-Encoding: chunked\r\n"
    data = head.encode() + b"Connection: close\r\n\r\n" + framed
    return Mutant("chunked", data, sound, half_closed=not sound)


def _mislength(chance: random.Random, _: list[str]) -> Mutant:
    length = chance.choice(("-1", "x", "", "99999", "1e3", "+5", "9" * 25, "5, 5"))
    data = _http(_dumps(_body(chance)), headers={"Content-Length": length})
    return Mutant("wrong length", data, sound=False, half_closed=True)


def _malformed(chance: random.Random, _: list[str]) -> Mutant:
    lines = (
        *("GET", "GET /", "GET / HTTP/9.9", f"GET /{'a' * 70000} HTTP/1.1", "\x16\x03"),
        *(f"{method} {PATH} HTTP/1.1" for method in ODD_METHODS),
        *("GET / HTTP/1.1\r\n no: fold", "GET / HTTP/1.1\r\nno colon"),
        *("GET / HTTP/1.1" + "\r\nx: y" * 200, "GET http://a.b/ HTTP/1.1", " "),
    )
    data = f"{chance.choice(lines)}\r\nConnection: close\r\n\r\n"
    return Mutant("malformed", data.encode("latin-1"), sound=False, half_closed=True)


def _cut(chance: random.Random, ids: list[str]) -> Mutant:
    whole = _changed(chance, ids).data
    data = whole[: chance.randrange(len(whole))]
    leaves = chance.random() < 0.5
    return Mutant("cut", data, sound=False, half_closed=True, leaves=leaves)


def _left(chance: random.Random, ids: list[str]) -> Mutant:
    return _changed(chance, ids)._replace(kind="left", leaves=True)


def _half_closed(chance: random.Random, ids: list[str]) -> Mutant:
    return _changed(chance, ids)._replace(kind="half-closed", half_closed=True)


MAKERS: tuple[Callable[[random.Random, list[str]], Mutant], ...] = (
    *(_changed,) * 8,
    *(_broken,) * 3,
    *(_placed,) * 5,
    *(_headed,) * 3,
    *(_upload, _upload, _chunked, _mislength, _malformed, _cut, _left, _half_closed),
    _huge,
)
