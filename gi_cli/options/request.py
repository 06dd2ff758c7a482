"""The flags that say what is asked for: they become the request body."""

from typing import Annotated

from gi_cli.options import Options, flag


class Fields(Options):
    """Any field of a body, known to gi or not."""

    panel = "Request"

    field: Annotated[
        list[str] | None,
        flag(
            *("-F", "--field"),
            metavar="PATH=VALUE",
            help="set a field: true, 1, null, JSON, @FILE, else text (repeatable)",
        ),
    ] = None
    raw_field: Annotated[
        list[str] | None,
        flag(
            *("-f", "--raw-field"),
            metavar="PATH=TEXT",
            help="set a field to this text as it stands (repeatable)",
        ),
    ] = None
    body: Annotated[
        str | None,
        flag(
            "--body",
            metavar="JSON|@FILE",
            help="the request body that everything else is merged onto",
        ),
    ] = None


class Inputs(Options):
    """What goes with the prompt."""

    panel = "Input"

    input: Annotated[
        list[str] | None,
        flag(
            *("-i", "--input"),
            metavar="PATH|URL|ID|-",
            help="a file, address, files/ID or stdin; ;type=MIME after it (repeatable)",
        ),
    ] = None
    inline: Annotated[
        bool,
        flag("--inline", help="never upload files, put them into the request"),
    ] = False


class Tools(Options):
    """What the model may use."""

    panel = "Tools"

    tool: Annotated[
        list[str] | None,
        flag(
            "--tool",
            metavar="NAME|JSON|@FILE",
            help="a tool of the service: google_search, url_context ... (repeatable)",
        ),
    ] = None
    mcp: Annotated[
        list[str] | None,
        flag(
            "--mcp",
            metavar="NAME=URL",
            help="an MCP server that the service calls (repeatable)",
        ),
    ] = None
    function: Annotated[
        list[str] | None,
        flag(
            "--function",
            metavar="JSON|@FILE",
            help="declare a function, or a list of them (repeatable)",
        ),
    ] = None
    tool_choice: Annotated[
        str | None,
        flag(
            "--tool-choice",
            metavar="MODE|JSON|@FILE",
            help="auto, any, none, validated, or an object with allowed_tools",
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
            help="how much to think: minimal, low, medium, high, as the model allows",
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
            help="a JSON Schema; the answer is JSON that satisfies it",
        ),
    ] = None
    modality: Annotated[
        list[str] | None,
        flag(
            "--modality",
            metavar="KIND",
            help="text, image, audio or video; media are saved (repeatable)",
        ),
    ] = None
    voice: Annotated[
        list[str] | None,
        flag(
            "--voice",
            metavar="[SPEAKER=]VOICE",
            help="who reads it aloud, for each speaker of a dialogue (repeatable)",
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
            help="the model (default: gemini-3-flash-preview)",
        ),
    ] = None
    agent: Annotated[
        str | None,
        flag("--agent", metavar="NAME", help="an agent instead of a model"),
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
            help="standard (default), flex, priority or deferred",
        ),
    ] = None
    store: Annotated[
        bool | None,
        flag("--store/--no-store", help="whether the service keeps it (default: yes)"),
    ] = None


class Asked(Request, Generation, Tools):
    """The flags that a create body is made of."""
