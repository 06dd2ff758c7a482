"""The dispatcher: `python tests/bench [NAME] --help`; without a name it is `table`."""

import sys
from importlib import import_module
from pathlib import Path

BENCHES = ("table", "chaos", "requests", "load", "killed", "fuzz", "large")

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])  # also where a folder was started
    argv = sys.argv[1:]
    name = argv.pop(0) if argv and argv[0] in BENCHES else "table"
    sys.exit(import_module(f"tests.bench.{name}").main(argv))
