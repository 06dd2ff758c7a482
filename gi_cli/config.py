"""config.toml: what flags are set to where nobody types them.

Keys are long option names; the table of a command overrides the top level. A profile
must not change what other people's scripts parse or run, so some keys are refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from inspect import get_annotations
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple, get_args

from gi_cli import reading
from gi_cli.errors import UsageError
from gi_cli.options import Flag, Options, declared
from gi_cli.options.commands import TABLES
from gi_cli.options.rivals import FORMATS, ruled_out
from gi_cli.places import config_path, home
from gi_cli.waits import Waits

REFUSED = frozenset(  # typed or not at all
    (
        *("exec", "tools-dir", "once", "no-confirm", "yes", "body", "header"),
        *("input", "out", "dry-run", "curl"),  # what a command works on, or does at all
    )
)
OF_A_BODY = ("field", "raw-field")  # of one command's, and no other's
COMMAND_KEY = "api-key-command"
NAMED = {bool: "true or false", int: "a whole number", str: "a text"}


class Configured(NamedTuple):
    """A value that was not typed, and the place where it stands."""

    value: Any
    source: str


class Setting(NamedTuple):
    """A key, and what it may be set to."""

    key: str
    name: str  # of the attribute
    kind: Any
    flag: Flag


KEY_COMMAND = Setting(COMMAND_KEY, "", str, Flag((COMMAND_KEY,), "", "FILE"))


class Config(NamedTuple):
    """The whole file, checked; {} and no path where there is none."""

    path: Path | None = None
    tables: Mapping[str, Mapping[str, Any]] = {}  # "" is the top level

    def of(self, options: type[Options]) -> list[dict[str, Configured]]:
        """What the file says of a command's options, by attribute: what its table
        holds, then the top level."""
        if not self.tables:
            return []
        known = {each.key: each.name for each in settings(options)}
        return [
            {
                known[key]: Configured(value, place(self.path, table))
                for key, value in self.tables.get(table, {}).items()
                if key in known and (table or known[key] not in options.own)
            }
            for table in (options.table, "")
        ]

    @property
    def key_command(self) -> Configured | None:
        """The command that prints the API key."""
        command = self.tables.get("", {}).get(COMMAND_KEY)
        return Configured(command, place(self.path, "")) if command else None


def place(path: Path | None, table: str) -> str:
    """Where in the file, in words."""
    return f"{path} [{table}]" if table else str(path)


def load(environ: Mapping[str, str], waits: Waits) -> Config:
    """Read and check the file; raises UsageError that names file, key and remedy."""
    path = config_path(environ)
    try:
        with reading.opened(str(path), "the configuration", waits) as file:
            data = file.read()
    except UsageError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return Config()
        raise
    whole = _parsed(data, path)
    tables = {k: v for k, v in whole.items() if isinstance(v, dict)}
    top = {k: v for k, v in whole.items() if k not in tables}
    named = {"": top, **tables}
    return Config(path, {k: _checked(k, v, path, environ) for k, v in named.items()})


def _parsed(data: bytes, path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig") + "\n")  # or it has no last line
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: line {line} is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: it is not TOML: {error}") from error


def _checked(
    table: str, values: Mapping[str, Any], path: Path, environ: Mapping[str, str]
) -> dict[str, Any]:
    """The values as the flags would have them."""
    where = place(path, table)
    if table and table not in TABLES:
        raise _unknown(f"{path}: [{table}] is not a command", table, TABLES)
    known = {each.key: each for each in _of_table(table)}
    checked = {}
    for key, value in values.items():
        if key in REFUSED:
            raise UsageError(f"{where}: {key} is not allowed here, only as a flag")
        if key == "confirm" and value is False:
            raise UsageError(f"{where}: no-confirm is not allowed here, only as a flag")
        if not table and key in (*FORMATS, *OF_A_BODY):
            raise UsageError(
                f"{where}: {key} is only allowed in the table of a command"
            )
        if key not in known:
            raise _no_option(table, key, where, known)
        checked[key] = converted(value, known[key], f"{where}: {key}", environ)
    _require_peace(checked, where)
    return checked


def _of_table(table: str) -> Iterator[Setting]:
    """What may be set in a table; at the top level, what any command takes."""
    if table:
        yield from settings(TABLES[table])
        return
    for each in TABLES.values():
        yield from settings(each)
    yield KEY_COMMAND


def _no_option(
    table: str, key: str, where: str, known: Mapping[str, Setting]
) -> UsageError:
    """The error of a key that says nothing here, and what may have been meant."""
    owners = [t for t in TABLES if key in {each.key for each in settings(TABLES[t])}]
    if table and owners:
        tables = " or ".join(f"[{each}]" for each in owners)
        message = f"{where}: {key} is no option of gi {table}"
        return UsageError(message, hints=(f"it goes into {tables}",))
    if key == COMMAND_KEY:
        return UsageError(f"{where}: {key} is only allowed at the top level")
    positive = key.removeprefix("no-")
    if positive in known and known[positive].kind == bool | None:
        return UsageError(f"{where}: {key} is no key", hints=(f"{positive} = false",))
    allowed = known.keys() - REFUSED - (set() if table else {*FORMATS})
    return _unknown(f"{where}: {key} is no option", key, allowed)


def _unknown(message: str, word: str, known: Iterable[str]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), 1, 0.5)
    return UsageError(message, hints=(f"did you mean {near[0]}?",) if near else ())


def _require_peace(values: Mapping[str, Any], where: str) -> None:
    """Refuse two settings of one table that do not go together."""
    out = {k: ruled_out(k.replace("-", "_"), v) for k, v in values.items()}
    for one, other in combinations(values, 2):
        if one.replace("-", "_") in out[other] and other.replace("-", "_") in out[one]:
            raise UsageError(
                f"{where}: {one} and {other} contradict each other: set one"
            )


def settings(options: type[Options]) -> Iterator[Setting]:
    """What of a command's options can be set here; words are only typed."""
    for name, group, flag in declared(options):
        if flag.names:
            kind = get_args(get_annotations(group)[name])[0]
            yield Setting(key_of(flag), name, kind, flag)


