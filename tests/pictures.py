"""Pictures that the emulator has made, and pictures to give to it."""

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

from PIL import Image

Content = dict[str, Any]


def opened(content: Content) -> Image.Image:
    """The picture in a content, wholly decoded."""
    assert list(content) == ["type", "data", "mime_type"]
    assert content["type"] == "image"
    picture = Image.open(BytesIO(b64decode(content["data"], validate=True)))
    assert picture.get_format_mimetype() == content["mime_type"]
    picture.load()
    return picture


def drawn(width: int, height: int, kind: str = "PNG", **more: Any) -> Content:
    """An image content that somebody else has made."""
    file = BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind, **more)
    data = b64encode(file.getvalue()).decode()
    return {"type": "image", "data": data, "mime_type": f"image/{kind.lower()}"}


def shown(interaction: dict[str, Any]) -> list[Content]:
    """All contents of the answer, which is one step."""
    [output] = [s for s in interaction["steps"] if s["type"] == "model_output"]
    contents: list[Content] = output["content"]
    return contents


def kinds(interaction: dict[str, Any]) -> list[str]:
    return [content["type"] for content in shown(interaction)]
