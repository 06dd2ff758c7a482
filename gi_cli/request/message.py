"""One HTTP request as a value, and how it is shown to people."""

import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from gi_cli.request.headers import KEY_HEADER
from gi_cli.wire import codec

REDACTED = "[redacted]"
UPLOAD_URL = "x-goog-upload-url"
SECRET_WORDS = ("auth", "key", "token", "cookie")
OPEN_FIELDS = frozenset({"parameters", "schema", "input", "system_instruction"})
SECRET_FIELDS = frozenset({"headers", "credential", "env"})


class Message(NamedTuple):
    """What goes over the wire; `body` is the JSON that `content` encodes.

    A piece of a file has `data` in its place.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None
    data: bytes = b""

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.data if self.body is None else codec.dumps(self.body)


def is_secret(header: str) -> bool:
    """Tell whether a header's value must not be shown."""
    return any(word in header.lower() for word in SECRET_WORDS)


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


def curl(message: Message) -> bytes:
    """A shell command that sends the same bytes, the key taken from $GEMINI_API_KEY.

    The here-document is quoted, so no shell looks into it; the body is one line, so
    none of its lines can end it; `--data @-` drops the line break at its end. Secrets
    are redacted here too.
    """
    command, document = _command(message)
    return (command + document + "\n").encode()


def upload_by_curl(start: Message, path: str, headers: Mapping[str, str]) -> bytes:
    """Shell commands that begin an upload and send the file to the address named."""
    command, document = _command(start, "-D - -o /dev/null")
    more = "".join(f" \\\n  -H {shlex.quote(f'{k}: {v}')}" for k, v in headers.items())
    path = f"./{path}" if path.startswith("-") else path
    lines = (
        f"address=$({command} \\",
        "  | tr -d '\\r' \\",
        f"  | awk 'tolower($1) == \"{UPLOAD_URL}:\" {{print $2}}'{document}",
        ")",
        f'curl -sS -N -X POST "$address"{more} \\',
        f"  -H 'content-type:' -T {shlex.quote(path)}",
    )
    return "\n".join(lines).encode() + b"\n"


def _command(message: Message, *more: str) -> tuple[str, str]:
    """A curl command, and the here-document that begins on the line after it."""
    words = " ".join(("curl -sS -N", *more))
    lines = [f"{words} -X {message.method} {shlex.quote(message.url)}"]
    for name, value in message.headers.items():
        if name == KEY_HEADER:
            lines.append(f'  -H "{name}: $GEMINI_API_KEY"')
        else:
            shown = REDACTED if is_secret(name) else value
            lines.append(f"  -H {shlex.quote(f'{name}: {shown}')}")
    if message.body is None:
        return " \\\n".join(lines), ""
    lines.append("  --data @- <<'GI_BODY'")
    body = codec.dumps(shown_body(message.body)).decode()
    return " \\\n".join(lines), f"\n{body}\nGI_BODY"