def key_of(flag: Flag) -> str:
    """The long name, without dashes: `--store/--no-store` is `store`."""
    return flag.names[-1].partition("/")[0].lstrip("-")


def converted(
    value: Any, setting: Setting, where: str, environ: Mapping[str, str]
) -> Any:
    """A TOML value as the flag would have it; raises UsageError."""
    kind = (get_args(setting.kind) or (setting.kind,))[0]
    if get_args(kind):  # list[str]
        listed = value if isinstance(value, list) else [value]
        one = setting._replace(kind=str)
        return [converted(each, one, where, environ) for each in listed]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is str and number:
        return str(value)
    if not isinstance(value, kind) or (kind is int and not number):
        raise UsageError(f"{where}: it has to be {NAMED[kind]}")
    if kind is not str:
        return value
    if not value and not may_be_empty(setting.flag):
        raise UsageError(f"{where}: the value is empty")
    if value.endswith("@-") and may_be_file(setting.flag):
        raise UsageError(f"{where}: stdin is only read where a flag names it")
    return _at_home(value, setting.flag, environ)


def may_be_empty(flag: Flag) -> bool:
    """An empty value is an unset variable of a script; only a TEXT may be empty."""
    return (flag.metavar or "").startswith("TEXT")


def may_be_file(flag: Flag) -> bool:
    """Tell whether `@FILE` is read, and `@-` with it."""
    metavar = flag.metavar or ""
    return metavar.endswith(("@FILE", "VALUE"))


def _at_home(value: str, flag: Flag, environ: Mapping[str, str]) -> str:
    """The name of a file with its `~/` filled in: there is no shell to do it."""
    metavar = flag.metavar or ""
    for mark, takes in (
        ("~/", metavar.startswith(("FILE", "PATH"))),
        ("@~/", metavar.endswith("@FILE")),
    ):
        if takes and value.startswith(mark):
            return value.replace("~", home(environ), 1)
    return value
