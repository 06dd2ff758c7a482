"""The way to the service: its address, the key, the proxy, whom to trust, an answer."""

from collections.abc import Iterator

from gi_cli import key, proxies, settings
from gi_cli.doctor.finding import CORRECT, WARNING, Finding, failed, skipped, warned
from gi_cli.errors import (
    OF_SERVER,
    Failed,
    GiError,
    KeyRefused,
    NotTheApi,
    QuotaReached,
    StillRunning,
    Unreachable,
    UsageError,
)
from gi_cli.options.doctor import Doctor
from gi_cli.run import Run
from gi_cli.session import AUTHORIZATION, Session
from gi_cli.transport import network
from gi_cli.wire.failure import KEY_HINT, PROXY_HINT

LATER = "try again later"
LONGER = "--timeout TIME gives it longer"
OFFLINE = "the emulator in this process"
NOT_USED = f"not used: {OFFLINE} is asked"


def look(run: Run, options: Doctor) -> Iterator[Finding]:
    """Check all of it, as far as one finding allows the next."""
    try:
        session = Session(run, options, records=False)
    except UsageError as error:
        yield failed("service", error, CORRECT, options=options)
        yield _key(run, options)[0]
        for name in ("proxy", "ca", "answer"):
            yield skipped(name, "not known without the service's address")
        return
    address, (found, value) = _address(session, options), _key(run, options, session)
    proxy, trusted = _proxy(session), _trusted(session, options)
    yield from (address, found, proxy, trusted)
    broken = next((f.name for f in (address, proxy, trusted) if f.error), None)
    if broken:
        yield skipped("answer", f"nothing was sent: {broken} is not in order")
        return
    session.key = value  # a command that prints it does not run twice
    yield _answer(session, options)


def _address(session: Session, options: Doctor) -> Finding:
    known = session.settings
    try:
        settings.require_safe(known)
    except UsageError as error:
        return failed("service", error, CORRECT, options=options)
    value = {"base_url": known.base_url, "api_version": known.version}
    said = OFFLINE if known.offline else known.url()
    return Finding("service", f"{said} ({known.source})", value, known.source)


def _key(
    run: Run, options: Doctor, session: Session | None = None
) -> tuple[Finding, str]:
    """Where the key is, and the key itself, which no finding holds."""
    if options.offline:
        return Finding("key", "none is needed"), ""
    if session and session.authorized:
        said = f"none is sent beside {AUTHORIZATION} (from -H)"
        return Finding("key", said, None, "-H"), ""
    notes: list[str] = []
    command, waits = run.config.key_command, run.env.waits
    try:
        found = key.find(options, run.env.environ, command, waits, notes.append)
    except (KeyRefused, StillRunning) as error:
        late = isinstance(_lifted(run, error), StillRunning)
        return failed("key", error, LONGER if late else KEY_HINT, options=options), ""
    run.keep_secret(found.value)
    said = "; ".join([f"from {found.source}", *(n.removeprefix("gi: ") for n in notes)])
    if not notes:
        return Finding("key", said, None, found.source), found.value
    differ = found.source in key.VARIABLES
    other = f"chmod 600 {options.api_key_file}"
    hint = f"unset {' or '.join(key.VARIABLES)}" if differ else other
    warning = Finding("key", said, None, found.source, WARNING, (hint,))
    return warning, found.value


def _proxy(session: Session) -> Finding:
    if session.settings.offline:
        return Finding("proxy", NOT_USED)
    url, environ = session.settings.base_url, session.run.env.environ
    try:
        found = proxies.find(url, environ)
    except UsageError as error:
        return failed("proxy", error)
    if found:
        said = f"{found.shown} ({found.source})"
        return Finding("proxy", said, found.shown, found.source)
    unused = sorted(n for n in environ if n.lower() in proxies.PROXIES and environ[n])
    beside = f" for this address, beside {', '.join(unused)}" if unused else ""
    return Finding("proxy", f"none{beside}")


def _trusted(session: Session, options: Doctor) -> Finding:
    """The certificates that the service, or a proxy, is judged by."""
    known, environ = session.settings, session.run.env.environ
    if known.offline:
        return Finding("ca", NOT_USED)
    try:
        through = proxies.proxy_for(known.base_url, environ)
    except UsageError:  # told as the proxy's
        through = None
    if not network.needs_tls(known, through):
        return Finding("ca", "not used: the service is reached over http")
    try:
        trusted = network.authorities(known, environ)
        network.trusting(trusted)
    except UsageError as error:
        name = error.message.partition(":")[0]
        return failed("ca", error, f"correct or unset {name}", options=options)
    said = ", ".join(f"{each.path} ({each.source})" for each in trusted)
    paths, sources = zip(*trusted, strict=True)
    return Finding("ca", said, list(paths), ", ".join(sources))


def _answer(session: Session, options: Doctor) -> Finding:
    """Ask for a list that costs nothing: of models, or of the emulator's files."""
    known = session.settings
    wanted = "files" if known.offline else "models"
    url = known.url(wanted)
    try:
        request = session.request("GET", f"{url}?pageSize=1")
        with (
            session.sender(known._replace(retries=0)) as sender,
            sender.read(request) as answer,
        ):
            value = answer.value(lambda _: None, of="list of models")
        if not known.offline and wanted not in value:
            raise NotTheApi("the answer is no list of models", hints=(PROXY_HINT,))
    except (*OF_SERVER, StillRunning, UsageError) as error:
        return _unanswered(session, options, _lifted(session.run, error))
    who = "the emulator" if known.offline else "the service"
    what = "takes the key" if session.key else "answers"
    return Finding("answer", f"GET {wanted}: {who} {what}", url)


def _unanswered(session: Session, options: Doctor, error: GiError) -> Finding:
    """What an error tells; some of it is told by another finding, or none."""
    known, keyless = session.settings, not (session.key or session.authorized)
    if keyless and isinstance(error, KeyRefused):
        return Finding("answer", f"{known.url()}: the service answers, and wants a key")
    lacks_list = error.status_code == 404 and error.reason and known.custom
    if lacks_list:
        said = f"{error.message}: it answers, but has no list of models to try a key on"
        return warned("answer", said, f"check that {known.source} is what is meant")
    return failed("answer", error, _remedy(session, error), options=options)


def _remedy(session: Session, error: GiError) -> str:
    """What helps against an error that has no hint of its own."""
    proxy = proxies.find(session.settings.base_url, session.run.env.environ)
    match error:
        case Failed():
            return "check the base URL and --api-version"
        case QuotaReached():
            return LATER
        case Unreachable() if error.status_code:
            return LATER
        case StillRunning():
            return LONGER
        case Unreachable() if proxy:
            url, environ = session.settings.base_url, session.run.env.environ
            return proxies.peer(url, environ).hints[0]
        case Unreachable() if session.settings.loopback:
            return "start what listens there, or correct the base URL"
        case Unreachable():
            return "check the network, the base URL, and whether HTTPS_PROXY is missing"
    return CORRECT


def _lifted(run: Run, error: GiError) -> GiError:
    """The error, which is a finding: the deadline does not end the other checks."""
    if isinstance(error, StillRunning):
        run.env.waits.limit(timeout=None, idle=None)
    return error
