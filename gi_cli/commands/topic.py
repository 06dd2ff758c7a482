"""`gi help`: what belongs to no command alone."""

import shlex
import sys
from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.errors import UsageError
from gi_cli.options.commands import Help
from gi_cli.topics import TOPICS

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = ("gi help exit-codes", "gi help formats", "gi help create")
EPILOG = "gi help COMMAND is gi COMMAND --help."


@takes(Help)
def run(options: Help, run: "Run") -> None:
    """Tell about exit codes, formats, fields, and more."""
    if options.topic not in TOPICS:
        known = ", ".join(TOPICS)
        raise UsageError(f"there is no topic {options.topic!r}, but {known}")
    share = shlex.quote(f"{sys.prefix}/share")
    run.env.console.write(TOPICS[options.topic].replace("SHARE", share).encode())
