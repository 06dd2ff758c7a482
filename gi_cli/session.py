"""One command's way to the service: settings, key, ledger, client, when used."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gi_cli import settings
from gi_cli.errors import UsageError
from gi_cli.inputs import Stdin
from gi_cli.options.groups import Connection, Inspect
from gi_cli.places import ledger_path, state_folder
from gi_cli.proxies import peer
from gi_cli.request import message
from gi_cli.request.message import Message
from gi_cli.run import Run
from gi_cli.sinks.sink import Sink

if TYPE_CHECKING:
    import httpx

    from gi_cli.ledger import Ledger
    from gi_cli.transport.send import Sender

OFFLINE = "offline"  # an origin of its own in the ledger


class Session:
    """What a command that talks to the service works with. The deadline starts here."""

    def __init__(self, run: Run, options: Connection) -> None:
        self.run, self.options = run, options
        self.settings = settings.resolve(options, run.env.environ)
        timeout, idle = self.settings.timeout, self.settings.idle_timeout
        run.env.waits.limit(timeout=timeout, idle=idle)
        self.stdin = Stdin(run.env.console, run.say)
        self._ledger_path = ledger_path(run.env.environ)

    @property
    def has_ledger(self) -> bool:
        """Tell whether turns are recorded at all."""
        return self._ledger_path is not None

    @property
    def origin(self) -> str:
        """Where ids are from: ids of different services do not meet."""
        return OFFLINE if self.settings.offline else self.settings.base_url

    def command(self, name: str) -> str:
        """A command line that reaches the same service as this one."""
        words = ["gi", name]
        if self.settings.offline:
            words.append("--offline")
        elif "base_url" in self.options.given:
            words += ["--base-url", str(self.options.base_url)]
        return shlex.join(words)

    @cached_property
    def key(self) -> str | None:
        """The API key; raises KeyRefused, or UsageError where it would be exposed."""
        if self.settings.offline:
            return None
        key = settings.api_key(self.options, self.run.env.environ, self.run.say)
        self.run.secrets.add(key)
        settings.require_safe(self.settings)
        return key

    @cached_property
    def ledger(self) -> "Ledger":
        """The local record; opened when it is first used."""
        from gi_cli.ledger import Ledger

        return Ledger(self._ledger_path, self.run.env.waits, self.run.say)

    def create(self, body: dict[str, Any], *, key: str | None) -> Message:
        """The request that creates; `key` None is for showing it."""
        stream = bool(body.get("stream"))
        headers = settings.headers(self.settings, key, stream=stream, body=True)
        return Message("POST", self.settings.url("interactions"), headers, body)

    def about(self, method: str, id: str) -> Message:
        """A request about one interaction."""
        if not id:
            raise UsageError("there is no ID")
        if not id.strip("."):  # a path takes it for a step upward
            raise UsageError(f"{id!r} is not an ID")
        headers = settings.headers(self.settings, self.key, stream=False, body=False)
        url = self.settings.url("interactions", quote(id, safe=""))
        return Message(method, url, headers, None)

    def preview(self, options: Inspect, body: dict[str, Any]) -> bool:
        """Print the request, if that is all that was asked for."""
        if options.dry_run and options.curl:
            raise UsageError("--dry-run and --curl contradict each other: give one")
        if options.curl and self.settings.offline:
            source = "--offline" if "offline" in options.given else "GI_OFFLINE"
            raise UsageError(f"--curl and {source} contradict each other: give one")
        made = self.create(body, key=None)
        if options.dry_run:
            self.run.env.console.write(message.dry_run(made))
        elif options.curl:
            self.run.env.console.write(message.curl(made, settings.KEY_HEADER))
        else:
            return False
        self.run.sink = Sink()  # a preview is all there is
        return True

    @contextmanager
    def sender(self) -> "Iterator[Sender]":
        """A connection to the service."""
        from gi_cli.transport.send import Sender

        run, url = self.run, self.settings.base_url
        to = url if self.settings.offline else peer(url, run.env.environ)
        with self._client() as client:
            yield Sender(client, self.settings, run.env.waits, run.log, peer=to)

    def _client(self) -> "httpx.Client":
        from gi_cli.transport import network

        env = self.run.env
        if self.settings.offline:
            from gi_cli.transport.offline import emulator

            self.run.report.offline = True
            env.console.report("gi: offline: emulated answer")
            state = state_folder(env.environ) / "emulator.db"
            transport = emulator(state, lambda line: self.run.say(f"gi: {line}"))
            return network.client_over(self.settings, transport)
        if env.transport is not None:
            return network.client_over(self.settings, env.transport)
        return network.client(self.settings, env.environ)
