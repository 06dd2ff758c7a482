"""Files that the service keeps: asking about them, waiting until they can be used."""

import shlex
from typing import Any
from urllib.parse import quote

from gi_cli.errors import Failed, KeyRefused, StillRunning, UsageError
from gi_cli.request.message import Message
from gi_cli.session import Session
from gi_cli.transport.answer import Answer
from gi_cli.transport.send import Sender

FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds between looks at a file's state
GONE = "may not exist"

File = dict[str, Any]


def value_of(answer: Answer) -> File:
    """The JSON object of an answer; raises the error that it tells."""
    try:
        return answer.value(lambda _: None)
    finally:
        answer.close()


def about(method: str, id: str, session: Session, *, shown: bool = False) -> Message:
    """A request about one uploaded file, `files/ID` or the ID alone."""
    name = id.removeprefix("files/")
    if not name.strip("."):
        raise UsageError(f"{id!r} is not the ID of a file")
    url = session.settings.url("files", quote(name, safe=""))
    return session.request(method, url, shown=shown)


def look_up(id: str, session: Session, sender: Sender) -> File:
    """The service's record of a file."""
    return value_of(ask(about("GET", id, session), sender))


def ask(request: Message, sender: Sender) -> Answer:
    """Send a request about a file. One that is gone is no matter of the key: the
    service says 403 of it."""
    try:
        return sender.read(request)
    except KeyRefused as refused:
        if refused.status_code == 403 and GONE in refused.message:
            hints = ("gi files list shows those that are there",)
            raise Failed(
                refused.message,
                hints=hints,
                reason=refused.reason,
                status_code=403,
            ) from refused
        raise


def ready(file: File, session: Session, sender: Sender) -> File:
    """Wait while the service prepares a file; videos need it."""
    name, wait = str(file.get("name")), FIRST_WAIT
    try:
        while file.get("state") == "PROCESSING":
            show(session, f"{name} is being processed")
            session.run.env.waits.sleep(wait)
            file = look_up(name, session, sender)
            wait = min(wait * 1.5, LONGEST_WAIT)
    except StillRunning as late:
        late.message += f"; {name} is still being processed"
        get = "gi files get" + session.command("get").removeprefix("gi get")
        late.hints += (f"{get} {shlex.quote(name)}",)
        raise
    finally:
        session.run.env.console.clear()
    if file.get("state") == "FAILED":
        told = file.get("error")
        why = told.get("message") if isinstance(told, dict) else None
        raise Failed(f"{name} cannot be used: {why or 'its processing failed'}")
    return file


def show(session: Session, doing: str) -> None:
    """Show on a terminal what is being done."""
    if not session.run.quiet:
        session.run.env.console.live(f"gi: {doing}")
