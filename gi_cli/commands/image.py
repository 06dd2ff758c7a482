"""`gi image`: pictures from words, and from other pictures."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.image import Image

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    'gi image "a fox in the snow" --aspect-ratio 16:9 -o fox.jpg',
    'gi image "make it night" -i fox.jpg -o night.jpg',
    "gi image \"a cat\" --count 3 -o 'cat-{n}.{ext}'",
    'gi image --text "a story of a fox" --media-dir . > story.md',
)
EPILOG = (
    "stdout carries the paths of the pictures, one on a line. gi continue edits the "
    "last picture further."
)


@takes(Image)
def run(options: Image, run: "Run") -> None:
    """Generate or edit pictures, and write them to files."""
    from gi_cli.delivery import deliver
    from gi_cli.turn import Turn

    turn = Turn(run, options)
    deliver(turn, turn.body(), command="image")
