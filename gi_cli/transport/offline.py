"""The emulator in this process, without a socket."""

from collections.abc import Callable
from pathlib import Path

import httpx

from gi_cli.emulator.app import Emulator
from gi_cli.emulator.storage import Lenient, Stored


def emulator(
    state: Path | None = None, warn: Callable[[str], None] = lambda _: None
) -> httpx.BaseTransport:
    """A transport that asks the emulator, which keeps interactions in `state`.

    Without `state` they live as long as the transport. They do so too if the file
    cannot be used: then `warn` is told why, once.
    """
    storage = Lenient(Stored(state, warn), warn) if state else None
    return httpx.WSGITransport(app=Emulator(storage=storage))
