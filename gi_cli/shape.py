"""In which shape a run's payload comes out: judged before anything is sent."""

import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from gi_cli.errors import UsageError
from gi_cli.options.groups import Formats, Shown
from gi_cli.output import distinct, is_stdout
from gi_cli.request.body import expects_json
from gi_cli.sinks import FORMATS, paths_sink, sink, text_sink
from gi_cli.sinks.sink import Sink
from gi_cli.sinks.text import Named

TEXT = "text"
MEDIA = {"image": "a picture", "audio": "a sound", "video": "a film"}
FILES = {  # that options name, besides -o
    "save_events": "--save-events",
    "id_file": "--id-file",
    "transcript": "--transcript",
    "sources_file": "--sources",
}
TOOL_USERS = {"tools", "agent"}  # what may lead to more than one text


class Shape(NamedTuple):
    """`end` comes behind each path where stdout carries the paths of pictures; it is ""
    where stdout is a picture itself."""

    format: str
    extract: bool = False
    citations: bool = False
    last: bool = False
    end: str | None = None


def format_of(options: Formats) -> str:
    """The format that the flags name; raises UsageError for two, or an unknown one."""
    names = [name for name in ("ndjson", "json", "sse") if getattr(options, name)]
    flags = [f"--{name}" for name in names]
    if options.format is not None:
        if options.format not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: {options.format!r} is none of {known}")
        names, flags = [*names, options.format], [*flags, f"--format {options.format}"]
    if len(set(names)) > 1:
        raise UsageError(f"{flags[0]} and {flags[1]} contradict each other: give one")
    return names[0] if names else TEXT


def shape_of(options: Shown, format: str, body: Mapping[str, Any]) -> Shape:
    """The shape that flags and request ask for; raises UsageError where they
    contradict each other."""
    if options.names_pictures:
        return Shape(format, end=_end(options, format))
    if options.out:
        _require_no_medium(options.out)
    extract = bool(getattr(options, "extract", False))
    citations = bool(getattr(options, "citations", False))
    for flag, is_set in (("--extract", extract), ("--citations", citations)):
        if is_set and format != TEXT:
            raise UsageError(f"{flag} goes with --format text only")
        if is_set and expects_json(body):
            raise UsageError(f"{flag} and --schema contradict each other: give one")
    if extract and citations:
        raise UsageError("--extract and --citations contradict each other: give one")
    last = expects_json(body) and bool(body.keys() & TOOL_USERS)
    return Shape(format, extract, citations, last)


def _end(options: Shown, format: str) -> str | None:
    """What ends the path of a picture; None where text is shown."""
    out = options.out or ""
    shows_one = is_stdout(out)
    null, text = getattr(options, "null", False), getattr(options, "text", False)
    other = "--text" if text else f"--format {format}"
    for flag, is_set in (("-0", null), (f"-o {out}", shows_one)):
        if is_set and (text or format != TEXT):
            raise UsageError(f"{flag} and {other} contradict each other: give one")
    if shows_one:
        return ""
    return None if text else "\0" if null else "\n"


def shaped(shape: Shape, named: Named, *, tty: bool) -> Sink:
    """The sink for it; `named` gives what stands in text for a medium."""
    if shape.format != TEXT:
        return sink(shape.format)
    if shape.end is not None:
        return paths_sink(shape.end, tty=tty)
    return text_sink(
        named,
        tty=tty,
        extract=shape.extract,
        citations=shape.citations,
        last=shape.last,
    )


def _require_no_medium(out: str) -> None:
    """Refuse the name of a picture or a sound for what is text."""
    from gi_cli.request.mime import SUFFIXES

    kind = SUFFIXES.get(PurePath(out).suffix.lower(), "").partition("/")[0]
    if kind in MEDIA:
        hints = ["--media-dir DIR saves media"]
        if kind == "image":
            hints.insert(0, f"gi image -o {shlex.quote(out)} makes pictures")
        raise UsageError(
            f"-o: {out} is the name of {MEDIA[kind]}, -o takes text", hints=hints
        )


def require_distinct(options: Shown, out: str | None) -> None:
    """Refuse one file under two names; `out` is where the payload goes, for a picture
    may replace one of -i."""
    flags = {flag: getattr(options, name, None) for name, flag in FILES.items()}
    inputs = (
        each.partition(";type=")[0] for each in getattr(options, "input", ()) or ()
    )
    distinct({"-o": out, **flags}, read=inputs)
    distinct({"-o": options.out, **flags})
