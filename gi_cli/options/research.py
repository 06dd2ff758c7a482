"""The options of `gi research`."""

from typing import Annotated

from gi_cli.options import flag, names
from gi_cli.options.ask import Ask
from gi_cli.options.groups import Output, Patient


class Research(Ask, Output, Patient):
    """`gi research`."""

    table = "research"
    panel = "Research"
    saves_beside = True
    without = frozenset(
        (
            *("model", "system", "store", "transcript", "extract", "function"),
            *("tool_choice", "thinking", "max_output_tokens", "temperature", "seed"),
            *("exec", "tools_dir", "confirm", "no_input", "max_rounds"),
            *("call_timeout", "call_output_limit", "call_jobs"),
        )
    )

    agent: Annotated[
        str | None,
        flag(
            "--agent",
            metavar="NAME",
            choices=("max", *names.DEEP_RESEARCH),
            help="max, or a name (default: deep-research-preview-04-2026)",
        ),
    ] = None
    thoughts: Annotated[
        bool, flag("--thoughts", help="show thought summaries on stderr")
    ] = False
    detach: Annotated[
        bool, flag("--detach", help="print the id as soon as it is known, and end")
    ] = False
    once: Annotated[
        str | None,
        flag(
            "--once",
            metavar="KEY",
            help="start it once; KEY may hold {date} {hour} {week} {month}",
        ),
    ] = None
    sources_file: Annotated[
        str | None,
        flag(
            "--sources",
            metavar="FILE",
            help="write what is cited: number, title, URL, bytes of the text",
        ),
    ] = None
