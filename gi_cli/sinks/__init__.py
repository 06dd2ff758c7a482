"""From events to the bytes of stdout: one sink per format."""

from collections.abc import Callable
from typing import Any

from gi_cli.sinks.sink import Sink

FORMATS = ("text", "ndjson", "json", "sse")
Placeholder = Callable[[dict[str, Any]], str]


def sink(name: str, *, placeholder: Placeholder, tty: bool) -> Sink:
    """The sink of a format; `placeholder` is the line for a medium not saved."""
    match name:
        case "text":
            from gi_cli.sinks.text import TextSink

            return TextSink(placeholder, tty=tty)
        case "ndjson":
            from gi_cli.sinks.ndjson import NdjsonSink

            return NdjsonSink()
        case "json":
            from gi_cli.sinks.json import JsonSink

            return JsonSink()
    from gi_cli.sinks.sse import SseSink

    return SseSink()
