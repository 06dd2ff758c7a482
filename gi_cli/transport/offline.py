"""The emulator in this process, without a socket."""

import httpx

from gi_cli.emulator.app import Emulator


def emulator() -> httpx.BaseTransport:
    """A transport that asks the emulator."""
    return httpx.WSGITransport(app=Emulator())
