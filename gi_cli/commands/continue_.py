"""`gi continue`: the next turn of a conversation."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Continue

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    'gi continue "And in winter?"',
    'gi continue --session trip "What should I pack?"',
    'gi continue --id ID --result CALL_ID="12 degrees"',
)
EPILOG = (
    "Without --id, --session or --last it goes on from the last turn of this "
    "terminal. It repeats that turn's model, tools and settings; what you type "
    "wins."
)


@takes(Continue)
def run(options: Continue, run: "Run") -> None:
    """Go on with a conversation."""
    from gi_cli.delivery import deliver
    from gi_cli.history import before
    from gi_cli.turn import Turn

    turn = Turn(run, options)
    made = turn.body(before(turn.session, options))
    deliver(turn, made, command="continue")
