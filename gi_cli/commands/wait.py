"""`gi wait`: interactions to their end."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Wait

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi wait ID -o report.md",
    "gi wait ID1 ID2 -o reports/",
)
EPILOG = (
    "One ID is shown as gi get shows it. Several give one line each: ID, status and "
    "exit code, separated by tabs; -o DIR/ takes what they say."
)


@takes(Wait)
def run(options: Wait, run: "Run") -> None:
    """Follow running interactions to their end, from any machine."""
    from gi_cli.waiting import wait

    wait(run, options)
