"""A file as it is kept, and the object that the API makes of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from gi_cli.emulator.answers import timestamp

LIFETIME = 48 * 3600.0  # seconds
_PROCESSING = 1.0  # seconds that a video takes


class File(NamedTuple):
    """All of a file but its bytes."""

    id: str
    display_name: str
    mime_type: str
    size: int
    sha256: str  # base64
    created: float

    @property
    def expires(self) -> float:
        """The time when it is forgotten."""
        return self.created + LIFETIME

    @property
    def ready(self) -> float:
        """The time from which on it may be used."""
        is_video = self.mime_type.lower().startswith("video/")
        return self.created + (_PROCESSING if is_video else 0)


def resource(file: File, now: float, origin: str) -> dict[str, Any]:
    """Return the object for a client that has reached the service at `origin`."""
    is_ready = now >= file.ready
    name = f"files/{file.id}"
    return {
        "name": name,
        **({"displayName": file.display_name} if file.display_name else {}),
        "mimeType": file.mime_type,
        "sizeBytes": str(file.size),
        "createTime": timestamp(file.created),
        "updateTime": timestamp(file.ready if is_ready else file.created),
        "expirationTime": timestamp(file.expires),
        "sha256Hash": file.sha256,
        "uri": f"{origin}/v1beta/{name}",
        "state": "ACTIVE" if is_ready else "PROCESSING",
        "source": "UPLOADED",
    }


def dumps(file: File) -> bytes:
    """Write a file as JSON."""
    return orjson.dumps(file._asdict())


def loads(data: bytes) -> File:
    """Read what `dumps` has written."""
    return File(**orjson.loads(data))
