"""What an answer shows and says aloud.

Pictures differ with everything the user has said and put in, and with their number. A
prompt can ask for up to four of them in words: "three pictures", "2 small images". With
text they make a story in as many parts, in two if the prompt does not say.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, crc32
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from gi_cli.emulator import formats, words
from gi_cli.emulator import prompt as prompts
from gi_cli.emulator.media import png, sizes
from gi_cli.emulator.media.address import Medium, address
from gi_cli.emulator.media.drawing import chart
from gi_cli.emulator.media.film import SIZES, Film
from gi_cli.emulator.media.picture import Picture
from gi_cli.emulator.media.sound import CHANNELS, Sound

if TYPE_CHECKING:
    from gi_cli.emulator.blocks import Step
    from gi_cli.emulator.formats import Format
    from gi_cli.emulator.prompt import Content, Prompt

_COUNTED = re.compile(
    r"\b(\d{1,3}|one|two|three|four) (?:\w+ )?(?:image|picture)s?\b",
    re.ASCII | re.IGNORECASE,
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4}
_MOST = 4
_PARTS = 2
_DRAFT = 256  # pixels: the edge of a square as large as a draft
_SAMPLE_RATE = 24_000
_CONTAINERS = {"audio/ogg_opus": "audio/ogg"}


class Answer(NamedTuple):
    """What is asked, and the origin under which the client can reach the service."""

    body: dict[str, Any]
    prompt: Prompt
    wanted: dict[str, Format]  # the media, by type
    origin: str

    def thought(self, step: Step) -> Step:
        """Return the thought with a draft, if it shows anything and a picture comes."""
        if "summary" not in step or "image" not in self.wanted:
            return step
        width, height = sizes.size(self._ratio(), _DRAFT)
        draft = _content("image", Picture(self._seed(0), width, height))
        return step | {"summary": [*step["summary"], draft]}

    def output(self, step: Step) -> Step:
        """Return the answer with media; its words only if text is asked for."""
        said = step["content"] if formats.asks_for(self.body, "text") else []
        media: list[Content] = []
        if "image" in self.wanted:
            is_story = said and not formats.json(self.body)
            media = self._pictures(_PARTS if is_story else 1)
            if is_story:
                said, media = _story(said[0], media), []
        if "audio" in self.wanted:
            media.append(self._speech())
        if "video" in self.wanted:
            media.append(self._film())
        return step | {"content": [*said, *media]}

    def _pictures(self, count: int) -> list[Content]:
        wanted = self.wanted["image"]
        edge = formats.IMAGE_SIZES[wanted.get("image_size", "1K")]
        width, height = sizes.size(self._ratio(), edge)
        mime_type = wanted.get("mime_type", "image/jpeg")
        return [
            self._placed("image", Picture(self._seed(number), width, height, mime_type))
            for number in range(1, (_counted(self.prompt) or count) + 1)
        ]

    def _speech(self) -> Content:
        mime_type = str(self.wanted["audio"].get("mime_type", "audio/l16"))
        sound = Sound(
            self.prompt.checksum,
            words.spoken(self.prompt),
            self.wanted["audio"].get("sample_rate", _SAMPLE_RATE),
            _CONTAINERS.get(mime_type, mime_type),
        )
        described = {"sample_rate": sound.sample_rate, "channels": CHANNELS}
        return self._placed("audio", sound) | described

    def _film(self) -> Content:
        wanted = self.wanted["video"]
        size = SIZES[wanted.get("resolution", "720p")]
        if wanted.get("aspect_ratio") == "9:16":
            size = size[::-1]
        seconds = int(wanted.get("duration", "4s")[:-1])
        return self._placed("video", Film(self._seed(0), *size, seconds))

    def _placed(self, kind: str, medium: Medium) -> Content:
        if self.wanted[kind].get("delivery") != "uri":
            return _content(kind, medium)
        uri = address(medium, self.origin)
        return {"type": kind, "uri": uri, "mime_type": medium.mime_type}

    def _ratio(self) -> str:
        """Return the ratio that is asked for, or else that of the first image given."""
        if ratio := self.wanted["image"].get("aspect_ratio"):
            return str(ratio)
        found = map(sizes.ratio_of, self._images())
        return next((ratio for ratio in found if ratio), formats.RATIOS[0])

    def _seed(self, number: int) -> int:
        given = orjson.dumps([*self._images(), number])
        return crc32(given, self.prompt.checksum)

    def _images(self) -> list[Content]:
        contents = prompts.contents(self.body)
        return [content for content in contents if content["type"] == "image"]


def charted(prompt: Prompt) -> Content:
    """Return a chart for a report."""
    return _inline("image", png.encode(chart(prompt.checksum)), "image/png")


def _story(first: Content, pictures: list[Content]) -> list[Content]:
    story = []
    for number, picture in enumerate(pictures, 1):
        story += [{"type": "text", "text": f"\n\n## Part {number}\n\n"}, picture]
    story[0] = first | {"text": first["text"] + story[0]["text"]}
    return story


def _counted(prompt: Prompt) -> int:
    """Return the number of pictures that the prompt names, 0 if it names none."""
    if not (found := _COUNTED.search(prompt.text)):
        return 0
    name = found[1].lower()
    return min(_MOST, int(_NUMBERS.get(name, name)))


def _content(kind: str, medium: Medium) -> Content:
    return _inline(kind, medium.data(), medium.mime_type)


def _inline(kind: str, data: bytes, mime_type: str) -> Content:
    encoded = b2a_base64(data, newline=False).decode()
    return {"type": kind, "data": encoded, "mime_type": mime_type}
