"""`gi doctor`: what is in force and what is wrong."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.doctor import Doctor

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi doctor",
    "gi doctor --json | jq '.checks[] | select(.status == \"error\")'",
)
EPILOG = (
    "It asks the service for its list of models, which costs nothing. It ends with 0 "
    "if nothing is wrong, else with the code that other commands would end with."
)


@takes(Doctor)
def run(options: Doctor, run: "Run") -> None:
    """Tell what is in force and what is wrong, with remedies."""
    from gi_cli.doctor import examine

    examine(run, options)
