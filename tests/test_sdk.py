"""gi beside Google's own SDK for Python: one intent, an equivalent request.

Both are pointed at one scripted server. Bodies are compared as a whole, after nothing
but what `normal` does; where the two differ on purpose, a test says so by name.
"""

import json
import shlex
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types

from tests import sdk_cases, sdk_turns
from tests.conftest import KEY, Gi
from tests.scripted import Reply, Request, ScriptedServer, json_reply, sse
from tests.sdk_cases import FILES, MODEL, Case, ask, config, shell, text

VERSION = "3.6.1"  # the one that pyproject.toml names
TARGET = "/v1beta/interactions"
CONTENTS = ("text", "image", "audio", "video", "document")
CASES = {
    f"{table}: {name}": case
    for table, rows in {
        "prompt": sdk_cases.PROMPTS,
        "setting": sdk_cases.SETTINGS,
        "choice": sdk_cases.CHOICES,
        "tool": sdk_cases.TOOLS,
        "format": sdk_turns.FORMATS,
        "field": sdk_turns.FIELDS,
        "agent": sdk_turns.AGENTS,
        "input": sdk_turns.INPUTS,
        "turn": sdk_turns.TURNS,
    }.items()
    for name, case in rows.items()
}

Exchange = tuple[str, str, Reply]
MEDIA = ("image", "audio", "video")


