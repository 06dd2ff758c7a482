"""What is in force on this machine: versions, settings, files, the terminal."""

import os
import platform
import shlex
import ssl
import stat
from importlib import metadata
from itertools import chain

from gi_cli import __version__
from gi_cli import terminal as person
from gi_cli.config import Configured
from gi_cli.console import Console
from gi_cli.doctor.finding import CORRECT, WARNING, Finding, failed, warned
from gi_cli.errors import UsageError
from gi_cli.key import VARIABLES
from gi_cli.ledger import inventory
from gi_cli.ledger.claims import REMEDY
from gi_cli.ledger.database import Unusable
from gi_cli.media.plan import plan
from gi_cli.options import declared
from gi_cli.options.commands import TABLES, Create
from gi_cli.options.groups import Shown
from gi_cli.places import config_path, ledger_path
from gi_cli.proxies import PROXIES
from gi_cli.run import Run

PACKAGES = ("typer", "httpx", "httpx-sse", "orjson", "pybase64")
WARNED = "gi: warning: "
HOMELESS = "set HOME, or both XDG_CONFIG_HOME and XDG_STATE_HOME"
OTHERS = frozenset(  # variables that no flag stands for
    (
        *(*VARIABLES, "GOOGLE_GEMINI_BASE_URL", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        "REQUESTS_CA_BUNDLE",
        *("GI_LEDGER", "GI_NO_INPUT", "CI", "GI_DEBUG"),
        *("XDG_CONFIG_HOME", "XDG_STATE_HOME"),
    )
)
KINDS = (
    (stat.S_ISREG, "a file"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
)


def versions() -> Finding:
    """Of what a bug report has to name."""
    found = {"gi": __version__, "Python": platform.python_version()}
    found |= {name: metadata.version(name) for name in PACKAGES}
    found["OpenSSL"] = ssl.OPENSSL_VERSION.split()[1]
    said = ", ".join(f"{name} {version}" for name, version in found.items())
    return Finding("versions", said, {k.lower(): v for k, v in found.items()})


def config(run: Run) -> Finding:
    """The file, and the keys that it sets; values may be secrets."""
    try:
        path = config_path(run.env.environ)
    except UsageError as error:
        return failed("config", error, HOMELESS)
    if fault := run.faults.get("config"):
        mend = f"edit or remove {shlex.quote(str(path))}"
        return failed("config", fault, mend)._replace(source=str(path))
    keys = [
        f"[{table}] {key}" if table else key
        for table, values in run.config.tables.items()
        for key in values
    ]
    if run.config.path is None:
        return Finding("config", f"none ({path})", [], str(path))
    said = f"{path}: {', '.join(keys) or 'it sets nothing'}"
    return Finding("config", said, keys, str(path))


def variables(run: Run) -> Finding:
    """The variables that are set and that gi reads; values may be secrets."""
    if fault := run.faults.get("variables"):
        return failed("variables", fault, CORRECT)
    flags = chain.from_iterable(map(declared, TABLES.values()))
    known = OTHERS | {flag.envvar for _, _, flag in flags}
    environ = run.env.environ
    found = sorted(
        name
        for name, value in environ.items()
        if value and (name in known or name.lower() in PROXIES)
    )
    return Finding("variables", ", ".join(found) or "nothing is set", found)


def ledger(run: Run) -> Finding:
    """The ledger, opened as any command does it."""
    try:
        path = ledger_path(run.env.environ)
    except UsageError as error:
        remedy = "unset GI_LEDGER, or set it to off or to an absolute path"
        is_set = run.env.environ.get("GI_LEDGER")
        return failed("ledger", error, remedy if is_set else HOMELESS)
    source = "GI_LEDGER" if run.env.environ.get("GI_LEDGER") else None
    if path is None:
        return Finding("ledger", f"off ({source}): nothing is recorded", None, source)
    notes: list[str] = []
    try:
        held = inventory.take(
            path, run.env.waits, lambda note: notes.append(note.removeprefix(WARNED))
        )
    except Unusable as error:
        return warned("ledger", str(error), REMEDY)._replace(source=source)
    said = f"{path}: {held.turns} turns, {held.claims} claims, schema {held.schema}"
    value = {"path": str(path), **held._asdict()}
    if not held.damaged:
        return Finding("ledger", said, value, source)
    first = held.damaged[0]
    aside = [f"a damaged one was moved aside: {first}"]
    said = "; ".join([said, *(notes or aside)])
    hint = f"if no claim of --once in it matters: rm {shlex.quote(first)}*"
    return Finding("ledger", said, value, source, WARNING, (hint,))


def media(run: Run) -> Finding:
    """The folder that media are saved in without a flag."""
    found = _configured(run, "media_dir", "GI_MEDIA_DIR")
    if found is None:
        return Finding("media", "no folder is set: --media-dir, or as -o says")
    try:
        plan(Shown(media_dir=found.value), {}, run.env.console)
    except UsageError as error:
        error.message += f"; --media-dir is from {found.source}"
        return failed("media", error, CORRECT)
    said = f"{found.value} ({found.source})"
    return Finding("media", said, found.value, found.source)


def _configured(run: Run, name: str, variable: str) -> Configured | None:
    """What a variable or the configuration sets for `gi create`."""
    if value := run.env.environ.get(variable):
        return Configured(value, variable)
    levels = run.config.of(Create)
    return next((level[name] for level in levels if name in level), None)


def terminal(run: Run) -> Finding:
    """The descriptors, and whether a person may be asked."""
    console = run.env.console
    kinds = {
        name: _kind(console, getattr(console, name))
        for name in ("stdin", "stdout", "stderr")
    }
    nobody = _nobody(run)
    may = f"gi asks nobody: {nobody}" if nobody else "gi may ask on the terminal"
    said = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
    return Finding("terminal", f"{said}; {may}", {**kinds, "may_ask": not nobody})


def _nobody(run: Run) -> str | None:
    """Why nobody is asked."""
    silent = _configured(run, "no_input", "")
    if silent and silent.value:
        return f"no-input is set in {silent.source}"
    opened = person.opened(run.env.environ, run.env.console)
    if isinstance(opened, str):
        return opened
    os.close(opened)
    return None


def _kind(console: Console, number: int) -> str:
    if number in console.closed:
        return "closed"
    if os.isatty(number):
        return "a terminal"
    mode = os.fstat(number).st_mode
    return next((kind for tells, kind in KINDS if tells(mode)), "something else")
