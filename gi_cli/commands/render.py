"""`gi render`: a saved stream in any format."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Render

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi render saved.sse",
    "gi render --json saved.sse | jq .usage",
    "gi create --sse Hello | tee saved.sse | gi render",
)
EPILOG = (
    "It reads what --sse, --ndjson, --json or --save-events wrote, without network, "
    "and ends with the exit code of that run."
)


@takes(Render)
def run(options: Render, run: "Run") -> None:
    """Show a saved stream in any format."""
    from gi_cli.saved import render

    render(run, options)