class Sdk:
    """Google's client, built once: by the first test that asks for it, in the clean
    environment of a test. It retries nothing."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server

    @cached_property
    def client(self) -> genai.Client:
        once = types.HttpRetryOptions(attempts=1)
        options = types.HttpOptions(
            base_url=self.server.url, api_version="v1beta", retry_options=once
        )
        return genai.Client(api_key=KEY, http_options=options)

    def create(self, arguments: dict[str, Any]) -> None:
        answered = self.client.interactions.create(**arguments)
        if arguments.get("stream"):
            list(answered)

    def recorded(self, act: Callable[[], object], *script: Exchange) -> list[Request]:
        """What the server was sent meanwhile."""
        before = len(self.server.requests)
        for method, target, reply in script:
            self.server.expect(method, target, reply)
        act()
        return self.server.requests[before:]


@pytest.fixture(scope="module")
def sdk() -> Iterator[Sdk]:
    with ScriptedServer() as server:
        made = Sdk(server)
        yield made
        made.client.close()


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)


def answer(arguments: dict[str, Any], **more: Any) -> Exchange:
    """A whole answer, in the way that was asked for."""
    step = {"type": "model_output", "content": [text("1")]}
    whole = {"id": "v1_a", "status": "completed", "steps": [step], **more}
    event = {"event_type": "interaction.completed", "interaction": whole}
    stream = sse(f"data: {json.dumps(event)}\n\n".encode())
    return "POST", TARGET, stream if arguments.get("stream") else json_reply(whole)


def one_number(literal: str) -> int | float:
    value = float(literal)
    return int(value) if value.is_integer() else value


def normal(request: Request) -> list[str]:
    """The body as lines of JSON, without the two differences that say nothing.

    The API takes a text, a content, a list of contents or a list of steps. gi sends one
    text as text and several contents as their list, the SDK puts that list into a step;
    here all of it is one step. And the SDK makes every temperature a float: 1.0 is 1.
    """
    body = json.loads(request.body, parse_float=one_number)
    given = body.get("input", [])
    given = text(given) if isinstance(given, str) else given
    contents = [given] if isinstance(given, dict) else given
    if contents and {each["type"] for each in contents} <= {*CONTENTS}:
        body["input"] = [{"type": "user_input", "content": contents}]
    return json.dumps(body, indent=1, sort_keys=True).splitlines()


def same(ours: list[Request], theirs: list[Request]) -> None:
    names = ("accept", "content-type", "x-goog-api-key")
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        assert normal(own) == normal(other)
        assert [own.header(n) for n in names] == [other.header(n) for n in names]


def test_version() -> None:
    assert genai.__version__ == VERSION


@pytest.mark.parametrize("name", CASES)
def test_one_intent_one_request(name: str, sdk: Sdk, gi: Gi) -> None:
    case = CASES[name]
    argv = (case.command, "--base-url", sdk.server.url, *shlex.split(case.line))
    script = answer(case.sdk)
    theirs = sdk.recorded(lambda: sdk.create(case.sdk), script)
    wanted = case.sdk.get("response_format")
    medium = isinstance(wanted, dict) and wanted["type"] in MEDIA
    code = 8 if medium else 0  # the answer is a text
    ours = sdk.recorded(lambda: gi(*argv, code=code, stdin=case.stdin), script)
    same(ours, theirs)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("store", [True, False])
def test_continued_at_the_decode_limit(
    stream: bool, store: bool, sdk: Sdk, gi: Gi
) -> None:
    asked = {**ask(store=store, system_instruction="Be."), "stream": stream}
    stored = "--store" if store else "--no-store"
    whole = () if stream else ("-F", "stream=false")
    argv = ("create", "hi", "--base-url", sdk.server.url, "-s", "Be.", stored, *whole)
    token = {"status": "requires_continuation", "continuation_token": "t=="}
    ids = [f"v1_{n}" if store else "" for n in range(2)]
    script = (answer(asked, id=ids[0], **token), answer(asked, id=ids[1]))
    theirs = sdk.recorded(lambda: sdk.create(asked), *script)
    ours = sdk.recorded(lambda: gi(*argv), *script)
    same(ours, theirs)


def schema(**more: Any) -> dict[str, Any]:
    wanted = {"type": "text", "mime_type": "application/json"}
    return {"response_format": {**wanted, "schema": {"type": "object", **more}}}


DIFFERENT: dict[str, tuple[Case, dict[str, Any], dict[str, Any]]] = {
    "gi drops an empty list that the API refuses": (
        Case(
            ask(**schema(required=[])),
            f"hi --schema {shell({'type': 'object', 'required': []})}",
        ),
        schema(),
        schema(required=[]),
    ),
    "gi sends a null that was asked for": (
        Case(ask(service_tier=None), "hi -F service_tier=null"),
        {"service_tier": None},
        {},
    ),
    "gi adds to an object, extra_body replaces it": (
        Case(
            config(seed=1) | {"extra_body": {"generation_config": {"mood": 1}}},
            "hi --seed 1 -F generation_config.mood=1",
        ),
        {"generation_config": {"seed": 1, "mood": 1}},
        {"generation_config": {"mood": 1}},
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_bodies_that_differ(name: str, sdk: Sdk, gi: Gi) -> None:
    case, ours, theirs = DIFFERENT[name]
    argv = ("create", "--base-url", sdk.server.url, *shlex.split(case.line))
    script = answer(case.sdk)
    sent = sdk.recorded(lambda: sdk.create(case.sdk), script)
    sent += sdk.recorded(lambda: gi(*argv), script)
    whole = {"model": MODEL, "input": "hi", "stream": True}
    assert [each.json for each in sent] == [{**whole, **theirs}, {**whole, **ours}]


def test_headers_that_differ(sdk: Sdk, gi: Gi) -> None:
    script = answer(ask())
    (theirs,) = sdk.recorded(lambda: sdk.create(ask()), script)
    (ours,) = sdk.recorded(
        lambda: gi("create", "hi", "--base-url", sdk.server.url), script
    )
    names = {name for name, _ in {*ours.headers} ^ {*theirs.headers}}
    named = {"api-revision", "x-goog-api-client"}  # of gi alone, of the SDK alone
    assert names == {"accept-encoding", "user-agent", *named}
    assert [ours.header(n) is None for n in sorted(named)] == [False, True]
    assert [theirs.header(n) is None for n in sorted(named)] == [True, False]


UPLOAD = "x-goog-upload-"
START = "/upload/v1beta/files"
FILE = {"name": "files/abc", "mimeType": "application/pdf", "state": "ACTIVE"}


def uploading(server: ScriptedServer, pieces: int) -> list[Exchange]:
    to = f"{START}?upload_id=u&upload_protocol=resumable"
    begun = {f"{UPLOAD}status": "active", f"{UPLOAD}url": server.url + to}
    more = json_reply({}, headers={f"{UPLOAD}status": "active"})
    last = json_reply({"file": FILE}, headers={f"{UPLOAD}status": "final"})
    replies = [*[more] * (pieces - 1), last]
    start = ("POST", START, json_reply({}, headers=begun))
    return [start, *(("POST", to, reply) for reply in replies)]


@pytest.mark.parametrize("pieces", [1, 2])
def test_upload(pieces: int, sdk: Sdk, gi: Gi, tmp_path: Path) -> None:
    data = FILES["paper.pdf"].ljust(((pieces - 1) << 23) + 9, b"\n")
    (tmp_path / "paper.pdf").write_bytes(data)
    script = uploading(sdk.server, pieces)
    named = types.UploadFileConfig(display_name="paper.pdf")
    theirs = sdk.recorded(
        lambda: sdk.client.files.upload(file="paper.pdf", config=named), *script
    )
    argv = ("files", "upload", "paper.pdf", "--base-url", sdk.server.url)
    ours = sdk.recorded(lambda: gi(*argv), *script)
    described = {"mime_type": "application/pdf", "size_bytes": len(data)}
    shown = {"display_name": "paper.pdf"}
    # What the file is, both say in headers; the SDK says it in the body as well.
    assert [ours[0].json, theirs[0].json] == [
        {"file": shown},
        {"file": {**shown, **described}},
    ]
    names = ("protocol", "command", "header-content-length", "header-content-type")
    heads = ("content-type", "x-goog-api-key", *(UPLOAD + n for n in names))
    expected = ["application/json", KEY, "resumable", "start", str(len(data))]
    for start in (ours[0], theirs[0]):
        assert [start.header(n) for n in heads] == [*expected, "application/pdf"]
    names = ("x-goog-api-key", f"{UPLOAD}offset", f"{UPLOAD}command", "content-length")
    sent, other = (
        [([piece.header(n) for n in names], piece.body) for piece in requests[1:]]
        for requests in (ours, theirs)
    )
    assert sent == other
    assert b"".join(body for _, body in sent) == data
    assert [head[0] for head, _ in sent] == [None] * pieces  # the key stays here


def test_headers_of_uploads_that_differ(sdk: Sdk, gi: Gi) -> None:
    """The SDK repeats the headers of the start with each piece, and sends the name of
    the file as a header too, where no other letters than those of ASCII fit."""
    script = uploading(sdk.server, 1)
    theirs = sdk.recorded(lambda: sdk.client.files.upload(file="paper.pdf"), *script)
    argv = ("files", "upload", "paper.pdf", "--base-url", sdk.server.url)
    ours = sdk.recorded(lambda: gi(*argv), *script)
    again = ("protocol", "file-name", "header-content-length", "header-content-type")
    more = [
        {"x-goog-api-client", f"{UPLOAD}file-name"},
        {"content-type", *(UPLOAD + name for name in again)},
    ]
    for own, other, names in zip(ours, theirs, more, strict=True):
        sent, known = ({name for name, _ in r.headers} for r in (other, own))
        assert sent - known == names
        assert known - sent <= {"api-revision"}


def test_uploaded_file(sdk: Sdk, gi: Gi) -> None:
    record = {**FILE, "uri": f"{sdk.server.url}/v1beta/files/abc"}
    script = [("GET", "/v1beta/files/abc", json_reply(record)), answer(ask())]

    def use() -> None:
        file = sdk.client.files.get(name="files/abc")
        given = {"type": "document", "uri": file.uri, "mime_type": file.mime_type}
        sdk.create(ask([text("Sum up."), given]))

    theirs = sdk.recorded(use, *script)
    argv = ("create", "Sum up.", "-i", "files/abc", "--base-url", sdk.server.url)
    ours = sdk.recorded(lambda: gi(*argv), *script)
    same(ours[1:], theirs[1:])
    assert [each.header("x-goog-api-key") for each in (ours[0], theirs[0])] == [KEY] * 2
