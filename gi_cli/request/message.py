"""One HTTP request as a value, and how it is shown to people."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from gi_cli.request.headers import KEY_HEADER
from gi_cli.wire import codec

REDACTED = "[redacted]"
KEY_VARIABLE = "GEMINI_API_KEY"
UPLOAD_URL = "x-goog-upload-url"
SECRET_WORDS = (
    *("auth", "key", "token", "cookie", "secret", "password", "credential"),
    *(UPLOAD_URL, "control-url", "uploadid"),  # whoever knows it can write to it
)
OF_CURL, OF_DATA = ("accept", "user-agent"), ("content-type",)  # of its own
STATE_LENGTH = ("POST", "PUT", "PATCH")  # also of an empty body
OPEN_FIELDS = frozenset({"parameters", "schema", "input", "system_instruction"})
SECRET_FIELDS = frozenset({"headers", "credential", "env", "transform"})
LONGEST_ID = 1 << 14  # characters of a path; httpx takes 65,536 in a URL
LONGEST_URL = 200  # that of a `data:` is as long as its data
CREDENTIALS = re.compile(r"//[^/?#]*@")


class Message(NamedTuple):
    """What goes over the wire; `body` is the JSON that `content` encodes.

    A piece of a file has `data` in its place. Where the URL has an address,
    `server_name` is what the server's certificate has to name.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None
    data: bytes = b""
    server_name: str = ""

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.data if self.body is None else codec.dumps(self.body)


def in_path(id: str) -> str:
    """An id as a part of a path; "" for what none can be, whoever named it."""
    quoted = quote(codec.encode(id), safe="")
    step_upward = not id.strip(".")
    return "" if step_upward or len(quoted) > LONGEST_ID else quoted


def is_secret(header: str) -> bool:
    """Tell whether a header's value must not be shown."""
    return any(word in header.lower() for word in SECRET_WORDS)


def shown_url(url: str) -> str:
    """The URL in a message: of bearable length, without credentials."""
    url = CREDENTIALS.sub(f"//{REDACTED}@", url)
    return url if len(url) <= LONGEST_URL else f"{url[:LONGEST_URL]}..."


def secrets(headers: Mapping[str, str]) -> Iterator[str]:
    """The values that must not be shown; of `Bearer TOKEN` the token."""
    for name, value in headers.items():
        if is_secret(name):
            scheme, _, token = value.partition(" ")
            yield token if token and scheme.isalpha() else value


def secrets_in(body: Any) -> Iterator[str]:
    """The texts of a body that are redacted where it is shown."""
    if isinstance(body, list):
        for each in body:
            yield from secrets_in(each)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in SECRET_FIELDS:
                yield from _texts(value)
            elif name not in OPEN_FIELDS:
                yield from secrets_in(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value, value.rpartition(" ")[2])
    inner = value.values() if isinstance(value, dict) else value
    for each in inner if isinstance(value, dict | list) else ():
        yield from _texts(each)


def shown_headers(headers: dict[str, str]) -> dict[str, str]:
    """The headers with secrets redacted."""
    return {k: REDACTED if is_secret(k) else v for k, v in headers.items()}


def shown_body(value: Any) -> Any:
    """The body with the values of secret fields redacted, at any depth.

    In a schema and in the input such a name is one that the user chose.
    """
    if isinstance(value, list):
        return [shown_body(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {k: _shown(k, v) for k, v in value.items()}


def _shown(name: str, value: Any) -> Any:
    if name in SECRET_FIELDS:
        return _redacted(value)
    return value if name in OPEN_FIELDS else shown_body(value)


def _redacted(value: Any) -> Any:
    return dict.fromkeys(value, REDACTED) if isinstance(value, dict) else REDACTED


def hides(message: Message) -> bool:
    """Tell whether a secret other than the key is left out where it is shown."""
    headers = {k: v for k, v in message.headers.items() if k != KEY_HEADER}
    shown = (shown_headers(headers), shown_body(message.body))
    return shown != (headers, message.body)


def dry_run(message: Message) -> bytes:
    """The request as one JSON document."""
    document = {
        "method": message.method,
        "url": message.url,
        "headers": shown_headers(message.headers),
        "body": shown_body(message.body),
    }
    return codec.dumps(document, indent=True) + b"\n"


def curl(
    message: Message, *, key: str = KEY_VARIABLE, ca_file: str | None = None
) -> bytes:
    """A shell command that sends the same bytes, the key taken from a variable.

    The here-document is quoted, so no shell looks into it; the body is one line, so
    none of its lines can end it; `--data @-` drops the line break at its end. Secrets
    are redacted here too.
    """
    command, document = _command(message, _curl(ca_file), key)
    return (command + document + "\n").encode()


def upload_by_curl(
    start: Message,
    path: str,
    headers: Mapping[str, str],
    *,
    key: str = KEY_VARIABLE,
    ca_file: str | None = None,
) -> bytes:
    """Shell commands that begin an upload and send the file to the address named."""
    words = _curl(ca_file)
    command, document = _command(start, f"{words} -D - -o /dev/null", key)
    more = "".join(f" \\\n  -H {shlex.quote(f'{k}: {v}')}" for k, v in headers.items())
    lines = (
        f"address=$({command} \\",
        "  | tr -d '\\r' \\",
        f"  | awk 'tolower($1) == \"{UPLOAD_URL}:\" {{print $2}}'{document}",
        ")",
        f'{words} -X POST "$address"{more} \\',
        f"  -H 'content-type:' -T {shlex.quote(path)}",
    )
    return "\n".join(lines).encode() + b"\n"


def _curl(ca_file: str | None) -> str:
    """How a command begins; -g: brackets in addresses and file names are literal."""
    trust = f" --cacert {shlex.quote(ca_file)}" if ca_file else ""
    return f"curl -sS -N -g{trust}"


def _command(message: Message, words: str, key: str) -> tuple[str, str]:
    """A curl command, and the here-document that begins on the line after it."""
    method, body = message.method, message.body
    how = "--head" if method == "HEAD" else f"-X {method}"
    lines = [f"{words} {how} {shlex.quote(message.url)}"]
    has_data = body is not None or method in STATE_LENGTH
    dropped = dict.fromkeys((*OF_CURL, *(OF_DATA if has_data else ())), "")
    for name, value in {**message.headers, **(dropped | message.headers)}.items():
        if name == KEY_HEADER:
            lines.append(f'  -H "{name}: ${key}"')
        else:
            shown = REDACTED if is_secret(name) else value
            lines.append(f"  -H {shlex.quote(f'{name}: {shown}'.rstrip())}")
    if body is None:
        empty = ["  --data ''"] if has_data else []
        return " \\\n".join(lines + empty), ""
    lines.append("  --data @- <<'GI_BODY'")
    text = codec.dumps(shown_body(body)).decode()
    return " \\\n".join(lines), f"\n{text}\nGI_BODY"
