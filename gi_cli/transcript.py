"""A conversation that the user keeps: one step per line, sent back as it stands.

The first line says what the next turn repeats. The service keeps nothing of it.
"""

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from gi_cli import reading
from gi_cli.errors import UsageError, WriteFailed
from gi_cli.output import AtomicFile
from gi_cli.places import local
from gi_cli.waits import Waits
from gi_cli.wire import codec

HEAD = "gi.transcript"


class Transcript(NamedTuple):
    """What a file holds; `lines` are steps as JSON, byte for byte."""

    path: Path
    head: dict[str, Any]
    lines: list[bytes]
    digest: bytes  # of the whole file, to see whether another turn has changed it

    @property
    def settings(self) -> dict[str, Any]:
        """What the next turn repeats."""
        found = self.head.get("settings")
        return found if isinstance(found, dict) else {}

    @property
    def steps(self) -> list[orjson.Fragment]:
        """The steps for a body, not read again and so not changed."""
        return [orjson.Fragment(line) for line in self.lines]

    def file(self) -> AtomicFile:
        """Make the file that will replace this one; raises UsageError."""
        return AtomicFile(self.path, "--transcript")

    def grown(self, head: dict[str, Any], steps: list[dict[str, Any]]) -> bytes:
        """Give the file with more steps; raises WriteFailed if it is another by now."""
        now = self.path.read_bytes() if self.path.exists() else b""
        if _digest(now) != self.digest:
            raise WriteFailed(
                f"--transcript: {self.path} was changed while this turn was under way"
            )
        added = [codec.dumps(step) for step in steps]
        first = codec.dumps({"gi": HEAD, "v": 1, **head})
        return b"\n".join((first, *self.lines, *added)) + b"\n"


def begin(path: str, waits: Waits) -> Transcript:
    """A new conversation; raises UsageError if the file has one."""
    found = _read(path, waits, missing=b"")
    if found.strip():
        raise UsageError(
            f"--transcript: {path} is not empty",
            hints=(f"gi continue --transcript {path} goes on with it",),
        )
    return Transcript(local(path), {}, [], _digest(found))


def load(path: str, waits: Waits) -> Transcript:
    """The conversation so far; raises UsageError if that is not what the file holds."""
    data = _read(path, waits)
    digest = _digest(data)
    first, *lines = data.rstrip(b"\n").split(b"\n")
    del data
    try:
        head = codec.loads(first)
        whole = all(isinstance(codec.loads(line), dict) for line in lines)
    except ValueError as error:
        raise UsageError(f"--transcript: {path} is no transcript of gi") from error
    if not isinstance(head, dict) or head.get("gi") != HEAD or not whole:
        raise UsageError(f"--transcript: {path} is no transcript of gi")
    return Transcript(local(path), head, lines, digest)


def _digest(data: bytes) -> bytes:
    from hashlib import sha256  # with OpenSSL, which few runs need

    return sha256(data).digest()


def _read(path: str, waits: Waits, missing: bytes | None = None) -> bytes:
    try:
        with reading.opened(path, "--transcript", waits) as file:
            return file.read()
    except UsageError as error:
        if missing is not None and isinstance(error.__cause__, FileNotFoundError):
            return missing
        raise
