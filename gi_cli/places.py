"""Where gi keeps what must outlive a process."""

from collections.abc import Mapping
from pathlib import Path

from gi_cli.errors import UsageError


def state_folder(environ: Mapping[str, str]) -> Path:
    """`$XDG_STATE_HOME/gi`; a relative value does not count, as the standard says."""
    base = environ.get("XDG_STATE_HOME", "")
    home = environ.get("HOME") or str(Path.home())
    return Path(base if base.startswith("/") else f"{home}/.local/state") / "gi"


def ledger_path(environ: Mapping[str, str]) -> Path | None:
    """Where the ledger is; None if GI_LEDGER is `off`. Raises UsageError."""
    value = environ.get("GI_LEDGER", "")
    if value == "off":
        return None
    if value and not value.startswith("/"):
        raise UsageError(f"GI_LEDGER: {value!r} is neither off nor an absolute path")
    return Path(value) if value else state_folder(environ) / "ledger.db"
