"""Error bodies: one tolerant extractor for every shape that was seen in the field."""

import json
import re
from typing import Any, NamedTuple

from gi_cli.errors import (
    Failed,
    GiError,
    KeyRefused,
    NotTheApi,
    QuotaReached,
    Unreachable,
)
from gi_cli.wire import codec

LONGEST_MESSAGE = 1000
KEY_CODES = frozenset({"unauthenticated", "permission_denied"})
QUOTA_CODES = frozenset(
    {"resource_exhausted", "rate_limit_exceeded", "too_many_requests"}
    | {"quota_exceeded", "insufficient_quota", "billing_not_active"}
)
HOPELESS_QUOTA = re.compile(
    r"quota_exceeded|insufficient_quota|billing|do(?:es)? not have enough quota"
)
SERVER_CODES = frozenset(
    {"internal", "unavailable", "deadline_exceeded", "unknown", "data_loss"}
    | {"gateway_timeout", "internal_error", "server_error", "service_unavailable"}
    | {"overloaded", "bad_gateway", "timeout", "aborted"}
)
RETRY_HINT = re.compile(
    r"(?:retry|again|reset)\s+(?:in|after)\s+"
    r"(?=\d)(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:([\d.]+)\s*(?:s|$|\b))?",
    re.IGNORECASE,
)
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
WORDS = ("message", "detail", "error_description")
PROXY_HINT = "a proxy may have answered: check --base-url and HTTPS_PROXY"
KEY_HINT = "set GEMINI_API_KEY or pass --api-key-file FILE"


class Failure(NamedTuple):
    """What a server said went wrong; `retry_after` is in seconds."""

    message: str
    code: str | None = None  # the server's own: invalid_request, UNAVAILABLE
    status_code: int | None = None
    retry_after: float | None = None
    from_api: bool = True  # the API's JSON, not a proxy's page
    is_page: bool = False  # HTML


def of_body(body: bytes, status_code: int) -> Failure:
    """Read the body of an answer that is no success."""
    text = body.decode("utf-8", "replace").strip()
    found = find(text)
    if found:
        return found._replace(status_code=status_code)
    if not text:
        return Failure("the body is empty", None, status_code, from_api=False)
    other = _json(text)
    if other is not None:  # some gateway's own: {"message": ...}, {"detail": ...}
        words = next((other[k] for k in WORDS if isinstance(other.get(k), str)), text)
        return Failure(_shown(words), None, status_code, from_api=False)
    page = text.startswith("<")
    return Failure(_shown(text), None, status_code, from_api=False, is_page=page)


def find(text: str) -> Failure | None:
    """The `error` in a body or in what was no event: JSON, in a list, SSE-framed."""
    text = text.strip().removeprefix("\ufeff")
    framed = [line[5:] for line in text.splitlines() if line.startswith("data:")]
    lines = [line for line in text.splitlines() if line.lstrip().startswith(("{", "["))]
    for candidate in (text, "\n".join(framed), *framed, *lines):
        value = _json(candidate)
        if value is not None and value.get("error"):
            return of_value(value)
    return None


def _json(text: str) -> Any:
    """The object in the text, maybe in a list."""
    try:
        value = codec.loads(text)
    except ValueError:
        return None
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) and first else None


def of_value(value: dict[str, Any], status_code: int | None = None) -> Failure:
    """Read `{"error": ...}`, or the error itself, in any of its shapes."""
    error = value.get("error", value)
    if not isinstance(error, dict):
        return Failure(_shown(str(error or "no reason given")), None, status_code)
    nested = error.get("message")
    inner = _json(nested) if isinstance(nested, str) and "{" in nested else None
    if inner is not None:
        return of_value(inner, status_code)._replace(retry_after=_retry_after(error))
    number = error.get("code")
    if isinstance(number, int) and 300 <= number < 600:
        status_code = status_code or number
    names = (_reason(error), error.get("status"), number)
    code = next((str(name) for name in names if name), None)
    message = nested if isinstance(nested, str) else ""
    hint = _retry_after(error)
    return Failure(
        _shown(message) or code or "no reason given", code, status_code, hint
    )


