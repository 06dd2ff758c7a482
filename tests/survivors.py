"""Find what tests have started and nobody has ended."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import environment

if TYPE_CHECKING:
    from collections.abc import Callable

HANGS = 15.0  # seconds: far from what a test takes, and from `sleep 60`
STUBBORN = "trap '' TERM HUP INT; "
DEAF = f"{STUBBORN} ({STUBBORN} sleep 60) & while :; do sleep 1; done"


def marked(home: Path) -> dict[str, str]:
    """An environment by which `alive` knows a test's programs and all they start."""
    return environment(home, DIR=str(home), TEST_MARK=f"{home}.mark")


def alive(home: Path) -> list[str]:
    """The processes with that environment, whatever their parent, group or session.

    Zombies have none; who waits for a child of its own sees those.
    """
    mark = f"TEST_MARK={home}.mark\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                words = (folder / "cmdline").read_bytes().split(b"\0")
                found.append(f"{folder.name}: {words}")
        except OSError:  # it has ended, or is another user's
            continue
    return found


def until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "out of time"
        time.sleep(0.01)


def descriptors() -> dict[str, str]:
    """What is open in this process."""
    opened = {}
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing
            opened[link.name] = str(link.readlink())
    return opened
