"""Imports run downward only, and each third party stays in its room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gi_cli

ROOT = Path(gi_cli.__file__).parent
LAYERS = (
    ("__main__", "docgen"),
    ("main", "commands"),
    ("research",),
    ("delivery",),
    ("turn", "files", "endpoint", "doctor", "serving"),
    ("release",),
    ("lookup", "listing", "saved", "uploads", "rounds", "fetch", "waiting"),
    ("uploaded",),
    ("history", "calls", "answers"),
    ("session", "exchange"),
    ("receiving",),
    ("follow", "showing"),
    ("run",),
    ("telling",),
    ("once",),
    (
        "report",
        "record",
        "ledger",
        "transcript",
        "media",
        "contents",
        "shape",
        "progress",
        "sources",
        "assignments",
        "recordings",
    ),
    ("terminal", "programs"),
    ("sinks", "transport", "inputs", "output", "proxies", "parts", "addresses"),
    ("config", "key", "reading"),
    ("environment",),
    ("settings", "console", "waits", "places"),
    ("request",),
    ("wire",),
    ("topics",),
    ("options", "errors"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
ROOMS = {
    "typer": ("commands", "main"),
    "httpx": ("transport", "environment", "session"),
    "httpx_sse": ("transport",),
    "sqlite3": ("emulator", "ledger"),
}
TYPING_ONLY = {("httpx", "environment"), ("httpx", "session")}
SERVING = ("transport", "serving")  # the emulator: in this process, and on a socket
MODULES = sorted(p.relative_to(ROOT) for p in ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every imported module, and whether only type checkers import it."""
    tree = ast.parse((ROOT / path).read_text())
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield name, id(node) in guarded


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_run_downward(path: Path) -> None:
    own = room(path)
    for name, typing_only in imports(path):
        top, _, rest = name.partition(".")
        if top != "gi_cli" or own in ("__init__", "emulator") or typing_only:
            continue
        other = rest.partition(".")[0]
        if other == "emulator":
            assert own in SERVING
        elif other != "__version__":
            assert LEVEL[other] >= LEVEL[own], f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_third_parties_stay_in_their_rooms(path: Path) -> None:
    for name, typing_only in imports(path):
        top = name.partition(".")[0]
        if top in ROOMS:
            assert room(path) in ROOMS[top], f"{path} imports {name}"
            assert typing_only or (top, room(path)) not in TYPING_ONLY


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_the_emulator_stands_alone(path: Path) -> None:
    if room(path) == "emulator":
        inside = [n for n, _ in imports(path) if n.startswith("gi_cli")]
        assert [n for n in inside if not n.startswith("gi_cli.emulator")] == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_file_is_long(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 300
