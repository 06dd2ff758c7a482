"""`gi create`: one interaction, streamed."""

from gi_cli import inputs
from gi_cli.commands.bind import takes
from gi_cli.errors import UsageError
from gi_cli.options import Create
from gi_cli.request import body
from gi_cli.run import Run

EPILOG = "The answer is written to stdout as it comes, everything else to stderr."


@takes(Create)
def run(options: Create, run: Run) -> None:
    """Ask a model or an agent, and stream the answer."""
    if options.agent and options.model and "model" in options.given:
        raise UsageError("--model and --agent contradict each other: give one")
    stdin = inputs.Stdin(run.env.console, run.say)
    texts = inputs.prompt_texts(options.prompt or (), stdin)
    system = options.system
    if system is not None:
        system = inputs.text_or_file(system, "--system", stdin)
    made = body.create(options, texts, system, stream=not options.no_stream)
    from gi_cli.session import send

    send(run, options, made, stdin)
