"""`gi list`: what the local ledger knows."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import List

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi list --status in_progress --refresh",
    "gi list --ndjson | jq -r .id",
    "gi list --claims",
)
EPILOG = "The API has no list call: this is what gi started on this machine."


@takes(List)
def run(options: List, run: "Run") -> None:
    """List the interactions that were started here."""
    from gi_cli.listing import show

    show(run, options)
