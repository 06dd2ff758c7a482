"""The command lines that streams come to."""

import re
from random import Random
from typing import NamedTuple

from tests.bench.noise import Noise

FORMATS = ("text", "ndjson", "json", "sse")
TEXT = FORMATS[:1]
PLACE, FILE = "PLACE", "FILE"  # a folder for media, and a file with what was streamed
UNSTORED = "--no-store"
ID = "v1_1"
DATA = re.compile(rb"^data:(.*)$", re.MULTILINE)


class Way(NamedTuple):
    """A command line without --format. `plain` prints the model's text as it is, and
    `whole` asks for an answer that is no stream."""

    argv: tuple[str, ...]
    formats: tuple[str, ...] = FORMATS
    often: int = 1
    plain: bool = False
    whole: bool = False

    @property
    def exact(self) -> bool:
        """Tell whether --sse prints the stream and nothing else."""
        return self.argv[0] == "create" and UNSTORED in self.argv

    @property
    def lists_files(self) -> bool:
        """Tell whether gi.result names each file that is written."""
        return "--transcript" not in self.argv


HI = ("create", "hi")
ASIDE = ("--transcript", f"{PLACE}/t", "--save-events", f"{PLACE}/e", "--usage")
SAVING = Way((*HI, UNSTORED, "--media-dir", PLACE), often=16, plain=True)
WAYS = (
    SAVING,
    Way((*HI, UNSTORED), often=6, plain=True),
    Way((*HI, "--media-dir", PLACE), often=4, plain=True),
    Way((*HI, "--background"), often=2),
    Way((*HI, UNSTORED, "--citations"), TEXT, often=2),
    Way((*HI, UNSTORED, "-x"), TEXT),
    Way((*HI, UNSTORED, "--schema", '{"type":"object"}'), FORMATS[:2]),
    Way((*HI, "--no-stream", "--media-dir", PLACE), whole=True),
    Way((*HI, *ASIDE, "--id-file", f"{PLACE}/i", "--thoughts", "-v"), FORMATS[:2]),
    Way(("get", ID, "--media-dir", PLACE)),
    Way(("get", ID, "--citations"), TEXT),
    Way(("wait", ID, "--media-dir", PLACE)),
    Way(("image", "hi", "-o", f"{PLACE}/")),
    Way(("research", "hi")),
    Way(("research", "hi", "-o", f"{PLACE}/r", "--sources", f"{PLACE}/s"), TEXT),
    Way(("render", FILE), often=2),
    Way(("render", FILE, "--media-dir", PLACE)),
)
DRAWN = [way for way in WAYS for _ in range(way.often)]


def drawn(noise: Noise) -> tuple[Way, str]:
    """The way and the format of a seed."""
    chance = Random(noise.seed ^ 0x5EED)  # noqa: S311
    way = chance.choice(DRAWN)
    return way, chance.choice(way.formats)


def saved(noise: Noise) -> bytes:
    """A file for `gi render`: the stream, the same as NDJSON, or one document."""
    kind = noise.seed % 4
    if kind == 3 and noise.later:
        return noise.later[0].body
    found = DATA.findall(noise.first.body) if kind == 2 else []
    return b"\n".join(found) or noise.first.body
