"""`gi cancel`: interactions that run in the background."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Cancel

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = ("gi cancel ID",)
EPILOG = "Only what runs in the background can be cancelled."


@takes(Cancel)
def run(options: Cancel, run: "Run") -> None:
    """Stop interactions that run in the background."""
    from gi_cli.lookup import cancel

    cancel(run, options)