def _details(error: dict[str, Any], kind: str) -> dict[str, Any]:
    details = error.get("details")
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and str(each.get("@type", "")).endswith(kind):
            return each
    return {}


def _reason(error: dict[str, Any]) -> str | None:
    """ErrorInfo's reason counts where it says more than the status: a wrong key."""
    reason = _details(error, "ErrorInfo").get("reason")
    return reason if isinstance(reason, str) and reason.startswith("API_KEY") else None


def _retry_after(error: dict[str, Any]) -> float | None:
    """Seconds to wait: RetryInfo, else the words of the message."""
    delay = _details(error, "RetryInfo").get("retryDelay")
    if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
        return float(delay[:-1])
    found = RETRY_HINT.search(str(error.get("message") or ""))
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = found.groups()
    seconds = (seconds or "0").rstrip(".")
    if seconds.count(".") > 1:
        return None
    return float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(seconds)


def _shown(text: str) -> str:
    """A message as one line of bearable length; of a page, its title."""
    if text.lstrip()[:1] == "<":
        title = TITLE.search(text)
        words = " ".join(title[1].split()) if title else ""
        text = f"an HTML page{f' ({words})' if words else ''}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "..."


def is_hopeless(failure: Failure) -> bool:
    """Tell whether a quota error stays as it is however long one waits."""
    said = f"{failure.code} {failure.message}"
    return bool(HOPELESS_QUOTA.search(said.lower()))


def error_of(failure: Failure, what: str) -> GiError:
    """The error, and so the exit code, that a failure stands for.

    `what` failed begins the sentence. The server's code and HTTP status are named.
    """
    code, status = (failure.code or "").lower(), failure.status_code
    tags = [str(status)] if status else []
    tags += [failure.code] if failure.code and failure.code != str(status) else []
    said = [] if failure.message == failure.code else [failure.message]
    kind, hints, retryable = _kind(failure, code, status)
    return kind(
        ": ".join([what, *([" ".join(tags)] if tags else []), *said]),
        hints=hints,
        reason=failure.code,
        status_code=status,
        retryable=retryable,
    )


def _kind(
    failure: Failure, code: str, status: int | None
) -> tuple[type[GiError], tuple[str, ...], bool | None]:
    told_key = "api key" in failure.message.lower() or code.startswith("api_key")
    if (
        status in (401, 403)
        or code in KEY_CODES
        or (told_key and status in (400, None))
    ):
        return KeyRefused, (KEY_HINT,), None
    if status == 429 or code in QUOTA_CODES:
        return QuotaReached, (), not is_hopeless(failure)
    if status is not None and 300 <= status < 400:
        return Unreachable, (PROXY_HINT,), False
    if status == 200 and failure.is_page:
        return NotTheApi, (PROXY_HINT,), None
    if not failure.from_api and (status is None or status < 400 or status >= 500):
        return Unreachable, (PROXY_HINT,), None
    if status is not None and 400 <= status < 500:
        return Failed, (), None
    if (status is not None and status >= 500) or code in SERVER_CODES:
        return Unreachable, (), status != 501
    if status is None and not code:  # a word, or nothing: whether it failed is open
        return Unreachable, (), None
    return Failed, (), None


def tell_earlier(error: GiError, id: Any) -> None:
    """Name the turn that one the service did not find, or did not let go on, was to
    follow."""
    if id and error.status_code in (403, 404):
        error.message += (
            f"; it goes on from {id}, which is gone if it has expired (after 55 days, "
            "1 on the free tier) or belongs to another project"
        )


def readable(value: Any) -> str:
    """What an `errors[]` entry or `error` says: its code and message."""
    if isinstance(value, dict):
        said = [str(value[k]) for k in ("code", "message") if value.get(k)]
        return ": ".join(said) or json.dumps(value, ensure_ascii=False)
    return str(value)
