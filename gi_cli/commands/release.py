"""`gi release`: a KEY of --once that shall be free again."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import Release

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi list --claims",
    "gi release news-2026-11-24",
)
EPILOG = "The next run with this KEY starts the work again, and pays for it again."


@takes(Release)
def run(options: Release, run: "Run") -> None:
    """Free a KEY of --once, so that the next run starts anew."""
    from gi_cli.release import release

    release(run, options)
