"""`gi emulator`: the emulator on a socket, until gi is stopped."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

from gi_cli import reading
from gi_cli.console import visible
from gi_cli.emulator.app import Emulator as App
from gi_cli.emulator.database import StorageError
from gi_cli.emulator.faults import FaultError
from gi_cli.emulator.log import Logged
from gi_cli.emulator.replay import Recording, Replay
from gi_cli.emulator.server import Server
from gi_cli.emulator.storage import Storage, Stored
from gi_cli.errors import UsageError
from gi_cli.options.emulator import Emulator
from gi_cli.places import local
from gi_cli.recordings import recorded
from gi_cli.run import Run
from gi_cli.settings import is_loopback
from gi_cli.sinks.sink import Sink

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

GRACE = 0.4  # seconds for answers that are under way when gi is stopped
LOOK = 0.05  # seconds between looks whether it is
NAP = 3600.0
LARGEST_PORT = 65535
Tell = Callable[[str], None]


def serve(run: Run, options: Emulator) -> None:
    """Print the URL and serve; it ends with the signal that stops it."""
    run.sink = Sink()
    run.env.console.require_stdout()
    _check(options)
    tell = _telling(run)
    with _logged(_app(run, options, tell), options.log, run, tell) as app:
        server = _server(app, options)
        if options.allow_remote and not is_loopback(options.host):
            run.say("gi: warning: other machines can reach this emulator")
        Thread(target=server.serve_forever, args=(LOOK,), daemon=True).start()
        try:
            run.env.console.write(f"{server.url}\n".encode())
            while True:
                run.env.waits.sleep(NAP)
        finally:
            server.stop(GRACE)


def _check(options: Emulator) -> None:
    if not 0 <= options.port <= LARGEST_PORT:
        raise UsageError(f"--port: {options.port} is not a port (0 to {LARGEST_PORT})")
    if not is_loopback(options.host) and not options.allow_remote:
        raise UsageError(
            f"--host: other machines could reach {options.host}",
            hints=("--allow-remote lets them",),
        )


def _telling(run: Run) -> Tell:
    """Lines on stderr from any thread; waits belong to the main one."""

    def tell(line: str) -> None:
        with suppress(OSError):
            os.write(run.env.console.stderr, f"{visible(line)}\n".encode())

    return tell


def _app(run: Run, options: Emulator, tell: Tell) -> App:
    try:
        app = App(
            storage=_storage(options.state, lambda line: tell(f"gi: warning: {line}")),
            fault=";".join(options.fault or ()),
        )
    except FaultError as error:
        raise UsageError(f"--fault: {error}") from error
    app.require_key = options.require_key
    app.replay = Replay([*_recordings(run, options)])
    return app


def _storage(state: str | None, warn: Tell) -> Storage | None:
    """The file, open by now: without it nobody should rely on what is served."""
    if state is None:
        return None
    try:
        stored = Stored(local(state), warn)
        stored.open()
    except StorageError as error:
        raise UsageError(f"--state: {error}") from error
    return stored


def _recordings(run: Run, options: Emulator) -> Iterator[Recording]:
    for path in options.replay or ():
        with reading.opened(path, "--replay", run.env.waits) as file:
            found = recorded(reading.some(file, f"--replay: {path}"))
        if not found:
            raise UsageError(f"--replay: {path} holds no events")
        yield from (Recording(each.interaction(), each.events) for each in found)


@contextmanager
def _logged(
    app: App, path: str | None, run: Run, tell: Tell
) -> Iterator["WSGIApplication"]:
    """The app, with a line in the log for each of its answers."""
    if path is None:
        yield app
        return
    if path == "-":
        yield Logged(app, _writing(run.env.console.stderr, path, tell))
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        number = os.open(local(path), flags, 0o666)
    except OSError as error:
        raise UsageError(f"--log: {path}: {error.strerror}") from error
    try:
        yield Logged(app, _writing(number, path, tell))
    finally:
        os.close(number)


def _writing(number: int, path: str, tell: Tell) -> Callable[[bytes], None]:
    """Add whole lines from any thread; the first that fails is told, and the last."""
    failed = False

    def write(line: bytes) -> None:
        nonlocal failed
        try:
            if not failed:
                os.write(number, line)
        except OSError as error:
            failed = True
            tell(f"gi: warning: --log: {path}: {error.strerror}; no more is logged")

    return write


def _server(app: "WSGIApplication", options: Emulator) -> Server:
    try:
        return Server(app, options.host, options.port)
    except socket.gaierror as error:
        raise UsageError(f"--host: {options.host}: {error.strerror}") from error
    except OSError as error:
        where = f"--port {options.port} at {options.host}"
        raise UsageError(
            f"{where}: {error.strerror}", hints=("--port 0 takes a free one",)
        ) from error
