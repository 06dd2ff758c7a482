"""The picture of a terminal in the README: commands that are run, as SVG."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

SESSION = (
    'gi create "Count from 1 to 8"',
    "echo Hello | gi create --ndjson - | jq -r .event_type | tail -n 3",
    'gi create --schema @city.json "Capital of Norway?" | jq -r .city',
    "gi image \"a fox in the snow\" --count 2 -o 'fox-{n}.{ext}'",
    "gi research --once 'news-{date}' -o news.md \"What is new?\"; head -n 1 news.md",
    'gi create --fromat json "Hello"; echo "exit code $?"',
)
SCHEMA = '{"type":"object","properties":{"city":{"type":"string"}}}'
COLUMNS, WIDTH, HEIGHT, MARGIN = 88, 8.4, 20, 24  # characters, then pixels
NOTE = "gi: offline: emulated answer"  # of each run, left out
BACK, TEXT, PROMPT = "#1e2127", "#d7dae0", "#98c379"
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def svg() -> str:
    """The picture; the same bytes each time, since the emulator answers alike."""
    lines = list(_lines())
    width, height = COLUMNS * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    rows = (
        f'<text x="{MARGIN}" y="{MARGIN + n * HEIGHT + 14}">{line}</text>'
        for n, line in enumerate(lines)
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}"'
            f' height="{height}" viewBox="0 0 {width:.0f} {height}">',
            f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>',
            f'<g fill="{TEXT}" font-family="{FONT}" font-size="14"'
            ' xml:space="preserve">',
            *rows,
            "</g>",
            "</svg>\n",
        )
    )


def _lines() -> Iterator[str]:
    """What the session shows, a line of SVG for each."""
    with TemporaryDirectory() as folder:
        Path(folder, "city.json").write_text(SCHEMA)
        for command in SESSION:
            yield f'<tspan fill="{PROMPT}">$ </tspan>{escape(command)}'
            for line in _run(command, folder).splitlines():
                if line != NOTE:
                    yield escape(line)


def _run(command: str, folder: str) -> str:
    """What bash prints, stderr where it comes."""
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": folder,
        "GI_OFFLINE": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(  # noqa: S603
        ("/bin/bash", "-c", f"exec 2>&1; {command}"),
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()
