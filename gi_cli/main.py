"""main(argv, env): the one place where an error becomes an exit code."""

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, TypeVar

from gi_cli.environment import Environment
from gi_cli.errors import (
    ExitCode,
    GiError,
    PipeClosed,
    Stopped,
    UsageError,
    WriteFailed,
)

if TYPE_CHECKING:
    from gi_cli.commands.bind import Job
    from gi_cli.run import Run

T = TypeVar("T")


class Bug(GiError):
    """Something that gi did not expect of itself."""


def main(argv: Sequence[str], env: Environment) -> int:
    """Run one command line and return its exit code."""
    job = _attempt(lambda: _job(list(argv), env))
    if job is None:
        return ExitCode.OK
    from gi_cli.run import Run  # not for help

    run = Run(env, format_of(argv))
    run.json_errors = stated("--error-format", "json", argv)
    run.argv = argv
    env.waits.last_words = lambda error: _end(run, error)
    return _end(run, job if isinstance(job, GiError) else _attempt(lambda: job(run)))


def _attempt(work: Callable[[], T]) -> T | GiError:
    """Do it, and turn whatever went wrong into one error."""
    try:
        return work()
    except GiError as error:
        return error
    except Exception as error:
        bug = Bug(
            f"a bug in gi: {type(error).__name__}: {error}",
            hints=("GI_DEBUG=1 shows where; please report it",),
        )
        bug.__cause__ = error
        return bug


def _job(argv: list[str], env: Environment) -> "Job | None":
    """Parse with Typer, and give what is run outside of it; None if that was help,
    which is written."""
    for word in argv:
        if not word.isascii() and any("\ud800" <= c <= "\udfff" for c in word):
            raise UsageError(f"an argument is not UTF-8: {word!r}")
    job, shown = _parse(_asked_for_help(argv))
    if job:
        return job
    if not argv:
        env.console.help(shown)
        raise UsageError("there is no command")
    env.console.write(shown.encode())
    return None


def _asked_for_help(argv: list[str]) -> list[str]:
    """`gi help COMMAND` is `gi COMMAND --help`."""
    from gi_cli.commands import NAMES

    if argv == ["help"] or (argv[:1] == ["help"] and argv[1] in NAMES):
        words = list(takewhile(lambda word: not word.startswith("-"), argv[1:]))
        return [*words, "--help"]  # in front of what would make text of it
    return argv


def _parse(argv: list[str]) -> tuple["Job | None", str]:
    """The job, or what Typer printed in place of one: help."""
    import typer

    from gi_cli.commands import tree
    from gi_cli.commands.refused import refused

    printed = io.StringIO()
    known = tree(argv)
    with redirect_stdout(printed):  # Typer loses an error on its way to stdout
        try:
            job = known.main(
                args=argv or ["--help"], prog_name="gi", standalone_mode=False
            )
        except typer.TyperException as error:
            raise refused(error, argv, known) from error
    return job or None, printed.getvalue()


def format_of(argv: Sequence[str]) -> str:
    """The output format, found before any flag is judged: errors are told in it."""
    from gi_cli.sinks import FORMATS

    for name in FORMATS:
        if f"--{name}" in _flags(argv) or stated("--format", name, argv):
            return name
    return "text"


def _flags(argv: Sequence[str]) -> Sequence[str]:
    """The words before `--`."""
    return argv[: argv.index("--")] if "--" in argv else argv


def stated(flag: str, value: str, argv: Sequence[str]) -> bool:
    """Tell whether the flag stands there with this value, in either spelling."""
    words = _flags(argv)
    return (flag, value) in pairwise(words) or f"{flag}={value}" in words


def _end(run: "Run", error: GiError | None) -> int:
    """Write the end of the output, tell people, and give the code."""
    run.env.waits.conclude(error)
    code = error.exit_code if error else ExitCode.OK
    if late := _attempt(lambda: run.close(error, code)):
        if error is None:  # a signal or the deadline came in the middle of it
            run.env.waits.conclude(late)
            with suppress(GiError):
                run.output.write(b"")  # the rest
        unwritten = isinstance(late, WriteFailed | Bug)
        if error is None or (unwritten and not isinstance(error, WriteFailed)):
            error, code = late, late.exit_code
        run.env.waits.conclude(late)
    with suppress(GiError):  # stderr is blocked: nobody is there to be told
        _tell(run, error)
    return code


def _tell(run: "Run", error: GiError | None) -> None:
    """Say on stderr what a person needs to know."""
    hints = run.hints(error) if error else ()
    if isinstance(error, PipeClosed) and not hints:
        return
    console, ids = run.env.console, run.report.ids
    quiet = isinstance(error, Stopped | PipeClosed) and not run.json_errors
    if error and not quiet:
        run.tell(error)
    for hint in hints if quiet else ():
        console.report(run.redacted(f"gi: hint: {hint}"))
    if error and run.env.environ.get("GI_DEBUG"):
        import traceback

        for line in traceback.format_exception(error):
            console.report(run.redacted(line.rstrip()))
    if run.show_usage:
        from gi_cli.wire import usage

        took = f" in {run.progress.elapsed}" if run.progress else ""
        console.report(f"gi: usage: {usage.line(run.report.usage)}{took}")
    if error and run.uploaded:
        console.report(f"gi: uploaded: {' '.join(run.uploaded)}")
    told = error and run.json_errors  # the id stands in there
    if ids and not told and (error or (console.stderr_tty and not run.quiet)):
        console.report(run.redacted(f"gi: id: {ids[-1]}"))
