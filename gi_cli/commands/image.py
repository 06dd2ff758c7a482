"""`gi image`: pictures from words, and from other pictures."""

from gi_cli.commands.bind import takes
from gi_cli.delivery import deliver
from gi_cli.options.image import Image
from gi_cli.run import Run
from gi_cli.turn import Turn

EPILOG = (
    "The paths of the pictures are written to stdout, one per line. -i gives a picture "
    "to edit, and gi continue edits the last one further."
)


@takes(Image)
def run(options: Image, run: Run) -> None:
    """Generate or edit pictures, and write them to files."""
    turn = Turn(run, options)
    deliver(turn, turn.body(), command="image")
