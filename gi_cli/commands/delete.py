"""`gi delete`: interactions the service shall forget."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Delete

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = ("gi delete ID",)
EPILOG = "A run that is under way goes on, and is paid for."


@takes(Delete)
def run(options: Delete, run: "Run") -> None:
    """Delete interactions from the service."""
    from gi_cli.lookup import delete

    delete(run, options)
