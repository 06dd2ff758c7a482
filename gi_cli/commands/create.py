"""`gi create`: one interaction, streamed."""

from gi_cli.commands.bind import takes
from gi_cli.delivery import deliver
from gi_cli.options.commands import Create
from gi_cli.run import Run
from gi_cli.turn import Turn

EPILOG = "The answer is written to stdout as it comes, everything else to stderr."


@takes(Create)
def run(options: Create, run: Run) -> None:
    """Ask a model or an agent, and stream the answer."""
    turn = Turn(run, options)
    deliver(turn, turn.body(), command="create")
