"""Scripted answers with pictures, and all that a folder holds."""

import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.calling import TARGET, event, stream
from tests.conftest import Done, Gi
from tests.pictures import drawn
from tests.scripted import Reply, ScriptedServer, sse

ID = "v1_Chd_abcdefgh"  # whose tail is in the default names
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
UNKNOWN = b"\x01\x02 nobody knows"

Json = dict[str, Any]
Tree = Mapping[str, bytes | str]  # files by path; else `folder`, `fifo`, `-> target`
NOTHING: Tree = MappingProxyType({})


def _file(width: int, kind: str) -> bytes:
    return b64decode(drawn(width, 1, kind)["data"])


PNG, SECOND, THIRD = (_file(width, "PNG") for width in (1, 2, 3))
JPEG, WEBP = _file(1, "JPEG"), _file(1, "WEBP")


def image(data: bytes, mime_type: Any = "image/png") -> Json:
    """An image content; None leaves the type out."""
    content: Json = {"type": "image", "data": b64encode(data).decode()}
    return content if mime_type is None else {**content, "mime_type": mime_type}


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def record(path: str, data: bytes, mime_type: str = "image/png") -> Json:
    """A file as `gi.result` has it."""
    return {**reference(path, data), "mime_type": mime_type}


def reference(path: str, data: bytes) -> Json:
    """What stands in the place of data."""
    return {"path": path, "bytes": len(data), "sha256": sha256(data).hexdigest()}


def step(*contents: Json, index: int = 0) -> bytes:
    start = event("step.start", index=index, step={"type": "model_output"})
    deltas = [event("step.delta", index=index, delta=each) for each in contents]
    return b"".join((start, *deltas, event("step.stop", index=index)))


def showing(*contents: Json, id: str = ID, **fields: Any) -> Reply:
    """A completed answer of one step."""
    end = {"status": "completed", **fields}
    return sse(stream(step(*contents), id=id, **end))


def ask(
    gi: Gi,
    server: ScriptedServer,
    *argv: str,
    replies: tuple[Reply, ...],
    code: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Done:
    """`gi image` against these answers, not one fewer."""
    for reply in replies:
        server.expect("POST", TARGET, reply)
    words = ("image", "a fox", "--base-url", server.url, *argv)
    return gi(*words, code=code, environ=environ)


def make(folder: Path, tree: Tree) -> None:
    for name, what in tree.items():
        path = folder / name
        if isinstance(what, bytes):
            path.write_bytes(what)
        elif what == "folder":
            path.mkdir()
        elif what == "fifo":
            os.mkfifo(path)
        else:
            path.symlink_to(what.removeprefix("-> "))


def tree(top: Path, folder: Path) -> Tree:
    """All that there is under `top`, by its path from a folder in it."""
    paths = [path for path in top.rglob("*") if not folder.is_relative_to(path)]
    return {os.path.relpath(path, folder): _what(path) for path in paths}


def _what(path: Path) -> bytes | str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"-> {path.readlink()}"
    if stat.S_ISREG(mode):
        return path.read_bytes()
    return {stat.S_IFDIR: "folder", stat.S_IFIFO: "fifo"}.get(
        stat.S_IFMT(mode), "device"
    )
