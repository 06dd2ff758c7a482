"""The dispatcher: `python -m tests.bench NAME --help`."""

import sys

from tests.bench import chaos

BENCHES = {"chaos": chaos.main}

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHES:
        sys.exit(f"usage: python -m tests.bench {{{','.join(BENCHES)}}} ...")
    sys.exit(BENCHES[name](sys.argv[2:]))
