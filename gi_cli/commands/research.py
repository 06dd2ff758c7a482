"""`gi research`: Deep Research."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.research import Research

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    'gi research "What is new in battery research?" -o report.md',
    "gi research --once 'news-{date}' -o news.md \"What is new today?\"",
    'gi research --detach "What is new in battery research?"',
)
EPILOG = (
    "It runs in the background and is followed to its end, through drops; if gi is "
    "stopped, gi wait ID goes on."
)


@takes(Research)
def run(options: Research, run: "Run") -> None:
    """Run Deep Research to its end, and deliver the report."""
    from gi_cli.research import research

    research(run, options)
