"""The options of gi emulator."""

from typing import Annotated

from gi_cli.options import flag
from gi_cli.options.groups import Messages


class Emulator(Messages):
    """`gi emulator`."""

    table = "emulator"
    panel = "Server"
    without = frozenset(("verbose",))  # --log tells of requests

    port: Annotated[
        int, flag("--port", metavar="N", help="a port of its own (default: a free one)")
    ] = 0
    host: Annotated[
        str,
        flag("--host", metavar="HOST", help="an address here (default: 127.0.0.1)"),
    ] = "127.0.0.1"
    allow_remote: Annotated[
        bool, flag("--allow-remote", help="let --host be reached by other machines")
    ] = False
    state: Annotated[
        str | None,
        flag(
            "--state",
            metavar="FILE",
            help="keep interactions there (default: in memory)",
        ),
    ] = None
    fault: Annotated[
        list[str] | None,
        flag("--fault", metavar="RULES", help="what goes wrong: status=503, times=1"),
    ] = None
    replay: Annotated[
        list[str] | None,
        flag(
            "--replay",
            metavar="FILE",
            help="answer the next create from a saved stream",
        ),
    ] = None
    require_key: Annotated[
        bool, flag("--require-key", help="refuse requests without an API key")
    ] = False
    log: Annotated[
        str | None,
        flag(
            "--log",
            metavar="FILE",
            help="add a line of JSON for each request, - is stderr",
        ),
    ] = None
