"""The options of `gi image`."""

from typing import Annotated

from gi_cli.options import flag, names
from gi_cli.options.ask import Ask


class Image(Ask):
    """`gi image`."""

    table = "image"
    panel = "Picture"
    names_pictures = True
    own = frozenset({"model"})

    model: Annotated[
        str | None,
        flag(
            *("-m", "--model"),
            metavar="MODEL",
            envvar="GI_IMAGE_MODEL",
            choices=names.IMAGE_MODELS,
            help="default: gemini-3.1-flash-image",
        ),
    ] = None
    aspect_ratio: Annotated[
        str | None,
        flag(
            "--aspect-ratio",
            metavar="RATIO",
            choices=names.RATIOS,
            help="1:1, 3:2, 16:9 ...",
        ),
    ] = None
    size: Annotated[
        str | None,
        flag(
            "--size",
            metavar="SIZE",
            choices=names.SIZES,
            help="512, 1K (default), 2K or 4K",
        ),
    ] = None
    count: Annotated[
        int | None,
        flag("--count", metavar="N", help="ask so often, one after another"),
    ] = None
    text: Annotated[
        bool,
        flag("--text", help="a text with pictures in it, as Markdown on stdout"),
    ] = False
    out: Annotated[
        str | None,
        flag(
            *("-o", "--out"),
            metavar="PATH",
            help="a file, DIR/, a name with {n} and {ext}, or -",
        ),
    ] = None
    null: Annotated[
        bool, flag("-0", "--null", help="end each path with NUL, for xargs -0")
    ] = False
