"""The options of gi doctor."""

from typing import Annotated

from gi_cli.options import flag
from gi_cli.options.groups import Connection, Messages


class Brief(Connection):
    """How the service is reached, by what only looks whether it is there."""

    default_timeout = "60s"
    default_idle_timeout = "30s"


class Doctor(Messages, Brief):
    """`gi doctor`."""

    table = "doctor"
    panel = "Output"
    examines = True
    without = frozenset(("retries", "max_retry_wait"))

    json: Annotated[bool, flag("--json", help="one JSON document")] = False
