"""config.toml: what flags are set to where nobody types them.

Keys are long option names; the table of a command overrides the top level. A profile
must not change what other people's scripts parse or run, so some keys are refused.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

from gi_cli.errors import UsageError
from gi_cli.options import Flag, Options, declared
from gi_cli.options.commands import TABLES
from gi_cli.places import config_path, home

REFUSED = frozenset(
    {"exec", "tools-dir", "once", "no-confirm", "body", "header"}  # typed or not at all
)
FORMATS = ("format", "ndjson", "json", "sse")
COMMAND_KEY = "api-key-command"
NAMED = {bool: "true or false", int: "a whole number", str: "a text"}


class Configured(NamedTuple):
    """A value from the file, and the place where it stands."""

    value: Any
    source: str


class Config(NamedTuple):
    """The whole file, checked; {} and no path where there is none."""

    path: Path | None = None
    tables: Mapping[str, Mapping[str, Any]] = {}  # "" is the top level
    home: str = ""

    def of(self, command: str, options: type[Options]) -> dict[str, Configured]:
        """What the file says of a command's options, by attribute."""
        found: dict[str, Configured] = {}
        known = {key: (name, kind) for key, name, kind in keys(options)}
        for table in ("", command):
            shown = f"{self.path} [{table}]" if table else str(self.path)
            for key, value in self.tables.get(table, {}).items():
                if key in known:
                    name, kind = known[key]
                    made = converted(value, kind, f"{shown}: {key}")
                    if isinstance(made, str) and made.startswith("~/"):
                        made = self.home + made[1:]  # there is no shell to do it
                    found[name] = Configured(made, shown)
        return found

    @property
    def key_command(self) -> str | None:
        """The command that prints the API key."""
        command = self.tables.get("", {}).get(COMMAND_KEY)
        return command if isinstance(command, str) else None


def load(environ: Mapping[str, str]) -> Config:
    """Read and check the file; raises UsageError that names file, key and remedy."""
    path = config_path(environ)
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    import tomllib

    try:
        whole = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: it is not TOML: {error}") from error
    tables = {k: v for k, v in whole.items() if isinstance(v, dict)}
    top = {k: v for k, v in whole.items() if k not in tables}
    _check(path, {"": top, **tables})
    return Config(path, {"": top, **tables}, home(environ))


def _check(path: Path, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse what no command would ever take."""
    every = {key for each in TABLES.values() for key, _, _ in keys(each)}
    for table, values in tables.items():
        where = f"{path} [{table}]" if table else str(path)
        if table and table not in TABLES:
            raise _unknown(f"{path}: [{table}] is not a command", table, TABLES)
        known = {key for key, _, _ in keys(TABLES[table])} if table else every
        for key, value in values.items():
            if key in REFUSED:
                raise UsageError(f"{where}: {key} is not allowed here, only as a flag")
            if not table and key in FORMATS:
                raise UsageError(
                    f"{where}: {key} is only allowed in the table of a command"
                )
            if key == COMMAND_KEY and not table:
                converted(value, str, f"{where}: {key}")
            elif key not in known:
                names = {*known, *(() if table else (COMMAND_KEY,))} - REFUSED
                raise _unknown(f"{where}: {key} is no option", key, names)


def _unknown(message: str, word: str, known: Any) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), 1, 0.5)
    return UsageError(message, hints=(f"did you mean {near[0]}?",) if near else ())


def keys(options: type[Options]) -> Iterator[tuple[str, str, Any]]:
    """The key, attribute and type of each option of a command that can be set."""
    for name, group, flag in declared(options):
        if flag.names:
            yield key_of(flag), name, get_type_hints(group)[name]


def key_of(flag: Flag) -> str:
    """The long name, without dashes: `--store/--no-store` is `store`."""
    return flag.names[-1].partition("/")[0].lstrip("-")


def converted(value: Any, hint: Any, where: str) -> Any:
    """A TOML value as the flag would have it; raises UsageError."""
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    kind = kinds[0]
    if get_args(kind):  # list[str]
        listed = value if isinstance(value, list) else [value]
        return [converted(each, str, where) for each in listed]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is str and number:
        return str(value)
    if not isinstance(value, kind) or (kind is int and not number):
        raise UsageError(f"{where}: {value!r} is not {NAMED[kind]}")
    return value
