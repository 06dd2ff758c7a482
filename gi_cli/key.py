"""The API key: where it is looked for, and what is no key."""

import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gi_cli import reading
from gi_cli.config import COMMAND_KEY, Configured
from gi_cli.errors import GiError, KeyRefused, UsageError
from gi_cli.options.groups import Connection
from gi_cli.waits import Waits
from gi_cli.wire.failure import KEY_HINT

VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")  # Google's own precedence
FLAG = "--api-key-file"


class Key(NamedTuple):
    """A key, and where it was found."""

    value: str
    source: str


def find(
    options: Connection,
    environ: Mapping[str, str],
    command: Configured | None,
    waits: Waits,
    warn: Callable[[str], None],
) -> Key:
    """The key: a file that was typed, the environment, a configured file or command.

    Raises KeyRefused where there is none, or what there is cannot be one.
    """
    file, place = options.api_key_file, options.sources.get("api_key_file")
    found = [(name, environ[name]) for name in VARIABLES if environ.get(name)]
    if file and not (place and found):
        source = f"{file} ({place})" if place else file
        return _checked(_read(file, waits, warn), source)
    if not found and command:
        source = f"{COMMAND_KEY} ({command.source})"
        return _checked(_run(command, environ, waits), source)
    if not found:
        raise KeyRefused(
            "there is no API key", hints=(KEY_HINT, "--offline needs none")
        )
    if len({value for _, value in found}) > 1:
        first, second = VARIABLES
        warn(f"gi: {first} and {second} differ; {first} is used")
    name, value = found[0]
    return _checked(value, name)


def _read(path: str, waits: Waits, warn: Callable[[str], None]) -> str:
    try:
        with reading.opened(path, FLAG, waits) as file:
            text = file.read().decode("utf-8-sig")
    except UsageError as error:
        raise KeyRefused(error.message) from error
    except UnicodeDecodeError as error:
        raise KeyRefused(f"{FLAG}: {path}: it is not text") from error
    with suppress(OSError):
        mode = Path(path).stat().st_mode
        if stat.S_ISREG(mode) and mode & 0o044:
            warn(f"gi: {path} can be read by others; chmod 600 it")
    return text


def _run(command: Configured, environ: Mapping[str, str], waits: Waits) -> str:
    """What the command prints. No shell runs it, and it gets none of gi's stdin.

    Errors name the program alone: an argument may be a secret.
    """
    import shlex
    import subprocess

    where = f"{command.source}: {COMMAND_KEY}"
    try:
        argv = shlex.split(command.value) or [""]
        running = subprocess.Popen(  # noqa: S603, the user's own
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=dict(environ),
        )
    except ValueError as error:
        raise KeyRefused(f"{where}: it is not a command: {error}") from error
    except OSError as error:
        why = f"{argv[0]!r}: {error.strerror}"
        raise KeyRefused(f"{where}: {why}") from error
    with running:
        try:
            with waits:  # not around its start, or nobody would know what to end
                printed, _ = running.communicate()
        except GiError:
            running.kill()
            raise
    if running.returncode:
        raise KeyRefused(f"{where}: {argv[0]!r} ended with {running.returncode}")
    return printed.decode("utf-8", "replace")


def _checked(value: str, source: str) -> Key:
    key = value.strip()
    if not key:
        raise KeyRefused(f"the API key in {source} is empty", hints=(KEY_HINT,))
    if not key.isascii() or not key.isprintable() or {*key} & {*' "\\'}:
        why = "it holds a space, a line break or a character that no key has"
        raise KeyRefused(f"the API key in {source} is malformed: {why}")
    return Key(key, source)
