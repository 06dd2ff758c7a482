"""Images, audio, video and documents that are not saved: named in text, not lost."""

from typing import Any

from gi_cli.errors import Incomplete


def placeholder(content: dict[str, Any]) -> str:
    """What stands in text for a medium that is not saved."""
    kind, data = content.get("type"), content.get("data")
    whole = isinstance(data, str) and kind != "audio"  # audio comes in chunks
    size = f", {_size(len(data) * 3 // 4)}" if data and whole else ""
    shown = f"{kind}: {content.get('mime_type') or 'of unknown type'}{size}"
    return f"[{shown}; not saved]"


def _size(count: int) -> str:
    """Bytes in decimal units, as a file manager shows them."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def undelivered(format: str, *, count: int, kept: bool) -> Incomplete | None:
    """Media that text could only name are lost if the service does not keep them."""
    if format != "text" or kept or not count:
        return None
    return Incomplete(
        "the answer has media that were not saved, and the interaction is not stored",
        hints=("--format json keeps them",),
    )
