"""The options of gi doctor."""

from typing import Annotated

from gi_cli.options import flag
from gi_cli.options.groups import Connection, Messages


class Brief(Connection):
    """How the service is reached, by what only looks whether it is there."""

    default_timeout = 60
    default_idle = 30

    timeout: Annotated[
        str | None,
        flag("--timeout", metavar="TIME", help="for the whole command (default: 60s)"),
    ] = None
    idle_timeout: Annotated[
        str | None,
        flag(
            "--idle-timeout",
            metavar="TIME",
            help="longest time without an answer (default: 30s)",
        ),
    ] = None


class Doctor(Messages, Brief):
    """`gi doctor`."""

    table = "doctor"
    panel = "Output"
    examines = True
    without = frozenset(("retries", "max_retry_wait"))

    json: Annotated[bool, flag("--json", help="one JSON document")] = False
