"""Scripted answers that call functions, and runs of several requests."""

import json
from typing import Any

from gi_cli.waits import Clock
from tests.conftest import Done, Gi
from tests.scripted import Reply, ScriptedServer, sse

TARGET = "/v1beta/interactions"
MODEL = "gemini-3-flash-preview"
GET: dict[str, Any] = {"type": "function", "name": "get"}
PUT: dict[str, Any] = {"type": "function", "name": "put"}
DECLARED = ("--function", json.dumps([GET, PUT]))
QUIET = ("--exec", "get=cat", "--exec", "put=cat")

Json = dict[str, Any]


def event(kind: str, **data: Any) -> bytes:
    whole = {"event_type": kind, **data}
    return f"event: {kind}\ndata: {json.dumps(whole)}\n\n".encode()


def call(id: str = "A", name: str = "get", **more: Any) -> Json:
    return {"type": "function_call", "id": id, "name": name, **more}


def output(text: str) -> Json:
    return {"type": "model_output", "content": [{"type": "text", "text": text}]}


def result(text: str, id: str = "A", name: str = "get", **more: Any) -> Json:
    contents = [{"type": "text", "text": text}]
    head = {"type": "function_result", "call_id": id, "name": name}
    return {**head, "result": contents, **more}


def failed(text: str, id: str = "A", name: str = "get") -> Json:
    return result(text, id, name, is_error=True)


def whole(*steps: Json) -> bytes:
    """The events of steps that stand in their starts."""
    parts: list[bytes] = []
    for index, step in enumerate(steps):
        parts.append(event("step.start", index=index, step=step))
        parts.append(event("step.stop", index=index))
    return b"".join(parts)


def pieces(*texts: str, index: int = 0) -> bytes:
    """Arguments in deltas."""
    deltas = [{"type": "arguments_delta", "arguments": text} for text in texts]
    return b"".join(event("step.delta", index=index, delta=delta) for delta in deltas)


def stream(
    *parts: bytes, id: str = "v1_1", status: str = "requires_action", **fields: Any
) -> bytes:
    """A whole answer."""
    head = {"id": id, "status": "in_progress"} if id else {"status": "in_progress"}
    end = {**head, "status": status, **fields}
    return b"".join(
        (
            event("interaction.created", interaction=head),
            *parts,
            event("interaction.completed", interaction=end),
            b"event: done\ndata: [DONE]\n\n",
        )
    )


def calling(*steps: Json, id: str = "v1_1", **fields: Any) -> Reply:
    return sse(stream(whole(*steps), id=id, **fields))


def saying(text: str = "ok", id: str = "v1_2", **fields: Any) -> Reply:
    return sse(stream(whole(output(text)), id=id, status="completed", **fields))


def body(**fields: Any) -> Json:
    """The first request."""
    return {"model": MODEL, "input": "hi", "tools": [GET, PUT], **fields}


def follow_up(*steps: Json, id: str = "v1_1", **fields: Any) -> Json:
    """The request that answers calls, as the API takes it."""
    more = {"tools": [GET, PUT], "stream": True, **fields}
    stored = {"previous_interaction_id": id, "input": list(steps)}
    return {"model": MODEL, **stored, **more}


def run(
    gi: Gi,
    server: ScriptedServer,
    *argv: str,
    replies: tuple[Reply, ...],
    command: tuple[str, ...] = ("create", "hi"),
    code: int = 0,
    stdin: bytes | None = None,
    clock: Clock | None = None,
) -> Done:
    """Run against these answers, with two functions declared."""
    for reply in replies:
        server.expect("POST", TARGET, reply)
    url = ("--base-url", server.url)
    declared = DECLARED if command[0] == "create" else ()
    words = (*command, *url, *declared, *argv)
    return gi(*words, code=code, stdin=stdin, clock=clock)


def sent(server: ScriptedServer) -> Json:
    """The body of the last request."""
    found = server.requests[-1].json
    assert isinstance(found, dict)
    return found
