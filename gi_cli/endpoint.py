"""`gi request`: any endpoint of the service, the answer as it comes."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from gi_cli import assignments
from gi_cli.errors import GiError, UsageError
from gi_cli.options.commands import AnyRequest
from gi_cli.output import AtomicFile, to_file
from gi_cli.request import merge
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.settings import Settings
from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec

MAY_HOLD = "it may have taken effect; it was not sent again"
METHOD = re.compile(r"[A-Za-z]+")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
SERVICE_AND_VERSION = re.compile(r"(upload/)?(v[0-9]+[a-z0-9]*(?:/|$))?")
PORTS = {"http": 80, "https": 443}
LITERAL = "/?:@!$&'()*+,;=%"  # beside letters and digits, in a path and its query
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
IN_QUERY = ("GET", "HEAD")  # where fields are parameters
REPEATABLE = ("GET", "HEAD", "DELETE")
EXAMPLE = "gi request GET agents"
UNREAD = "stdin has data that was not read; --body @- sends it"


def send(run: Run, options: AnyRequest) -> None:
    """Send one request; raises the GiError that a refusal stands for."""
    session = Session(run, options)
    for name in ("method", "path"):
        if not getattr(options, name):
            raise UsageError(f"there is no {name.upper()}", hints=(EXAMPLE,))
    method = options.method.upper()
    if not METHOD.fullmatch(options.method):
        raise UsageError(f"METHOD: {options.method!r} is not an HTTP method")
    url, body = _address(session.settings, options.path), None
    if method in IN_QUERY:
        url = _with_query(method, url, options, session)
    else:
        body = _body(options, session)
    shown = session.previews(options)
    stream = _asks_for_stream(url, body)
    request = session.request(method, url, body=body, stream=stream, shown=shown)
    if shown:
        session.preview(options, request)
        return
    _open(run, options)
    if body is None and method not in IN_QUERY:
        _tell_unread(session)
    _deliver(run, session, request)


def _asks_for_stream(url: str, body: dict[str, Any] | None) -> bool:
    query = parse_qs(urlsplit(url).query)
    return "true" in query.get("stream", ()) or bool(body and body.get("stream"))


def _open(run: Run, options: AnyRequest) -> None:
    """Judge where the answer goes, before anything is sent."""
    run.sink = Sink()
    if options.out in (None, "-"):
        run.env.console.require_stdout()
        return
    waits, clobber = run.env.waits, options.no_clobber
    run.output = to_file(str(options.out), "-o", waits, no_clobber=clobber)
    run.on_stdout = False


def _tell_unread(session: Session) -> None:
    if session.stdin.read_for is None and session.run.env.console.stdin_waiting():
        session.run.say(f"gi: {UNREAD}")


def _deliver(run: Run, session: Session, request: Message) -> None:
    """Pass the body on, piece by piece."""
    with session.sender() as sender:
        if request.method in REPEATABLE:
            answer = sender.read(request)
        elif request.url == session.settings.url("interactions"):
            answer = sender.create(request)
        else:
            answer = sender.create(request, unsure=MAY_HOLD)
        run.watch_reader(True)
        try:
            for chunk in answer.chunks():
                run.output.write(chunk)
        except GiError:
            if isinstance(run.output, AtomicFile):
                run.output.discard()  # half a download is worth less than the old file
            raise
        finally:
            run.watch_reader(False)
            answer.close()


def _address(settings: Settings, path: str) -> str:
    """The endpoint under the base URL, its version put in if it names none."""
    steps = unquote(path.partition("?")[0]).split("/")
    if not path.isprintable() or {*"#\\"} & {*path} or {".", ".."} & {*steps}:
        raise _no_path(path)
    if ABSOLUTE.match(path):
        return _at_origin(settings, path)
    text = _encoded(path.removeprefix("/"))
    if text.startswith(("/", "?")) or not text:
        raise _no_path(path)
    found = SERVICE_AND_VERSION.match(text)
    service, version = found.groups("") if found else ("", "")
    if not version:
        text = f"{service}{settings.version}/{text.removeprefix(service)}"
    return f"{settings.base_url}/{text}"


def _at_origin(settings: Settings, url: str) -> str:
    """An absolute URL, as long as it is at the base URL's origin."""
    base = urlsplit(settings.base_url)
    try:
        parts = urlsplit(url)
        same = "@" not in parts.netloc and _origin(parts) == _origin(base)
    except ValueError as error:
        raise UsageError(f"PATH: {url!r} is not a URL: {error}") from error
    if not same:
        raise UsageError(
            f"PATH: {url} is not at {settings.base_url}, whose key it would get"
        )
    query = f"?{parts.query}" if parts.query else ""
    path = _encoded(f"{parts.path or '/'}{query}")
    return f"{base.scheme}://{base.netloc}{path}"


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _encoded(path: str) -> str:
    """A path and its query as they go over the wire."""
    return LONE_PERCENT.sub("%25", quote(path, safe=LITERAL))


def _no_path(path: str) -> UsageError:
    return UsageError(f"PATH: {path!r} is not the path of an endpoint")


def _with_query(method: str, url: str, options: AnyRequest, session: Session) -> str:
    """The fields as parameters, each under its path as it was typed."""
    if options.body is not None:
        hint = "-F and -f are its parameters"
        raise UsageError(f"--body does not go with {method}: {hint}")
    fields = assignments.of_fields(options, session.stdin)
    pairs = [(each.flag.partition(" ")[2], _parameter(each.value)) for each in fields]
    if not pairs:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(pairs)


def _parameter(value: Any) -> str:
    return value if isinstance(value, str) else codec.dumps(value).decode()


def _body(options: AnyRequest, session: Session) -> dict[str, Any] | None:
    """The base of --body with the fields set in it; None without any of them."""
    base = assignments.base(options, session.stdin)
    fields = assignments.of_fields(options, session.stdin)
    if options.body is None and not fields:
        return None
    return merge.merge(base, (), fields)
