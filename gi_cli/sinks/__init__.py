"""From events to the bytes of stdout: one sink per format."""

from collections.abc import Callable
from typing import Any

from gi_cli.sinks.sink import Sink

FORMATS = ("text", "ndjson", "json", "sse")
Placeholder = Callable[[dict[str, Any]], str]


def sink(name: str) -> Sink:
    """The sink of a format; text has its own function."""
    match name:
        case "text":
            return text_sink(placeholder=str, tty=False)
        case "ndjson":
            from gi_cli.sinks.ndjson import NdjsonSink

            return NdjsonSink()
        case "json":
            from gi_cli.sinks.json import JsonSink

            return JsonSink()
    from gi_cli.sinks.sse import SseSink

    return SseSink()


def text_sink(
    *,
    placeholder: Placeholder,
    tty: bool,
    extract: bool = False,
    citations: bool = False,
    last: bool = False,
) -> Sink:
    """The sink of text; `placeholder` is the line for a medium not saved."""
    if extract:
        from gi_cli.sinks.extract import ExtractSink

        return ExtractSink(placeholder, tty=tty)
    if citations:
        from gi_cli.sinks.citations import CitationSink

        return CitationSink(placeholder, tty=tty)
    if last:
        from gi_cli.sinks.last import LastSink

        return LastSink(placeholder, tty=tty)
    from gi_cli.sinks.text import TextSink

    return TextSink(placeholder, tty=tty)
