"""`gi request`: any endpoint of the service, the answer as it comes."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from gi_cli import assignments
from gi_cli.errors import UsageError
from gi_cli.options.commands import AnyRequest
from gi_cli.output import Output, Stdout, to_file
from gi_cli.request import merge
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.session import Session
from gi_cli.settings import Settings
from gi_cli.sinks.sink import Sink
from gi_cli.wire import codec

METHOD = re.compile(r"[A-Z]+")
VERSIONED = re.compile(r"/(?:upload/)?v[0-9]+[a-z0-9]*(?:/|$)")
IN_QUERY = ("GET", "HEAD")  # where fields are parameters
REPEATABLE = ("GET", "HEAD", "DELETE")


def send(run: Run, options: AnyRequest) -> None:
    """Send one request; raises the GiError that a refusal stands for."""
    session = Session(run, options)
    method = options.method.upper()
    if not METHOD.fullmatch(method):
        raise UsageError(f"METHOD: {options.method!r} is not an HTTP method")
    url, body = _address(session.settings, options.path), None
    if method in IN_QUERY:
        url = _with_query(url, options, session)
    else:
        body = _body(options, session)
    shown = session.previews(options)
    stream = isinstance(body, dict) and bool(body.get("stream"))
    request = session.request(method, url, body=body, stream=stream, shown=shown)
    if shown:
        session.preview(options, request)
        return
    run.sink = Sink()
    _deliver(session, request, _output(run, options))


def _output(run: Run, options: AnyRequest) -> Output:
    if options.out in (None, "-"):
        run.env.console.require_stdout()
        return Stdout(run.env.console)
    waits, clobber = run.env.waits, options.no_clobber
    return to_file(str(options.out), "-o", waits, no_clobber=clobber)


def _deliver(session: Session, request: Message, output: Output) -> None:
    """Pass the body on, piece by piece."""
    with session.sender() as sender:
        again = request.method in REPEATABLE
        answer = (sender.read if again else sender.create)(request)
        try:
            for chunk in answer.chunks():
                output.write(chunk)
            output.commit()
        finally:
            answer.close()


def _address(settings: Settings, path: str) -> str:
    """The endpoint under the base URL, its version put in if it names none."""
    if "://" in path:
        base, parts = urlsplit(settings.base_url), urlsplit(path)
        origin = (parts.scheme.lower(), parts.netloc.lower())
        if origin != (base.scheme, base.netloc.lower()):
            raise UsageError(
                f"PATH: {path} is not at {settings.base_url}, whose key it would get"
            )
        path = urlunsplit(("", "", parts.path, parts.query, "")) or "/"
        return f"{base.scheme}://{base.netloc}{_checked(path)}"
    path = "/" + _checked(path).lstrip("/")
    version = "" if VERSIONED.match(path.partition("?")[0]) else f"/{settings.version}"
    return f"{settings.base_url}{version}{path}"


def _checked(path: str) -> str:
    steps = path.partition("?")[0].split("/")
    if not path.strip("/") or not path.isascii() or not path.isprintable():
        raise UsageError(f"PATH: {path!r} is not the path of an endpoint")
    if " " in path or "#" in path or {".", ".."} & {*steps}:
        raise UsageError(f"PATH: {path!r} is not the path of an endpoint")
    return path


def _with_query(url: str, options: AnyRequest, session: Session) -> str:
    """The fields as parameters, each under its path as it was typed."""
    if options.body is not None:
        raise UsageError("--body does not go with GET: -F and -f are its parameters")
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
