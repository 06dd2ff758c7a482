"""From events to the bytes of stdout: one sink per format."""

from typing import TYPE_CHECKING

from gi_cli.sinks.sink import Sink

if TYPE_CHECKING:
    from gi_cli.sinks.text import Named

FORMATS = ("text", "ndjson", "json", "sse")


def sink(name: str) -> Sink:
    """The sink of a format; text has its own function."""
    match name:
        case "text":
            return text_sink(str, tty=False)
        case "ndjson":
            from gi_cli.sinks.ndjson import NdjsonSink

            return NdjsonSink()
        case "json":
            from gi_cli.sinks.json import JsonSink

            return JsonSink()
    from gi_cli.sinks.sse import SseSink

    return SseSink()


def text_sink(
    named: "Named",
    *,
    tty: bool,
    extract: bool = False,
    citations: bool = False,
    last: bool = False,
) -> Sink:
    """The sink of text; `named` gives what stands there for a medium."""
    if extract:
        from gi_cli.sinks.extract import ExtractSink

        return ExtractSink(named, tty=tty)
    if citations:
        from gi_cli.sinks.citations import CitationSink

        return CitationSink(named, tty=tty)
    if last:
        from gi_cli.sinks.last import LastSink

        return LastSink(named, tty=tty)
    from gi_cli.sinks.text import TextSink

    return TextSink(named, tty=tty)


def paths_sink(end: str, *, tty: bool) -> Sink:
    """The sink of `gi image`: paths, each with `end` behind it."""
    from gi_cli.sinks.paths import PathsSink

    return PathsSink(end, tty=tty)
