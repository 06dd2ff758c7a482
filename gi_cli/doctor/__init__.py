"""`gi doctor`: what is in force, what is wrong, and what helps."""

from gi_cli import __version__
from gi_cli.doctor import machine, service
from gi_cli.doctor.finding import Finding, as_text
from gi_cli.errors import ExitCode, GiError, worst
from gi_cli.options.doctor import Doctor
from gi_cli.run import Run
from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec


def examine(run: Run, options: Doctor) -> None:
    """Look at everything and print it; raises the worst error that was found."""
    run.sink = Sink()
    found = [
        machine.versions(),
        machine.config(run),
        machine.variables(run),
        *service.look(run, options),
        machine.ledger(run),
        machine.media(run),
        machine.terminal(run),
    ]
    found = [each.without_secrets(run.redacted) for each in found]
    errors = [each.error for each in found if each.error]
    error = worst(errors) if errors else None
    shown = _document(found, error) if options.json else as_text(found)
    run.env.console.show(shown)
    if error:
        names = ", ".join(each.name for each in found if each.error)
        raise type(error)(f"not in order: {names}", retryable=error.retryable)


def _document(found: list[Finding], error: GiError | None) -> bytes:
    document = {
        "gi": __version__,
        "ok": error is None,
        "exit_code": error.exit_code if error else ExitCode.OK,
        "checks": [each.record() for each in found],
    }
    return codec.dumps(document, indent=True) + b"\n"
