"""How a medium stands in text: as a reference to its file, or as what it would be."""

import os
import re
from pathlib import Path
from urllib.parse import quote

from gi_cli.wire.medium import File, Medium, size_of

PLAIN = re.compile(r"[\w./~+@,=-]+")  # a destination of Markdown that needs no <...>
TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
SPECIAL = "%<>\\#?&\"'`"  # what a reader of Markdown would take for something else


def placeholder(medium: Medium, how: str) -> str:
    """What stands for a medium that is not saved; `how` says what there is to do."""
    data = medium.content.get("data")
    whole = isinstance(data, str) and medium.kind != "audio"  # audio comes in chunks
    size = f", {_size(size_of(str(data)))}" if data and whole else ""
    known = TYPE.match(medium.mime_type)
    shown = f"{medium.kind}: {known[0] if known else 'of unknown type'}{size}"
    return f"[{shown}; {how}]"


def _size(count: int) -> str:
    """Bytes in decimal units, as a file manager shows them."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def reference(kind: str, file: File, beside: str | None) -> str:
    """Markdown that refers to a file.

    `beside` is the file that it will stand in; None is stdout, for the current folder.
    """
    path = file.path
    if beside is not None:
        path = os.path.relpath(path, Path(beside).resolve().parent)
    mark = "!" if kind == "image" else ""
    return f"{mark}[{kind}]({destination(path)})"


def destination(path: str) -> str:
    """A path as the destination of a link, in `<...>` where it needs that.

    It is a URL for whoever reads it: what would be taken for an escape, a query or a
    scheme is escaped.
    """
    path = "".join(
        c if c.isprintable() and c not in SPECIAL else _escaped(c) for c in path
    )
    if path.startswith("//"):  # a host would follow
        path = f"/{path.lstrip('/')}"
    if ":" in path.partition("/")[0]:
        path = f"./{path}"
    return path if PLAIN.fullmatch(path) else f"<{path}>"


def _escaped(character: str) -> str:
    """The character in a URL; a byte of a name that is no UTF-8 as that byte."""
    is_byte = "\udc80" <= character <= "\udcff"
    return quote(character, errors="surrogateescape" if is_byte else "replace")
