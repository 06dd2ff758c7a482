"""What every command that creates does around its exchange: preview, files, client."""

from typing import TYPE_CHECKING, Any

from gi_cli import settings
from gi_cli.errors import UsageError
from gi_cli.inputs import Stdin
from gi_cli.options import Create
from gi_cli.request import message
from gi_cli.run import Run
from gi_cli.settings import Settings
from gi_cli.sinks.sink import Sink

if TYPE_CHECKING:
    import httpx


def send(run: Run, options: Create, body: dict[str, Any], stdin: Stdin) -> None:
    """Show the request, or send it and deliver the answer."""
    resolved = settings.resolve(options, run.env.environ)
    if options.dry_run or options.curl:
        preview(run, options, _message(resolved, None, body))
        return
    key = _key(run, options, resolved)
    made = _message(resolved, key, body)
    run.show_thoughts = options.thoughts and run.format == "text"
    run.open(options, placeholder)
    run.env.waits.limit(timeout=resolved.timeout, idle=resolved.idle_timeout)
    stdin.tell_unread()
    _converse(run, resolved, made)
    stdin.tell_unread()


def _key(run: Run, options: Create, resolved: Settings) -> str | None:
    if resolved.offline:
        return None
    key = settings.api_key(options, run.env.environ, run.say)
    run.secrets.add(key)
    settings.require_safe(resolved)
    return key


def _message(
    resolved: Settings, key: str | None, body: dict[str, Any]
) -> message.Message:
    return message.Message(
        "POST",
        resolved.url("interactions"),
        settings.headers(resolved, key, stream=bool(body.get("stream"))),
        body,
    )


def preview(run: Run, options: Create, made: message.Message) -> None:
    """Print the request instead of sending it."""
    if options.dry_run and options.curl:
        raise UsageError("--dry-run and --curl contradict each other: give one")
    if options.curl and options.offline:
        raise UsageError("--curl and --offline contradict each other: give one")
    if options.dry_run:
        run.env.console.write(message.dry_run(made))
    else:
        run.env.console.write(message.curl(made, settings.KEY_HEADER))
    run.sink = Sink()  # a preview is all there is


def _converse(run: Run, resolved: Settings, made: message.Message) -> None:
    from gi_cli.exchange import converse
    from gi_cli.transport.send import Sender

    with _client(run, resolved) as client:
        converse(run, Sender(client, resolved, run.env.waits, run.log), made)


def _client(run: Run, resolved: Settings) -> "httpx.Client":
    from gi_cli.transport import network

    if resolved.offline:
        from gi_cli.transport.offline import emulator

        run.report.offline = True
        run.env.console.report("gi: offline: emulated answer")
        return network.client_over(resolved, emulator())
    if run.env.transport is not None:
        return network.client_over(resolved, run.env.transport)
    return network.client(resolved, run.env.environ)


def placeholder(content: dict[str, Any]) -> str:
    """What stands in text for a medium that is not saved."""
    kind, data = content.get("type"), content.get("data")
    whole = isinstance(data, str) and kind != "audio"  # audio comes in chunks
    size = f", {_size(len(data) * 3 // 4)}" if data and whole else ""
    shown = f"{kind}: {content.get('mime_type') or 'of unknown type'}{size}"
    return f"[{shown}; not saved]"


def _size(count: int) -> str:
    """Bytes in decimal units, as a file manager shows them."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
