"""`gi request`: any endpoint of the API."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.commands import AnyRequest

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    "gi request GET models -F pageSize=5",
    "gi request GET interactions/ID -F include_input=true",
    "gi request POST webhooks -F 'uris[]=https://example.com/hook'",
)
EPILOG = "Fields make the JSON body, or the query of a GET."


@takes(AnyRequest)
def run(options: AnyRequest, run: "Run") -> None:
    """Send a request to any endpoint, print what comes back."""
    from gi_cli.endpoint import send

    send(run, options)
