"""`gi get`: one interaction as it is now."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Get

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi get ID",
    "gi get ID --json | jq .usage",
    "gi get ID --media-dir .",
)
EPILOG = "The exit code tells the status: 0 completed, 6 still running, 1 failed."


@takes(Get)
def run(options: Get, run: "Run") -> None:
    """Show an interaction as it is now, in any format."""
    from gi_cli.lookup import show

    show(run, options)
