"""`gi image`: what it asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.bodies import environment, fields, typed
from tests.conftest import Gi
from tests.images import (
    JPEG,
    PNG,
    SECOND,
    Json,
    ask,
    image,
    make,
    showing,
    text,
    tree,
)
from tests.scripted import ScriptedServer

MODEL = "gemini-3.1-flash-image"
FIRST, NEXT = "gi-abcdefgh-1.png", "gi-abcdefgh-2.png"


pytestmark = pytest.mark.usefixtures("here")


def body(**more: Any) -> Json:
    picture = {"type": "image"}
    asked = {"model": MODEL, "input": "a fox", "response_format": picture, **more}
    return {**asked, "stream": True}


def picture(**more: Any) -> Json:
    return body(response_format={"type": "image", **more})


def story(**more: Any) -> Json:
    return body(response_format=[{"type": "text"}, {"type": "image", **more}])


class Asked(NamedTuple):
    """Flags, the body that is sent, a configuration, and variables."""

    argv: tuple[str, ...]
    body: Json
    config: str = ""
    environ: Mapping[str, str] = {}


TALL = 'aspect-ratio = "9:16"\n'
OF_IMAGE = f"[image]\n{TALL}model = 'mine'\n"
BODIES = {
    "default": Asked((), picture()),
    "--model": Asked(("-m", "mine"), body(model="mine")),
    "--agent": Asked(
        ("--agent", "mine"),
        {"agent": "mine", **{k: v for k, v in body().items() if k != "model"}},
    ),
    "--aspect-ratio": Asked(("--aspect-ratio", "16:9"), picture(aspect_ratio="16:9")),
    "--size": Asked(("--size", "4K"), picture(image_size="4K")),
    "--size 2k": Asked(("--size", "2k"), picture(image_size="2K")),
    "--size 512": Asked(("--size", "512"), picture(image_size="512")),
    "both": Asked(
        ("--size", "1K", "--aspect-ratio", "1:4"),
        picture(aspect_ratio="1:4", image_size="1K"),
    ),
    "--text": Asked(("--text",), story()),
    "--text --size": Asked(("--text", "--size", "1k"), story(image_size="1K")),
    "-F beside a flag": Asked(
        ("--size", "1K", *fields("response_format.mime_type=image/png")),
        picture(image_size="1K", mime_type="image/png"),
    ),
    "-F beside --text": Asked(
        ("--text", *fields("response_format[1].mime_type=image/png")),
        story(mime_type="image/png"),
    ),
    "-F alone": Asked(
        fields('response_format={"type": "image", "delivery": "uri"}'),
        picture(delivery="uri"),
    ),
    "-F model": Asked(fields("model=mine"), body(model="mine")),
    "--body": Asked(
        typed(model="mine", response_format={"type": "image", "aspect_ratio": "1:1"}),
        {**picture(aspect_ratio="1:1"), "model": "mine"},
    ),
    "flag over --body": Asked(
        (*typed(response_format={"type": "image", "a": 1}), "--size", "1K"),
        picture(image_size="1K"),
    ),
    "GI_IMAGE_MODEL": Asked((), body(model="v"), environ={"GI_IMAGE_MODEL": "v"}),
    "GI_IMAGE_MODEL and -m": Asked(
        ("-m", "mine"), body(model="mine"), environ={"GI_IMAGE_MODEL": "v"}
    ),
    "GI_MODEL": Asked((), body(), environ={"GI_MODEL": "v"}),
    "top level": Asked((), picture(aspect_ratio="9:16"), f"model = 'no'\n{TALL}"),
    "[image]": Asked((), {**picture(aspect_ratio="9:16"), "model": "mine"}, OF_IMAGE),
    "[image] over top level": Asked(
        (),
        {**picture(aspect_ratio="9:16"), "model": "mine"},
        f"aspect-ratio = '1:1'\n{OF_IMAGE}",
    ),
    "flags over [image]": Asked(
        ("--aspect-ratio", "3:2", "-m", "typed"),
        {**picture(aspect_ratio="3:2"), "model": "typed"},
        OF_IMAGE,
    ),
    "flag beside [image]": Asked(
        ("--size", "1K"),
        {**picture(aspect_ratio="9:16", image_size="1K"), "model": "mine"},
        OF_IMAGE,
    ),
    "variable over [image]": Asked(
        (),
        {**picture(aspect_ratio="9:16"), "model": "v"},
        OF_IMAGE,
        {"GI_IMAGE_MODEL": "v"},
    ),
    "other tables": Asked((), body(), "[create]\nmodel = 'no'\nseed = 1\n"),
    "what is not for pictures": Asked(
        (), body(), "schema = '{}'\nmodality = ['audio']\n"
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(
    name: str, gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    row = BODIES[name]
    home = tmp_path / "home"
    home.mkdir()
    environ = {**environment(home, row.config), **row.environ}
    ask(gi, server, *row.argv, replies=(showing(image(PNG)),), environ=environ)
    assert server.requests[0].json == row.body
    assert tree(here, here) == {FIRST: PNG}


def test_edits_have_the_pictures_behind_the_words(
    gi: Gi, server: ScriptedServer, here: Path
) -> None:
    make(here, {"a.png": PNG, "b": JPEG})
    argv = ("-i", "a.png", "-i", "b", "-o", "a.png")
    done = ask(gi, server, *argv, replies=(showing(image(SECOND)),))
    assert (done.out, done.err) == (b"a.png\n", "")
    given = [text("a fox"), image(PNG), image(JPEG, "image/jpeg")]
    assert server.requests[0].json == body(input=given)
    assert tree(here, here) == {"a.png": SECOND, "b": JPEG}


def test_continue_edits_the_last_one_further(
    gi: Gi, server: ScriptedServer, here: Path, tmp_path: Path
) -> None:
    environ = {**environment(tmp_path, ""), "GI_MODEL": "v"}
    first, next = showing(image(PNG), id="v1_1"), showing(image(SECOND), id="v1_2")
    argv = ("--session", "fox", "--aspect-ratio", "3:2", "--size", "2k")
    ask(gi, server, *argv, replies=(first,), environ=environ)
    server.expect("POST", "/v1beta/interactions", next)
    url = ("--base-url", server.url)
    words = ("continue", "--session", "fox", *url, "now blue")
    done = gi(*words, environ=environ)
    assert (done.out, done.err) == (b"![image](gi-v12-1.png)\n", "")
    assert server.requests[1].json == {
        **picture(aspect_ratio="3:2", image_size="2K"),
        "previous_interaction_id": "v1_1",
        "input": "now blue",
    }
    assert tree(here, here) == {"gi-v11-1.png": PNG, "gi-v12-1.png": SECOND}
