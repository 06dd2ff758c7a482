"""`gi research`: Deep Research."""

from gi_cli.commands.bind import takes
from gi_cli.options.research import Research
from gi_cli.research import research
from gi_cli.run import Run

EPILOG = (
    "It runs in the background and is followed to its end, through drops. --once KEY "
    "makes it safe under cron. If gi is stopped, gi wait ID goes on."
)


@takes(Research)
def run(options: Research, run: Run) -> None:
    """Start Deep Research, follow it to its end, and deliver the report."""
    research(run, options)
