"""`gi request`: any endpoint of the API."""

from gi_cli.commands.bind import takes
from gi_cli.options.commands import AnyRequest
from gi_cli.run import Run

EPILOG = (
    "Fields make the JSON body, or the query of a GET. "
    "gi request GET agents; gi request POST webhooks -F 'uris[]=https://...'"
)


@takes(AnyRequest)
def run(options: AnyRequest, run: Run) -> None:
    """Send a request to any endpoint, print what comes back."""
    from gi_cli.endpoint import send

    send(run, options)
