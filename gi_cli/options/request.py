"""The flags that say what is asked for: they become the request body."""

from typing import Annotated

from gi_cli.options import Options, flag, names


class Fields(Options):
    """Any field of a body, known to gi or not."""

    panel = "Request"

    field: Annotated[
        list[str] | None,
        flag(
            *("-F", "--field"),
            metavar="PATH=VALUE",
            help="a field: true, 1, null, JSON, @FILE or text",
        ),
    ] = None
    raw_field: Annotated[
        list[str] | None,
        flag(
            *("-f", "--raw-field"),
            metavar="PATH=TEXT",
            help="a field that is text, as it stands",
        ),
    ] = None
    body: Annotated[
        str | None,
        flag(
            "--body",
            metavar="JSON|@FILE",
            help="a whole body, which all else is merged onto",
        ),
    ] = None


class Inputs(Options):
    """What goes with the prompt."""

    panel = "Input"

    input: Annotated[
        list[str] | None,
        flag(
            *("-i", "--input"),
            metavar="PATH|URL|ID",
            help="file, URL, files/ID or - (;type=MIME after it)",
        ),
    ] = None
    inline: Annotated[
        bool,
        flag("--inline", help="never upload, put files into the request"),
    ] = False


class Tools(Options):
    """What the model may use."""

    panel = "Tools"

    tool: Annotated[
        list[str] | None,
        flag(
            "--tool",
            metavar="NAME|JSON|@FILE",
            choices=names.TOOLS,
            help="google_search, url_context ..., or its JSON",
        ),
    ] = None
    mcp: Annotated[
        list[str] | None,
        flag(
            "--mcp",
            metavar="NAME=URL",
            help="an MCP server that the service calls",
        ),
    ] = None
    function: Annotated[
        list[str] | None,
        flag(
            "--function",
            metavar="JSON|@FILE",
            help="declare a function, or a list of them",
        ),
    ] = None
    tool_choice: Annotated[
        str | None,
        flag(
            "--tool-choice",
            metavar="MODE|JSON|@FILE",
            choices=names.TOOL_MODES,
            help="auto, any, none, validated or allowed_tools",
        ),
    ] = None


class Generation(Options):
    """How the model generates."""

    panel = "Generation"

    thinking: Annotated[
        str | None,
        flag(
            "--thinking",
            metavar="LEVEL",
            choices=names.THINKING,
            help="how much: minimal, low, medium or high",
        ),
    ] = None
    thoughts: Annotated[
        bool,
        flag("--thoughts", help="ask for thought summaries, show them on stderr"),
    ] = False
    max_output_tokens: Annotated[
        int | None,
        flag("--max-output-tokens", metavar="N", help="cut the answer there"),
    ] = None
    temperature: Annotated[
        str | None,
        flag("--temperature", metavar="NUMBER", help="the sampling temperature"),
    ] = None
    seed: Annotated[
        int | None, flag("--seed", metavar="N", help="the sampling seed")
    ] = None


class Formed(Options):
    """What the answer is made of."""

    panel = "Generation"

    schema: Annotated[
        str | None,
        flag(
            "--schema",
            metavar="JSON|@FILE",
            help="the answer is JSON that satisfies this",
        ),
    ] = None
    modality: Annotated[
        list[str] | None,
        flag(
            "--modality",
            metavar="KIND",
            choices=names.MODALITIES,
            help="text, image, audio or video; media are saved",
        ),
    ] = None
    voice: Annotated[
        list[str] | None,
        flag(
            "--voice",
            metavar="[SPEAKER=]VOICE",
            choices=names.VOICES,
            help="who reads it, for each speaker of a dialogue",
        ),
    ] = None


class Request(Fields):
    """Who is asked for what."""

    panel = "Request"

    model: Annotated[
        str | None,
        flag(
            *("-m", "--model"),
            metavar="MODEL",
            envvar="GI_MODEL",
            choices=names.MODELS,
            help="default: gemini-3-flash-preview",
        ),
    ] = None
    agent: Annotated[
        str | None,
        flag(
            "--agent",
            metavar="NAME",
            choices=names.AGENTS,
            help="an agent instead of a model",
        ),
    ] = None
    system: Annotated[
        str | None,
        flag(
            *("-s", "--system"),
            metavar="TEXT|@FILE",
            help="the system instruction",
        ),
    ] = None
    service_tier: Annotated[
        str | None,
        flag(
            "--service-tier",
            metavar="TIER",
            choices=names.TIERS,
            help="standard (default), flex, priority or deferred",
        ),
    ] = None
    store: Annotated[
        bool | None,
        flag("--store/--no-store", help="whether the service keeps it (default: yes)"),
    ] = None


class Asked(Request, Generation, Tools):
    """The flags that a create body is made of."""
