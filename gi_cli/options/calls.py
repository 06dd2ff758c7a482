"""The flags that say who answers function calls."""

from typing import Annotated

from gi_cli.options import Options, flag


class Calls(Options):
    """Who answers, and within which limits."""

    panel = "Function calls"

    exec: Annotated[
        list[str] | None,
        flag(
            "--exec",
            metavar="NAME=COMMAND",
            help="answer calls of NAME; arguments come on stdin",
        ),
    ] = None
    tools_dir: Annotated[
        str | None,
        flag(
            "--tools-dir",
            metavar="DIR",
            help="declare each NAME.json, run the NAME beside it",
        ),
    ] = None
    confirm: Annotated[
        bool | None,
        flag(
            "--confirm/--no-confirm",
            help="ask before each (default: for --tools-dir)",
        ),
    ] = None
    no_input: Annotated[
        bool,
        flag("--no-input", envvar="GI_NO_INPUT", help="never ask on the terminal"),
    ] = False
    max_rounds: Annotated[
        int | None,
        flag(
            "--max-rounds",
            metavar="N",
            help="most rounds of calls and answers (default: 16)",
        ),
    ] = None
    call_timeout: Annotated[
        str | None,
        flag("--call-timeout", metavar="TIME", help="for each command (default: 60s)"),
    ] = None
    call_output_limit: Annotated[
        str | None,
        flag(
            "--call-output-limit",
            metavar="SIZE",
            help="most that a command may print (default: 1M)",
        ),
    ] = None
    call_jobs: Annotated[
        int | None,
        flag("--call-jobs", metavar="N", help="commands at once (default: 1)"),
    ] = None
