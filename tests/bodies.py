"""`gi create` against the scripted server: the body of its request, byte for byte."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import KEY, Gi
from tests.scripted import Reply, ScriptedServer, sse

TARGET = "/v1beta/interactions"
MODEL = "gemini-3-flash-preview"
RESEARCH = "deep-research-preview-04-2026"
FILES = {
    "role.txt": "A role.\n",
    "seven.txt": "7\n",
    "note.md": "[a](b) is a link\n",
    "object.json": ' {"a": [1, null]}\n',
    "list.json": '[{"type": "url_context"}, {"type": "code_execution"}]',
    "tool.json": '{"type": "google_search", "search_types": ["web_search"]}',
    "name.txt": "google_maps\n",
    "functions.json": '[{"name": "f"}, {"function": {"name": "g"}}]',
    "nan.json": '{"a": NaN}',
    "binary": "\0\1",
}


class Row(NamedTuple):
    """A command line behind `gi create`, and the whole body that it sends."""

    argv: tuple[str, ...]
    body: dict[str, Any]
    stdin: bytes | None = None


class Refusal(NamedTuple):
    """A command line behind `gi create`, and all that it says."""

    argv: tuple[str, ...]
    error: str
    hints: tuple[str, ...] = ()
    stdin: bytes | None = None


def body(**fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": "hi", **fields, "stream": True}


def of_agent(name: str, **fields: Any) -> dict[str, Any]:
    return {"agent": name, "input": "hi", **fields, "stream": True}


def fields(*texts: str, flag: str = "-F") -> tuple[str, ...]:
    return tuple(word for text in texts for word in (flag, text))


def typed(**base: Any) -> tuple[str, str]:
    return "--body", json.dumps(base)


def pairs(value: Any, path: str) -> list[str]:
    """A value as one field for each of its leaves."""
    if isinstance(value, dict) and value:
        return [f for k, v in value.items() for f in pairs(v, f"{path}.{k}")]
    if isinstance(value, list) and value:
        return [f for n, v in enumerate(value) for f in pairs(v, f"{path}[{n}]")]
    text = value if isinstance(value, str) else json.dumps(value)
    return [f"{path}={text}"]


WAYS = ("--body", "--body @-", "-F", "-F @-", "one by one")


def said(way: str, name: str, value: Any) -> tuple[tuple[str, ...], bytes | None]:
    """The flags that set a field in this way, and stdin."""
    whole = json.dumps({name: value})
    text = value if isinstance(value, str) else json.dumps(value)
    match way:
        case "--body":
            return typed(**{name: value}), None
        case "--body @-":
            return ("--body", "@-"), whole.encode()
        case "-F":
            return fields(f"{name}={text}"), None
        case "-F @-":
            return fields(f"{name}=@-"), text.encode()
    return fields(*pairs(value, name)), None


def environment(folder: Path, config: str, model: str = "") -> dict[str, str]:
    """A home with this configuration, and maybe GI_MODEL."""
    path = folder / "gi" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(config)
    found = {"GEMINI_API_KEY": KEY, "XDG_CONFIG_HOME": str(folder)}
    return {**found, "XDG_STATE_HOME": str(folder), "GI_MODEL": model}


def write_files(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text)


def answer(text: str = "1", id: str = "v1_a", **more: Any) -> Reply:
    step = {"type": "model_output", "content": [{"type": "text", "text": text}]}
    whole = {"id": id, "status": "completed", "steps": [step], **more}
    data = {"event_type": "interaction.completed", "interaction": whole}
    return sse(b"data: " + json.dumps(data).encode() + b"\n\n")


def check_sent(
    gi: Gi,
    server: ScriptedServer,
    row: Row,
    *,
    command: tuple[str, ...] = ("create", "hi"),
    environ: Mapping[str, str] | None = None,
    lacks: str = "",
) -> None:
    """One request was sent, with the bytes of the row's body.

    The answer is a text; it `lacks` the medium that was asked for.
    """
    server.expect("POST", TARGET, answer())
    argv = (*command, "-q", "--base-url", server.url, *row.argv)
    done = gi(*argv, code=8 if lacks else 0, stdin=row.stdin, environ=environ)
    told = f"gi: error: the answer has no {lacks}\ngi: id: v1_a\n"
    assert (done.out, done.err) == ((b"1", told) if lacks else (b"1\n", ""))
    assert server.requests[-1].json == row.body
    exact = json.dumps(row.body, ensure_ascii=False, separators=(",", ":"))
    assert server.requests[-1].body.decode() == exact


def check_refused(
    gi: Gi,
    server: ScriptedServer,
    refusal: Refusal,
    *,
    command: tuple[str, ...] = ("create", "hi"),
    environ: Mapping[str, str] | None = None,
) -> None:
    """Nothing was sent, and stderr says this and nothing else."""
    before = len(server.requests)
    argv = (*command, "--base-url", server.url, *refusal.argv)
    done = gi(*argv, code=2, stdin=refusal.stdin, environ=environ)
    lines = [f"gi: error: {refusal.error}"]
    lines += [f"gi: hint: {hint}" for hint in refusal.hints]
    assert (done.out, done.err.splitlines()) == (b"", lines)
    assert len(server.requests) == before
