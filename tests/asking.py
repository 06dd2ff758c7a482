"""A program that asks on the terminal as gi does: `python asking.py PLAN`.

PLAN is a JSON file; what came of it is added to PLAN.out, one repr a line.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from gi_cli.console import Console
from gi_cli.errors import GiError
from gi_cli.terminal import Terminal, find
from gi_cli.waits import SystemClock, Waits

NOBODY = 7


def main(path: Path) -> int:
    plan = json.loads(path.read_bytes())
    waits = Waits(SystemClock())
    console = Console(waits)
    with path.with_suffix(".out").open("a", buffering=1) as report, waits.installed():
        waits.limit(timeout=plan["timeout"], idle=None)
        console.write(plan["before"].encode())
        if plan["live"]:
            console.live(plan["live"])
        before = time.monotonic()
        terminal = find(os.environ, console, no_input=plan["no_input"])
        soon = time.monotonic() - before < 0.2
        print((terminal is not None, soon), file=report)
        if terminal is None:
            return NOBODY
        busy = time.process_time()
        waits.sleep(plan["pause"])
        try:
            for each in plan["questions"]:
                print(_ask(terminal, *each), file=report)
        except GiError as error:
            return error.exit_code
        else:
            return 0
        finally:
            terminal.close()
            spent = time.process_time() - busy
            print("idle" if spent < 0.5 else f"busy for {spent} s", file=report)


def _ask(terminal: Terminal, name: str, arguments: str, *rest: Any) -> Any:
    if isinstance(rest[0], str):
        return terminal.ask_run(name, arguments, rest[0])
    number, of = rest
    return terminal.ask_result(name, arguments, number=number, of=of)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
