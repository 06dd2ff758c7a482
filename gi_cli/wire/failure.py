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
from gi_cli.wire import codec, delay

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


def of_body(body: bytes, status_code: int, charset: str = "") -> Failure:
    """Read the body of an answer that is no success; `charset` is the stated one."""
    text = codec.foreign(body, charset).strip()
    found = find(text)
    if found:
        return found._replace(status_code=status_code)
    if not text:
        return Failure("the body is empty", None, status_code, from_api=False)
    other = _json(text)
    if other is not None:  # some gateway's own: {"message": ...}, {"detail": ...}
        words = shown(_said(other) or text)
        return Failure(words, None, status_code, from_api=False)
    page = text.startswith("<")
    return Failure(shown(text), None, status_code, from_api=False, is_page=page)


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
    if isinstance(error, list) and error and isinstance(error[0], dict):
        error = error[0]
    if not isinstance(error, dict):
        return Failure(_bare(error, value), None, status_code)
    said, code = _said(error), _code(error)
    wait = _retry_after(error)
    inner = _json(said) if "{" in said else None
    if inner is not None and {"error", *WORDS} & {*inner}:
        found = of_value(inner, status_code)
        longer = found.retry_after if wait is None else wait
        return found._replace(code=found.code or code, retry_after=longer)
    number = error.get("code")
    if isinstance(number, int) and 300 <= number < 600:
        status_code = status_code or number
    rest = shown(_written(error)) if error and error is not value else ""
    message = shown(said) or code or rest or "no reason given"
    return Failure(message, code, status_code, wait)


def _bare(error: Any, beside: dict[str, Any]) -> str:
    """An error that is no object, and what stands beside it: gateways do so."""
    said = error if isinstance(error, str) else _written(error) if error else ""
    words = ": ".join(each for each in (said, _said(beside)) if each)
    return shown(words) or "no reason given"


def _said(error: dict[str, Any]) -> str:
    """What a person should read of an error."""
    words = next((error[key] for key in WORDS if error.get(key)), "")
    return words if isinstance(words, str) else _written(words)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _code(error: dict[str, Any]) -> str | None:
    """The server's own code: a word, or else a number."""
    names = (_reason(error), error.get("status"), error.get("code"))
    words = [shown(name) for name in names if isinstance(name, str) and name.strip()]
    numbers = [str(n) for n in names if isinstance(n, int) and n > 1]  # True is an int
    return next(iter(words + numbers), None)


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
    stated = delay.of_info(_details(error, "RetryInfo"))
    return delay.of_words(_said(error)) if stated is None else stated


def shown(text: str) -> str:
    """A message as one line of bearable length; of a page, its title."""
    if text.lstrip()[:1] == "<":
        title = TITLE.search(text)
        words = " ".join(_unescaped(title[1]).split()) if title else ""
        text = f"an HTML page{f' ({words})' if words else ''}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "..."


def _unescaped(text: str) -> str:
    from html import unescape  # a page is rare

    return unescape(text)


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
    """Say which turn the request goes on from, if the service has not found it or has
    not let it be read."""
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
