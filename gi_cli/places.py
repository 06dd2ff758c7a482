"""Where gi keeps what must outlive a process."""

import os
from collections.abc import Mapping
from pathlib import Path

from gi_cli.errors import UsageError

TAIL = 8  # characters of an id that tell it from others; ids begin alike


def state_folder(environ: Mapping[str, str]) -> Path:
    """`$XDG_STATE_HOME/gi`; a relative value does not count, as the standard says."""
    base = environ.get("XDG_STATE_HOME", "")
    folder = base if base.startswith("/") else f"{home(environ)}/.local/state"
    return Path(folder) / "gi"


def local(path: str) -> Path:
    """A path that was typed, in UTF-8 whatever the locale."""
    return Path(os.fsdecode(path.encode("utf-8", "surrogateescape")))


def home(environ: Mapping[str, str]) -> str:
    """The user's home; raises UsageError where nothing tells it."""
    try:
        return environ.get("HOME") or str(Path.home())
    except RuntimeError as error:  # a container's user without an entry and a HOME
        raise UsageError("HOME is not set, and this user has no other home") from error


def config_path(environ: Mapping[str, str]) -> Path:
    """`$XDG_CONFIG_HOME/gi/config.toml`; a relative value does not count either."""
    base = environ.get("XDG_CONFIG_HOME", "")
    folder = base if base.startswith("/") else f"{home(environ)}/.config"
    return Path(folder) / "gi" / "config.toml"


def ledger_path(environ: Mapping[str, str]) -> Path | None:
    """Where the ledger is; None if GI_LEDGER is `off`. Raises UsageError."""
    value = environ.get("GI_LEDGER", "")
    if value == "off":
        return None
    if value and not value.startswith("/"):
        raise UsageError(f"GI_LEDGER: {value!r} is neither off nor an absolute path")
    return Path(value) if value else state_folder(environ) / "ledger.db"


def tail(id: str) -> str:
    """The end of an id, as part of a file name."""
    return "".join(c for c in id if c.isascii() and c.isalnum())[-TAIL:] or "turn"
