"""The groups of flags that commands share."""

from typing import Annotated

from gi_cli.options import Options, flag, names


class Conversation(Options):
    """How turns belong together."""

    panel = "Conversation"

    session: Annotated[
        str | None,
        flag(
            "--session",
            metavar="NAME",
            help="a conversation by name, for gi continue",
        ),
    ] = None
    transcript: Annotated[
        str | None,
        flag(
            "--transcript",
            metavar="FILE",
            help="keep the steps in a file, send them from there",
        ),
    ] = None


class Background(Options):
    """Work that goes on without a connection."""

    panel = "Conversation"

    background: Annotated[
        bool | None,
        flag("--background", help="let it go on when the connection breaks"),
    ] = None
    detach: Annotated[
        bool,
        flag("--detach", help="print the id and end, with --background"),
    ] = False


class Formats(Options):
    """In which shape it comes out."""

    panel = "Output"

    format: Annotated[
        str | None,
        flag(
            "--format",
            metavar="FORMAT",
            choices=names.FORMATS,
            help="text (default), ndjson, json or sse",
        ),
    ] = None
    ndjson: Annotated[bool, flag("--ndjson", help="short for --format ndjson")] = False
    json: Annotated[bool, flag("--json", help="short for --format json")] = False
    sse: Annotated[bool, flag("--sse", help="short for --format sse")] = False


class Rows(Options):
    """In which shape records come out."""

    panel = "Output"

    ndjson: Annotated[bool, flag("--ndjson", help="one JSON object per line")] = False
    json: Annotated[bool, flag("--json", help="one JSON list")] = False


class Destination(Options):
    """Where it goes."""

    panel = "Output"

    out: Annotated[
        str | None,
        flag(
            *("-o", "--out"),
            metavar="PATH",
            help="write to a file, replaced as a whole at the end",
        ),
    ] = None
    no_clobber: Annotated[
        bool,
        flag("--no-clobber", help="refuse to replace an existing file"),
    ] = False


class Shown(Formats, Destination):
    """What comes out of an interaction."""

    saves_beside = False  # media go to the folder of -o
    names_pictures = False  # -o is where pictures go, and not what stdout would carry

    media_dir: Annotated[
        str | None,
        flag(
            "--media-dir",
            metavar="DIR",
            envvar="GI_MEDIA_DIR",
            help="save images, audio and other media there",
        ),
    ] = None
    usage: Annotated[
        bool, flag("--usage", help="show the token counts on stderr at the end")
    ] = False


class Output(Shown):
    """What comes out, and where."""

    extract: Annotated[
        bool,
        flag("-x", "--extract", help="only the first fenced code block of the text"),
    ] = False
    citations: Annotated[
        bool,
        flag("--citations", help="mark citations in the text, with footnotes"),
    ] = False


class Streaming(Options):
    """How the answer arrives."""

    panel = "Output"

    save_events: Annotated[
        str | None,
        flag(
            "--save-events",
            metavar="FILE",
            help="also keep the stream's raw bytes in a file",
        ),
    ] = None
    no_stream: Annotated[
        bool,
        flag("--no-stream", help="ask for the whole answer in one response"),
    ] = False
    id_file: Annotated[
        str | None,
        flag(
            "--id-file",
            metavar="FILE",
            help="write the id to a file as soon as it is known",
        ),
    ] = None


class Messages(Options):
    """What is said on stderr."""

    panel = "Messages"

    quiet: Annotated[bool, flag("-q", "--quiet", help="only errors on stderr")] = False
    verbose: Annotated[
        bool, flag("-v", "--verbose", help="requests and responses on stderr")
    ] = False
    error_format: Annotated[
        str | None,
        flag(
            "--error-format",
            metavar="FORMAT",
            choices=names.ERROR_FORMATS,
            help="errors on stderr as text (default) or json",
        ),
    ] = None


class Connection(Options):
    """How the service is reached."""

    panel = "Connection"
    default_timeout = "10m"
    default_idle_timeout = "300s"

    base_url: Annotated[
        str | None,
        flag(
            "--base-url",
            metavar="URL",
            envvar="GI_BASE_URL",
            help="another service than Google's",
        ),
    ] = None
    api_version: Annotated[
        str | None,
        flag(
            "--api-version",
            metavar="VERSION",
            choices=names.API_VERSIONS,
            help="v1beta (default) or v1",
        ),
    ] = None
    api_key_file: Annotated[
        str | None,
        flag(
            "--api-key-file",
            metavar="FILE",
            help="read the API key from a file",
        ),
    ] = None
    timeout: Annotated[
        str | None,
        flag("--timeout", metavar="TIME", help="for the whole command"),
    ] = None
    idle_timeout: Annotated[
        str | None,
        flag(
            "--idle-timeout",
            metavar="TIME",
            help="longest time without an event",
        ),
    ] = None
    connect_timeout: Annotated[
        str | None,
        flag("--connect-timeout", metavar="TIME", help="to connect (default: 10s)"),
    ] = None
    retries: Annotated[
        int | None,
        flag(
            "--retries",
            metavar="N",
            help="tries after one that did not land (default: 4)",
        ),
    ] = None
    max_retry_wait: Annotated[
        str | None,
        flag(
            "--max-retry-wait",
            metavar="TIME",
            help="longest wait before a retry (default: 120s)",
        ),
    ] = None
    header: Annotated[
        list[str] | None,
        flag(
            *("-H", "--header"),
            metavar="NAME: VALUE",
            help="send this header too",
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        flag(
            "--ca-file",
            metavar="FILE",
            help="more certificates to trust, in PEM form",
        ),
    ] = None
    offline: Annotated[
        bool,
        flag(
            "--offline",
            envvar="GI_OFFLINE",
            help="use the built-in emulator, free",
        ),
    ] = False


class Patient(Connection):
    """How the service is reached, by what follows work in the background."""

    default_timeout = "70m"
    default_idle_timeout = "60s"


class Inspect(Options):
    """What would be sent."""

    panel = "Inspect"

    dry_run: Annotated[
        bool,
        flag("--dry-run", help="print the request as JSON and send nothing"),
    ] = False
    curl: Annotated[
        bool,
        flag("--curl", help="print a curl command and send nothing"),
    ] = False
