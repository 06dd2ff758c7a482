"""Where the media of a run go: decided, and tried, before anything is sent."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gi_cli.console import Console
from gi_cli.errors import UsageError
from gi_cli.media.gallery import First, Plan
from gi_cli.media.growing import probe
from gi_cli.media.names import FIELD, Target
from gi_cli.options.groups import Shown
from gi_cli.output import RawFile, Stdout, is_special, is_stdout
from gi_cli.places import local
from gi_cli.request.body import asked
from gi_cli.wire.medium import MEDIA


def plan(options: Shown, body: Mapping[str, Any], console: Console) -> Plan | None:
    """Where media go, None if they are not saved; raises UsageError."""
    typed_both = {"out", "media_dir"} <= options.given
    if options.names_pictures and options.out is not None:
        if typed_both:
            raise UsageError("-o and --media-dir contradict each other: give one")
        return _of_pictures(options.out, console, no_clobber=options.no_clobber)
    if options.media_dir is not None:
        target = Target(options.media_dir, flag="--media-dir")
        return Plan(_tried(target), thoughts=True)
    if options.saves_beside and options.out not in (None, "-"):
        folder = os.path.split(str(options.out))[0]
        return Plan(_tried(Target(folder, flag="-o")))
    if options.names_pictures or {*asked(body)} & {*MEDIA}:
        return Plan(_tried(Target("", flag="the current folder")))
    return None


def _of_pictures(out: str, console: Console, *, no_clobber: bool) -> Plan:
    """What `gi image -o` names: stdout, a device, a folder, a file or a template."""
    here = Target("", flag="the current folder")
    if is_stdout(out):
        if console.stdout_tty:
            raise UsageError(f"-o {out}: a terminal shows no picture; redirect stdout")
        console.require_stdout()
        return Plan(_tried(here), First("-", Stdout(console)))
    if is_special(out, "-o"):
        output = RawFile(local(out), "-o", console.waits)
        return Plan(_tried(here), First(out, output))
    if out.endswith("/") or local(out).is_dir():
        return Plan(_tried(Target(out, flag="-o")))
    folder, name = os.path.split(out)
    if FIELD.search(folder):
        raise UsageError(f"-o: {out}: only a file name may have {{n}} and {{ext}}")
    unknown = re.search(r"\{\w*\}", FIELD.sub("", name))
    if unknown and FIELD.search(name):
        raise UsageError(f"-o: {out}: {unknown[0]} is neither {{n}} nor {{ext}}")
    target = Target(folder, name, "-o")
    if no_clobber and target.path and os.path.lexists(local(out)):
        raise UsageError(f"-o: {out} exists, and --no-clobber was given")
    return Plan(_tried(target))


def _tried(target: Target) -> Target:
    """The target, once a file could be made there."""
    place = target.path or target.folder or "."
    try:
        probe(target)
    except FileNotFoundError as error:
        folder = _folder(target)
        hints = (f"mkdir -p {shlex.quote(folder)}",) if folder != "." else ()
        wrong = f"{target.flag}: there is no folder {folder}"
        raise UsageError(wrong, hints=hints) from error
    except OSError as error:
        raise UsageError(f"{target.flag}: {place}: {error.strerror}") from error
    return target


def _folder(target: Target) -> str:
    """The folder that the file is made in; behind a symlink it is another one."""
    place = local(target.path)
    if target.path and place.is_symlink():
        return str(Path(os.path.realpath(place)).parent)
    return target.folder or "."
