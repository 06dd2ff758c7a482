"""What gi touches of the process."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gi_cli.console import Console
from gi_cli.waits import Clock, Waits

if TYPE_CHECKING:
    import httpx


class Environment(NamedTuple):
    """Everything of the process that gi touches; tests give their own."""

    console: Console
    environ: Mapping[str, str]
    clock: Clock
    waits: Waits
    transport: "httpx.BaseTransport | None" = None
