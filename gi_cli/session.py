"""One command's way to the service: settings, key, ledger, client, when used."""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gi_cli import key, settings
from gi_cli.errors import Incomplete, UsageError
from gi_cli.inputs import Stdin
from gi_cli.options.groups import Connection, Inspect
from gi_cli.places import ledger_path, state_folder
from gi_cli.proxies import Peer, peer
from gi_cli.request import message
from gi_cli.request.message import REDACTED, Message
from gi_cli.run import Run
from gi_cli.settings import Settings
from gi_cli.sinks.sink import Sink
from gi_cli.telling import SHORTEST_SECRET
from gi_cli.wire import codec

if TYPE_CHECKING:
    import httpx

    from gi_cli.ledger import Ledger
    from gi_cli.transport.answer import Answer
    from gi_cli.transport.send import Sender

AUTHORIZATION = "authorization"
OFFLINE = "offline"  # an origin of its own in the ledger


class Session:
    """What a command that talks to the service works with. The deadline starts here.

    One that records nothing has no ledger that could be set wrongly.
    """

    def __init__(self, run: Run, options: Connection, *, records: bool = True) -> None:
        self.run, self.options = run, options
        self.settings = settings.resolve(options, run.env.environ)
        base = f"{self.settings.base_url} ({self.settings.source})"
        run.log(f"gi: the service is {base}")
        given = self.settings.headers
        self._hide(message.secrets(given))
        for token in message.secrets({AUTHORIZATION: given.get(AUTHORIZATION, "")}):
            run.keep_secret(token)  # it stands for the key
        timeout, idle = self.settings.timeout, self.settings.idle_timeout
        run.env.waits.limit(timeout=timeout, idle=idle)
        self.stdin = Stdin(run.env.console, run.say)
        self._ledger_path = ledger_path(run.env.environ) if records else None

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
        if "api_key_file" in self.options.given:
            words += ["--api-key-file", str(self.options.api_key_file)]
        return shlex.join(words)

    @cached_property
    def key(self) -> str:
        """The API key, "" where none is sent; raises KeyRefused, or UsageError where it
        would be exposed."""
        if self.settings.offline:
            return ""
        run, command = self.run, self.run.config.key_command
        if self.authorized:
            settings.require_safe(self.settings)
            run.log(f"gi: no key is sent beside {AUTHORIZATION} (from -H)")
            return ""
        found = key.find(self.options, run.env.environ, command, run.env.waits, run.say)
        run.keep_secret(found.value)
        run.key_source = found.source
        run.log(f"gi: the key is from {found.source}")
        settings.require_safe(self.settings)
        return found.value

    @property
    def key_variable(self) -> str:
        """The variable that the key is in, or belongs in."""
        given = (n for n in key.VARIABLES if self.run.env.environ.get(n))
        return next(given, message.KEY_VARIABLE)

    @property
    def authorized(self) -> bool:
        """Tell whether -H has what the API takes in place of a key."""
        return bool(self.settings.headers.get(AUTHORIZATION))

    def _key(self, *, shown: bool) -> str:
        if not shown or self.settings.offline:
            return self.key
        return "" if self.authorized else REDACTED

    def _hide(self, values: Iterable[str]) -> None:
        """Redact the values in messages; a short one is a word like any other."""
        self.run.hidden.update(v for v in values if len(v) >= SHORTEST_SECRET)

    @cached_property
    def ledger(self) -> "Ledger":
        """The local record; opened when it is first used."""
        from gi_cli.ledger import Ledger

        return Ledger(self._ledger_path, self.run.env.waits, self.run.say)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        stream: bool = False,
        shown: bool = False,
    ) -> Message:
        """A request to the service; one that is only `shown` needs no key."""
        headers = settings.headers(
            self.settings,
            self._key(shown=shown),
            stream=stream,
            body=body is not None,
        )
        self._hide(message.secrets_in(body))
        return Message(method, url, headers, body)

    def create(self, body: dict[str, Any], *, shown: bool = False) -> Message:
        """The request that creates."""
        url = self.settings.url("interactions")
        stream = bool(body.get("stream"))
        return self.request("POST", url, body=body, stream=stream, shown=shown)

    def about(
        self,
        method: str,
        id: str,
        *,
        action: str = "",
        query: str | None = None,
        shown: bool = False,
    ) -> Message:
        """A request about one interaction; with a `query` for its stream."""
        if not id:
            raise UsageError("there is no ID")
        part = message.in_path(id)
        if not part:
            raise UsageError(f"{id[:100]!r} is not an ID")
        url = self.settings.url("interactions", part, action)
        if query is None:
            return self.request(method, url, shown=shown)
        return self.request(method, f"{url}?{query}", stream=True, shown=shown)

    def previews(self, options: Inspect) -> bool:
        """Tell whether requests are only shown; raises UsageError."""
        if options.dry_run and options.curl:
            raise UsageError("--dry-run and --curl contradict each other: give one")
        if options.curl and self.settings.offline:
            raise UsageError("--curl and --offline contradict each other: give one")
        return options.dry_run or options.curl

    def preview(self, options: Inspect, *messages: Message) -> None:
        """Print requests in place of sending them."""
        if options.curl:
            ca_file, key = self.settings.ca_file, self.key_variable
            shown = [message.curl(m, key=key, ca_file=ca_file) for m in messages]
            self.show_curl(b"".join(shown), *messages)
        else:
            self.show(b"".join(map(message.dry_run, messages)))

    def show_curl(self, commands: bytes, *messages: Message) -> None:
        """Print commands that send messages; what they lack is told."""
        self.show(commands)
        if any(map(message.hides, messages)):
            self.run.say(f"gi: put the secrets in again where it says {REDACTED}")

    def show(self, data: bytes) -> None:
        """Write what is all that this command has to say."""
        self.run.sink = Sink()
        self.run.env.console.show(data)

    @contextmanager
    def sender(self, known: Settings | None = None) -> "Iterator[Sender]":
        """A connection to the service, or to the place that other settings have as the
        base URL."""
        from gi_cli.transport.send import Sender

        run, known = self.run, known or self.settings
        url = known.base_url
        to = Peer(url) if known.offline else peer(url, run.env.environ)
        with self._client(known) as client:
            yield Sender(client, known, run.env.waits, run.log, peer=to)

    def _client(self, known: Settings) -> "httpx.Client":
        from gi_cli.transport import network

        env = self.run.env
        if known.offline:
            from gi_cli.transport.offline import emulator

            if not self.run.report.offline:
                env.console.report("gi: offline: emulated answer")
            self.run.report.offline = True
            state = state_folder(env.environ) / "emulator.db"
            transport = emulator(state, lambda line: self.run.say(f"gi: {line}"))
            return network.client_over(known, transport)
        if env.transport is not None:
            return network.client_over(known, env.transport)
        return network.client(known, env.environ)


class Kept:
    """What the service keeps, over one connection."""

    def __init__(self, session: Session, sender: "Sender") -> None:
        self._session, self._sender = session, sender

    def now(self, id: str) -> dict[str, Any]:
        """The interaction as it stands; raises GiError."""
        answer = self._sender.read(self._session.about("GET", id))
        try:
            return answer.value(lambda _: None)
        finally:
            answer.close()

    def stream(self, id: str, after: str) -> "Answer":
        """Its events behind the one with that id, or all; raises GiError."""
        behind = {"last_event_id": codec.encode(after)} if after else {}
        query = urlencode({"stream": "true", **behind})
        answer = self._sender.read(self._session.about("GET", id, query=query))
        if answer.is_stream():
            return answer
        answer.close()
        raise Incomplete("the service gives no stream of it")
