"""`gi create`: one interaction, streamed."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Create

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    'gi create "Why is the sky blue?"',
    'git diff | gi create "Write a commit message for this." -',
    'gi create -i notes.md -i photo.jpg "What do they have in common?"',
    "gi create --ndjson Hi | jq -r 'select(.delta.type == \"text\").delta.text'",
    'gi create --schema @city.json "Capital of Norway?" | jq -r .city',
    'gi create --function @weather.json --exec "get_weather=./weather" "Warm?"',
)
EPILOG = "The answer comes on stdout, all else on stderr."


@takes(Create)
def run(options: Create, run: "Run") -> None:
    """Ask a model or an agent, and stream the answer."""
    from gi_cli.delivery import deliver
    from gi_cli.turn import Turn

    turn = Turn(run, options)
    deliver(turn, turn.body(), command="create")
