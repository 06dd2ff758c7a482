"""`gi emulator`: a local service to test scripts against."""

from typing import TYPE_CHECKING

from gi_cli.commands.bind import takes
from gi_cli.options.emulator import Emulator

if TYPE_CHECKING:
    from gi_cli.run import Run

EXAMPLES = (
    'read -r url < <(gi emulator) && gi create --base-url "$url" Hello',
    "gi emulator --port 8080 --state emulator.db --log requests.ndjson",
    "gi emulator --fault 'status=503, on=CREATE, times=1; slow=50'",
    "gi emulator --replay first.sse --replay second.sse",
)
EPILOG = (
    "It prints its URL and serves until it is stopped. It is free, wants no network, "
    "and answers by rule, without a model."
)


@takes(Emulator)
def run(options: Emulator, run: "Run") -> None:
    """Serve the API's wire format on this machine, for tests."""
    from gi_cli.serving import serve

    serve(run, options)
